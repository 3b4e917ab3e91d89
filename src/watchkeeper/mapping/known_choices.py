"""The choices that ServiceNow's own task tables come with, so that a label can be told from a slip without asking an instance.

Only fields whose values are numbers: what is no number there is a label. The instance has the last word when a run begins, as
its labels may differ (watchkeeper.mapping.choices).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from watchkeeper.mapping.kind_models import FieldOnSide, Table
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.ticket import STATUS_FIELD
from watchkeeper.model.vocabulary import ChoiceList, FieldKey

_LEVELS: Final = ChoiceList({"1": ("1 - High", "1 - 高"), "2": ("2 - Medium", "2 - 中"), "3": ("3 - Low", "3 - 低")})
_STATES: Final[Mapping[str, ChoiceList]] = {
    "incident": ChoiceList(
        {
            "1": ("New", "新規"),
            "2": ("In Progress", "進行中"),
            "3": ("On Hold", "保留中"),
            "6": ("Resolved", "解決済み"),
            "7": ("Closed", "クローズ済み"),
            "8": ("Canceled", "キャンセル済み"),
        }
    ),
    "sn_si_incident": ChoiceList(
        {
            "10": ("Draft", "ドラフト"),
            "16": ("Analysis", "分析"),
            "18": ("Contain", "封じ込め"),
            "19": ("Eradicate", "根絶"),
            "20": ("Recover", "復旧"),
            "100": ("Review", "レビュー"),
            "3": ("Closed", "クローズ済み"),
            "7": ("Cancelled", "キャンセル済み"),
        }
    ),
    "sc_task": ChoiceList(
        {
            "-5": ("Pending", "保留中"),
            "1": ("Open", "オープン"),
            "2": ("Work in Progress", "作業中"),
            "3": ("Closed Complete", "完了としてクローズ"),
            "4": ("Closed Incomplete", "未完了としてクローズ"),
            "7": ("Closed Skipped", "スキップとしてクローズ"),
        }
    ),
}
"""ServiceNowDocs, incident-management/c_IncidentManagementStateModel.md; demisto/content, ServiceNowv2.py;
ansible-collections/servicenow.itsm, plugins/module_utils."""
_HOLD_REASONS: Final = ChoiceList(
    {
        "1": ("Awaiting Caller", "依頼者待ち"),
        "3": ("Awaiting Problem", "問題待ち"),
        "4": ("Awaiting Vendor", "ベンダー待ち"),
        "5": ("Awaiting Change", "変更待ち"),
    }
)

KNOWN: Final[Mapping[FieldKey, ChoiceList]] = {
    **{(table, "state"): states for table, states in _STATES.items()},
    **{(table, field): _LEVELS for table in _STATES for field in ("impact", "urgency")},
    ("incident", "hold_reason"): _HOLD_REASONS,
}


def known_value(table: str, field: str, said: str) -> str | None:
    """The value that a word stands for: a number as it is, a label by what the table comes with; None for one that is neither.
    A word for a field that is not known stands for itself."""
    choices = KNOWN.get((table, field))
    return said if choices is None or not said or _is_number(said) else choices.value(said)


def in_known_values(file: ProfileFile) -> ProfileFile:
    """A profile file with values for the labels that are known, as far as its checks compare them with each other."""
    table = file.sides.servicenow.table
    fields = {
        name: rule.model_copy(update={SERVICENOW: _spoken(table, rule.servicenow)}) if rule.servicenow else rule
        for name, rule in file.fields.items()
    }
    closing = file.closure.servicenow
    status = file.fields[STATUS_FIELD].servicenow
    state = status.table.fields[0] if status is not None and status.table is not None else ""
    if closing.demands is not None:
        demands = {known_value(table, state, word) or word: names for word, names in closing.demands.items()}
        closing = closing.model_copy(update={"demands": demands})
    closure = file.closure.model_copy(update={SERVICENOW: closing})
    return file.model_copy(update={"fields": fields, "closure": closure})


def _spoken(table: str, spec: FieldOnSide) -> FieldOnSide:
    if spec.table is None or not any((table, name) in KNOWN for name in spec.table.fields):
        return spec
    return spec.model_copy(update={"table": _spoken_table(table, spec.table)})


def _spoken_table(table: str, rows: Table) -> Table:
    def value(field: str, word: str) -> str:
        return known_value(table, field, word) or word

    first = rows.fields[0]
    spoken = [
        row.model_copy(update={"raw": (*map(value, rows.fields, row.raw), *row.raw[len(rows.fields) :])})
        for row in rows.rows
    ]
    transitions = rows.transitions and {
        value(first, word): tuple(value(first, each) for each in targets) for word, targets in rows.transitions.items()
    }
    return rows.model_copy(update={"rows": tuple(spoken), "transitions": transitions})


def _is_number(word: str) -> bool:
    return word.removeprefix("-").isdecimal()

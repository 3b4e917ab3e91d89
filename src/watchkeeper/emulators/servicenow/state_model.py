"""How the states of a task table follow each other, as data: one model per table, because the same number means something
else in the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Label = tuple[str, str]
"""A label in English and in Japanese."""


@dataclass(frozen=True, slots=True)
class StateModel:
    """The states of one table. `prefix` starts its numbers; `order` is the way forward, which a forward-only process enforces:
    a step back is refused, and so is every step out of an ended state.

    `working`, `closed`, `cancelled` and `waiting` are what people's deeds lead to (empty: the table has no such state);
    `demands` names the fields that a state makes mandatory.
    """

    prefix: str
    initial: str
    labels: Mapping[str, Label]
    ended: frozenset[str]
    working: str
    closed: str
    cancelled: str = ""
    waiting: str = ""
    order: tuple[str, ...] = ()
    demands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def steps_back(self, before: str, after: str) -> bool:
        """Whether going from one state to the other is a step that a forward-only process refuses."""
        if before in self.ended:
            return after != before
        if before in self.order and after in self.order:
            return self.order.index(after) < self.order.index(before)
        return False


SECURITY_INCIDENT = StateModel(
    prefix="SIR",
    initial="10",
    labels={
        "10": ("Draft", "ドラフト"),
        "16": ("Analysis", "分析"),
        "18": ("Contain", "封じ込め"),
        "19": ("Eradicate", "根絶"),
        "20": ("Recover", "復旧"),
        "100": ("Review", "レビュー"),
        "3": ("Closed", "クローズ済み"),
        "7": ("Cancelled", "キャンセル済み"),
    },
    ended=frozenset({"3", "7"}),
    working="16",
    closed="3",
    cancelled="7",
    order=("10", "16", "18", "19", "20", "100", "3"),
    demands={"3": ("close_code", "close_notes")},
)
"""demisto/content, ServiceNowv2.py; that "NIST Stateful" only goes forward and "NIST Open" both ways: ServiceNowDocs,
security-incident-response/setup-assistant-reference.md."""

CATALOG_TASK = StateModel(
    prefix="SCTASK",
    initial="1",
    labels={
        "-5": ("Pending", "保留中"),
        "1": ("Open", "オープン"),
        "2": ("Work in Progress", "作業中"),
        "3": ("Closed Complete", "完了としてクローズ"),
        "4": ("Closed Incomplete", "未完了としてクローズ"),
        "7": ("Closed Skipped", "スキップとしてクローズ"),
    },
    ended=frozenset({"3", "4", "7"}),
    working="2",
    closed="3",
    cancelled="4",
    waiting="-5",
)
"""ansible-collections/servicenow.itsm, plugins/module_utils (which has 5 for skipped; a fresh instance has 7)."""

CHANGE_REQUEST = StateModel(
    prefix="CHG",
    initial="-5",
    labels={
        "-5": ("New", "新規"),
        "-4": ("Assess", "評価"),
        "-3": ("Authorize", "承認"),
        "-2": ("Scheduled", "予定"),
        "-1": ("Implement", "実装"),
        "0": ("Review", "レビュー"),
        "3": ("Closed", "クローズ済み"),
        "4": ("Canceled", "キャンセル済み"),
    },
    ended=frozenset({"3", "4"}),
    working="-1",
    closed="3",
    cancelled="4",
    order=("-5", "-4", "-3", "-2", "-1", "0", "3"),
    demands={"3": ("close_code", "close_notes")},
)
"""ansible-collections/servicenow.itsm, plugins/module_utils/change_request.py; a rule refuses a step back."""

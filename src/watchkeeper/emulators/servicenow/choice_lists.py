"""The choice lists of the task tables, in English and in Japanese. What is stored is the value; a label is only its name in a
language, and an instance may name two values alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from watchkeeper.emulators.servicenow.cmdb_tables import ROOT, STATUSES
from watchkeeper.emulators.servicenow.state_model import Label
from watchkeeper.emulators.servicenow.tables import Table
from watchkeeper.emulators.servicenow.task_tables import BASE, TASK_TABLES

_LEVELS: Mapping[str, Label] = {"1": ("1 - High", "1 - 高"), "2": ("2 - Medium", "2 - 中"), "3": ("3 - Low", "3 - 低")}

JAPANESE: Mapping[str, Mapping[str, str]] = {
    "state": {"1": "新規", "2": "進行中", "3": "保留中", "6": "解決済み", "7": "クローズ済み", "8": "キャンセル済み"},
    "hold_reason": {"1": "依頼者待ち", "3": "問題待ち", "4": "ベンダー待ち", "5": "変更待ち"},
    "impact": {value: label[1] for value, label in _LEVELS.items()},
    "urgency": {value: label[1] for value, label in _LEVELS.items()},
    "severity": {value: label[1] for value, label in _LEVELS.items()},
    "priority": {"1": "1 - 最重要", "2": "2 - 高", "3": "3 - 中", "4": "4 - 低", "5": "5 - 計画"},
    "category": {
        "inquiry": "問い合わせ / ヘルプ",
        "software": "ソフトウェア",
        "hardware": "ハードウェア",
        "network": "ネットワーク",
        "database": "データベース",
        "security": "セキュリティ",
        "soc_maintenance": "SOC 保守",
    },
    "contact_type": {
        "email": "メール",
        "phone": "電話",
        "self-service": "セルフサービス",
        "walk-in": "来訪",
        "virtual_agent": "仮想エージェント",
        "monitoring": "監視",
        "integration": "連携",
    },
    "close_code": {
        "Duplicate": "重複",
        "Known error": "既知のエラー",
        "Resolved by caller": "依頼者により解決",
        "Resolved by change": "変更により解決",
        "Resolved by problem": "問題により解決",
        "Solution provided": "解決策を提供",
        "Workaround provided": "回避策を提供",
        "User error": "利用者の誤り",
    },
}
"""The labels of `incident`, whose English ones are in `cast.CHOICES`; `incident_state` has those of `state`."""

_SHARED: Mapping[str, Mapping[str, Label]] = {
    "impact": _LEVELS,
    "urgency": _LEVELS,
    "priority": {
        "1": ("1 - Critical", "1 - 最重要"),
        "2": ("2 - High", "2 - 高"),
        "3": ("3 - Moderate", "3 - 中"),
        "4": ("4 - Low", "4 - 低"),
        "5": ("5 - Planning", "5 - 計画"),
    },
    "contact_type": {"email": ("Email", "メール"), "phone": ("Phone", "電話"), "integration": ("Integration", "連携")},
}

_OWN: Mapping[str, Mapping[str, Mapping[str, Label]]] = {
    "sn_si_incident": {
        "severity": _LEVELS,
        "business_criticality": {
            "1": ("1 - Critical", "1 - 重大"),
            "2": ("2 - High", "2 - 高"),
            "3": ("3 - Non-critical", "3 - 重大でない"),
        },
        "category": {
            "phishing": ("Phishing", "フィッシング"),
            "malicious_code": ("Malicious code activity", "マルウェアの活動"),
            "unauthorized_access": ("Unauthorized access", "不正アクセス"),
        },
        "close_code": {
            "-100": ("Threat mitigated", "脅威を軽減"),
            "-101": ("False positive", "誤検知"),
            "-102": ("Benign activity", "無害な活動"),
            "-103": ("Not resolved", "未解決"),
        },
    },
    "change_request": {
        "type": {"normal": ("Normal", "通常"), "standard": ("Standard", "標準"), "emergency": ("Emergency", "緊急")},
        "risk": {"2": ("High", "高"), "3": ("Moderate", "中"), "4": ("Low", "低")},
        "close_code": {
            "successful": ("Successful", "成功"),
            "successful_issues": ("Successful with issues", "問題ありで成功"),
            "unsuccessful": ("Unsuccessful", "失敗"),
        },
    },
    ROOT: STATUSES,
    "cmdb_ci_service": {
        "busines_criticality": {
            "1 - most critical": ("1 - most critical", "1 - 最重要"),
            "2 - somewhat critical": ("2 - somewhat critical", "2 - 重要"),
            "3 - less critical": ("3 - less critical", "3 - 重要でない"),
        }
    },
}
"""A close code of this table has a value of the instance's own making, which says nothing
(rapid7/insightconnect-plugins recorded "-100")."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of sys_choice."""

    table: str
    element: str
    value: str
    label: str
    language: str
    sequence: int

    @property
    def identity(self) -> str:
        name = f"{self.table}.{self.element}.{self.value}"
        return name if self.language == "en" else f"{name}.{self.language}"


def incident_choices(english: Mapping[str, Mapping[str, str]]) -> Iterator[Choice]:
    """The lists of `incident` in both languages, from the English ones."""
    for element, labels in english.items():
        japanese = JAPANESE["state" if element == "incident_state" else element]
        yield from listed("incident", element, {value: (label, japanese[value]) for value, label in labels.items()})


def task_choices() -> Iterator[Choice]:
    """The lists that every task table inherits, and those of the tables with a state model."""
    for element, labels in _SHARED.items():
        yield from listed(BASE, element, labels)
    for table in TASK_TABLES.values():
        yield from state_choices(table)
    for name, elements in _OWN.items():
        for element, labels in elements.items():
            yield from listed(name, element, labels)


def state_choices(table: Table) -> Iterator[Choice]:
    """The states of a table; none for one that is no task table."""
    if table.states is not None:
        yield from listed(table.name, "state", table.states.labels)


def listed(table: str, element: str, labels: Mapping[str, Label]) -> Iterator[Choice]:
    """One list in both languages."""
    for sequence, (value, (english, japanese)) in enumerate(labels.items()):
        yield Choice(table, element, value, english, "en", sequence)
        yield Choice(table, element, value, japanese, "ja", sequence)

"""The texts of spreadsheets, test results and reports over a period, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "column.group": "Group",
    "column.final": "Final",
    "column.flags": "Flags",
    "column.url": "Address",
    "suite.unread": "Could not be read",
    "audit.chart": "Escalations by team and verdict",
}

JAPANESE: dict[str, str] = {
    "column.group": "グループ",
    "column.final": "確定",
    "column.flags": "指摘",
    "column.url": "アドレス",
    "suite.unread": "読み取れなかったもの",
    "audit.chart": "チームと判定別のエスカレーション",
}

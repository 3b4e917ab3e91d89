"""What a sign means in a word, for those who do not see it or its colour, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "column.mark": "Mark",
    "mark.add": "new",
    "mark.change": "change",
    "mark.close": "close",
    "mark.open": "open",
    "mark.good": "good",
    "mark.warn": "look",
    "mark.bad": "act",
}

JAPANESE: dict[str, str] = {
    "column.mark": "印",
    "mark.add": "新規",
    "mark.change": "変更",
    "mark.close": "クローズ",
    "mark.open": "未了",
    "mark.good": "良好",
    "mark.warn": "確認",
    "mark.bad": "要対応",
}

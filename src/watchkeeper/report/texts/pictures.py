"""What is told of a picture to those who do not see it, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "strip.row": "Row",
    "strip.state": "State",
    "strip.what": "What",
    "strip.part": "{count} {name}",
    "strip.told": "{row}: {said}.",
    "strip.nothing": "{row}: nothing.",
}

JAPANESE: dict[str, str] = {
    "strip.row": "行",
    "strip.state": "状態",
    "strip.what": "内容",
    "strip.part": "{name} {count} 件",
    "strip.told": "{row}：{said}。",
    "strip.nothing": "{row}：該当なし。",
}

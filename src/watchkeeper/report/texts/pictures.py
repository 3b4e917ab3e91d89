"""What is told of a picture to those who do not see it, by language."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "strip.part": "{count} {name}",
    "strip.told": "{row}: {said}.",
    "strip.nothing": "{row}: nothing.",
    "zoom.in": "Look closer",
    "zoom.out": "Show more",
    "zoom.earlier": "Earlier",
    "zoom.later": "Later",
    "zoom.all": "Show all",
}

JAPANESE: dict[str, str] = {
    "strip.part": "{name} {count} 件",
    "strip.told": "{row}：{said}。",
    "strip.nothing": "{row}：該当なし。",
    "zoom.in": "拡大",
    "zoom.out": "縮小",
    "zoom.earlier": "前へ",
    "zoom.later": "次へ",
    "zoom.all": "全体を表示",
}

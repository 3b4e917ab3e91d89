"""What pages load besides themselves, under names that change with the content, so that browsers may keep it.

Scripts are for those who have them: every page works without. What others wrote is in `vendor`, with its licences and digests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from watchkeeper.report import html

_HERE: Final = Path(__file__).parent
_STYLES: Final = ("vendor/uPlot.min.css", "board.css")
_SCRIPTS: Final = {
    "htmx": ("vendor/htmx.min.js",),
    "uplot": ("vendor/uPlot.iife.min.js",),
    "board": ("charts.js", "following.js", "refreshing.js"),
}
"""In the order in which they run."""


@dataclass(frozen=True, slots=True)
class Asset:
    name: str
    kind: str
    content: bytes


@lru_cache(maxsize=1)
def style() -> Asset:
    """The reports' style sheet and the board's own, in one."""
    return _asset("board", "css", "text/css", html.style_sheet() + _joined(_STYLES))


@lru_cache(maxsize=1)
def scripts() -> tuple[Asset, ...]:
    return tuple(_asset(name, "js", "text/javascript", _joined(files)) for name, files in _SCRIPTS.items())


def asset_named(name: str) -> Asset | None:
    return next((each for each in (style(), *scripts()) if each.name == name), None)


def _joined(files: tuple[str, ...]) -> str:
    return "\n".join((_HERE / each).read_text(encoding="utf-8") for each in files)


def _asset(name: str, ending: str, kind: str, text: str) -> Asset:
    content = text.encode()
    return Asset(f"{name}-{hashlib.sha256(content).hexdigest()[:12]}.{ending}", f"{kind}; charset=utf-8", content)

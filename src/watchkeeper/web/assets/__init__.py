"""What pages load besides themselves, under names that change with the content, so that browsers may keep it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from watchkeeper.report import html


@dataclass(frozen=True, slots=True)
class Asset:
    name: str
    kind: str
    content: bytes


@lru_cache(maxsize=1)
def style() -> Asset:
    """The reports' style sheet and the board's own, in one."""
    own = (Path(__file__).parent / "board.css").read_text(encoding="utf-8")
    content = f"{html.style_sheet()}{own}".encode()
    return Asset(f"board-{hashlib.sha256(content).hexdigest()[:12]}.css", "text/css; charset=utf-8", content)

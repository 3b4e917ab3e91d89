"""The pages of a deployment, in the order in which they are offered."""

from __future__ import annotations

from typing import Any, Final

from watchkeeper.report.board.health import SyncHealth, health_document
from watchkeeper.report.board.today import Today, today_document
from watchkeeper.web.access import WATCHING
from watchkeeper.web.page import Page
from watchkeeper.web.reading.health import read_health
from watchkeeper.web.reading.today import read_today

TODAY: Final = Page(
    name="today",
    path="today",
    needs=WATCHING,
    answers=Today,
    read=read_today,
    document=today_document,
    summary="What needs a human, and what each team has to do next.",
)
SYNC_HEALTH: Final = Page(
    name="sync-health",
    path="sync-health",
    needs=WATCHING,
    answers=SyncHealth,
    read=read_health,
    document=health_document,
    summary="When the sync last worked, how long it took, what it wrote, and what stood in its way.",
)

PAGES: Final[tuple[Page[Any], ...]] = (TODAY, SYNC_HEALTH)

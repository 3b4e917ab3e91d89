"""What a scan of a feed gives: pages, and at the end a verdict on completeness and the place to go on from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watchkeeper.model.record import Record, Unreadable


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a scan, in no order that matters."""

    records: tuple[Record, ...]
    unreadable: tuple[Unreadable, ...] = ()


class Trait(StrEnum):
    """What a side's rows show about the side itself."""

    DEFENDER_PORTAL = "defender-portal"
    """Incidents of Microsoft Defender are among them: the workspace is onboarded to its portal."""


@dataclass(frozen=True, slots=True)
class ScanEnd:
    """The last item that a scan yields.

    `complete` is False when the side cut the answer short: then absence proves nothing and `watermark` is None.
    `watermark` is the connector's own text (server times, ids) to hand to the next scan; it never passes a row that
    was not yielded, and never the server's clock. `server_time` is the remote's clock, from its answer. `traits`: what the
    rows of this scan show; one that is not among them may hold all the same.
    """

    complete: bool
    watermark: str | None
    server_time: datetime
    reason: str = ""
    traits: frozenset[Trait] = frozenset()


ScanItem = Page | ScanEnd

"""Gathers the evidence of each duty by itself, and stores it at once: what one of them lacks keeps no other from being told."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace

from watchkeeper.collecting.briefing import files_of, notes_of
from watchkeeper.collecting.desk import Brought, Collector, Collectors, Desk
from watchkeeper.errors import WatchkeeperError
from watchkeeper.evidence.kept import COLLECTED_AT, gathering_of
from watchkeeper.model.gathering import Found, Gathering, Piece
from watchkeeper.model.snapshot import Snapshot

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection has brought, a duty each, in the order of the catalogue. `broken`: whether one ended by a fault of ours."""

    gathered: tuple[Gathering, ...]
    broken: bool = False


def collect(desk: Desk, collectors: Collectors, tasks: Collection[str], hosts: Collection[str]) -> Collected:
    """Collect for these tasks, as far as the catalogue has them. `hosts`: where links may lead. Raises Interrupted, Deferred and
    StateUnusable; what was gathered before is stored then."""
    gathered, broken = [], False
    for task in (each for each in desk.catalog.tasks if each in tasks and each in collectors):
        found, fault = _collect(replace(desk, pieces=[]), task, collectors[task], hosts)
        gathered.append(found)
        broken = broken or fault
    desk.memory.remember({COLLECTED_AT: desk.now.isoformat()})
    return Collected(tuple(gathered), broken)


def _collect(desk: Desk, task: str, collector: Collector, hosts: Collection[str]) -> tuple[Gathering, bool]:
    fault = False
    try:
        found = _gathering(desk, task, collector(desk), hosts)
    except WatchkeeperError:
        raise
    except Exception as error:
        # A source's answer that nobody has thought of must not keep the other duties from their evidence.
        log.error("collecting for %s failed by a fault of ours: %s: %s", task, type(error).__name__, error)
        log.debug("traceback", exc_info=error)
        fault = True
        desk.pieces.append(Piece(task, Found.MISSING, why=f"{type(error).__name__}: {error}"[:300]))
        found = Gathering(task, desk.now, tuple(desk.pieces))
    desk.keep(Snapshot(gathering_of(task), desk.today, desk.now, found))
    return found, fault


def _gathering(desk: Desk, task: str, brought: Brought, hosts: Collection[str]) -> Gathering:
    pieces = tuple(desk.pieces)
    if brought.document is None:
        return Gathering(task, desk.now, pieces)
    texts, files = notes_of(brought.document), files_of(task, brought.document, hosts)
    return Gathering(task, desk.now, pieces, texts, files, brought.on_ticket)

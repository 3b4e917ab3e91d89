"""Gathers the evidence of each duty by itself, and stores it at once: what one of them lacks keeps no other from being told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watchkeeper.collecting.briefing import files_of, notes_of
from watchkeeper.collecting.desk import Brought, Collector, Collectors, Desk
from watchkeeper.collecting.raising import raise_for
from watchkeeper.errors import Deferred, Interrupted, StateUnusable
from watchkeeper.evidence.kept import COLLECTED_AT, gathering_of
from watchkeeper.evidence.triggers import Found as Finding
from watchkeeper.model.gathering import Found, Gathering, Piece
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.snapshot import Snapshot, SnapshotKind

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection has brought at an instant, a duty each, in the order of the catalogue. `raised`: duties that are needed
    besides, for what was found. `broken`: whether one ended by a fault of ours."""

    at: datetime
    gathered: tuple[Gathering, ...]
    raised: tuple[Occurrence, ...] = ()
    broken: bool = False


def collect(desk: Desk, collectors: Collectors, tasks: Collection[str], hosts: Collection[str]) -> Collected:
    """Collect for these tasks, as far as the catalogue has them. `hosts`: where links may lead. Raises Interrupted, Deferred and
    StateUnusable; what was gathered before is stored then."""
    gathered, findings, afterwards, broken = [], list[Finding](), dict[Callable[[Desk], None], None](), False
    desk.memory.remember({COLLECTED_AT: desk.now.isoformat()})
    for task in (each for each in desk.catalog.tasks if each in tasks and each in collectors):
        found, brought = _collect(replace(desk, pieces=[]), task, collectors[task], hosts)
        gathered.append(found)
        broken = broken or brought is None
        findings += [brought.finding] if brought is not None and brought.finding is not None else []
        afterwards |= {brought.afterwards: None} if brought is not None and brought.afterwards is not None else {}
    raised = raise_for(desk, findings)
    for further in afterwards:
        _do_afterwards(desk, further)
    return Collected(desk.now, tuple(gathered), raised, broken)


def _do_afterwards(desk: Desk, further: Callable[[Desk], None]) -> None:
    """What no duty waits for: a fault of ours in it takes nothing away from what was gathered."""
    try:
        further(desk)
    except (Interrupted, Deferred, StateUnusable):
        raise
    except Exception as error:
        log.error("what was to be done after collecting failed by a fault of ours: %s: %s", type(error).__name__, error)
        log.debug("traceback", exc_info=error)


def _collect(desk: Desk, task: str, collector: Collector, hosts: Collection[str]) -> tuple[Gathering, Brought | None]:
    """What was gathered, and what it brought; None where we failed."""
    brought = None
    try:
        brought = collector(desk)
        found = _gathering(desk, task, brought, hosts)
    except (Interrupted, Deferred, StateUnusable):
        raise
    except Exception as error:
        log.error("collecting for %s failed by a fault of ours: %s: %s", task, type(error).__name__, error)
        log.debug("traceback", exc_info=error)
        desk.pieces.append(Piece(task, Found.MISSING, why=f"{type(error).__name__}: {error}"[:300]))
        brought, found = None, Gathering(task, desk.now, tuple(desk.pieces))
    desk.keep(Snapshot(gathering_of(task), desk.today, desk.now, found), *_slim(desk, gathering_of(task)))
    return found, brought


def _slim(desk: Desk, kind: SnapshotKind[Gathering]) -> tuple[Snapshot[Gathering], ...]:
    """The gathering before today's without its files: only the latest goes to a ticket, and a year of pages would fill the store."""
    before = desk.memory.latest_snapshot(kind, desk.today - timedelta(days=1))
    return () if before is None or not before.document.files else (replace(before, document=before.document.slim()),)


def _gathering(desk: Desk, task: str, brought: Brought, hosts: Collection[str]) -> Gathering:
    found = Gathering(task, desk.now, tuple(desk.pieces))
    if brought.document is None:
        return found
    texts, files = notes_of(brought.document, found.missing), files_of(task, brought.document, hosts)
    return replace(found, texts=texts, files=files, on_ticket=brought.on_ticket)

"""Links stored in PostgreSQL: all at once, beside one by one with a commit each. The server waits for its disk, as a real one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.postgres import NoServer, Server, running_server

from bench.bars import Bar, at_least, shown
from watchkeeper.clock import FixedClock
from watchkeeper.model.link import Link
from watchkeeper.model.record import RecordRef, Revision
from watchkeeper.state import SqlStateStore, open_store

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TIMES = 50
PER_PAIR = 40
"""Links for each pair that was asked for: enough that the beginning of a batch does not count."""
ALONE = 300
"""Rows that are stored one by one, to know how long one takes."""
REAL = ("fsync=on", "full_page_writes=on", "shared_buffers=128MB")


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001
    try:
        with running_server(*REAL) as server, _opened(server) as store:
            return _bars(store, _links(max(pairs * PER_PAIR, ALONE)))
    except NoServer as missing:
        return [shown(f"not measured: {missing}", 0, "")]


def _opened(server: Server) -> SqlStateStore:
    return open_store(server.database(), "bench", FixedClock(AT), migrate=True)


def _bars(store: SqlStateStore, links: Sequence[Link]) -> Sequence[Bar]:
    alone = links[:ALONE]
    single_insert = _rate(len(alone), lambda: _one_by_one(store, alone))
    single_update = _rate(len(alone), lambda: _one_by_one(store, alone))
    insert = _rate(len(links), lambda: store.put_links(links))
    update = _rate(len(links), lambda: store.put_links(links))
    return [
        shown("one by one: inserted", single_insert, "rows/s"),
        shown("one by one: updated", single_update, "rows/s"),
        shown(f"{len(links)} at once: inserted", insert, "rows/s"),
        shown(f"{len(links)} at once: updated", update, "rows/s"),
        at_least("inserted at once, beside one by one", insert / single_insert, "times", TIMES),
        at_least("updated at once, beside one by one", update / single_update, "times", TIMES),
    ]


def _one_by_one(store: SqlStateStore, links: Sequence[Link]) -> None:
    for link in links:
        store.put_links([link])


def _rate(rows: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return rows / (time.perf_counter() - began)


def _links(count: int) -> Sequence[Link]:
    """In no order, as record ids have none."""
    chance = random.Random(1)
    return [
        Link(
            key=f"escalation/sentinel/{chance.getrandbits(128):032x}",
            profile="escalation",
            ref=RecordRef("servicenow", "incident", f"{chance.getrandbits(128):032x}"),
            number=f"INC{number:07}",
            url="https://example.service-now.com/incident",
            revision=Revision("7", 7),
            fingerprint=f"{chance.getrandbits(128):032x}",
            confirmed_at=AT,
            base={"state": "2", "short_description": "Mailbox rule that forwards everything", "labels": ("a", "b")},
            asked={"state": "2"},
        )
        for number in range(count)
    ]

"""How fast links are stored, many at once as the engine stores them, beside one commit per row. The server waits for its disk, and
is asked on this machine and from another one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.bars import Bar, at_least, shown
from bench.distance import far_away
from bench.estate import DEPLOYMENT, NOW, links_of
from bench.filled import escalations
from watchkeeper.clock import FixedClock
from watchkeeper.model.link import Link
from watchkeeper.state.opening import open_store
from watchkeeper.state.store import SqlStateStore

PER_PAIR = 20
"""Pairs that are stored for each that was asked for: enough that the beginning of a batch does not count."""

ONE_BY_ONE = 300
"""Links that are stored one by one: enough to know their rate."""

TIMES_FASTER = 50.0
"""What must be gained with a server on another machine, whose every commit waits for round trips and its disk."""

ROUND_TRIP = 0.001
"""Seconds to such a server and back. Microsoft promises less than twice that between the zones of a region (Microsoft Learn, "What
are Azure availability zones?")."""

REAL = ("fsync=on", "full_page_writes=on", "shared_buffers=128MB")
"""A server's settings where what it has confirmed must outlive the machine."""


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001
    links = [link for number in range(pairs * PER_PAIR) for link in links_of(number, escalations())]
    return [*_rates("SQLite", f"sqlite:///{folder / 'upserts.db'}", links), *_of_server(links)]


def _of_server(links: Sequence[Link]) -> Sequence[Bar]:
    try:
        from tests.postgres import NoServer, name_of, running_server
    except ImportError as missing:  # psycopg, or libpq for it
        return [shown(f"PostgreSQL: not measured ({missing})", 0, "")]
    try:
        with running_server(*REAL) as server, far_away(server.port, ROUND_TRIP / 2) as port:
            far = f"{server.over_tcp(name_of(server.database()), port=port)}?sslmode=disable"
            return [
                *_rates("PostgreSQL here", server.database(), links),
                *_rates(f"PostgreSQL {ROUND_TRIP * 1000:.0f} ms away", far, links, TIMES_FASTER),
            ]
    except NoServer as missing:
        return [shown(f"PostgreSQL: not measured ({missing})", 0, "")]


def _rates(name: str, url: str, links: Sequence[Link], bound: float | None = None) -> Sequence[Bar]:
    with open_store(url, DEPLOYMENT, FixedClock(NOW), migrate=True) as store:
        alone = links[:ONE_BY_ONE]
        inserted_alone = _rate(store, ([link] for link in alone), len(alone))
        updated_alone = _rate(store, ([link] for link in alone), len(alone))
        inserted = _rate(store, [links[ONE_BY_ONE:]], len(links) - ONE_BY_ONE)
        updated = _rate(store, [links], len(links))
    return (
        _beside(f"{name}: inserted at once, beside one by one", inserted / inserted_alone, bound),
        _beside(f"{name}: updated at once, beside one by one", updated / updated_alone, bound),
        shown(f"{name}: {len(links)} inserted at once", inserted, "/s"),
        shown(f"{name}: {len(links)} updated at once", updated, "/s"),
        shown(f"{name}: inserted one by one", inserted_alone, "/s"),
        shown(f"{name}: updated one by one", updated_alone, "/s"),
    )


def _beside(what: str, ratio: float, bound: float | None) -> Bar:
    return at_least(what, ratio, "x", bound) if bound is not None else shown(what, ratio, "x")


def _rate(store: SqlStateStore, portions: Iterable[Sequence[Link]], count: int) -> float:
    """Links stored per second."""
    began = time.perf_counter()
    for portion in portions:
        store.put_links(portion)
    return count / (time.perf_counter() - began)

"""How fast links are stored, in portions as the engine stores them, beside one commit per row."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.bars import Bar, at_least, shown
from bench.estate import DEPLOYMENT, NOW, links_of
from bench.filled import escalations
from watchkeeper.clock import FixedClock
from watchkeeper.model.link import Link
from watchkeeper.state.store import SqlStateStore, open_store

PAIRS = 10_000
PORTION = 10_000
"""Links per transaction."""

ROW_BY_ROW = 300
"""Links that are stored one by one: enough to know their rate."""

TIMES_FASTER = {"SQLite": None, "PostgreSQL": 50.0}
"""Only a server makes every commit wait for a round trip and its disk; SQLite's ratio is shown."""


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001
    links = [link for number in range(PAIRS) for link in links_of(number, escalations())]
    return _of_store("SQLite", f"sqlite:///{folder / 'upserts.db'}", links)


def _of_store(name: str, url: str, links: Sequence[Link]) -> Sequence[Bar]:
    with _opened(url) as store:
        one_by_one = _rate(store, [[link] for link in links[:ROW_BY_ROW]])
        inserted = _rate(store, _portions(links[ROW_BY_ROW:]))
        updated = _rate(store, _portions(links))
    ratio, bound = updated / one_by_one, TIMES_FASTER[name]
    beside = f"{name}: times faster than a commit per row"
    return (
        at_least(beside, ratio, "x", bound) if bound else shown(beside, ratio, "x"),
        shown(f"{name}: links inserted in portions", inserted, "/s"),
        shown(f"{name}: links updated in portions", updated, "/s"),
        shown(f"{name}: links inserted one by one", one_by_one, "/s"),
    )


@contextmanager
def _opened(url: str) -> Iterator[SqlStateStore]:
    with open_store(url, DEPLOYMENT, FixedClock(NOW), migrate=True) as store:
        yield store


def _portions(links: Sequence[Link]) -> Iterator[Sequence[Link]]:
    return (links[start : start + PORTION] for start in range(0, len(links), PORTION))


def _rate(store: SqlStateStore, portions: Iterator[Sequence[Link]] | Sequence[Sequence[Link]]) -> float:
    """Links stored per second."""
    began, count = time.perf_counter(), 0
    for portion in portions:
        store.put_links(portion)
        count += len(portion)
    return count / (time.perf_counter() - began)

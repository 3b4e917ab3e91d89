"""How long a board takes to answer, by the clock and of this process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from math import ceil

from starlette.testclient import TestClient

from bench.asked import Kind, Question
from bench.bars import Bar, at_most, first_near, shown

ANSWERED = 150.0
"""Milliseconds within which 95 of 100 requests for a page are to be answered."""
REQUESTS = 40
REPEATED = 10
"""Requests for a choice that asks the store nothing which was not measured before."""
FILES = 2
"""Requests for a list as a file, which is a download of up to 50,000 rows and no page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Milliseconds by the clock and of this process, however busy the machine was; `lines`, of a file its rows and the line above."""

    wall: float
    cpu: float
    lines: int


def ask(client: TestClient, address: str) -> Answer:
    """Raises RuntimeError where the board does not answer."""
    began, busy = time.perf_counter(), time.process_time()
    answer = client.get(address)
    wall, cpu = (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000
    if answer.status_code >= 400:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return Answer(wall, cpu, answer.content.count(b"\r\n"))


def bars_of(client: TestClient, database: str, question: Question, repeat: int, *, known: bool) -> Iterator[Bar]:
    """`known`: whether everything that the question asks of the store was measured before."""
    if question.kind is Kind.FILE:
        yield from _file(client, database, question)
        return
    requests = REPEATED if known and question.kind is Kind.CHOICE else REQUESTS
    rounds = (list(_asked(client, question, requests)) for _ in range(repeat))
    best = first_near(rounds, lambda each: _share([one.wall for one in each], 0.95) / ANSWERED, 1.0)
    wall, cpu = [each.wall for each in best], [each.cpu for each in best]
    yield at_most(f"{database}: {question.name}: p95", _share(wall, 0.95), "ms", ANSWERED)
    yield shown("  p50", _share(wall, 0.5), "ms")
    yield shown("  slowest", max(wall), "ms")
    yield shown("  p95 of our CPU", _share(cpu, 0.95), "ms")


def _file(client: TestClient, database: str, question: Question) -> Iterator[Bar]:
    longest = max(_asked(client, question, FILES), key=lambda each: each.wall)
    rows = max(longest.lines - 1, 0)
    yield shown(f"{database}: {question.name}: the slowest of {FILES}", longest.wall, "ms")
    yield shown("  its rows", rows, "")
    yield shown("  rows a second", rows / longest.wall * 1000, "")
    yield shown("  our CPU", longest.cpu, "ms")


def _asked(client: TestClient, question: Question, requests: int) -> Iterator[Answer]:
    return (ask(client, address) for address in islice(cycle(question.addresses), requests))


def _share(values: list[float], share: float) -> float:
    return sorted(values)[ceil(len(values) * share) - 1]

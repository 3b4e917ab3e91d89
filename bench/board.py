"""The watch board over a store of a million linked pairs and five million rows of the write log: how long does everything take that can
be asked of it, and does a database go through a whole table for it?"""

from __future__ import annotations

import gc
import json
import shutil
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine
from starlette.testclient import TestClient

from bench import answered
from bench.answered import ask
from bench.asked import Kind, Parts, questions
from bench.bars import Bar, at_most, shown
from bench.copied import copy_to_server
from bench.devices import OWNED, of_tasks
from bench.estate import DEPLOYMENT, NOW
from bench.filled import MAPPINGS
from bench.history import Size, fill_history, key_of
from bench.logged import run_id
from bench.plans import Statement, heard, scans
from bench.tenant import group
from watchkeeper.clock import FixedClock
from watchkeeper.model.owner_book import UNOWNED_ID
from watchkeeper.settings import WebAuth
from watchkeeper.state.opening import open_store
from watchkeeper.state.schema import upgrade
from watchkeeper.web.access import Role
from watchkeeper.web.app import application
from watchkeeper.web.assets import style
from watchkeeper.web.opening import open_board
from watchkeeper.web.rules import Rules
from watchkeeper.web.setup import Setup

LARGE: Final = Size(pairs=1_000_000, writes=5_000_000, days=400)
SMALL_TABLES: Final = frozenset({"alembic_version", "author", "cursor", "dirty", "intent", "lease", "meta", "raised"})
"""Tables that do not grow with what has happened: they hold what stands now."""
_PEER: Final = "10.0.0.5"
_ORIGIN: Final = "https://board.example.com"


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001 - always the same many
    file = folder / "watchkeeper.db"
    began = time.perf_counter()
    told(f"making a store of {LARGE.pairs:,} pairs and {LARGE.writes:,} rows of the log")
    make(file, LARGE)
    made, mappings = time.perf_counter() - began, with_owners(folder / "mappings")
    return (
        *bars_of("SQLite", f"sqlite:///{file}", LARGE, mappings, repeat),
        *_of_server(file, mappings, repeat),
        shown("size of the SQLite store", file.stat().st_size / 1024 / 1024, "MiB"),
        shown("making it, no part of the board", made, "s"),
    )


def with_owners(folder: Path) -> Path:
    """The mappings folder with owners for three quarters of the tenant's device groups."""
    shutil.copytree(MAPPINGS, folder)
    owners = [{"id": f"site-{each}", "name": f"Site {each}", "device_groups": [group(each)]} for each in range(OWNED)]
    (folder / "owners.yaml").write_text(json.dumps({"version": 1, "owners": owners}), encoding="utf-8")
    return folder


def make(file: Path, size: Size) -> None:
    with open_store(f"sqlite:///{file}", DEPLOYMENT, FixedClock(NOW), migrate=True) as store:
        fill_history(store, size)


def _of_server(file: Path, mappings: Path, repeat: int) -> Sequence[Bar]:
    try:
        from tests.postgres import NoServer, running_server

        from bench.upserts import REAL
    except ImportError as missing:  # psycopg, or libpq for it
        return [shown(f"PostgreSQL: not measured ({missing})", 0, "")]
    try:
        with running_server(*REAL) as server:
            url = server.database()
            upgrade(url)
            told("copying it to PostgreSQL")
            copy_to_server(file, url)
            return list(bars_of("PostgreSQL", url, LARGE, mappings, repeat))
    except NoServer as missing:
        return [shown(f"PostgreSQL: not measured ({missing})", 0, "")]


def bars_of(database: str, url: str, size: Size, mappings: Path, repeat: int) -> Iterator[Bar]:
    # As the program begins (watchkeeper.cli.app): what is imported stays, and is not gone through again and again.
    gc.set_threshold(200_000, 20, 100)
    gc.freeze()
    known: set[str] = set()
    with visiting(url, mappings) as client:
        for number, question in enumerate(questions(client, parts_of(size)), start=1):
            told(f"{database}: {number}: {question.name}")
            addresses = question.addresses[:1] if question.kind is Kind.FILE else question.addresses
            statements = asked_of_store(lambda: [ask(client, each) for each in addresses])  # noqa: B023 - asked at once
            yield from answered.bars_of(client, database, question, repeat, known=statements.keys() <= known)
            yield at_most("  scans", len(scans_of(statements, url)), "", 0, "none")
            known |= statements.keys()


def told(what: str) -> None:
    """Where the benchmark is, for whoever waits for it."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def asked_of_store(ask: Callable[[], object]) -> Mapping[str, Statement]:
    """The questions that the store is asked meanwhile, by their text."""
    with heard() as statements:
        ask()
    return {each.text: each for each in statements if each.is_question}


def scanned(ask: Callable[[], object], url: str, small: Collection[str] = SMALL_TABLES) -> list[str]:
    """Every step that goes through the whole of a table that grows, with its statement, of what is asked of the store meanwhile."""
    return scans_of(asked_of_store(ask), url, small)


def scans_of(asked: Mapping[str, Statement], url: str, small: Collection[str] = SMALL_TABLES) -> list[str]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return [f"{step}: {text}" for text, each in asked.items() for step in scans(connection, each, small)]
    finally:
        engine.dispose()


@contextmanager
def visiting(url: str, mappings: Path = MAPPINGS) -> Iterator[TestClient]:
    """Somebody who may see everything, as often as they like."""
    roles = tuple((role, role.value) for role in Role)
    peers, token = (ip_network(f"{_PEER}/32"),), "for metrics alone"
    setup = Setup(auth=WebAuth.PROXY, origin=_ORIGIN, peers=peers, roles=roles, metrics_token=token)
    board = open_board(setup, url, FixedClock(NOW), time.monotonic, rules=Rules(folder=mappings))
    app = application(board, time.monotonic)
    app.requests.burst = 1_000_000
    headers = {
        "X-Forwarded-User": "keiko.tanaka",
        "X-Forwarded-Groups": ",".join(role.value for role in Role),
        "Authorization": f"Bearer {token}",
    }
    client = TestClient(app, base_url=_ORIGIN, client=(_PEER, 40_000), headers=headers, follow_redirects=False)
    try:
        yield client
    finally:
        client.close()
        board.memory.close()


def parts_of(size: Size) -> Parts:
    """What addresses may name in a store of this size: the run that wrote most and others, pairs from everywhere, duties and days. A
    part that is missing here has to be added when a page with one is."""
    runs = size.days * size.runs_a_day
    largest = (size.days - 2) * size.runs_a_day
    pairs = [key_of(size.pairs * each // 12) for each in range(12)]
    return {
        "deployment": [DEPLOYMENT],
        "name": [style().name],
        "run": [run_id(number) for number in (largest, runs - 1, runs // 2, 0)],
        "key": pairs,
        "task": ["vulnerability-remediation", "escalation-tickets", "secure-score"],
        "team": ["monitoring", "all", "monitoring"],
        "profile": ["escalation", "maintenance"],
        "owner": [UNOWNED_ID],
        **of_tasks(NOW.date() - timedelta(days=1)),
        "day": [(NOW.date() - timedelta(days=number)).isoformat() for number in (1, 0, 30, 60)],
    }

"""Is a store sound: every damage is found before anything is written, named, and never ends in a traceback."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError
from tests.state.examples import (
    KEY,
    MONDAY,
    SERIES,
    SetClock,
    a_link,
    a_ref,
    a_report,
    a_request,
    a_request_duty,
    a_verdict,
    an_intent,
    an_occurrence,
)

from watchkeeper.errors import StateUnusable
from watchkeeper.model.audit import TeamDay
from watchkeeper.model.link import ConflictRow, Dirty, LedgerEntry
from watchkeeper.model.occurrence import Decided, Decision
from watchkeeper.model.sync_day import SYNC_DAYS
from watchkeeper.model.upkeep import CheckReport, Damage
from watchkeeper.state import SqlStateStore, open_store, pairing
from watchkeeper.state.anew import drop_damaged
from watchkeeper.state.check import check_store
from watchkeeper.state.database import Database
from watchkeeper.state.digests import SEALED
from watchkeeper.state.inspection import looking

LINKS = 40
FLIPS = 300
HEADER = 20
"""Bytes before a row's first value that say what kinds of values follow: one each (sqlite.org/fileformat2.html, record format)."""


@pytest.fixture
def filled(store: SqlStateStore, file: Path) -> Path:
    """A closed store with something in every table that has digests, all of it in the file itself."""
    store.put_links([a_link(f"{KEY}-{number}", number) for number in range(LINKS)])
    store.intend(an_intent(), MONDAY)
    store.put_ledger([LedgerEntry(KEY, a_ref(), "note-1", "mirrored", "comment-1", MONDAY)])
    store.put_dirty([Dirty(KEY, "maintenance", "why", MONDAY)])
    store.put_decisions([Decided(an_occurrence(), Decision.CREATE, "due", MONDAY)])
    store.raise_occurrence(an_occurrence(), MONDAY)
    request = a_request()
    store.ask(SERIES, request, a_request_duty(request), MONDAY)
    store.advance("servicenow", "incident", "2026", MONDAY)
    store.start_run("run-1", "sync", MONDAY)
    store.finish_run(a_report())
    store.close()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.execute("PRAGMA journal_mode = DELETE")
    return file


def found(report: CheckReport) -> set[Damage]:
    return {finding.damage for finding in report.findings}


def edit(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as raw, raw:
        for statement in statements:
            raw.execute(statement)


def bits_of_link_rows(file: Path) -> list[tuple[int, int]]:
    """Where the bits of the link rows stand: (byte, bit), found by what only those rows hold."""
    content = file.read_bytes()
    with closing(sqlite3.connect(file)) as raw:
        rows = raw.execute("SELECT rowid, * FROM link").fetchall()
    starts: list[tuple[int, int]] = []
    for row in rows:
        text = "".join(str(value) for value in row[1:] if isinstance(value, str)).encode()
        head = "".join(str(value) for value in row[1:5]).encode()
        begin = content.find(head)
        assert begin > 0
        starts += [(byte, bit) for byte in range(begin - HEADER, begin + len(text)) for bit in range(8)]
    return starts


def test_a_sound_store_is_sound_and_untouched(url: str, filled: Path) -> None:
    before = filled.read_bytes()
    report = check_store(url)
    assert report.sound
    assert report.rows["link"] == LINKS
    assert all(report.rows[table.name] for table in SEALED)
    assert filled.read_bytes() == before
    assert [each.name for each in filled.parent.iterdir() if each.name.startswith(filled.name)] == [filled.name]


def test_it_is_looked_through_to_its_end_whatever_is_wrong_on_the_way(url: str, store: SqlStateStore) -> None:
    store.put_links([a_link()])
    store.intend(an_intent(), MONDAY)
    assert check_store(url).sound
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE link SET number = 'x'")
        connection.exec_driver_sql("ALTER TABLE comment RENAME TO comment_aside")
        connection.exec_driver_sql("UPDATE write_log SET reason = 'edited'")
    seen = found(check_store(url))
    with store.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE comment_aside RENAME TO comment")
    assert seen >= {Damage.DIGEST, Damage.TABLE, Damage.CHAIN}


def test_where_there_is_none_nothing_is_made(url: str, file: Path) -> None:
    report = check_store(url)
    assert (report.sound, report.schema) == (True, "")
    assert not file.exists()


def flipped(file: Path, count: int) -> Iterator[None]:
    """The file with one bit of a link row flipped, a random one each time; whole again at the end."""
    whole = file.read_bytes()
    for byte, bit in random.Random(20261129).sample(bits_of_link_rows(file), count):
        damaged = bytearray(whole)
        damaged[byte] ^= 1 << bit
        file.write_bytes(damaged)
        yield
    file.write_bytes(whole)


def links_in(url: str) -> object:
    """The links as every run reads them before its first write."""
    try:
        with looking(url) as connection:
            return pairing.by_key(connection, "test", None)
    except (StateUnusable, SQLAlchemyError, sqlite3.Error) as error:
        return error


def test_three_hundred_flipped_bits_of_link_rows_mislead_no_run(url: str, filled: Path) -> None:
    links = links_in(url)
    seen = [links_in(url) for _ in flipped(filled, FLIPS)]
    misled = [each for each in seen if not isinstance(each, Exception) and each != links]
    assert misled == []
    assert sum(isinstance(each, StateUnusable) for each in seen) > FLIPS / 2


@pytest.mark.parametrize("flips", [30, pytest.param(FLIPS, marks=pytest.mark.slow)])
def test_the_check_finds_every_flipped_bit_of_a_link_row(url: str, filled: Path, flips: int) -> None:
    assert [check_store(url).sound for _ in flipped(filled, flips)] == [False] * flips


@pytest.mark.parametrize("table", [table.name for table in SEALED])
def test_a_row_that_is_not_what_was_stored_is_named(url: str, filled: Path, table: str) -> None:
    edit(filled, f"UPDATE {table} SET digest = 'x' || substr(digest, 2) WHERE rowid = 1")
    (finding,) = [each for each in check_store(url).findings if each.harmful]
    assert (finding.damage, finding.args["table"]) == (Damage.DIGEST, table)
    assert finding.args["row"]


@pytest.mark.parametrize(
    ("table", "read"),
    [
        ("intent", lambda store: store.intents()),
        ("comment", lambda store: store.ledger([KEY])),
        ("cursor", lambda store: store.watermark("servicenow", "incident")),
        ("dirty", lambda store: store.dirty()),
        ("occurrence", lambda store: store.decisions()),
        ("raised", lambda store: store.raised()),
        ("owner_request", lambda store: store.unopened_requests()),
        ("meta", lambda store: store.serial),
    ],
)
def test_no_run_acts_on_a_damaged_row(
    url: str, filled: Path, clock: SetClock, table: str, read: Callable[[SqlStateStore], object]
) -> None:
    edit(filled, f"UPDATE {table} SET digest = 'x' || substr(digest, 2)")

    def look() -> None:
        with open_store(url, "test", clock, migrate=False) as store:
            read(store)

    with pytest.raises(StateUnusable, match="does not match its digest"):
        look()


def test_many_damaged_rows_are_counted_rather_than_listed(url: str, filled: Path) -> None:
    edit(filled, "UPDATE link SET number = number || 'x'")
    report = check_store(url)
    assert [each.args["count"] for each in report.findings if each.damage is Damage.MORE] == [str(LINKS - 20)]


@pytest.mark.parametrize(
    ("statement", "damage"),
    [
        ("UPDATE write_log SET reason = 'edited' WHERE sequence = 1", Damage.CHAIN),
        ("DELETE FROM write_log", Damage.UNLOGGED),
        ("UPDATE alembic_version SET version_num = '9999'", Damage.NEWER),
        ("UPDATE alembic_version SET version_num = '0001'", Damage.OLDER),
        ("DROP TABLE alembic_version", Damage.TABLES),
        ("DROP TABLE verdict", Damage.TABLE),
        ("INSERT INTO run (deployment, run_id, command, started_at, summary) VALUES ('test', 'x', 'sync', '9', '{}')",
         Damage.UNENDED),
    ],
)  # fmt: skip
def test_what_else_is_wrong_is_named(url: str, filled: Path, statement: str, damage: Damage) -> None:
    edit(filled, statement)
    assert damage in found(check_store(url))


def test_a_file_that_is_no_database_is_said_to_be_none(url: str, file: Path) -> None:
    file.write_bytes(b"This is no database, only longer than the header of one would be. " * 9)
    assert found(check_store(url)) == {Damage.UNREADABLE}


def test_a_cut_or_scrambled_file_is_read_as_far_as_it_goes(url: str, filled: Path) -> None:
    """Whatever is wrong with it, there is an answer and no traceback."""
    whole = filled.read_bytes()
    dice = random.Random(7)
    for _ in range(40):
        damaged = bytearray(whole)
        for _ in range(dice.choice((1, 20, 400))):
            damaged[dice.randrange(100, len(damaged))] = dice.randrange(256)
        filled.write_bytes(damaged[: dice.choice((len(whole), len(whole) // 2, 5000))])
        assert isinstance(check_store(url), CheckReport)


def test_damaged_rows_can_be_let_go_of_and_the_others_stay(url: str, filled: Path) -> None:
    edit(filled, "UPDATE link SET number = 'x' WHERE rowid < 4", "UPDATE meta SET value = 'x' WHERE name = 'lineage'")
    database = Database(url)
    assert drop_damaged(database) == {"link": 3, "meta": 1}
    assert drop_damaged(database) == {}
    database.close()
    assert check_store(url).rows["link"] == LINKS - 3


@pytest.mark.parametrize(
    ("statement", "table", "read"),
    [
        ("UPDATE run SET started_at = 'soon'", "run", lambda store: store.runs(1)),
        ("UPDATE run SET summary = '[1'", "run", lambda store: store.runs(1)),
        ("UPDATE run SET summary = '[]'", "run", lambda store: store.runs(1)),
        ("UPDATE lease SET expires_at = 9", "lease", lambda store: store.lease("someone", "host").holder()),
        ("UPDATE lease SET taken_at = 'x'", "lease", lambda store: store.lease("someone", "host").take("run-9", "sync")),
        ("UPDATE verdict SET document = '{'", "verdict", lambda store: store.verdicts("2026-01-01", "2027-01-01")),
        ("UPDATE snapshot SET document = '{' WHERE name <> 'sync/day'", "snapshot", lambda store: store.day_sheets("2026-01-01", "2027-01-01")),
        ("UPDATE snapshot SET document = '{' WHERE name = 'sync/day'", "snapshot", lambda store: store.snapshots(SYNC_DAYS, date(2026, 1, 1), date(2027, 1, 1))),
        ("UPDATE conflict SET at = ''", "conflict", lambda store: store.conflicts()),
    ],
)  # fmt: skip
def test_a_row_without_a_digest_that_cannot_be_read_back_is_found_refused_and_let_go_of(
    url: str, clock: SetClock, statement: str, table: str, read: Callable[[SqlStateStore], object]
) -> None:
    with open_store(url, "test", clock, migrate=True) as store:
        store.lease("someone", "host").take("run-1", "sync")
        store.start_run("run-1", "sync", MONDAY)
        store.finish_run(a_report())
        store.put_verdicts([a_verdict()], "run-1")
        store.count_days(
            [TeamDay("csirt", date(2026, 11, 23), "UTC", working=True, final=True)], "run-1", MONDAY, whole=True
        )
        store.put_conflicts(
            [ConflictRow(KEY, "status", "servicenow", '"new"', '"closed"', "furthest", "run-1", MONDAY)]
        )
        with store.database.write(fenced=False) as connection:
            connection.exec_driver_sql(statement)
    (finding,) = [each for each in check_store(url).findings if each.harmful]
    assert (finding.damage, finding.args["table"]) == (Damage.DOCUMENT, table)
    with open_store(url, "test", clock, migrate=False) as damaged, pytest.raises(StateUnusable, match="cannot be read"):
        read(damaged)
    with open_store(url, "test", clock, migrate=False, mend=True) as mended:
        assert mended.mended == {table: 1}
        read(mended)
    assert check_store(url).sound


def test_a_store_that_is_only_out_of_reach_is_not_called_damaged(tmp_path: Path) -> None:
    """Its remedy would be to throw a sound store away."""
    file = tmp_path / "watchkeeper.db"
    file.mkdir()
    with pytest.raises(StateUnusable, match=r"disk I/O error|unable to open") as raised:
        check_store(f"sqlite:///{file}")
    assert "aside" not in str(raised.value)

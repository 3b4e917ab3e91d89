"""The write log's chain tells which row is the first that does not fit, what is wrong with it, and whether an earlier end is in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.state.examples import MONDAY, a_report, a_result, an_intent

from watchkeeper.model.chain import ChainBreak, ChainHead, Flaw
from watchkeeper.state import SqlStateStore

ANOTHER = "0" * 64


def write(store: SqlStateStore, run: str, number: int) -> None:
    intent = an_intent(run, number=number)
    store.intend(intent, MONDAY)
    store.settle(intent, a_result(intent), MONDAY)


def run(store: SqlStateStore, name: str, writes: int, hours: int) -> ChainHead:
    """A run with so many writes; where its report says that the log stands."""
    at = MONDAY + timedelta(hours=hours)
    store.start_run(name, "sync", at)
    for number in range(writes):
        write(store, name, hours * 100 + number)
    head = store.write_log_head()
    assert head is not None
    store.finish_run(replace(a_report(name, at=at), head=head))
    return head


@pytest.fixture
def heads(store: SqlStateStore) -> list[ChainHead]:
    """The ends of two runs: rows 1 to 4 and 5 to 10."""
    return [run(store, "first", 2, 1), run(store, "second", 3, 2)]


def tamper(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as raw, raw:
        for statement in statements:
            raw.execute(statement)


def test_a_log_that_nobody_touched_holds_and_tells_where_it_stands(
    store: SqlStateStore, heads: list[ChainHead]
) -> None:
    report = store.check_write_log()
    assert (report.broken, report.rows, report.head, report.heads) == (None, 10, heads[-1], 2)
    assert heads[-1].sequence == 10


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["UPDATE write_log SET after = '{}' WHERE sequence = 7"], ChainBreak(7, Flaw.CHANGED, "second", "KEY")),
        (["UPDATE write_log SET hash = 'x' WHERE sequence = 3"], ChainBreak(3, Flaw.CHANGED, "first", "KEY")),
        (["DELETE FROM write_log WHERE sequence = 6"], ChainBreak(6, Flaw.MISSING)),
        (["DELETE FROM write_log WHERE sequence < 4"], ChainBreak(1, Flaw.MISSING)),
        (["DELETE FROM write_log WHERE sequence > 8"], ChainBreak(9, Flaw.CUT, "second")),
        (["DELETE FROM write_log"], ChainBreak(1, Flaw.CUT, "first")),
        (
            [
                f"UPDATE write_log SET sequence = {new} WHERE sequence = {old}"
                for old, new in ((2, 99), (3, 2), (99, 3))
            ],
            ChainBreak(2, Flaw.CHANGED, "first", "KEY"),
        ),
    ],
)
def test_the_first_row_that_does_not_fit_is_named(
    store: SqlStateStore, file: Path, heads: list[ChainHead], statements: list[str], broken: ChainBreak
) -> None:
    assert heads
    tamper(file, *statements)
    key = an_intent().action.key if broken.key else ""
    assert store.check_write_log().broken == replace(broken, key=key)


def test_a_log_that_was_written_anew_is_given_away_by_the_ends_of_runs(
    store: SqlStateStore, file: Path, heads: list[ChainHead]
) -> None:
    """All hashes made anew, so that the chain holds in itself."""
    tamper(file, "DELETE FROM write_log")
    for name, first, count in (("first", 300, 2), ("second", 400, 3)):
        for number in range(count):
            write(store, name, first + number)
    assert store.check_write_log().broken == ChainBreak(4, Flaw.REPLACED, "first", an_intent().action.key)
    assert [store.write_log_has(head) for head in heads] == [False, False]


def test_a_head_of_an_earlier_report_is_looked_up(store: SqlStateStore, heads: list[ChainHead]) -> None:
    assert [store.write_log_has(head) for head in heads] == [True, True]
    assert store.write_log_has(ChainHead(4, ANOTHER)) is False
    assert store.write_log_has(ChainHead(11, ANOTHER)) is False


@pytest.mark.parametrize(
    "text", ["", "4", "4:", f":{ANOTHER}", f"-4:{ANOTHER}", f"4:{ANOTHER}0", f"٤:{ANOTHER}", "4:" + "g" * 64]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not SEQUENCE:HASH"):
        ChainHead.parse(text)


def test_a_head_is_read_back_as_it_was_written() -> None:
    head = ChainHead(1234, "0123456789abcdef" * 4)
    assert ChainHead.parse(str(head)) == head

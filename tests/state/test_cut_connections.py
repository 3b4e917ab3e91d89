"""A connection to the server that is cut: nothing is lost, nothing is stored twice, and nobody is told what nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.postgres import Server, name_of
from tests.state.beside import Beside
from tests.state.examples import KEY, MONDAY, SetClock, a_link, a_result, an_intent
from tests.state.wire import Cut, Wire

from watchkeeper.errors import StateUnusable
from watchkeeper.state import SqlStateStore, open_store
from watchkeeper.state.database import CutOff


@pytest.fixture
def wire(postgres: Server) -> Iterator[Wire]:
    with Wire(postgres.port) as opened:
        yield opened


@pytest.fixture
def store(wire: Wire, postgres: Server, postgres_url: str, clock: SetClock) -> Iterator[SqlStateStore]:
    url = postgres.over_tcp(name_of(postgres_url), port=wire.port) + "?sslmode=disable"
    with open_store(url, "test", clock, migrate=False) as opened:
        yield opened


@pytest.fixture
def beside(postgres_url: str) -> Beside:
    return Beside(postgres_url)


def stored(store: SqlStateStore) -> tuple[int, int]:
    """How many open intents, and how many rows of the write log."""
    assert store.check_write_log().broken is None
    return len(store.intents()), len(store.write_log())


COMMIT = b"COMMIT\x00"
EVERYWHERE = [
    (COMMIT, Cut.AFTER),
    (COMMIT, Cut.BEFORE),
    (COMMIT, Cut.SILENT),
    (b"INSERT INTO intent", Cut.BEFORE),
    (b"INSERT INTO intent", Cut.AFTER),
    (b"INSERT INTO intent", Cut.SILENT),
    (b"INSERT INTO write_log", Cut.AFTER),
    (b"pg_advisory_xact_lock", Cut.BEFORE),
    (b"pg_advisory_xact_lock", Cut.AFTER),
]


@pytest.mark.parametrize(("word", "cut"), EVERYWHERE)
def test_wherever_the_connection_is_cut_once_an_intent_is_stored_exactly_once(
    store: SqlStateStore, wire: Wire, word: bytes, cut: Cut
) -> None:
    wire.cut_at(word, cut)
    store.intend(an_intent(), MONDAY)
    assert wire.cuts == 1
    assert stored(store) == (1, 1)


@pytest.mark.parametrize("cut", Cut)
def test_an_outcome_whose_commit_got_no_answer_is_stored_exactly_once(
    store: SqlStateStore, wire: Wire, cut: Cut
) -> None:
    intent = an_intent()
    store.intend(intent, MONDAY)
    wire.cut_at(COMMIT, cut)
    store.settle(intent, a_result(intent), MONDAY, links=[a_link()])
    assert wire.cuts == 1
    assert stored(store) == (0, 2)
    assert KEY in store.links()


@pytest.mark.parametrize("cut", Cut)
def test_several_calls_together_are_stored_exactly_once(store: SqlStateStore, wire: Wire, cut: Cut) -> None:
    held = store.lease("ci", "runner").take("run-1", "sync")

    def begin() -> None:
        held.check()
        store.intend(an_intent(), MONDAY)

    wire.cut_at(COMMIT, cut)
    store.together(begin)
    assert wire.cuts == 1
    assert stored(store) == (1, 1)
    held.release()


def test_a_transaction_that_was_stored_is_not_called_failed(store: SqlStateStore, wire: Wire) -> None:
    wire.cut_at(COMMIT, Cut.AFTER)
    with store.transaction():
        store.put_links([a_link()])
    assert KEY in store.links()


def test_a_transaction_that_was_not_stored_says_so(store: SqlStateStore, wire: Wire) -> None:
    wire.cut_at(COMMIT, Cut.BEFORE)
    with pytest.raises(CutOff, match="was cut off"), store.transaction():
        store.put_links([a_link()])
    assert store.links() == {}


def test_what_cannot_be_known_is_not_done_again(store: SqlStateStore, wire: Wire, beside: Beside) -> None:
    """The answer is lost, and so is the server: the intent may be there or not, and the run must end."""
    wire.cut_at(COMMIT, Cut.AFTER, dead_after=True)
    with pytest.raises(StateUnusable, match="whether the last change was stored cannot be told") as refused:
        store.intend(an_intent(), MONDAY)
    assert not isinstance(refused.value, CutOff)
    assert len(beside.run("SELECT * FROM write_log")) == 1


def test_a_connection_that_is_cut_again_and_again_ends_the_run(store: SqlStateStore, wire: Wire) -> None:
    wire.cut_at(b"INSERT INTO intent", Cut.BEFORE, times=2)
    with pytest.raises(StateUnusable, match="run again"):
        store.intend(an_intent(), MONDAY)
    assert wire.cuts == 2
    assert stored(store) == (0, 0)


def test_idle_connections_that_the_server_ended_are_replaced_unnoticed(
    store: SqlStateStore, beside: Beside, postgres: Server
) -> None:
    store.put_links([a_link()])
    postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watchkeeper'")
    assert KEY in store.links()
    store.put_links([a_link("another", 2)])
    assert len(store.links()) == 2

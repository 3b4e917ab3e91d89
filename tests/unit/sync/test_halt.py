"""An order to stop, as every program that shares the store sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.state.examples import SetClock

from watchkeeper.errors import Locked, Paused, Retired, StateUnusable
from watchkeeper.model.exit_code import ExitCode, exit_code_of
from watchkeeper.model.halt import Halt, HaltKind
from watchkeeper.state import SqlStateStore, open_store
from watchkeeper.sync.halt import HaltAware, end_halt, halt_notes, last_halt, put_halt, refuse_halted, standing_halt

NOW = datetime(2026, 11, 16, 0, 30, tzinfo=UTC)
ORDER = Halt(HaltKind.PAUSED, "1", "aiko", "laptop", NOW, "an upgrade; back at noon", NOW + timedelta(hours=2))


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: SetClock) -> Iterator[SqlStateStore]:
    with open_store(f"sqlite:///{tmp_path / 'state.db'}", "soc", clock, migrate=True) as opened:
        yield opened


def test_it_comes_back_as_it_was_given(store: SqlStateStore) -> None:
    assert standing_halt(store, NOW) is None
    for order in (ORDER, replace(ORDER, until=None, run="8d2f"), replace(ORDER, kind=HaltKind.RETIRED, until=None)):
        put_halt(store, order)
        assert last_halt(store) == order
    end_halt(store)
    assert last_halt(store) is None


def test_it_ends_at_the_instant_that_was_said_and_not_before(store: SqlStateStore) -> None:
    put_halt(store, ORDER)
    assert ORDER.until is not None
    assert standing_halt(store, ORDER.until - timedelta(microseconds=1)) == ORDER
    assert standing_halt(store, ORDER.until) is None
    assert last_halt(store) == ORDER


def test_it_names_who_when_why_until_when_and_the_way_on(store: SqlStateStore) -> None:
    put_halt(store, ORDER)
    with pytest.raises(Paused) as refused:
        refuse_halted(store, NOW)
    assert str(refused.value) == (
        "aiko paused this deployment on laptop at 2026-11-16 00:30 UTC; the reason given: an upgrade; back at noon; "
        "nothing is written until 2026-11-16 02:30 UTC, or until somebody runs `watchkeeper resume`"
    )
    assert exit_code_of(refused.value) is ExitCode.LATER
    assert halt_notes(store, NOW) == (str(refused.value),)


def test_a_retired_deployment_does_not_come_back_by_itself(store: SqlStateStore) -> None:
    put_halt(store, replace(ORDER, kind=HaltKind.RETIRED, until=None))
    with pytest.raises(Retired, match=r"`watchkeeper retire --undo` brings it back") as refused:
        refuse_halted(store, NOW + timedelta(days=365))
    assert exit_code_of(refused.value) is ExitCode.CONFIG


def test_a_lease_is_good_for_nothing_while_it_stands(store: SqlStateStore, clock: SetClock, tmp_path: Path) -> None:
    held = store.lease("ci", "runner").take("run-1", "sync")
    lease = HaltAware(held, store, clock)
    lease.check()
    with open_store(f"sqlite:///{tmp_path / 'state.db'}", "soc", clock, migrate=False) as elsewhere:
        put_halt(elsewhere, ORDER)
    with pytest.raises(Paused), store.transaction():
        lease.check()
    HaltAware(held, store, clock, frozenset({ORDER.id})).check()
    store.lease("ci", "runner").break_lease("run-1")
    with pytest.raises(Locked):
        lease.check()
    assert lease.token == held.token
    lease.release()


def test_another_deployment_of_the_same_store_goes_on(store: SqlStateStore, clock: SetClock, tmp_path: Path) -> None:
    put_halt(store, ORDER)
    with open_store(f"sqlite:///{tmp_path / 'state.db'}", "other", clock, migrate=False) as other:
        assert standing_halt(other, NOW) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "napping"}', '{"kind": "paused", "until": "noon"}'])
def test_an_order_that_cannot_be_read_stops_everything(store: SqlStateStore, text: str) -> None:
    store.remember({"halt": text})
    with pytest.raises(StateUnusable, match="give the order again"):
        refuse_halted(store, NOW)

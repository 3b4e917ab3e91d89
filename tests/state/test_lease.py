from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from tests.state.beside import Beside
from tests.state.examples import MONDAY, SetClock

from watchkeeper.errors import Locked
from watchkeeper.state import SqlLease, SqlStateStore, open_store
from watchkeeper.state.lease import holder_in
from watchkeeper.state_ports import Lease, LeaseHandle

TEN_MINUTES = timedelta(minutes=10)

posix = pytest.mark.skipif(sys.platform == "win32", reason="the expiry decides on Windows")


@pytest.fixture
def lease(store: SqlStateStore) -> SqlLease:
    return store.lease("ci", "runner-1", TEN_MINUTES)


@pytest.fixture
def elsewhere(store: SqlStateStore, url: str, clock: SetClock) -> Iterator[SqlLease]:
    """The same lease, seen by another program."""
    with open_store(url, "test", clock, migrate=False) as other:
        yield other.lease("aiko", "laptop", TEN_MINUTES)


def test_the_lease_keeps_the_port_s_promises(lease: SqlLease) -> None:
    as_port: Lease = lease
    handle: LeaseHandle = as_port.take("run-1", "sync")
    assert handle.token == 1


def test_a_held_lease_is_refused_and_its_holder_named(lease: SqlLease, elsewhere: SqlLease) -> None:
    lease.take("run-1", "sync")
    with pytest.raises(Locked, match="sync run run-1 of ci on runner-1") as refused:
        elsewhere.take("run-2", "sync")
    assert refused.value.holder == elsewhere.holder()
    assert refused.value.holder is not None
    assert refused.value.holder.expires_at == refused.value.holder.taken_at + TEN_MINUTES
    assert "unlock run-1" in refused.value.remedy


def test_of_two_that_found_the_lease_free_only_one_takes_it(store: SqlStateStore, lease: SqlLease) -> None:
    """Where the database lets both read before either writes, as PostgreSQL does."""
    lease.take("run-0", "sync").release()
    with store.database.read() as connection:
        as_both_found_it = holder_in(connection, "test")
    lease.take("run-1", "sync")
    with pytest.raises(Locked, match="run-1"), store.database.write() as connection:
        lease._claim(connection, as_both_found_it, "run-2", "sync", MONDAY)


def test_a_released_lease_is_free_and_the_next_token_is_higher(lease: SqlLease, elsewhere: SqlLease) -> None:
    first = lease.take("run-1", "sync")
    first.release()
    assert lease.holder() is None
    assert elsewhere.take("run-2", "sync").token > first.token


def test_a_lease_that_ran_out_is_taken_over_with_a_higher_token(
    lease: SqlLease, elsewhere: SqlLease, clock: SetClock, beside: Beside
) -> None:
    first = lease.take("run-1", "sync")
    beside.let_pass(clock, TEN_MINUTES + timedelta(seconds=1))
    second = elsewhere.take("run-2", "sync")
    assert second.token > first.token
    with pytest.raises(Locked, match="run run-1 has lost the lease"):
        first.check()
    second.check()


def test_the_one_that_lost_the_lease_cannot_free_the_other_s(
    lease: SqlLease, elsewhere: SqlLease, clock: SetClock, beside: Beside
) -> None:
    first = lease.take("run-1", "sync")
    beside.let_pass(clock, TEN_MINUTES * 2)
    second = elsewhere.take("run-2", "sync")
    first.release()
    second.check()
    holder = lease.holder()
    assert holder is not None
    assert holder.run_id == "run-2"


def test_checking_renews_only_after_a_third_of_the_time(lease: SqlLease, clock: SetClock, beside: Beside) -> None:
    handle = lease.take("run-1", "sync")

    def expiry() -> timedelta:
        handle.check()
        holder = lease.holder()
        assert holder is not None
        return timedelta(minutes=round((holder.expires_at - holder.taken_at) / timedelta(minutes=1)))

    beside.let_pass(clock, timedelta(minutes=3))
    assert expiry() == TEN_MINUTES
    beside.let_pass(clock, timedelta(minutes=1))
    assert expiry() == TEN_MINUTES + timedelta(minutes=4)
    beside.let_pass(clock, timedelta(minutes=3))
    assert expiry() == TEN_MINUTES + timedelta(minutes=4)


def test_a_lease_that_ran_out_unnoticed_is_still_ours(
    lease: SqlLease, elsewhere: SqlLease, clock: SetClock, beside: Beside
) -> None:
    handle = lease.take("run-1", "sync")
    beside.let_pass(clock, TEN_MINUTES * 3)
    handle.check()
    with pytest.raises(Locked):
        elsewhere.take("run-2", "sync")


def test_a_broken_lease_is_lost_for_its_holder(lease: SqlLease, elsewhere: SqlLease) -> None:
    handle = lease.take("run-1", "sync")
    assert not elsewhere.break_lease("run-7")
    assert elsewhere.break_lease("run-1")
    assert not elsewhere.break_lease("run-1")
    with pytest.raises(Locked):
        handle.check()


def test_whoever_lost_the_lease_changes_the_memory_no_more(
    store: SqlStateStore, lease: SqlLease, elsewhere: SqlLease, clock: SetClock, beside: Beside
) -> None:
    lease.take("run-1", "sync")
    store.remember({"said": "before"})
    beside.let_pass(clock, TEN_MINUTES)
    elsewhere.take("run-2", "sync")
    with pytest.raises(Locked, match="run run-1 has lost the lease: sync run run-2 of aiko on laptop holds it"):
        store.remember({"said": "too late"})
    assert store.recall("said") == "before"


def test_after_its_release_a_run_changes_the_memory_no_more(store: SqlStateStore, lease: SqlLease) -> None:
    """What was abandoned may still be under way in a thread, and another run at work."""
    lease.take("run-1", "sync").release()
    with pytest.raises(Locked):
        store.remember({"said": "too late"})
    lease.take("run-2", "sync")
    store.remember({"said": "in time"})
    assert store.recall("said") == "in time"


STORING, STORED = "event.listen(Engine, 'commit', {})", "event.listen(Pool, 'checkin', {})"
"""When a process dies: right before its lease is stored, or right behind that."""


def killed_run(url: str, host: str = "runner-1", *, run: str = "run-0", dies: str = "") -> None:
    """A process that takes the lease and dies without a word."""
    program = (
        "import os, sys; from datetime import datetime; from watchkeeper.clock import FixedClock;"
        "from sqlalchemy import Engine, Pool, event;"
        "from watchkeeper.state import open_store; url, now, host = sys.argv[1:];"
        "store = open_store(url, 'test', FixedClock(datetime.fromisoformat(now)), migrate=True);"
        f"{dies.format('lambda *_: os._exit(9)')}\n"
        f"held = store.lease('ci', host).take('{run}', 'sync'); os._exit({8 if dies else 9})"
    )
    ended = subprocess.run([sys.executable, "-c", program, url, MONDAY.isoformat(), host], check=False)
    assert ended.returncode == 9


@posix
def test_a_dead_run_s_lease_is_free_at_once_on_its_own_machine(lease: SqlLease, url: str, beside: Beside) -> None:
    killed_run(url)
    beside.see_the_dead_gone()
    assert lease.holder() is not None
    assert lease.take("run-1", "sync").token == 2


@posix
def test_so_is_one_whose_run_died_as_soon_as_it_was_stored(lease: SqlLease, url: str, beside: Beside) -> None:
    killed_run(url, dies=STORED)
    beside.see_the_dead_gone()
    assert lease.holder() is not None
    assert lease.take("run-1", "sync").token == 2


@posix
def test_so_is_one_after_a_run_that_died_before_it_could_store_its_own(
    lease: SqlLease, url: str, beside: Beside
) -> None:
    """What the lock says of the run before is not lost by one that goes no further."""
    killed_run(url)
    beside.see_the_dead_gone()
    killed_run(url, run="run-1", dies=STORING)
    beside.see_the_dead_gone()
    assert lease.take("run-2", "sync").token == 2


def test_a_dead_run_s_lease_elsewhere_must_run_out_beside_a_file(lease: SqlLease, url: str, file: Path) -> None:
    assert file.exists()
    killed_run(url, host="runner-2")
    with pytest.raises(Locked, match="run run-0"):
        lease.take("run-1", "sync")


@posix
def test_a_living_run_beside_a_dead_one_keeps_its_lease(
    lease: SqlLease, elsewhere: SqlLease, url: str, clock: SetClock, beside: Beside
) -> None:
    """The lock that a hung run held when its lease ran out says nothing about the run that took over from it."""
    hung = lease.take("run-1", "sync")
    beside.let_pass(clock, TEN_MINUTES * 2)
    elsewhere.take("run-2", "sync")
    hung.release()
    with open_store(url, "test", clock, migrate=False) as third, pytest.raises(Locked, match="run run-2"):
        third.lease("ci", "laptop").take("run-3", "sync")


@posix
def test_the_lock_file_is_private(lease: SqlLease, file: Path) -> None:
    lease.take("run-1", "sync")
    files = list(file.parent.rglob("*-lease-test"))
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600]


def test_deployments_have_leases_of_their_own(lease: SqlLease, url: str, clock: SetClock) -> None:
    lease.take("run-1", "sync")
    with open_store(url, "production", clock, migrate=False) as production:
        production.lease("ci", "runner-2").take("run-2", "sync")


def test_a_clock_that_steps_back_gives_no_one_the_lease(lease: SqlLease, elsewhere: SqlLease, clock: SetClock) -> None:
    handle = lease.take("run-1", "sync")
    clock.advance(timedelta(hours=-2))
    handle.check()
    with pytest.raises(Locked):
        elsewhere.take("run-2", "sync")


@pytest.mark.parametrize("expired", [False, True])
def test_of_racing_runs_exactly_one_gets_the_lease(url: str, clock: SetClock, beside: Beside, expired: bool) -> None:
    """Each with connections of its own, as two programs have."""
    stores = [open_store(url, "test", clock, migrate=True) for _ in range(4)]
    if expired:
        stores[0].lease("ci", "dead", TEN_MINUTES).take("run-0", "sync")
        beside.let_pass(clock, TEN_MINUTES * 2)
    for attempt in range(8):
        start = Barrier(len(stores))

        def race(number: int, attempt: int = attempt, start: Barrier = start) -> LeaseHandle | None:
            lease = stores[number].lease("ci", f"runner-{number}", TEN_MINUTES)
            start.wait()
            try:
                return lease.take(f"run-{attempt}-{number}", "sync")
            except Locked:
                return None

        with ThreadPoolExecutor(len(stores)) as pool:
            won = [handle for handle in pool.map(race, range(len(stores))) if handle]
        assert [handle.token for handle in won] == [attempt + 1 + expired]
        won[0].release()
    for store in stores:
        store.close()

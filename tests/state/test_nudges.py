"""The ledger of reminders: one row per message, taken further only by who saw its last state."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from tests.state.examples import MONDAY, SetClock

from watchkeeper.model.nudge import NudgeEntry, NudgeKind, NudgeState
from watchkeeper.state import SqlStateStore, open_store

DAY = date(2026, 11, 23)
ENTRY = NudgeEntry("a" * 32, NudgeKind.OVERDUE, "mail", "keiko@soc.example", DAY, NudgeState.INTENDED, 1, MONDAY, "{}")


def rows(store: SqlStateStore) -> list[NudgeEntry]:
    return list(store.nudges_since(DAY))


def test_a_claimed_message_is_there_as_it_was_written(store: SqlStateStore) -> None:
    assert store.claim_nudge(ENTRY)
    assert rows(store) == [ENTRY]


@pytest.mark.parametrize("state", [state for state in NudgeState if state.is_settled])
def test_a_settled_message_is_never_claimed_again_and_its_text_is_gone(store: SqlStateStore, state: NudgeState) -> None:
    store.claim_nudge(ENTRY)
    store.settle_nudge(ENTRY.id, state, 1, MONDAY)
    assert not store.claim_nudge(ENTRY)
    assert not store.claim_nudge(replace(ENTRY, tries=2))
    assert rows(store) == [replace(ENTRY, state=state, body="")]


@pytest.mark.parametrize(
    ("settle", "claimable"),
    [
        (lambda store: None, 2),
        (lambda store: store.settle_nudge(ENTRY.id, NudgeState.FAILED, 0, MONDAY), 1),
    ],
    ids=["nobody knows", "certainly not sent"],
)
def test_only_the_next_try_of_what_was_seen_last_can_be_claimed(
    store: SqlStateStore, settle: Callable[[SqlStateStore], None], claimable: int
) -> None:
    store.claim_nudge(ENTRY)
    settle(store)
    for tries in {1, 2, 3} - {claimable}:
        assert not store.claim_nudge(replace(ENTRY, tries=tries))
    assert store.claim_nudge(replace(ENTRY, tries=claimable))
    assert not store.claim_nudge(replace(ENTRY, tries=claimable)), "somebody else was first"


def test_of_machines_that_claim_at_the_same_time_one_is_first(store: SqlStateStore, url: str, clock: SetClock) -> None:
    """Also for a second try. Not even the lease stands between them."""
    ids = [f"{number:032x}" for number in range(10)]
    together = Barrier(3)

    def claims(tries: int) -> list[str]:
        with open_store(url, "test", clock, migrate=True) as machine:
            together.wait()
            return [each for each in ids if machine.claim_nudge(replace(ENTRY, id=each, tries=tries))]

    for tries in (1, 2):
        with ThreadPoolExecutor(3) as machines:
            claimed = [each for found in machines.map(claims, [tries] * 3) for each in found]
        assert sorted(claimed) == ids
    assert {entry.tries for entry in rows(store)} == {2}


def test_another_deployment_of_the_same_store_has_messages_of_its_own(
    store: SqlStateStore, url: str, clock: SetClock
) -> None:
    store.claim_nudge(ENTRY)
    with open_store(url, "production", clock, migrate=True) as other:
        assert rows(other) == []
        assert other.claim_nudge(ENTRY)


def test_older_messages_are_told_of_only_while_they_are_open(store: SqlStateStore) -> None:
    old, done = replace(ENTRY, id="b" * 32, day=date(2026, 11, 2)), replace(ENTRY, id="c" * 32, day=date(2026, 11, 3))
    for entry in (ENTRY, old, done):
        store.claim_nudge(entry)
    store.settle_nudge(done.id, NudgeState.SENT, 1, MONDAY + timedelta(hours=1))
    assert rows(store) == [old, ENTRY]


def test_messages_of_a_channel_that_are_over_are_known_for_ever(store: SqlStateStore) -> None:
    old = replace(ENTRY, id="b" * 32, channel="ticket", day=date(2026, 1, 5))
    for entry in (ENTRY, old, replace(old, id="c" * 32)):
        store.claim_nudge(entry)
    for entry in (ENTRY, old):
        store.settle_nudge(entry.id, NudgeState.SENT, 1, MONDAY)
    assert store.nudges_done({"ticket", "other"}) == {old.id}
    assert store.nudges_done(()) == frozenset()

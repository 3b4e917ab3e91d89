"""Take a deployment out of use: see what stays open, settle or hand over what was begun. Writes to no system."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from watchkeeper.errors import Locked, StateUnusable, WatchkeeperError
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.plan import Action
from watchkeeper.model.record import SENTINEL, Side
from watchkeeper.model.retirement import LeftOutcome, LeftPair, LeftRecord, LeftWrite
from watchkeeper.state_ports import StateStore
from watchkeeper.sync.memory import holds_open
from watchkeeper.sync.recover import drop, recover
from watchkeeper.sync.systems import Systems


def open_pairs(store: StateStore, profiles: Mapping[str, Profile]) -> tuple[LeftPair, ...]:
    """The linked pairs of which a record was open when both sides last agreed, by key. One whose profile is gone counts as open."""
    pairs = []
    for key, sides in sorted(store.links(store.unclosed_keys(())).items()):
        records = {
            side: _record(link, profiles) for side, link in sorted(sides.items()) if link.state is not LinkState.GONE
        }
        if any(record.is_open for record in records.values()):
            pairs.append(LeftPair(key, next(iter(sides.values())).profile, records))
    return tuple(pairs)


def labels_left(profiles: Mapping[str, Profile]) -> tuple[str, ...]:
    """The labels that the profiles put on incidents."""
    sides = (profile.sides.get(SENTINEL) for profile in profiles.values())
    return tuple(sorted({label for rules in sides if rules is not None for label in rules.labels}))


def accounts(store: StateStore, sides: tuple[Side, ...]) -> Mapping[Side, str]:
    """Who we are on each side, as the last run was told."""
    return {side: account for side in sides if (account := store.recall(f"account:{side}"))}


def last_run_at(store: StateStore) -> datetime | None:
    """When the memory was last brought up to date."""
    ended = (row["ended_at"] for row in store.runs(1))
    return next((at for at in ended if isinstance(at, datetime)), None)


def unfinished(store: StateStore, why: str = "") -> tuple[LeftWrite, ...]:
    """The writes that were begun and that nobody has looked into."""
    return tuple(_left(intent.action, LeftOutcome.UNKNOWN, why) for intent in store.intents())


def hand_over(systems: Systems) -> tuple[LeftWrite, ...]:
    """Find out what became of writes that were begun: those that happened are recorded, those that did not will not be made, and
    the rest is unknown. Where a system cannot be asked, all of them are."""
    try:
        recovered = recover(systems)
    except (Locked, StateUnusable):
        raise
    except WatchkeeperError as error:
        return unfinished(systems.store, str(error))
    for action in recovered.replays:
        drop(systems, action)
    not_made = tuple(_left(action, LeftOutcome.NOT_MADE) for action in recovered.replays)
    doubtful = (
        _left(intent.action, LeftOutcome.UNKNOWN, recovered.held.get(intent.action.key, ""))
        for intent in systems.store.intents()
    )
    return (*not_made, *doubtful)


def _left(action: Action, outcome: LeftOutcome, why: str = "") -> LeftWrite:
    return LeftWrite(action.key, action.ref, action.operation.value, outcome, why)


def _record(link: Link, profiles: Mapping[str, Profile]) -> LeftRecord:
    profile = profiles.get(link.profile)
    return LeftRecord(link.ref, link.number, link.url, profile is None or holds_open(profile, link))

"""Moments that chance hardly ever arranges, each on a pair of its own: what people and runs do so that a rare branch is taken.

A situation takes less than two hours. `SITUATIONS` says which branches each of them is there for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeAlias

from tests.simulation.deeds import incident, ticket
from tests.simulation.schedule import Blow, Break, Copy, Deed, Event, Hiding, History, Loss, Profile, Run, Scene

LEASE = 700.0
"""After so long nothing is left of a lease."""
HIGH, MEDIUM = {"impact": "1", "urgency": "1"}, {"impact": "2", "urgency": "2"}
BEFORE, AFTER = Break(1, "kill", of="writes"), Break(2, "kill", of="writes")
"""Killed before the first write leaves, and when its answer is there."""

BOTH: frozenset[Profile] = frozenset({"default", "delta-only"})
SWEPT: frozenset[Profile] = frozenset({"default"})
"""Where what a memory or a feed lacks may be made up for by a sweep."""
AT_ONCE = 4
"""Situations in one history, one after the other."""
APART = 9000.0

Branch: TypeAlias = str
Tale: TypeAlias = Callable[[float, str], Sequence[Event]]
"""What happens from a moment on, to the pair of this name."""


def _edit(at: float, on: str, side: str, **fields: Any) -> Deed:
    return Deed(at, f"{on}-{at:g}", side, "haruto.sato", "edit", on, fields=fields)


def _run(at: float, on: str, *breaks: Break, blows: tuple[Blow, ...] = (), full: bool = False) -> Run:
    return Run(at, f"{on}-run{at:g}", breaks=breaks, blows=blows, full=full)


def _imported(at: float, on: str) -> list[Event]:
    """A ticket of the lowest severity and its incident."""
    return [ticket(at, on, "3", "3"), _run(at + 60, on)]


def changed_right_after_a_look(at: float, on: str) -> list[Event]:
    then = at + 900
    return [
        *_imported(at, on),
        _edit(then - 60, on, "sentinel", status="Active"),
        _run(then, on),
        _edit(then + 5, on, "sentinel", severity="High"),
        _run(then + 10, on),
    ]


def hidden_before_its_create_is_sent_again(at: float, on: str) -> list[Event]:
    return [
        ticket(at, on, "3", "3"),
        _run(at + 60, on, BEFORE),
        Hiding(at + 120, f"{on}-hidden", on),
        _run(at + 120 + LEASE, on),
        Hiding(at + 180 + LEASE, f"{on}-shown"),
    ]


def refused_for_a_quota(at: float, on: str) -> list[Event]:
    return [
        ticket(at, on, "3", "3"),
        ticket(at, f"{on}-too", "3", "3"),
        _run(at + 60, on, blows=(Blow("Sentinel create or update", "status 429", times=None),)),
    ]


def refused_in_the_middle(at: float, on: str) -> list[Event]:
    """A note is refused for good, and the edit of the same pair goes on."""
    then = at + 900
    return [
        *_imported(at, on),
        Deed(then, f"{on}-note", "servicenow", "ava.nguyen", "note", on, "seen"),
        Deed(
            then, f"{on}-close", "servicenow", "ava.nguyen", "resolve", on, fields={"close_code": "Solution provided"}
        ),
        _run(then + 60, on, blows=(Blow("Sentinel comment", "status 400"),)),
    ]


def edited_over_a_write_that_nobody_confirmed(at: float, on: str) -> list[Event]:
    """Our write is made, the run is killed, and a person changes the field once more."""
    then = at + 900
    return [
        *_imported(at, on),
        _edit(then, on, "sentinel", severity="Medium"),
        _run(then + 60, on, AFTER),
        _edit(then + 120, on, "servicenow", **HIGH),
        _run(then + 120 + LEASE, on),
    ]


def edited_instead_of_a_write_that_was_never_made(at: float, on: str) -> list[Event]:
    then = at + 900
    return [
        *_imported(at, on),
        _edit(then, on, "sentinel", severity="Medium"),
        _run(then + 60, on, BEFORE),
        _edit(then + 120, on, "servicenow", **HIGH),
        _run(then + 120 + LEASE, on),
    ]


def edited_where_the_history_lags(at: float, on: str) -> list[Event]:
    """As the table does not show what became of a write, its pair waits."""
    then = at + 900
    return [
        *_imported(at, on),
        _edit(then, on, "servicenow", **MEDIUM),
        _run(then + 60, on, BEFORE),
        _edit(then + LEASE, on, "sentinel", severity="High"),
        _run(then + 60 + LEASE, on),
    ]


def closed_where_no_history_tells(at: float, on: str) -> list[Event]:
    """Our close may have been made and undone: nobody can say."""
    then = at + 900
    return [
        *_imported(at, on),
        Deed(
            then, f"{on}-close", "servicenow", "ava.nguyen", "resolve", on, fields={"close_code": "Solution provided"}
        ),
        _run(then + 60, on, BEFORE),
        _edit(then + 120, on, "sentinel", severity="High"),
        _run(then + 120 + LEASE, on, blows=(Blow("Log Analytics query", "status 400", times=None),)),
    ]


def edited_while_a_write_is_on_its_way(at: float, on: str) -> list[Event]:
    """Once in the field that is written, once in another one."""
    then, later = at + 900, at + 1800
    return [
        *_imported(at, on),
        _edit(then, on, "sentinel", severity="Medium"),
        _run(then + 60, on, Break(1, "wait", 45.0, "writes")),
        _edit(then + 80, on, "servicenow", **HIGH),
        _edit(later, on, "sentinel", status="Active"),
        _run(later + 60, on, Break(1, "wait", 45.0, "writes")),
        Deed(later + 80, f"{on}-said", "servicenow", "ava.nguyen", "comment", on, "said meanwhile"),
    ]


def edited_while_a_write_is_on_its_way_to_nobody(at: float, on: str) -> list[Event]:
    """As above, but the run is killed before it can store what it was answered."""
    then, later = at + 900, at + 1800
    waits = (Break(1, "wait", 45.0, "writes"), AFTER)
    return [
        *_imported(at, on),
        _edit(then, on, "sentinel", severity="Medium"),
        _run(then + 60, on, *waits),
        _edit(then + 80, on, "servicenow", **HIGH),
        _edit(later, on, "sentinel", status="Active"),
        _run(later + 60, on, *waits),
        Deed(later + 80, f"{on}-said", "servicenow", "ava.nguyen", "comment", on, "said meanwhile"),
        _run(later + 60 + LEASE, on),
    ]


def edited_between_our_note_and_our_close(at: float, on: str) -> list[Event]:
    then = at + 900
    return [
        *_imported(at, on),
        Deed(then, f"{on}-comment", "sentinel", "ava.nguyen", "comment", on, "done"),
        Deed(then, f"{on}-close", "sentinel", "ava.nguyen", "close", on, fields={"classification": "Undetermined"}),
        _run(then + 60, on, Break(2, "wait", 45.0, "writes")),
        _edit(then + 80, on, "servicenow", **HIGH),
    ]


def hidden_for_two_sweeps(at: float, on: str) -> list[Event]:
    then = at + 900
    return [
        *_imported(at, on),
        Hiding(then, f"{on}-hidden", on),
        *(_run(then + 300 * turn, on, full=True) for turn in (1, 2, 3)),
        Hiding(then + 1500, f"{on}-shown"),
    ]


def made_twice_where_the_instance_chooses(at: float, on: str) -> list[Event]:
    return [
        incident(at, on, "Low"),
        _run(at + 60, on, Break(2, "kill", of="writes"), blows=(Blow("ServiceNow create", "duplicate"),)),
        _run(at + 60 + LEASE, on),
    ]


def overtaken_after_its_lease(at: float, on: str) -> list[Event]:
    """A run that stands still between two writes for longer than its lease, while another one takes over."""
    return [
        ticket(at, on, "3", "3"),
        ticket(at, f"{on}-too", "3", "3"),
        _run(at + 60, on, Break(2, "wait", 2 * LEASE, "writes")),
        _run(at + 60 + LEASE, on),
    ]


def lost_after_its_writes(at: float, on: str) -> list[Event]:
    """An old copy that knows every record, but not what was written since."""
    return _put_back(at, on)


def lost_where_no_history_tells(at: float, on: str) -> list[Event]:
    return _put_back(at, on, Blow("Log Analytics query", "status 400", times=None))


def arriving_after_its_lease(at: float, on: str) -> list[Event]:
    """A write that stood still on its way, until a later run had made it and a person had undone it."""
    then = at + 900
    return [
        *_imported(at, on),
        _edit(then, on, "sentinel", status="Active"),
        _run(then + 60, on, Break(1, "wait", 2 * LEASE, "writes")),
        _run(then + 60 + LEASE, on),
        _edit(then + 120 + LEASE, on, "servicenow", state="1"),
        _run(then + 120 + 2 * LEASE, on),
    ]


def _put_back(at: float, on: str, *blows: Blow) -> list[Event]:
    then = at + 900
    return [
        *_imported(at, on),
        Copy(then, f"{on}-copy"),
        _edit(then + 60, on, "sentinel", severity="Medium"),
        _run(then + 120, on),
        Loss(then + 1800, f"{on}-loss", old=True),
        _edit(then + 1860, on, "sentinel", severity="High"),
        _run(then + 2400, on, blows=blows),
        _run(then + 5400, on),
    ]


def lost_with_its_creates(at: float, on: str) -> list[Event]:
    """An old copy from before a record of ours was made."""
    return [
        Copy(at, f"{on}-copy"),
        *_imported(at + 60, on),
        Loss(at + 900, f"{on}-loss", old=True),
        _run(at + 1200, on),
    ]


def lost_for_good(at: float, on: str) -> list[Event]:
    return [*_imported(at, on), Loss(at + 900, f"{on}-loss"), _run(at + 1200, on)]


def conflict_and_then_silence(at: float, on: str) -> list[Event]:
    """What moved meanwhile cannot be read again in the same run: three reads of incidents come before (the pair's own, the
    oldest pair's, and the one that the conflict calls for)."""
    then = at + 1800
    silent = Blow("Sentinel incident", "status 401", after=3, times=None)
    return [
        *_imported(at, f"{on}-older"),
        *_imported(at + 900, on),
        _edit(then, on, "servicenow", **HIGH),
        _run(then + 60, on, blows=(Blow("Sentinel create or update", "status 409"), silent)),
    ]


@dataclass(frozen=True, slots=True)
class Situation:
    """A tale, the branches that it surely takes, and what it needs of the scene. `profiles`: where it may be told."""

    tale: Tale
    branches: frozenset[Branch]
    profiles: frozenset[Profile] = BOTH
    scene: Mapping[str, Any] = field(default_factory=dict, hash=False)


SITUATIONS = (
    Situation(changed_right_after_a_look, frozenset({"cases: a listed row may lag"})),
    Situation(hidden_before_its_create_is_sent_again, frozenset({"recover: the write is not wanted any more"}), SWEPT),
    Situation(refused_for_a_quota, frozenset({"apply: skipped", "apply: a side is left alone"})),
    Situation(refused_in_the_middle, frozenset({"apply: goes on after a refusal"})),
    Situation(edited_over_a_write_that_nobody_confirmed, frozenset({"recover: history tells of our write"})),
    Situation(
        edited_instead_of_a_write_that_was_never_made,
        frozenset({"recover: history tells of no write", "recover: the record has moved on"}),
    ),
    Situation(edited_where_the_history_lags, frozenset({"recover: an intent waits"}), scene={"ingestion_lag": 1800.0}),
    Situation(closed_where_no_history_tells, frozenset({"recover: the status is forgotten"})),
    Situation(
        edited_while_a_write_is_on_its_way,
        frozenset({"apply: the write passed over an edit", "apply: the write passed over nothing"}),
    ),
    Situation(
        edited_while_a_write_is_on_its_way_to_nobody,
        frozenset({"recover: the write passed over an edit", "recover: the write passed over nothing"}),
    ),
    Situation(edited_between_our_note_and_our_close, frozenset({"apply: the record moved behind our comment"})),
    Situation(hidden_for_two_sweeps, frozenset({"reconcile: a side is missing", "reconcile: a side is gone"}), SWEPT),
    Situation(
        made_twice_where_the_instance_chooses,
        frozenset({"cases: a duplicate is told", "recover: made under another id"}),
        scene={"honours_ids": False},
    ),
    Situation(overtaken_after_its_lease, frozenset({"lease: lost on the way"})),
    Situation(arriving_after_its_lease, frozenset({"recover: a write has arrived late"})),
    Situation(
        lost_after_its_writes,
        frozenset(
            {
                "older: a write of ours is not known",
                "older: a copy was put back",
                "older: what we wrote last counts",
            }
        ),
        SWEPT,
    ),
    Situation(
        lost_after_its_writes,
        frozenset({"older: a pair waits for its history"}),
        SWEPT,
        {"ingestion_lag": 1800.0},
    ),
    Situation(lost_where_no_history_tells, frozenset({"older: nothing counts as agreed"}), SWEPT),
    Situation(lost_with_its_creates, frozenset({"older: a record of ours is not known"}), SWEPT),
    Situation(lost_for_good, frozenset({"older: the memory is lost"}), SWEPT),
    Situation(conflict_and_then_silence, frozenset({"run: no further round"})),
)


def out_of_reach(profile: Profile) -> frozenset[Branch]:
    """Branches that only situations of other profiles take."""
    inside = [each for each in SITUATIONS if profile in each.profiles]
    every: frozenset[Branch] = frozenset().union(*(each.branches for each in SITUATIONS))
    return every.difference(*(each.branches for each in inside))


def in_turn(turn: int, profile: Profile) -> list[Situation]:
    """The situations of one history."""
    possible = [each for each in SITUATIONS if profile in each.profiles]
    return [possible[(turn * AT_ONCE + each) % len(possible)] for each in range(AT_ONCE)]


def situated(seed: int, turn: int, profile: Profile, scene: Scene) -> History:
    """A history of the next few situations in turn, in any order."""
    chosen = in_turn(turn, profile)
    Random(f"situated:{profile}:{seed}").shuffle(chosen)
    needs = {name: value for each in chosen for name, value in each.scene.items()}
    scene = replace(scene, **{"duty": False, "conflict_every": 0, "ingestion_lag": 0.0, **needs})
    events: list[Event] = []
    for index, each in enumerate(chosen):
        events += [Run(index * APART, f"before{index}"), *each.tale(index * APART + 1200.0, f"s{index}")]
    return History(seed, profile, scene, tuple(sorted(events, key=lambda event: (event.at, event.name))))

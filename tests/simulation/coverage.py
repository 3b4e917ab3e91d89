"""What the histories have reached: which fault fell on which call, and which branches of recovery were taken.

A branch is counted by watching the function that it goes through: what it was given, and what it returned or raised. A history that
never reaches one proves nothing about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias
from unittest.mock import patch

from tests.simulation.cells import Cell, cells
from tests.simulation.schedule import Profile
from tests.simulation.situations import Branch, out_of_reach

from watchkeeper.errors import Locked, PreconditionFailed, WatchkeeperError
from watchkeeper.model.run import Outcome
from watchkeeper.state import lease
from watchkeeper.sync import apply, cases, late_writes, match, older, plan, recover, run, scrutiny, valves
from watchkeeper.sync.case import Sighting

Telling: TypeAlias = Callable[..., Iterable[Branch]]
"""The branches that an answer, or the error in its place, tells of; it gets what the function got besides."""
Watched: TypeAlias = tuple[Any, str, Telling]


def _always(branch: Branch) -> Telling:
    return lambda *_, **__: [branch]


def _either(yes: Branch, no: Branch) -> Telling:
    return lambda answer, *_, **__: [] if isinstance(answer, WatchkeeperError) else [yes if answer else no]


def _raised(kind: type[WatchkeeperError], branch: Branch) -> Telling:
    return lambda answer, *_, **__: [branch] if isinstance(answer, kind) else []


def _of_feeds(observation: Any, *_: Any, **__: Any) -> Iterator[Branch]:
    for result in getattr(observation, "results", ()):
        yield "observe: everything is read" if result.swept else "observe: changes alone are read"
        if result.error is not None:
            yield "observe: a feed fails"
        elif not result.complete:
            yield "observe: a feed is cut short"


def _of_sides(outcome: Any, case: Any) -> Iterator[Branch]:
    yield from (f"reconcile: a side is {view.sighting.value}" for view in case.sides.values())
    if getattr(outcome, "conflicts", ()):
        yield "reconcile: both sides changed a field"


def _of_age(
    _: Any, put_back: bool, forgotten: list[Any], unheard: list[Any], unknown: list[Any], __: int
) -> list[Branch]:
    told = {"a copy was put back": put_back, "a record of ours is not known": forgotten}
    told |= {"a write of ours is not known": unheard, "the memory is lost": unknown}
    return [f"older: {what}" for what, found in told.items() if found][:1]


WATCHED: tuple[Watched, ...] = (
    (plan, "recover", lambda answer, *_: ["recover: an intent waits"] if getattr(answer, "held", ()) else []),
    (recover, "_happened", _always("recover: the write had happened")),
    (recover, "_overtaken", _always("recover: the record has moved on")),
    (recover, "_without_status", _always("recover: the status is forgotten")),
    (recover, "_took_no_effect", _either("recover: the write is sent again", "recover: the write left a trace")),
    (recover, "_created_elsewhere", _either("recover: made under another id", "recover: not made under another id")),
    (recover, "_was_held", _either("recover: history tells of our write", "recover: history tells of no write")),
    (recover, "_mirror_of", _either("recover: the comment is there", "recover: the comment is sent again")),
    (
        recover,
        "passed_over",
        _either("recover: the write passed over an edit", "recover: the write passed over nothing"),
    ),
    (late_writes, "_arrived", _either("recover: a write has arrived late", "recover: no write has arrived late")),
    (plan, "drop", _always("recover: the write is not wanted any more")),
    (plan, "observe", _of_feeds),
    (plan, "reconcile", _of_sides),
    (scrutiny, "_unjudged", _always("reconcile: nobody can say who closed it")),
    (apply, "_failed", lambda result, *_: [f"apply: {result.outcome.value}"]),
    (apply, "_stands_alone", _either("apply: goes on after a refusal", "apply: the rest of a key waits")),
    (apply, "passed_over", _either("apply: the write passed over an edit", "apply: the write passed over nothing")),
    (apply.Applier, "_leave_behind", _always("apply: writes are abandoned")),
    (apply.Applier, "_begin", lambda answer, *_: ["apply: a side is left alone"] if answer is None else []),
    (apply.Applier, "_ready", _raised(PreconditionFailed, "apply: the record moved behind our comment")),
    (cases, "_is_older", _either("cases: an older answer", "cases: a current answer")),
    (cases, "_may_lag", _either("cases: a listed row may lag", "cases: a listed row is current")),
    (cases, "_by_marker", _either("cases: found by its marker", "cases: nothing found by a marker")),
    (cases, "duplicate_row", _always("cases: a duplicate is told")),
    (match, "duplicate_row", _always("cases: a duplicate is told")),
    (older, "_told", _of_age),
    (older, "_waiting", _either("older: a pair waits for its history", "older: no pair waits")),
    (
        older.Mending,
        "_agreed",
        _either("older: what we wrote last counts", "older: what we wrote last cannot be held"),
    ),
    (older.Mending, "_forget", _always("older: nothing counts as agreed")),
    (run, "_next_round", _either("run: a further round", "run: no further round")),
    (run, "_resume", _either("run: says when to come back", "run: has nothing to wait for")),
    (run, "_closed_valves", _either("valves: closed", "valves: open")),
    (valves, "_admitted", _either("valves: an allowed create goes on", "valves: no allowed create")),
    (lease.SqlLease, "take", _raised(Locked, "lease: refused")),
    (lease.HeldLease, "prove", _raised(Locked, "lease: lost on the way")),
)
BRANCHES: frozenset[Branch] = frozenset(
    {
        "recover: an intent waits",
        "recover: the write had happened",
        "recover: the record has moved on",
        "recover: the status is forgotten",
        "recover: the write is sent again",
        "recover: the write left a trace",
        "recover: made under another id",
        "recover: not made under another id",
        "recover: history tells of our write",
        "recover: history tells of no write",
        "recover: the comment is there",
        "recover: the comment is sent again",
        "recover: the write passed over an edit",
        "recover: the write passed over nothing",
        "recover: a write has arrived late",
        "recover: no write has arrived late",
        "recover: the write is not wanted any more",
        "observe: everything is read",
        "observe: changes alone are read",
        "observe: a feed fails",
        "observe: a feed is cut short",
        *(f"reconcile: a side is {each.value}" for each in Sighting if each is not Sighting.UNCHANGED),
        "reconcile: both sides changed a field",
        "reconcile: nobody can say who closed it",
        f"apply: {Outcome.CONFLICT.value}",
        f"apply: {Outcome.UNKNOWN.value}",
        f"apply: {Outcome.FAILED.value}",
        f"apply: {Outcome.SKIPPED.value}",
        "apply: goes on after a refusal",
        "apply: the rest of a key waits",
        "apply: the write passed over an edit",
        "apply: the write passed over nothing",
        "apply: a side is left alone",
        "apply: the record moved behind our comment",
        "cases: a listed row may lag",
        "cases: a listed row is current",
        "cases: found by its marker",
        "cases: nothing found by a marker",
        "cases: a duplicate is told",
        "older: a copy was put back",
        "older: a record of ours is not known",
        "older: a write of ours is not known",
        "older: the memory is lost",
        "older: a pair waits for its history",
        "older: what we wrote last counts",
        "older: nothing counts as agreed",
        "run: a further round",
        "run: no further round",
        "run: says when to come back",
        "valves: closed",
        "valves: open",
        "valves: an allowed create goes on",
        "lease: refused",
        "lease: lost on the way",
    }
)
"""What a campaign has to reach."""
NOT_ASKED: Mapping[Branch, str] = {
    "apply: writes are abandoned": "nobody asks a simulated run to stop: `./dev chaos` does",
    "cases: an older answer": "the emulated systems answer by id with what they hold, never with an earlier version",
    "older: what we wrote last cannot be held": "the shipped mapping can say on either side whatever we write on the other",
}
"""What no history reaches, and why."""


@contextmanager
def branches(counted: Counter[Branch]) -> Iterator[None]:
    """Count the branches that are taken inside."""
    with ExitStack() as stack:
        for module, name, told in WATCHED:
            stack.enter_context(patch.object(module, name, _watching(getattr(module, name), told, counted)))
        yield


def _watching(function: Callable[..., Any], told: Telling, counted: Counter[Branch]) -> Callable[..., Any]:
    def watched(*args: Any, **options: Any) -> Any:
        try:
            answer = function(*args, **options)
        except WatchkeeperError as error:
            counted.update(told(error, *args, **options))
            raise
        counted.update(told(answer, *args, **options))
        return answer

    return watched


def missing(
    struck: Counter[Cell], taken: Counter[Branch], profile: Profile = "default"
) -> tuple[list[Cell], list[Branch]]:
    """What has not been reached: cells of faults, and branches."""
    wanted = BRANCHES - out_of_reach(profile)
    return [cell for cell in cells(profile) if not struck[cell]], sorted(
        branch for branch in wanted if not taken[branch]
    )

"""What the histories have reached: which fault fell on which call, and which branches of recovery were taken.

A branch is counted by watching the function that it goes through, or what that function returned; a history that never reaches
one proves nothing about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias
from unittest.mock import patch

from tests.simulation.cells import Cell, cells
from tests.simulation.schedule import Profile

from watchkeeper.model.run import Outcome
from watchkeeper.state import lease
from watchkeeper.sync import apply, cases, recover, run, valves

Branch: TypeAlias = str
Watched: TypeAlias = tuple[Any, str, Callable[[Any], Iterable[Branch]]]


def _always(branch: Branch) -> Callable[[Any], Iterable[Branch]]:
    return lambda _: [branch]


def _either(yes: Branch, no: Branch) -> Callable[[Any], Iterable[Branch]]:
    return lambda answer: [yes if answer else no]


WATCHED: tuple[Watched, ...] = (
    (recover, "_happened", _always("recover: the write had happened")),
    (recover, "_overtaken", _always("recover: the record has moved on")),
    (recover, "_took_no_effect", _either("recover: the write is sent again", "recover: the write left a trace")),
    (recover, "_created_elsewhere", _either("recover: made under another id", "recover: not made under another id")),
    (recover, "_was_held", _either("recover: history tells of our write", "recover: history tells of no write")),
    (recover, "_mirror_of", _either("recover: the comment is there", "recover: the comment is sent again")),
    (recover, "drop", _always("recover: the write is not wanted any more")),
    (apply, "_failed", lambda result: [f"apply: {result.outcome.value}"]),
    (cases, "_is_older", _either("cases: an older answer", "cases: a current answer")),
    (cases, "_may_lag", _either("cases: a listed row may lag", "cases: a listed row is current")),
    (run, "_next_round", _either("run: a further round", "run: no further round")),
    (run, "_resume", _either("run: says when to come back", "run: has nothing to wait for")),
    (run, "_closed_valves", _either("valves: closed", "valves: open")),
    (valves, "_admitted", _either("valves: an allowed create goes on", "valves: no allowed create")),
    (lease, "_locked", _always("lease: refused")),
)
BRANCHES: frozenset[Branch] = frozenset(
    {
        "recover: the write had happened",
        "recover: the record has moved on",
        "recover: the write is sent again",
        "recover: the write left a trace",
        "recover: made under another id",
        "recover: not made under another id",
        "recover: history tells of our write",
        "recover: history tells of no write",
        "recover: the comment is there",
        "recover: the comment is sent again",
        "recover: the write is not wanted any more",
        f"apply: {Outcome.CONFLICT.value}",
        f"apply: {Outcome.UNKNOWN.value}",
        f"apply: {Outcome.FAILED.value}",
        f"apply: {Outcome.SKIPPED.value}",
        "cases: a listed row may lag",
        "cases: a listed row is current",
        "run: a further round",
        "run: no further round",
        "run: says when to come back",
        "valves: closed",
        "valves: open",
        "valves: an allowed create goes on",
        "lease: refused",
    }
)
"""What a campaign has to reach."""


@contextmanager
def branches(counted: Counter[Branch]) -> Iterator[None]:
    """Count the branches that are taken inside."""
    with ExitStack() as stack:
        for module, name, told in WATCHED:
            stack.enter_context(patch.object(module, name, _watching(getattr(module, name), told, counted)))
        yield


def _watching(
    function: Callable[..., Any], told: Callable[[Any], Iterable[Branch]], counted: Counter[Branch]
) -> Callable[..., Any]:
    def watched(*args: Any, **options: Any) -> Any:
        answer = function(*args, **options)
        counted.update(told(answer))
        return answer

    return watched


def missing(
    struck: Counter[Cell], taken: Counter[Branch], profile: Profile = "default"
) -> tuple[list[Cell], list[Branch]]:
    """What has not been reached: cells of faults, and branches."""
    return [cell for cell in cells(profile) if not struck[cell]], sorted(
        branch for branch in BRANCHES if not taken[branch]
    )

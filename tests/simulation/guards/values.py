"""Whose value counts, and when it is written at all."""

from __future__ import annotations

from tests.simulation.guards.mutant import (
    ECHO,
    LENSES,
    OWNERS,
    REST,
    Mutant,
)
from tests.simulation.without import (
    around,
    instead,
    shared_for_ever,
    spelled_anew,
)

from watchkeeper.mapping.lens import TableLens
from watchkeeper.sync import (
    merge,
    plan,
    reconcile,
)

GUARDS: tuple[Mutant, ...] = (
    Mutant(
        "severity-may-fall",
        "the bridge lowers no severity",
        "I5",
        instead(merge, "_is_barred", lambda *_: False),
        (OWNERS, "tests/unit/sync/test_merge.py"),
    ),
    Mutant(
        "anybody-closes",
        "only a member of a SOC team closes an incident from ServiceNow",
        "I5",
        instead(plan, "with_closers", lambda _, built: list(built)),
        (OWNERS,),
    ),
    Mutant(
        "titles-follow",
        "a field that is set at creation is never written again",
        "I5",
        around(reconcile, "merge_field", shared_for_ever),
        (OWNERS,),
    ),
    Mutant(
        "spelled-anew",
        "nothing is written where the side means the same already",
        "I13",
        around(TableLens, "put", spelled_anew),
        (ECHO, LENSES),
    ),
    Mutant(
        "asked-again-for-ever",
        "what a side made of our request is not asked for again",
        "I3",
        instead(merge, "_needs_write", lambda rule, side, view, target: bool(rule.lenses[side].put(target, view.raw))),
        ("tests/unit/sync/test_merge.py", REST),
    ),
)

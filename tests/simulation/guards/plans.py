"""What a whole plan is held to, and what one record may do to others."""

from __future__ import annotations

from tests.simulation.guards.mutant import (
    ISOLATION,
    PURE,
    VALVES,
    Mutant,
)
from tests.simulation.without import (
    any_failure_stops,
    anyhow,
    around,
    instead,
)

from watchkeeper.sync import (
    apply,
    plan,
    run,
    valves,
)

GUARDS: tuple[Mutant, ...] = (
    Mutant(
        "no-valves",
        "a plan that is out of proportion stops the run",
        "I9",
        instead(valves, "guard", lambda *_: ()),
        (VALVES,),
    ),
    Mutant(
        "valves-are-advice",
        "a valve that tripped stops every write",
        "I9",
        instead(run, "_closed_valves", lambda _: False),
        (VALVES,),
    ),
    Mutant(
        "plan-in-any-order",
        "a plan has one order",
        "I12",
        instead(plan, "in_order", anyhow),
        (PURE,),
    ),
    Mutant(
        "one-failure-stops-all",
        "a record that cannot be written delays no other",
        "I15",
        around(apply.Applier, "_count_failures", any_failure_stops),
        (ISOLATION,),
    ),
)

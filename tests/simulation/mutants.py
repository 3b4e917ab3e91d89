"""The engine without one of its guards: what the guard is for must then be seen to break.

Every mutant names the guard, the invariant that it keeps, and the tests that are named after that invariant. Those tests and
the simulation are both tried. Histories alone miss most of them, because most guards stand behind another one: a comment's derived
id behind its marker, a marker behind the ledger, a stored intention behind the id that was chosen for a record.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulation.guards import comments, crashes, edits, plans, sightings, values
from tests.simulation.guards.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *crashes.GUARDS,
    *sightings.GUARDS,
    *edits.GUARDS,
    *values.GUARDS,
    *comments.GUARDS,
    *plans.GUARDS,
)
BY_NAME: Mapping[str, Mutant] = {mutant.name: mutant for mutant in MUTANTS}

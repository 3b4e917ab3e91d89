"""Fields that earlier runs left alone: which runs look at them again, and which say so again."""

from __future__ import annotations

from collections.abc import Collection

from watchkeeper.model.plan import Parked
from watchkeeper.sync.memory import FOREIGN_PAIR
from watchkeeper.sync.otherwise import kept_rows
from watchkeeper.sync.prepared import Prepared


def to_decide_again(prepared: Prepared) -> frozenset[str]:
    """Keys that a full sweep decides again although no record of theirs moved: what a field was left alone for need not show
    in any record (a person's groups, a table of choices), so that nothing else would ever take it up."""
    if not any(result.swept for result in prepared.observation.results):
        return frozenset()
    return frozenset(prepared.systems.store.keys_with_reason(FOREIGN_PAIR))


def still_parked(prepared: Prepared, decided: Collection[str]) -> list[Parked]:
    """The fields that stay as they are in this run because nothing about them is news. `decided`: keys that say for
    themselves what is left of them."""
    store = prepared.systems.store
    keys = [key for key in store.keys_with_reason(FOREIGN_PAIR) if key not in decided and prepared.chosen(key)]
    return [
        row
        for key, sides in sorted(store.links(keys).items())
        for row in kept_rows(key, sides, prepared.systems.profile_of(key))
    ]

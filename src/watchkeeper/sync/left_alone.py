"""Fields that earlier runs left alone: what a pair's links remember of them, and which runs look again or say so again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.plan import Parked
from watchkeeper.model.record import Side
from watchkeeper.sync.memory import FOREIGN_PAIR
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.reconcile import SIDE_ORDER

_BETWEEN: Final = "; "


def remembered(rows: Iterable[Parked]) -> str:
    """What the links of one pair keep of its parked fields."""
    return _BETWEEN.join(f"{row.field}: {row.reason}" for row in rows if row.field)


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
        for row in _rows(key, sides, prepared.systems.profile_of(key))
    ]


def _reason(sides: Mapping[Side, Link]) -> str:
    reasons = (link.reason for link in sides.values() if link.state is LinkState.LIVE and link.reason != FOREIGN_PAIR)
    return next((reason for reason in reasons if reason), "")


def _rows(key: str, sides: Mapping[Side, Link], profile: Profile) -> list[Parked]:
    names = "|".join(re.escape(rule.name) for rule in profile.fields)
    parts = re.split(rf"(?:^|{_BETWEEN})({names}): ", _reason(sides))
    number = next((sides[side].number for side in SIDE_ORDER if side in sides and sides[side].number), "")
    return [Parked(key, rule, why, number=number) for rule, why in zip(parts[1::2], parts[2::2], strict=True)]

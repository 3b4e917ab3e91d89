"""How many open tickets a change of the mappings touches: as far as the memory tells, and by two plans. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.model.difference import Difference, Reach
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.plan import Plan
from watchkeeper.model.record import RawValue, Side


@dataclass(frozen=True, slots=True)
class LiveCount:
    """What the next run would write with the new mappings and not with the old ones, of one field on one side."""

    side: str
    field: str
    writes: int
    tickets: int


def touched(differences: Sequence[Difference], pairs: Mapping[str, Mapping[Side, Link]]) -> tuple[frozenset[str], ...]:
    """For each difference the keys of the open pairs that it touches. `pairs`: every open pair, by key and side."""
    live = {key: sides for key, sides in pairs.items() if any(link.state is LinkState.LIVE for link in sides.values())}
    return tuple(_keys(each.reach, live) for each in differences)


def _keys(reach: Reach | None, pairs: Mapping[str, Mapping[Side, Link]]) -> frozenset[str]:
    if reach is None:
        return frozenset()
    return frozenset(key for key, sides in pairs.items() if _touches(reach, key, sides))


def _touches(reach: Reach, key: str, sides: Mapping[Side, Link]) -> bool:
    if reach.stem:
        return key.startswith(reach.stem)
    if all(link.profile != reach.profile for link in sides.values()):
        return False
    if not reach.held:
        return True
    link = sides.get(reach.side)
    return link is not None and tuple(_texts(link.base.get(name) for name in reach.fields)) in reach.held


def _texts(values: Iterable[RawValue]) -> Iterable[str]:
    return (", ".join(value) if isinstance(value, tuple) else value or "" for value in values)


def only_in_new(old: Plan, new: Plan) -> tuple[LiveCount, ...]:
    """What one plan writes and the other does not, field by field."""
    only_new = _targets(new) - _targets(old)
    places = sorted({(side, field) for _, side, field, _ in only_new})
    return tuple(
        LiveCount(
            side,
            field,
            sum(1 for each in only_new if each[1:3] == (side, field)),
            len({key for key, *found, _ in only_new if tuple(found) == (side, field)}),
        )
        for side, field in places
    )


def _targets(plan: Plan) -> frozenset[tuple[str, str, str, str]]:
    """Every value that a plan writes: key, side, canonical field, what it becomes."""
    return frozenset(
        (action.key, action.ref.side, change.field, str(change.after))
        for action in plan.actions
        for change in action.changes
    )

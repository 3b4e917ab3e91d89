"""Whose change a write carries over, and since when it stands on the other side: what is told of lags, and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from watchkeeper.mapping.profile import FieldRule, Owner
from watchkeeper.model.plan import Carried
from watchkeeper.model.record import Record, Side
from watchkeeper.sync.case import Case, Sighting, field_views, other_side
from watchkeeper.sync.merge import changed, has_base

_OF_THE_SIDES: Final = frozenset({Owner.SERVICENOW, Owner.SENTINEL, Owner.SHARED})
"""Who may own a field whose value comes from a record rather than from the catalogue."""


def carried_change(case: Case, target: Side, rules: Iterable[FieldRule]) -> Carried | None:
    """What a write of these fields carries over. None where nobody has changed any of them on the other side since both sides agreed:
    then it gives back what belongs there, or is the first to be written at all.

    The other record's last update is later than the change where somebody has touched the record since, so that the change has waited
    at least so long.
    """
    source = other_side(target)
    record = _found(case, source)
    if record is None or not any(_is_news(case, source, rule) for rule in rules):
        return None
    return Carried(source, record.updated_at)


def carried_record(case: Case, target: Side) -> Carried | None:
    """What the creation of a record carries over: the one on the other side, where there is one that is not our own."""
    source = other_side(target)
    record = _found(case, source)
    return None if record is None or record.ours else Carried(source, record.updated_at)


def _found(case: Case, side: Side) -> Record | None:
    view = case.sides.get(side)
    return view.record if view is not None and view.sighting is Sighting.FOUND else None


def _is_news(case: Case, source: Side, rule: FieldRule) -> bool:
    view, lens = field_views(case, rule).get(source), rule.lenses.get(source)
    if view is None or lens is None or rule.owner not in _OF_THE_SIDES:
        return False
    return has_base(lens, view) and changed(lens, view)

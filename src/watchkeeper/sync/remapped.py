"""What a changed mapping makes of the pairs that are there already, in sentences for the report of its first run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from watchkeeper.mapping.profile import Direction, Owner
from watchkeeper.model.plan import Operation
from watchkeeper.model.reasons import Reason, because, together
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.ticket import Unmapped
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.case import Case, field_views
from watchkeeper.sync.merge import has_base
from watchkeeper.sync.prepared import Prepared

_ON_PAIRS = frozenset({Operation.UPDATE, Operation.CLOSE})


def remarks_on(prepared: Prepared, changed: Collection[str]) -> tuple[Reason, ...]:
    """One for each changed profile that this run looks at."""
    only = prepared.options.profile
    return tuple(_remark(prepared, name) for name in sorted(changed) if only in {None, name})


def _remark(prepared: Prepared, profile: str) -> Reason:
    actions = (each for each in prepared.actions if each.profile == profile and each.operation in _ON_PAIRS)
    written = Counter((change.field, each.ref.side) for each in actions for change in each.changes)
    fields = ", ".join(f"{field} ({count} in {side})" for (field, side), count in sorted(written.items()))
    said = because(Trouble.REMAPPED, profile=profile, fields=fields) if fields else _nothing(profile)
    planned = {(each.key, change.field) for each in prepared.actions for change in each.changes}
    cases = [case for case in prepared.cases.values() if case.profile.name == profile]
    apart = sum((case.key, field) not in planned for case in cases for field in _apart(case))
    return together([said, *([because(Trouble.REMAPPED_APART, count=apart)] if apart else [])])


def _nothing(profile: str) -> Reason:
    return because(Trouble.REMAPPED_QUIET, profile=profile)


def _apart(case: Case) -> Iterator[str]:
    """The fields that both sides own, where they are kept in step, that neither has changed, and that mean different things now."""
    for rule in case.profile.fields:
        views = field_views(case, rule)
        both_ways = rule.owner is Owner.SHARED and rule.direction is Direction.BOTH
        if not both_ways or len(views) < 2 or not rule.applies({side: view.raw for side, view in views.items()}):
            continue
        left, right = views[SERVICENOW].value, views[SENTINEL].value
        known = all(has_base(rule.lenses[side], view) for side, view in views.items())
        if known and not isinstance(left, Unmapped) and not isinstance(right, Unmapped) and not rule.agree(left, right):
            yield rule.name

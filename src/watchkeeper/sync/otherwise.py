"""What the links of a pair keep of fields that are left alone, as text; and the fields of which a side made something else when
they were written, which nothing in the records shows afterwards. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.plan import Action, Parked
from watchkeeper.model.reasons import because, parts_of
from watchkeeper.model.record import Side
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.case import SIDE_ORDER, Case, SideView
from watchkeeper.sync.memory import BETWEEN, FOREIGN_PAIR
from watchkeeper.sync.reconcile import Reconciled


def remembered(rows: Iterable[Parked]) -> str:
    """What the links of one pair keep of its parked fields."""
    return BETWEEN.join(f"{row.field}: {row.reason}" for row in rows if row.field)


def _kept_reason(sides: Mapping[Side, Link]) -> str:
    """What the links of a pair say of its fields; "" when nothing is left alone."""
    reasons = (link.reason for link in sides.values() if link.state is LinkState.LIVE and link.reason != FOREIGN_PAIR)
    return next((reason for reason in reasons if reason), "")


def kept_rows(key: str, sides: Mapping[Side, Link], profile: Profile) -> list[Parked]:
    """The parked fields that the links of a pair remember."""
    number = next((sides[side].number for side in SIDE_ORDER if side in sides and sides[side].number), "")
    return [Parked(key, rule, why, number=number) for rule, why in told_in(_kept_reason(sides), profile)]


def told_in(reason: str, profile: Profile) -> list[tuple[str, str]]:
    """The fields that a link's reason names, each with why it is left alone."""
    names = "|".join(re.escape(rule.name) for rule in profile.fields)
    parts = re.split(rf"(?:^|{BETWEEN})({names}): ", reason)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def left_otherwise(action: Action, fields: Iterable[str]) -> str:
    """What a link keeps of fields that the side made something else of when they were written."""
    why = because(Trouble.NOT_HELD, side=action.ref.side)
    return remembered(Parked(action.key, name, why) for name in sorted(fields))


def still_otherwise(case: Case, outcome: Reconciled) -> list[Parked]:
    """The fields of which a side goes on holding something else than was written, of a pair that is decided afresh: nobody has
    touched them since, and nothing is decided about them now."""
    links = {side: view.link for side, view in case.sides.items() if view.link is not None}
    decided = {row.field for row in outcome.parked}
    decided |= {change.field for action in outcome.actions for change in action.changes}
    return [
        row
        for row in kept_rows(case.key, links, case.profile)
        if row.field not in decided
        and [part.code for part in parts_of(row.reason)] == [Trouble.NOT_HELD]
        and all(_is_as_it_was(case.profile, row.field, side, view) for side, view in case.sides.items())
    ]


def _is_as_it_was(profile: Profile, field: str, side: Side, view: SideView) -> bool:
    lens = profile.field(field).lenses.get(side)
    if lens is None or view.record is None or view.link is None:
        return True
    return all(view.record.fields.get(name) == view.link.base.get(name) for name in lens.raw_fields)

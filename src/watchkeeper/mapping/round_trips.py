"""What each value of a field becomes on the other side, and what that comes back as. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from watchkeeper.mapping.lens import Lens, TableLens, one_text
from watchkeeper.mapping.lens_default import is_view, looked_at, without_default
from watchkeeper.mapping.lens_values import BooleanLens
from watchkeeper.mapping.profile import FieldRule, Owner, Profile
from watchkeeper.model.record import RawFields, Side
from watchkeeper.model.ticket import Canonical, Unmapped


class Return(StrEnum):
    """How a value comes back from the other side."""

    SAME = "same"
    ALIKE = "alike"
    """As another value that means the same: it stays as it is where it stands."""
    STAYS = "stays"
    """As another value, which the other side cannot tell from this one: it stays where it stands until somebody changes it there."""
    OTHER = "other"
    """As another value, which would be carried back."""
    CANNOT = "cannot"
    """Not at all: the other side has no word for it, so that it is left alone."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One raw value of a side (a part for each raw field): what it `means`, what the other side holds then (`becomes`), what that is read
    as (`returns_as`), and what a new record on the first side would hold for that (`comes_back`). `why` says what stands in the way.
    `place`: the row's `file:line:col`, "" where the value has none of its own."""

    raw: tuple[str, ...]
    means: str
    becomes: tuple[str, ...]
    returns_as: str
    comes_back: tuple[str, ...]
    returns: Return
    why: str
    place: str


@dataclass(frozen=True, slots=True)
class TripTable:
    """Every value that a side's table knows of a field that is carried from that side to the other one."""

    field: str
    source: Side
    target: Side
    source_fields: tuple[str, ...]
    target_fields: tuple[str, ...]
    trips: tuple[RoundTrip, ...]


def trip_tables(profile: Profile) -> tuple[TripTable, ...]:
    """The tables of a profile, field by field, in each direction in which values are carried."""
    return tuple(
        TripTable(
            rule.name,
            source,
            target,
            looked_at(rule.lenses[source]),
            looked_at(rule.lenses[target]),
            tuple(_trip(rule, source, target, raw, place) for raw, place in _domain(rule.lenses[source])),
        )
        for rule in profile.fields
        for source, target in carried(rule)
        if any(_domain(rule.lenses[source]))
    )


def carried(rule: FieldRule) -> Sequence[tuple[Side, Side]]:
    """From which side to which the values of a field are carried while both records live."""
    if len(rule.lenses) < 2:
        return []
    sides = tuple(rule.lenses)
    ways = [(source, target) for source in sides for target in sides if source != target]
    owner = rule.owner.value
    return [
        (source, target)
        for source, target in ways
        if (rule.owner is Owner.SHARED or source == owner)
        and rule.direction.reaches(target)
        and not is_view(rule.lenses[target])
    ]


def _domain(lens: Lens) -> Iterator[tuple[RawFields, str]]:
    """Every raw value that a lens lists, and where."""
    match without_default(lens):
        case TableLens(raw_fields=names, rows=rows):
            yield from ((dict(zip(names, row.raw, strict=True)), row.place) for row in rows)
        case BooleanLens(raw_field=name, true=true, false=false):
            yield from (({name: word}, "") for word in (*true, *false))
        case _:
            return


def _trip(rule: FieldRule, source: Side, target: Side, raw: RawFields, place: str) -> RoundTrip:
    here, there = rule.lenses[source], rule.lenses[target]
    value, held = here.get(raw), _parts(raw, looked_at(here))
    if isinstance(value, Unmapped):
        return RoundTrip(held, "", (), "", (), Return.CANNOT, value.reason, place)
    written = there.create(value)
    if isinstance(written, Unmapped):
        return RoundTrip(held, _said(value), (), "", (), Return.CANNOT, written.reason, place)
    back = there.get(written)
    if isinstance(back, Unmapped):
        return RoundTrip(
            held, _said(value), _parts(written, looked_at(there)), "", (), Return.CANNOT, back.reason, place
        )
    again = here.create(back)
    comes_back = () if isinstance(again, Unmapped) else _parts(again, looked_at(here))
    why = again.reason if isinstance(again, Unmapped) else ""
    becomes = _parts(written, looked_at(there))
    returns = _returns(rule, value, back, alike=comes_back == held)
    return RoundTrip(held, _said(value), becomes, _said(back), comes_back, returns, why, place)


def _returns(rule: FieldRule, value: Canonical, back: Canonical, *, alike: bool) -> Return:
    if not rule.agree(value, back):
        return Return.OTHER
    if alike:
        return Return.SAME
    return Return.ALIKE if value == back else Return.STAYS


def _parts(raw: RawFields, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(one_text(raw.get(name)) or "" for name in names)


def _said(value: Canonical) -> str:
    return ", ".join(value) if isinstance(value, tuple) else value or ""

"""What the tickets of a profile show of its mapping, from the latest of them alone: a store may hold a million."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from watchkeeper.mapping.known_values import knows
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.lens_default import looked_at, without_default
from watchkeeper.mapping.lens_values import BooleanLens
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import Link
from watchkeeper.model.record import SERVICENOW, RawFields, Side
from watchkeeper.model.ticket import Unmapped
from watchkeeper.model.unmapped import KEPT_DAYS, UNKNOWN_VALUES, SeenUnknown, UnknownDay, UnknownValue, unknown_in
from watchkeeper.report.board.mapping_held import Held, HeldTicket, value_of
from watchkeeper.report.board.mapping_seen import Coverage, LeftAlone, Seen, SeenRow, UnknownSeen, UnknownTicket
from watchkeeper.report.board.nouns import MOST
from watchkeeper.sync.memory import FOREIGN_PAIR
from watchkeeper.sync.otherwise import told_in
from watchkeeper.web.asked import NothingHere, Parameter
from watchkeeper.web.reading.reader import Reader

PAIRS: Final = 2_000
"""Linked records with something left alone that a page looks at."""
LATEST: Final = 500
"""Tickets of each side whose values a page counts: so many open ones, and as many closed ones."""

FIELD: Final = Parameter("field", "A field whose values tickets hold: with `side`, these tickets are listed.")
SIDE: Final = Parameter("side", "`servicenow` or `sentinel`: of which side's values tickets are listed.")
VALUE: Final = Parameter("value", "A JSON list of a raw value's parts: tickets that hold it are listed alone.")

Raw = tuple[str, ...]
_Value = tuple[str, Side, Raw]


@dataclass(slots=True)
class _Left:
    """What is left alone in a profile's pairs now: keys by unknown value, and by field and reason; numbers by key."""

    unknown: dict[UnknownValue, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    reasons: dict[tuple[str, str], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    numbers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def read_seen(reader: Reader, profile: Profile) -> Seen:
    since = reader.now.date() - timedelta(days=KEPT_DAYS)
    left = _left(reader, profile)
    remembered = [(day, each) for day, each in remembered_days(reader, since) if is_unknown(profile, each)]
    unknown, left_alone = _unknown(profile, left, remembered), tuple(_left_alone(left))
    tickets = _tickets(reader, left, remembered)
    in_use, most = _InUse.of(reader, profile), reader.asked.most
    return Seen(
        since=since,
        unknown_count=len(unknown),
        unknown=tuple(unknown[:most]),
        ticket_count=len(tickets),
        tickets=tuple(tickets[:most]),
        left_alone_count=len(left_alone),
        left_alone=left_alone[:most],
        rows=tuple(in_use.rows()),
        coverage=tuple(in_use.coverage(profile, unknown)),
        looked_at=in_use.looked_at,
        cut=left.cut,
        held=_held(reader, profile, in_use),
    )


def remembered_days(reader: Reader, since: date) -> Iterator[tuple[date, SeenUnknown]]:
    """The unknown values that runs remember, of each day since then."""
    for kept in reader.store.snapshots(UNKNOWN_VALUES, since, reader.now.date() + timedelta(days=1)):
        day: UnknownDay = kept.document
        yield from ((kept.day, each) for each in day.seen)


def is_unknown(profile: Profile, seen: SeenUnknown) -> bool:
    """Whether a value that was seen is one of this profile that no table of it knows to this day."""
    return seen.profile == profile.name and knows(profile, seen.unknown) is False


# --- what is left alone now ---


def _left(reader: Reader, profile: Profile) -> _Left:
    most = max(PAIRS, reader.asked.most if reader.asked.most > MOST else 0)
    rows, cut = reader.library.explained(reader.deployment, profile.name, FOREIGN_PAIR, most)
    held, keys_of = _Left(cut=cut), defaultdict[str, dict[str, None]](dict)
    for row in rows:
        if row.number and (row.side == SERVICENOW or row.key not in held.numbers):
            held.numbers[row.key] = row.number
        keys_of[row.reason][row.key] = None
    for reason, keys in keys_of.items():  # a few reasons stand for many rows
        for told in told_in(reason, profile):
            held.reasons[told] |= keys
    for (name, why), keys in held.reasons.items():
        for value in unknown_in(name, why):
            held.unknown[value] |= keys
    return held


def _left_alone(held: _Left) -> Iterator[LeftAlone]:
    """The commonest reasons first."""
    for (name, why), keys in sorted(held.reasons.items(), key=lambda each: (-len(each[1]), each[0])):
        first = next(iter(keys))
        yield LeftAlone(name, why, len(keys), first, held.numbers.get(first, ""))


def _unknown(profile: Profile, held: _Left, remembered: Sequence[tuple[date, SeenUnknown]]) -> list[UnknownSeen]:
    """Those that are held now first, the commonest of them at the top."""
    days: dict[UnknownValue, list[tuple[date, int]]] = defaultdict(list)
    for day, each in remembered:
        days[each.unknown].append((day, each.tickets))
    found = []
    for value in dict.fromkeys([*held.unknown, *days]):
        now, seen = len(held.unknown.get(value, ())), days.get(value, [])
        most = max([now, *(count for _, count in seen)])
        first, last = (min(seen)[0], max(seen)[0]) if seen else (None, None)
        has_row = knows(profile, value) is True
        found.append(UnknownSeen(value.field, value.side, value.name, value.value, now, most, first, last, has_row))
    return sorted(found, key=lambda each: (-each.tickets, -each.most, each.field, each.side, each.value))


def _tickets(reader: Reader, held: _Left, remembered: Sequence[tuple[date, SeenUnknown]]) -> list[UnknownTicket]:
    """Those that hold such a value now, then those that did or could not be paired."""
    now = {(value, key): None for value, keys in held.unknown.items() for key in sorted(keys)}
    latest: dict[tuple[UnknownValue, str], date] = {}
    for day, each in remembered:
        latest |= {(each.unknown, key): day for key in each.keys}
    earlier = [pair for pair in latest if pair not in now]
    linked = reader.store.links({key for _, key in earlier})
    rows = [_ticket(value, key, held.numbers.get(key, ""), paired=True, last=None) for value, key in now]
    for value, key in earlier:
        sides = linked.get(key, {})
        rows.append(_ticket(value, key, _number(sides), paired=bool(sides), last=latest[value, key]))
    return rows


def _ticket(value: UnknownValue, key: str, number: str, *, paired: bool, last: date | None) -> UnknownTicket:
    return UnknownTicket(value.field, value.side, value.name, value.value, key, number, paired, last is None, last)


# --- values in use ---


@dataclass(slots=True)
class _InUse:
    """Which of the latest tickets hold which value of which table, the latest first."""

    known: dict[_Value, list[str]] = field(default_factory=lambda: defaultdict(list))
    unknown: dict[_Value, list[str]] = field(default_factory=lambda: defaultdict(list))
    names: dict[tuple[str, Side], Raw] = field(default_factory=dict)
    looked_at: int = 0

    @classmethod
    def of(cls, reader: Reader, profile: Profile) -> _InUse:
        found = cls()
        start = reader.now - timedelta(days=KEPT_DAYS)
        for side in profile.sides:
            rows = reader.library.latest_values(reader.deployment, profile.name, side, start, LATEST)
            found.looked_at += len(rows)
            for key, raw, reason in rows:
                left_alone = {name for name, _ in told_in(reason, profile)} if reason else set()
                found.add(profile, side, key, raw, left_alone)
        return found

    def add(self, profile: Profile, side: Side, key: str, raw: RawFields, left_alone: Iterable[str]) -> None:
        """A field that is left alone may hold something else than was last agreed on."""
        for rule in profile.fields:
            lens = without_default(rule.lenses[side]) if side in rule.lenses else None
            if rule.name in left_alone or not isinstance(lens, TableLens | BooleanLens):
                continue
            value, names = lens.get(raw), looked_at(lens)
            if value is not None:
                held = tuple(str(raw.get(name) or "") for name in names)
                self.names[rule.name, side] = names
                (self.unknown if isinstance(value, Unmapped) else self.known)[rule.name, side, held].append(key)

    def rows(self) -> Iterator[SeenRow]:
        for (name, side, raw), keys in sorted(self.known.items()):
            yield SeenRow(name, side, raw, len(keys))

    def coverage(self, profile: Profile, seen: Sequence[UnknownSeen]) -> Iterator[Coverage]:
        for rule in profile.fields:
            for side in rule.lenses:
                names = self.names.get((rule.name, side))
                if names is None:
                    continue
                known, unknown = (_of(each, rule.name, side) for each in (self.known, self.unknown))
                place = (rule.name, side, ", ".join(names))
                fresh = [each for each in seen if (each.field, each.side, each.name) == place and not each.has_row]
                missing = {each.value for each in fresh}
                missing |= {", ".join(raw) for raw in unknown}
                tickets = sum(map(len, (*known.values(), *unknown.values())))
                yield Coverage(rule.name, side, names, tickets, len(known), len(missing))

    def holding(self, name: str, side: Side) -> Iterator[tuple[str, Raw, bool]]:
        """Keys of tickets, what they hold, and whether the table knows it; value by value."""
        for held, mapped in ((self.unknown, False), (self.known, True)):
            for raw, keys in sorted(_of(held, name, side).items()):
                yield from ((key, raw, mapped) for key in keys)

    def having(self, name: str, side: Side, value: Raw) -> Iterator[tuple[str, Raw, bool]]:
        """The same of one value. One that the table knows may be unmapped all the same, in a ticket whose other fields forbid it."""
        place = (name, side, value)
        mapped = place in self.known
        yield from ((key, value, mapped) for key in (self.known if mapped else self.unknown).get(place, ()))


def _of(held: Mapping[_Value, list[str]], name: str, side: Side) -> dict[Raw, list[str]]:
    return {raw: keys for (of, on, raw), keys in held.items() if (of, on) == (name, side)}


def _held(reader: Reader, profile: Profile, in_use: _InUse) -> Held | None:
    """The tickets that are asked for. Raises NothingHere for a field, side or value that nobody could have been led to."""
    name, side, asked = (reader.asked.get(each.name) for each in (FIELD, SIDE, VALUE))
    if not name and not side and not asked:
        return None
    rule = next((each for each in profile.fields if each.name == name), None)
    if rule is None or side not in rule.lenses:
        raise NothingHere
    try:
        value = value_of(asked) if asked else None
    except ValueError as error:
        raise NothingHere from error
    found = list(in_use.holding(name, side) if value is None else in_use.having(name, side, value))
    listed = found[: reader.asked.most]
    linked = reader.store.links({key for key, _, _ in listed})
    tickets = (HeldTicket(key, _number(linked.get(key, {})), raw, mapped) for key, raw, mapped in listed)
    return Held(name, side, value, len(found), tuple(tickets))


def _number(sides: Mapping[Side, Link]) -> str:
    """ServiceNow's, by which people know a ticket, where there is one."""
    known = {side: link.number for side, link in sides.items() if link.number}
    return known.get(SERVICENOW) or next(iter(known.values()), "")

"""What the tickets of a profile show of its mapping, from the latest of them alone: a store may hold a million."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from watchkeeper.mapping.known_values import knows
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.lens_default import looked_at, without_default
from watchkeeper.mapping.lens_values import BooleanLens
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.record import SERVICENOW, RawFields, Side
from watchkeeper.model.ticket import Unmapped
from watchkeeper.model.unmapped import KEPT_DAYS, UNKNOWN_VALUES, SeenUnknown, UnknownDay, UnknownValue, unknown_in
from watchkeeper.report.board.mapping_seen import Coverage, LeftAlone, Seen, SeenRow, UnknownSeen, UnknownTicket
from watchkeeper.report.board.nouns import MOST
from watchkeeper.sync.memory import FOREIGN_PAIR
from watchkeeper.sync.otherwise import told_in
from watchkeeper.web.reading.reader import Reader

PAIRS: Final = 2_000
"""Linked records with something left alone that a page looks at."""
LATEST: Final = 500
"""Tickets of each side whose values a page counts: so many open ones, and as many closed ones."""

Raw = tuple[str, ...]


@dataclass(slots=True)
class _Held:
    """What is left alone in a profile's pairs now: keys by unknown value, and by field and reason; numbers by key."""

    unknown: dict[UnknownValue, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    reasons: dict[tuple[str, str], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    numbers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def read_seen(reader: Reader, profile: Profile) -> Seen:
    since = reader.now.date() - timedelta(days=KEPT_DAYS)
    held = _held(reader, profile)
    remembered = [(day, each) for day, each in remembered_days(reader, since) if is_unknown(profile, each)]
    unknown, left_alone = _unknown(profile, held, remembered), tuple(_left_alone(held))
    tickets = _tickets(reader, held, remembered)
    counted, most = _Counted.of(reader, profile), reader.asked.most
    return Seen(
        since=since,
        unknown_count=len(unknown),
        unknown=tuple(unknown[:most]),
        ticket_count=len(tickets),
        tickets=tuple(tickets[:most]),
        left_alone_count=len(left_alone),
        left_alone=left_alone[:most],
        rows=tuple(counted.rows()),
        coverage=tuple(counted.coverage(profile, unknown)),
        looked_at=counted.looked_at,
        cut=held.cut,
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


def _held(reader: Reader, profile: Profile) -> _Held:
    most = max(PAIRS, reader.asked.most if reader.asked.most > MOST else 0)
    rows, cut = reader.library.explained(reader.deployment, profile.name, FOREIGN_PAIR, most)
    held, keys_of = _Held(cut=cut), defaultdict[str, dict[str, None]](dict)
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


def _left_alone(held: _Held) -> Iterator[LeftAlone]:
    """The commonest reasons first."""
    for (name, why), keys in sorted(held.reasons.items(), key=lambda each: (-len(each[1]), each[0])):
        first = next(iter(keys))
        yield LeftAlone(name, why, len(keys), first, held.numbers.get(first, ""))


def _unknown(profile: Profile, held: _Held, remembered: Sequence[tuple[date, SeenUnknown]]) -> list[UnknownSeen]:
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


def _tickets(reader: Reader, held: _Held, remembered: Sequence[tuple[date, SeenUnknown]]) -> list[UnknownTicket]:
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
        number = next((link.number for link in sides.values() if link.number), "")
        rows.append(_ticket(value, key, number, paired=bool(sides), last=latest[value, key]))
    return rows


def _ticket(value: UnknownValue, key: str, number: str, *, paired: bool, last: date | None) -> UnknownTicket:
    return UnknownTicket(value.field, value.side, value.name, value.value, key, number, paired, last is None, last)


# --- values in use ---


@dataclass(slots=True)
class _Counted:
    """How many of the latest tickets hold which value of which table."""

    known: Counter[tuple[str, Side, Raw]] = field(default_factory=Counter)
    unknown: Counter[tuple[str, Side, Raw]] = field(default_factory=Counter)
    names: dict[tuple[str, Side], Raw] = field(default_factory=dict)
    looked_at: int = 0

    @classmethod
    def of(cls, reader: Reader, profile: Profile) -> _Counted:
        counted = cls()
        start = reader.now - timedelta(days=KEPT_DAYS)
        for side in profile.sides:
            rows = reader.library.latest_values(reader.deployment, profile.name, side, start, LATEST)
            counted.looked_at += len(rows)
            for _, raw, reason in rows:
                counted.count(profile, side, raw, {name for name, _ in told_in(reason, profile)} if reason else set())
        return counted

    def count(self, profile: Profile, side: Side, raw: RawFields, left_alone: Iterable[str]) -> None:
        """A field that is left alone may hold something else than was last agreed on."""
        for rule in profile.fields:
            lens = without_default(rule.lenses[side]) if side in rule.lenses else None
            if rule.name in left_alone or not isinstance(lens, TableLens | BooleanLens):
                continue
            value, names = lens.get(raw), looked_at(lens)
            if value is not None:
                held = tuple(str(raw.get(name) or "") for name in names)
                self.names[rule.name, side] = names
                (self.unknown if isinstance(value, Unmapped) else self.known)[rule.name, side, held] += 1

    def rows(self) -> Iterator[SeenRow]:
        for (name, side, raw), count in sorted(self.known.items()):
            yield SeenRow(name, side, raw, count)

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
                tickets = sum(known.values()) + sum(unknown.values())
                yield Coverage(rule.name, side, names, tickets, len(known), len(missing))


def _of(counter: Mapping[tuple[str, Side, Raw], int], name: str, side: Side) -> dict[Raw, int]:
    return {raw: count for (of, on, raw), count in counter.items() if (of, on) == (name, side)}

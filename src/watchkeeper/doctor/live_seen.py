"""Which values the records that changed in the last 30 days hold that no row of a table knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from watchkeeper.doctor.standing_place import Places
from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.closure import IN_DOUBT, TableClosure
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.population import Feed
from watchkeeper.model.record import Record, Side
from watchkeeper.model.scan import Page
from watchkeeper.model.ticket import STATUS_FIELD, Status, Unmapped
from watchkeeper.sync.systems import Systems

SEEN_FOR = timedelta(days=30)
MOST = 5000
"""Records of one feed that are looked at; beyond them the counts are a sample, and say so."""

_Missing = Counter[tuple[str, Side, str]]
"""How many records hold a value (the last) that a field, or the closure (""), has no row for on a side."""


def unmapped_values(systems: Systems, places: Places) -> Iterator[Problem | str]:
    """A problem per value and table, at the table whose row is lacking. `systems` in the instance's own words."""
    missing: dict[str, _Missing] = {name: Counter() for name in systems.profiles}
    for feed in systems.feeds():
        seen = 0
        for record in _records(systems, feed):
            seen += 1
            profile = _profile_of(systems, record)
            if profile is not None:
                missing[profile.name].update(_unknown(profile, record))
        if seen >= MOST:
            yield f"values of the last 30 days: only the first {MOST} records of {feed.table} were looked at"
    for name, counted in missing.items():
        for (field, side, value), count in sorted(counted.items()):
            yield _problem(systems.profiles[name], field, side, value, count, places)


def _records(systems: Systems, feed: Feed) -> Iterator[Record]:
    connector, left = systems.connectors[feed.side], MOST
    for item in connector.scan(feed, connector.cursor_at(feed.table, systems.clock.now() - SEEN_FOR)):
        rows = item.records[:left] if isinstance(item, Page) else ()
        yield from rows
        left -= len(rows)
        if left <= 0:
            return


def _profile_of(systems: Systems, record: Record) -> Profile | None:
    key = systems.key_of_marker(record.marker) if record.ours and record.marker else None
    if key is not None:
        return systems.profile_of(key)
    found = systems.population_of(record)
    return found if found is not None and found.kind is ProfileKind.ESCALATION else None


def _unknown(profile: Profile, record: Record) -> Iterable[tuple[str, Side, str]]:
    side = record.ref.side
    for rule in profile.fields:
        lens = rule.lenses.get(side)
        value = lens.get(record.fields) if isinstance(lens, TableLens) else None
        if isinstance(value, Unmapped) and not value.reason:
            yield rule.name, side, value.value
    status = profile.field(STATUS_FIELD).lenses[side].get(record.fields)
    if isinstance(status, str) and Status(status).is_closed and isinstance(profile.closure, TableClosure):
        for target, table in profile.closure.tables.items():
            coded = table.coded(record.fields) if target != side else None
            if isinstance(coded, Unmapped) and coded.value and not coded.reason.startswith(IN_DOUBT):
                yield "", target, coded.value


def _problem(profile: Profile, field: str, side: Side, value: str, count: int, places: Places) -> Problem:
    part = ("fields", field, side, "table") if field else ("closure", side)
    place, path = places.of("rows", profile.place, part)
    records = "1 record" if count == 1 else f"{count} records"
    said = f"{value!r} is in no row, and {records} of the last 30 days hold it"
    return Problem(place, path, said, "a row for every value that is in use", kind=ProblemKind.UNMAPPED)

"""Which values the records that changed in the last 30 days hold that no row of a table knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from watchkeeper.doctor.scope import fields_counted, knows_its_values
from watchkeeper.doctor.standing_place import Places
from watchkeeper.doctor.unchecked import Finding, Lack, Unchecked
from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.closure import IN_DOUBT, TableClosure
from watchkeeper.mapping.lens import Lens
from watchkeeper.mapping.lens_default import without_default
from watchkeeper.mapping.lens_values import BooleanLens
from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.population import Feed
from watchkeeper.model.record import RawFields, Record, Side
from watchkeeper.model.scan import Page, ScanEnd
from watchkeeper.model.tally import Tally, counted
from watchkeeper.model.ticket import STATUS_FIELD, Status, Unmapped
from watchkeeper.sync.systems import Systems

SEEN_FOR = timedelta(days=30)
MOST = 5000
"""Records that are read one by one where a side does not count them itself."""


def unmapped_values(systems: Systems, profile: Profile, side: Side, what: str, places: Places) -> Iterator[Finding]:
    """A problem per value, at the table whose row is lacking. `systems` in the instance's own words."""
    rules = profile.sides[side]
    feed = Feed(side, rules.table, profile.raw_fields(side), rules.population)
    tally, doubts = tally_of(systems, feed, fields_counted(profile, side), _signs(systems, profile), what)
    yield from doubts
    missing = Counter[tuple[str, Side, str]]()
    for held in tally.rows:
        for each in _unknown(profile, side, held.fields):
            missing[each] += held.count
    for (field, at, value), count in sorted(missing.items()):
        yield _problem(profile, field, at, value, count, places)


def tally_of(
    systems: Systems, feed: Feed, by: Collection[str], signs: Sequence[str], what: str
) -> tuple[Tally, Sequence[Unchecked]]:
    """What the records of the last 30 days hold: counted by the side, or read one by one where it does not, and then cut."""
    since, names = systems.clock.now() - SEEN_FOR, sorted(by)
    tally = systems.connectors[feed.side].tally(feed, since, names, signs)
    if not tally.unread:
        return tally, ()
    rows: list[RawFields] = []
    for record in _records(systems, feed):
        if isinstance(record, Unchecked):
            return counted(rows, names), (record,)
        if len(rows) == MOST:
            cut = f"{what}: only those {MOST} records were looked at that have been left alone for longest ({tally.unread})"
            return counted(rows, names), (Unchecked(cut, Lack.KNOWLEDGE),)
        if _concerns(record, feed, signs):
            rows.append(record.fields)
    return counted(rows, names), ()


def _records(systems: Systems, feed: Feed) -> Iterator[Record | Unchecked]:
    connector = systems.connectors[feed.side]
    for item in connector.scan(feed, connector.cursor_at(feed.table, systems.clock.now() - SEEN_FOR)):
        match item:
            case Page(records=records):
                yield from records
            case ScanEnd(complete=False, reason=reason):
                yield Unchecked(f"records of {feed.table}: {reason}", Lack.ANSWER)
            case _:
                pass


def _concerns(record: Record, feed: Feed, signs: Sequence[str]) -> bool:
    if record.ours:
        return record.marker.startswith(tuple(signs))
    return any(filter_.holds(record.fields) for filter_ in feed.filters)


def _signs(systems: Systems, profile: Profile) -> tuple[str, ...]:
    """How the markers of the records begin that we created for a profile."""
    if profile.kind is ProfileKind.ESCALATION:
        return (systems.marker(f"{profile.name}/"),)
    tasks = (task for task in systems.catalog.tasks if systems.maintenance_of(task).name == profile.name)
    return tuple(systems.marker(f"{task}/") for task in sorted(tasks))


def _unknown(profile: Profile, side: Side, held: RawFields) -> Iterable[tuple[str, Side, str]]:
    """The values that a field, or the closure (""), has no row for, with the side whose table it is."""
    for rule in profile.fields:
        lens = rule.lenses.get(side)
        here = replace(rule, when={each: condition for each, condition in rule.when.items() if each == side})
        if not here.applies({side: held}):
            continue
        value = lens.get(held) if lens is not None and knows_its_values(lens) else None
        if isinstance(value, Unmapped) and (not value.reason or _is_truth(lens)):
            yield rule.name, side, value.value
    status = profile.field(STATUS_FIELD).lenses[side].get(held)
    if isinstance(status, str) and Status(status).is_closed and isinstance(profile.closure, TableClosure):
        for target, table in profile.closure.tables.items():
            coded = table.coded(held) if target != side else None
            if isinstance(coded, Unmapped) and coded.value and not coded.reason.startswith(IN_DOUBT):
                yield "", target, coded.value


def _is_truth(lens: Lens | None) -> bool:
    return lens is not None and isinstance(without_default(lens), BooleanLens)


def _problem(profile: Profile, field: str, side: Side, value: str, count: int, places: Places) -> Problem:
    place, path = places.of("rows", profile.place, ("fields", field, side) if field else ("closure", side))
    if not path and field:
        place, path = places.of("field", profile.place, ("fields", field, side))
    records = "1 record" if count == 1 else f"{count} records"
    said = f"{value!r} is in no row, and {records} of the last 30 days hold it"
    return Problem(place, path, said, "a row for every value that is in use", kind=ProblemKind.UNMAPPED)

"""The year of duties, month by month, and as a calendar file (RFC 5545)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from watchkeeper import __version__
from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.occurrences import ALL_TEAMS
from watchkeeper.catalog.year import Planned
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.report.document import Document, Row, Section, Table
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.texts import Texts, texts_in

MANY = 8
"""More occurrences of one task and team than this in a month are one row, which names their days."""


def year_document(catalog: Catalog, planned: Sequence[Planned], lang: str = "en") -> Document:
    """A table per month: what is due, for whom, and on which local day."""
    texts = texts_in(lang)
    by_month: dict[str, list[Planned]] = defaultdict(list)
    for each in planned:
        by_month[f"{each.occurrence.local_due:%Y-%m}"].append(each)
    sections = tuple(Section(month, (_month(catalog, by_month[month], texts),)) for month in sorted(by_month))
    return Document(texts.say("calendar.title"), texts.count("calendar.sentence", len(planned)), sections)


def year_json(planned: Sequence[Planned], months: int, as_of: datetime) -> Json:
    rows = [
        {
            "key": each.occurrence.key,
            "task": each.occurrence.task,
            "team": each.occurrence.team,
            "nominal": each.occurrence.nominal,
            "due": each.occurrence.due,
            "zone": each.occurrence.zone,
            "served_by": each.served_by,
        }
        for each in planned
    ]
    return payload("tasks calendar", 0, (), as_of=as_of, months=months, occurrences=rows)


def year_ics(catalog: Catalog, planned: Sequence[Planned], now: datetime, lang: str = "en") -> str:
    """The occurrences that have tickets of their own, as events at their due time in their own zone. UIDs are their keys
    (below the deployment's name), so that a later export moves events instead of doubling them."""
    from icalendar import Calendar, Event

    texts = texts_in(lang)
    calendar = Calendar()
    calendar.add("prodid", f"-//Watchkeeper//{__version__}//EN")
    calendar.add("version", "2.0")
    for each in planned:
        if each.served_by:
            continue
        occurrence, task = each.occurrence, catalog.tasks[each.occurrence.task]
        event = Event()
        event.add("uid", f"{catalog.deployment.name}/{occurrence.key}")
        event.add("dtstamp", now)
        event.add("dtstart", occurrence.local_due)
        event.add("summary", f"{task.title[texts.language]} ({_team(catalog, occurrence, texts)})")
        event.add("description", task.summary[texts.language])
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written.decode("utf-8")


def _month(catalog: Catalog, planned: Sequence[Planned], texts: Texts) -> Table:
    groups: dict[tuple[str, str], list[Planned]] = defaultdict(list)
    for each in planned:
        groups[each.occurrence.task, each.occurrence.team].append(each)
    lines: list[list[Planned]] = []
    for found in groups.values():
        lines += [found] if len(found) > MANY else [[each] for each in found]
    ordered = sorted(lines, key=lambda line: (line[0].occurrence.due, line[0].occurrence.key))
    names = ("due", "task", "team", "note")
    return Table(
        tuple(texts.say(f"column.{name}") for name in names),
        tuple(_row(catalog, line, texts) for line in ordered),
    )


def _row(catalog: Catalog, line: Sequence[Planned], texts: Texts) -> Row:
    first = line[0].occurrence
    day = f"{first.local_due:%Y-%m-%d %H:%M %Z}"
    if len(line) > 1:
        day = ", ".join(f"{each.occurrence.local_due.day}" for each in line)
    return Row((day, first.task, _team(catalog, first, texts), _note(line, texts)))


def _note(line: Sequence[Planned], texts: Texts) -> str:
    served = sorted({each.served_by.partition("/")[0] for each in line if each.served_by})
    if served:
        return texts.say("calendar.served", tasks=texts.join(served))
    if len(line) > 1:
        return texts.count("calendar.days", len(line))
    occurrence = line[0].occurrence
    moved = occurrence.team != ALL_TEAMS and occurrence.local_due.date() != occurrence.nominal
    return texts.say("calendar.moved", day=occurrence.nominal.isoformat()) if moved else ""


def _team(catalog: Catalog, occurrence: Occurrence, texts: Texts) -> str:
    if occurrence.team == ALL_TEAMS:
        return texts.say("calendar.all-teams")
    return catalog.teams[occurrence.team].name[texts.language]

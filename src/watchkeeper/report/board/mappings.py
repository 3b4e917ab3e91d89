"""The board's page on the mappings folder: its profiles, and what stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from watchkeeper.errors import Problem
from watchkeeper.report.board.leads import filtered, mapping_page
from watchkeeper.report.board.mapping import below, problems_section
from watchkeeper.report.board.mapping_diff import Compared, folder_section
from watchkeeper.report.board.mapping_seen import UNKNOWN
from watchkeeper.report.board.nouns import Head
from watchkeeper.report.document import Cell, Document, Lead, Link, Mark, Paragraph, Row, Section, Table, with_texts
from watchkeeper.report.texts import Texts, texts_in


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """A profile file. `unknown`: how many values that no table knows were seen since `Mappings.since`; `problems` what is wrong with the
    file: with some, only its name is known."""

    name: str
    kind: str
    enabled: bool
    place: str
    servicenow: str
    sentinel: str
    fields: int
    unknown: int
    problems: int


@dataclass(frozen=True, slots=True)
class TeamLine:
    """`name`: by language. `group`: its assignment group in ServiceNow."""

    id: str
    name: Mapping[str, str]
    group: str
    zone: str
    calendar: str
    shifts: tuple[str, ...]
    enabled: bool
    place: str


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """`weekdays`: 1 (Monday) to 7; none where it is made of others (`any_of`). `country`: whose public holidays count. `teams`: those that
    go by it."""

    id: str
    weekdays: tuple[int, ...]
    country: str
    any_of: tuple[str, ...]
    teams: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class PackLine:
    """A pack of tasks that is in use. `as_of`: the date of the source's text that it follows."""

    id: str
    title: Mapping[str, str]
    version: str
    tasks: int
    url: str
    as_of: date
    place: str


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task of such a pack. `cadence`: a word of watchkeeper.catalog.model.Task; `teams`: by id."""

    id: str
    pack: str
    title: Mapping[str, str]
    cadence: str
    teams: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Mappings:
    """`stops`: whether something that is wrong keeps runs from starting. Teams, calendars, packs and tasks are not told then."""

    head: Head
    folder: str
    stops: bool
    problems: tuple[Problem, ...]
    since: date
    profiles: tuple[ProfileLine, ...]
    teams: tuple[TeamLine, ...]
    calendars: tuple[CalendarLine, ...]
    packs: tuple[PackLine, ...]
    tasks: tuple[TaskLine, ...]
    shipped: Compared


def mappings_document(found: Mappings, lang: str = "en") -> Document:
    texts = texts_in(lang)
    told: tuple[Section | None, ...] = (
        problems_section(found.problems, texts, stops=found.stops) if found.problems else None,
        _profiles(found, texts),
        _teams(found, texts),
        _calendars(found, texts),
        _packs(found, texts),
        _tasks(found, texts),
        folder_section(found.shipped, texts),
    )
    return Document(
        title=texts.say("board.mappings", deployment=found.head.deployment),
        sentence=_sentence(found, texts),
        sections=with_texts(tuple(section for section in told if section is not None), below(found.folder)),
        mark=_mark(found),
    )


def _mark(found: Mappings) -> Mark:
    if found.stops:
        return Mark.BAD
    return Mark.WARN if found.problems or any(each.unknown for each in found.profiles) else Mark.GOOD


def _sentence(found: Mappings, texts: Texts) -> str:
    if found.stops:
        return texts.count("board.mappings.stops", len(found.problems))
    if found.problems:
        return texts.count("board.mappings.unused", len(found.problems))
    unknown = sum(each.unknown for each in found.profiles)
    if unknown:
        return texts.count("board.mapping.has_unknown", unknown, since=found.since.isoformat())
    return texts.count("board.mappings.fine", sum(each.enabled for each in found.profiles))


def _headings(names: tuple[str, ...], texts: Texts) -> tuple[str, ...]:
    return tuple(texts.say(f"board.mapping.column.{name}") for name in names)


def _profiles(found: Mappings, texts: Texts) -> Section:
    title = texts.say("board.mappings.profiles")
    if not found.profiles:
        return Section(title, (Paragraph(texts.say("board.mappings.none")),), anchor="profiles")
    folder = Paragraph(texts.say("board.mappings.folder", folder=found.folder))
    names = ("profile", "kind", "standing", "servicenow", "sentinel", "fields", "unknown_values", "file")
    rows = tuple(_profile(each, texts) for each in found.profiles)
    table = Table(_headings(names, texts), rows, numbers=frozenset({5, 6}))
    return Section(title, (table, folder), anchor="profiles")


def _profile(each: ProfileLine, texts: Texts) -> Row:
    page = mapping_page(each.name)
    unknown: Cell = Lead(f"{each.unknown:,}", f"{page}#{UNKNOWN}") if each.unknown else "0"
    standing = "broken" if each.problems else "used" if each.enabled else "off"
    cells = (
        Lead(each.name, page),
        texts.say(f"board.mapping.kind.{each.kind}") if each.kind else "",
        texts.say(f"board.mappings.standing.{standing}"),
        each.servicenow,
        each.sentinel,
        Lead(f"{each.fields:,}", f"{page}#fields") if each.fields else "0",
        unknown,
        each.place,
    )
    marks = {"broken": Mark.BAD, "used": Mark.WARN if each.unknown else Mark.GOOD, "off": Mark.NONE}
    return Row(cells, marks[standing])


def _teams(found: Mappings, texts: Texts) -> Section | None:
    if not found.teams:
        return None
    names = ("team", "id", "group", "zone", "calendar", "shifts", "standing", "file")
    rows = tuple(
        Row(
            (
                each.name[texts.language],
                each.id,
                each.group,
                each.zone,
                Lead(each.calendar, "#calendars"),
                ", ".join(each.shifts),
                texts.say(f"board.mappings.standing.{'used' if each.enabled else 'off'}"),
                each.place,
            )
        )
        for each in found.teams
    )
    return Section(texts.say("board.mappings.teams"), (Table(_headings(names, texts), rows),), anchor="teams")


def _calendars(found: Mappings, texts: Texts) -> Section | None:
    if not found.calendars:
        return None
    names = ("calendar", "weekdays", "holidays", "any_of", "teams", "file")
    rows = tuple(
        Row(
            (
                each.id,
                ", ".join(texts.say(f"board.mappings.weekday.{day}") for day in each.weekdays),
                each.country,
                ", ".join(each.any_of),
                ", ".join(each.teams),
                each.place,
            )
        )
        for each in found.calendars
    )
    return Section(texts.say("board.mappings.calendars"), (Table(_headings(names, texts), rows),), anchor="calendars")


def _packs(found: Mappings, texts: Texts) -> Section | None:
    if not found.packs:
        return None
    names = ("pack", "title", "version", "tasks", "source", "file")
    rows = tuple(
        Row(
            (
                each.id,
                each.title[texts.language],
                each.version,
                Lead(f"{each.tasks:,}", "#tasks"),
                Link(each.as_of.isoformat(), each.url),
                each.place,
            )
        )
        for each in found.packs
    )
    table = Table(_headings(names, texts), rows, numbers=frozenset({3}))
    return Section(texts.say("board.mappings.packs"), (table,), anchor="packs")


def _tasks(found: Mappings, texts: Texts) -> Section | None:
    if not found.tasks:
        return None
    names = ("task", "title", "pack", "cadence", "teams", "file")
    rows = tuple(
        Row(
            (
                Lead(each.id, filtered("tasks", task=each.id)),
                each.title[texts.language],
                each.pack,
                texts.cadence(each.cadence),
                ", ".join(each.teams),
                each.place,
            )
        )
        for each in found.tasks
    )
    return Section(texts.say("board.mappings.tasks"), (Table(_headings(names, texts), rows),), anchor="tasks")

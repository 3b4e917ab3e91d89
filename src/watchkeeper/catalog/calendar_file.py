"""`calendars.yaml`: which days are worked, as a company writes it down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Final, Literal

import holidays
from pydantic import AfterValidator, Discriminator, Field, Tag

from watchkeeper.catalog.entries import Entry, Slug
from watchkeeper.catalog.model import Calendar
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.pydantic_problems import listed, refuse
from watchkeeper.model.nearest import suggest

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEARS: Final = range(2000, 2100)
"""The years for which a yearly closure is written out; the holiday data of most countries ends there too."""

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _day(value: str) -> str:
    try:
        if re.fullmatch(r"\d\d-\d\d", value):
            date.fromisoformat(f"2023-{value}")  # 29 February is not a day of every year
        elif date.fromisoformat(value).isoformat() != value:
            raise ValueError
    except ValueError:
        raise refuse(f"{value!r} is not a day", allowed="2026-12-29 for one year, 12-29 for every year") from None
    return value


Day = Annotated[str, AfterValidator(_day)]
"""`2026-12-29`, or `12-29` for every year."""


class SpanEntry(Entry):
    """A closure of several days, both ends included; with days of every year it may pass New Year."""

    first: Day = Field(alias="from", description="The first day.")
    last: Day = Field(alias="to", description="The last day, closed too.")


def _form(value: object) -> str:
    return "one" if isinstance(value, str) else "several"


Closure = Annotated[Annotated[Day, Tag("one")] | Annotated[SpanEntry, Tag("several")], Discriminator(_form)]
WorkingDays = Annotated[
    Annotated[Literal["all"], Tag("one")] | Annotated[tuple[Weekday, ...], Field(min_length=1), Tag("several")],
    Discriminator(_form),
]


class HolidaysEntry(Entry):
    """Public holidays as the `holidays` library knows them. No categories: the library's usual ones."""

    country: str = Field(description="The country, as ISO 3166-1.")
    subdivision: str | None = Field(
        default=None, description="A part of the country with holidays of its own, as ISO 3166-2 without the country."
    )
    categories: tuple[str, ...] = Field(default=(), description="Which holidays count, in the library's words.")


class CalendarEntry(Entry):
    """One calendar: weekdays less holidays and closures; or, with `any_of`, the days on which any of those is at work."""

    id: Slug = Field(description="The name by which teams use it.")
    working_days: WorkingDays = Field(default=WEEKDAYS[:5], description="The weekdays that are worked, or `all`.")
    holidays: HolidaysEntry | None = Field(default=None, description="Public holidays on which nobody works.")
    closures: tuple[Closure, ...] = Field(
        default=(),
        description="Days on which the company is closed: a day, or `from` and `to`; `12-29` is that day of every year.",
    )
    extra_working_days: tuple[date, ...] = Field(
        default=(), description="Days that are worked although they would be free."
    )
    any_of: tuple[str, ...] = Field(
        default=(), description="Calendars listed before this one: a day is worked when it is in any of them."
    )


class CalendarsFile(Entry):
    """Which days are worked."""

    calendars: Annotated[tuple[CalendarEntry, ...], Field(min_length=1)] = Field(description="The calendars.")


def build_calendars(file: CalendarsFile, document: Document, problems: ProblemList) -> dict[str, Calendar]:
    """The calendars by id. What is wrong goes to `problems`, and the calendar then is left out."""
    built: dict[str, Calendar] = {}
    for index, entry in enumerate(file.calendars):
        path = ("calendars", index)
        before = len(problems.problems)
        if entry.id in built:
            problems.add(document.problem((*path, "id"), f"{entry.id!r} is there twice", allowed="one calendar per id"))
        _check_holidays(entry, (*path, "holidays"), document, problems)
        _check_closures(entry, (*path, "closures"), document, problems)
        _check_members(entry, built, (*path, "any_of"), document, problems)
        if len(problems.problems) == before:
            built[entry.id] = _calendar(entry, built, document.position((*path, "id")))
    return built


def _calendar(entry: CalendarEntry, built: Mapping[str, Calendar], place: str) -> Calendar:
    weekdays = WEEKDAYS if entry.working_days == "all" else entry.working_days
    public = entry.holidays
    return Calendar(
        id=entry.id,
        working_weekdays=frozenset() if entry.any_of else frozenset(WEEKDAYS.index(day) + 1 for day in weekdays),
        country=public.country if public else None,
        subdivision=public.subdivision if public else None,
        categories=tuple(sorted(public.categories)) if public else (),
        closures=frozenset(day for closure in entry.closures for day in _days(closure)),
        extra_working_days=frozenset(entry.extra_working_days),
        any_of=tuple(built[member] for member in entry.any_of),
        place=place,
    )


def _days(closure: str | SpanEntry) -> Iterator[date]:
    first, last = (closure, closure) if isinstance(closure, str) else (closure.first, closure.last)
    if len(first) > 5:
        yield from _between(date.fromisoformat(first), date.fromisoformat(last))
        return
    for year in YEARS:
        begin = date.fromisoformat(f"{year}-{first}")
        yield from _between(begin, date.fromisoformat(f"{year if first <= last else year + 1}-{last}"))


def _between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _check_holidays(
    entry: CalendarEntry, path: tuple[str | int, ...], document: Document, problems: ProblemList
) -> None:
    if entry.holidays is None:
        return
    country, subdivision = entry.holidays.country, entry.holidays.subdivision
    try:
        known = holidays.country_holidays(country, years=())
    except NotImplementedError:
        # Only now: listing what there is imports some three hundred modules.
        near = suggest(country, holidays.list_supported_countries(include_aliases=False))
        found = f"there is no holiday data for {country!r}"
        problems.add(document.problem((*path, "country"), found, allowed="an ISO 3166 code", suggestion=near))
        return
    if subdivision is not None and subdivision not in (*known.subdivisions, *known.subdivisions_aliases):
        found, near = f"{country} has no subdivision {subdivision!r}", suggest(subdivision, known.subdivisions)
        allowed = listed(known.subdivisions) or "none"
        problems.add(document.problem((*path, "subdivision"), found, allowed=allowed, suggestion=near))
    categories = sorted(known.supported_categories)
    for index, category in enumerate(entry.holidays.categories):
        if category not in categories:
            found, near = f"{country} has no category {category!r}", suggest(category, categories)
            place = (*path, "categories", index)
            problems.add(document.problem(place, found, allowed=listed(categories), suggestion=near))


def _check_closures(
    entry: CalendarEntry, path: tuple[str | int, ...], document: Document, problems: ProblemList
) -> None:
    for index, closure in enumerate(entry.closures):
        if isinstance(closure, str):
            continue
        if len(closure.first) != len(closure.last):
            message, allowed = "mixes a day of one year with a day of every year", "the same form for from and to"
            problems.add(document.problem((*path, index), message, allowed=allowed))
        elif len(closure.first) > 5 and closure.last < closure.first:
            problems.add(document.problem((*path, index, "to"), f"{closure.last} is before {closure.first}"))


def _check_members(
    entry: CalendarEntry,
    built: Mapping[str, Calendar],
    path: tuple[str | int, ...],
    document: Document,
    problems: ProblemList,
) -> None:
    if entry.any_of and (entry.holidays is not None or "working_days" in entry.model_fields_set):
        message = "stands beside working_days or holidays"
        problems.add(document.problem(path, message, allowed="closures and extra_working_days"))
    for index, member in enumerate(entry.any_of):
        if member not in built:
            message, near = f"there is no calendar {member!r} above", suggest(member, built)
            problems.add(document.problem((*path, index), message, allowed=listed(built), suggestion=near))

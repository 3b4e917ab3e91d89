"""The mappings folder: its profiles, what stands beside them, and one profile with what tickets show of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from watchkeeper.errors import Problem
from watchkeeper.mapping.compile import compile_profile
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.explain import explain
from watchkeeper.mapping.explain_settings import setting_names, settings_of
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.round_trips import trip_tables
from watchkeeper.model.unmapped import KEPT_DAYS, UnknownValue
from watchkeeper.report.board.mapping import ProfileMapping
from watchkeeper.report.board.mapping_diff import SinceSync
from watchkeeper.report.board.mapping_fields import mapped_field
from watchkeeper.report.board.mapping_seen import Seen
from watchkeeper.report.board.mappings import CalendarLine, Mappings, PackLine, ProfileLine, TaskLine, TeamLine
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.reading.mapping_seen import is_unknown, read_seen, remembered_days
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.reading.shipped import compared_folder, compared_profile, since_sync
from watchkeeper.web.reading.trial import tried_ticket
from watchkeeper.web.rules import Written

PROFILE = "profile"
"""The part of the address that names one."""


def read_mappings(reader: Reader) -> Mappings:
    written = reader.rules.written(reader.deployment)
    since = reader.now.date() - timedelta(days=KEPT_DAYS)
    profiles = {file.name: _compiled(reader, document, file) for document, file in written.profiles}
    unknown: dict[str, set[UnknownValue]] = defaultdict(set)
    for _, each in remembered_days(reader, since):
        if each.profile in profiles and is_unknown(profiles[each.profile], each):
            unknown[each.profile].add(each.unknown)
    return Mappings(
        head=reader.head(),
        folder=written.folder,
        stops=bool(written.stops),
        problems=written.problems or written.stops,
        since=since,
        profiles=tuple(_lines(written, {name: len(values) for name, values in unknown.items()})),
        teams=tuple(_teams(reader)),
        calendars=tuple(_calendars(reader)),
        packs=tuple(_packs(reader)),
        tasks=tuple(_tasks(reader)),
        shipped=compared_folder(reader),
    )


def _lines(written: Written, unknown: dict[str, int]) -> Iterator[ProfileLine]:
    sound = {file.name: (document, file) for document, file in written.profiles}
    for name in written.names:
        if name not in sound:
            place = _place(written, name)
            problems = len(_problems_of(written, place))
            yield ProfileLine(name, "", False, place, "", "", 0, unknown.get(name, 0), problems)
            continue
        document, file = sound[name]
        yield ProfileLine(
            name=name,
            kind=file.kind.value,
            enabled=file.enabled,
            place=document.position(("name",)),
            servicenow=file.sides.servicenow.table,
            sentinel=file.sides.sentinel.table,
            fields=len(file.fields),
            unknown=unknown.get(name, 0),
            problems=len(_problems_of(written, document.name)),
        )


def _place(written: Written, name: str) -> str:
    return f"{written.folder}/profiles/{name}.yaml"


def _problems_of(written: Written, file: str) -> tuple[Problem, ...]:
    return tuple(each for each in written.problems if each.position[0] == file)


def _teams(reader: Reader) -> Iterator[TeamLine]:
    duties = reader.mappings
    for team in duties.catalog.teams.values() if duties else ():
        yield TeamLine(
            id=team.id,
            name=team.name,
            group=team.group,
            zone=team.zone.key,
            calendar=team.calendar.id,
            shifts=tuple(shift.name for shift in team.shifts),
            enabled=team.enabled,
            place=team.place,
        )


def _calendars(reader: Reader) -> Iterator[CalendarLine]:
    duties = reader.mappings
    for calendar in duties.catalog.calendars.values() if duties else ():
        teams = duties.catalog.teams.values() if duties else ()
        yield CalendarLine(
            id=calendar.id,
            weekdays=tuple(sorted(calendar.working_weekdays)),
            country="-".join(filter(None, (calendar.country, calendar.subdivision))),
            any_of=tuple(each.id for each in calendar.any_of),
            teams=tuple(team.id for team in teams if team.enabled and team.calendar.id == calendar.id),
            place=calendar.place,
        )


def _packs(reader: Reader) -> Iterator[PackLine]:
    duties = reader.mappings
    for pack in duties.catalog.packs.values() if duties else ():
        if pack.enabled:
            yield PackLine(pack.id, pack.title, pack.version, len(pack.tasks), pack.url, pack.date, pack.place)


def _tasks(reader: Reader) -> Iterator[TaskLine]:
    duties = reader.mappings
    for task in sorted(duties.catalog.tasks.values(), key=lambda each: (each.pack, each.id)) if duties else ():
        yield TaskLine(task.id, task.pack, task.title, task.cadence, task.teams, task.place)


# --- one profile ---


def sound_profile(reader: Reader) -> tuple[Written, Profile | None]:
    """The profile that the address names, as runs have it; None for one that cannot be read. Raises NothingHere for one that no file is of."""
    written, name = reader.rules.written(reader.deployment), reader.asked.get(PROFILE)
    if name not in written.names:
        raise NothingHere
    found = next((each for each in written.profiles if each[1].name == name), None)
    return written, None if found is None else _compiled(reader, *found)


def read_mapping(reader: Reader) -> ProfileMapping:
    """Raises NothingHere for a profile that no file is of."""
    written, name = reader.rules.written(reader.deployment), reader.asked.get(PROFILE)
    if name not in written.names:
        raise NothingHere
    found = next(((document, file) for document, file in written.profiles if file.name == name), None)
    return _broken(reader, written, name) if found is None else _sound(reader, written, *found)


def _broken(reader: Reader, written: Written, name: str) -> ProfileMapping:
    place = _place(written, name)
    since = reader.now.date() - timedelta(days=KEPT_DAYS)
    return ProfileMapping(
        head=reader.head(),
        folder=written.folder,
        profile=name,
        kind="",
        place=place,
        enabled=True,
        tables={},
        comments="",
        gone="",
        stops=bool(written.stops),
        problems=_problems_of(written, place) or written.problems or written.stops,
        fields=(),
        values=(),
        settings=(),
        seen=Seen(since, 0, (), 0, (), 0, (), (), (), 0, cut=False),
        shipped=compared_profile(reader, name, sound=False),
        since_sync=SinceSync.NEVER,
        tried=None,
    )


def _sound(reader: Reader, written: Written, document: Document, file: ProfileFile) -> ProfileMapping:
    profile = _compiled(reader, document, file)
    words = setting_names([file])
    return ProfileMapping(
        head=reader.head(),
        folder=written.folder,
        profile=file.name,
        kind=file.kind.value,
        place=document.position(("name",)),
        enabled=file.enabled,
        tables={side: rules.table for side, rules in profile.sides.items()},
        comments=file.comments,
        gone=file.gone.value,
        stops=bool(written.stops),
        problems=_problems_of(written, document.name),
        fields=tuple(mapped_field(explain(document, file, rule.name), rule) for rule in profile.fields),
        values=trip_tables(profile),
        settings=tuple(each for word in words for each in settings_of(document, file, word)),
        seen=read_seen(reader, profile),
        shipped=compared_profile(reader, file.name, sound=True),
        since_sync=since_sync(reader, profile),
        tried=tried_ticket(reader, profile),
    )


def _compiled(reader: Reader, document: Document, file: ProfileFile) -> Profile:
    """As runs have it where it is in use."""
    duties = reader.mappings
    used = duties.profiles.get(file.name) if duties else None
    return used or compile_profile(document, file)

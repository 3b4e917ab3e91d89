"""The cases of a mappings folder: read, checked against the profiles, one by one; every problem of every file at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from watchkeeper.mapping.case_file import CASES, CaseEntry, CasesFile, Expect, Fields, Given, Variation
from watchkeeper.mapping.closure import TableClosure
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.mapping.yaml_reader import Path as YamlPath
from watchkeeper.model.nearest import suggest
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields, Side
from watchkeeper.model.rehearsal import MappingCase

_SIDES: tuple[Side, ...] = (SERVICENOW, SENTINEL)


def collect_cases(folder: Path, profiles: Mapping[str, Profile], problems: ProblemList) -> tuple[MappingCase, ...]:
    """The cases of `cases/*.yaml` in order; what is wrong with them goes into the list."""
    found: list[MappingCase] = []
    for path in sorted((folder / CASES).glob("*.yaml")):
        document = problems.load(path)
        file = problems.validate(document, CasesFile)
        if document is not None and file is not None:
            found += _of_file(document, file, profiles, problems)
    return tuple(found)


def known_fields(profile: Profile, side: Side) -> frozenset[str]:
    """The raw fields of a side that a case may name."""
    names = {*profile.raw_fields(side), *profile.sides[side].constants}
    if isinstance(profile.closure, TableClosure):
        names |= {*profile.closure.tables[side].written, *profile.closure.tables[side].texts}
    return frozenset(names | ({"labels"} if profile.sides[side].labels else set()))


def _of_file(
    document: Document, file: CasesFile, profiles: Mapping[str, Profile], problems: ProblemList
) -> Iterator[MappingCase]:
    profile = profiles.get(file.profile)
    if profile is None:
        near = suggest(file.profile, profiles)
        problems.add(
            document.problem(
                ("profile",), f"there is no profile {file.profile!r}", allowed=listed(sorted(profiles)), suggestion=near
            )
        )
        return
    for index, entry in enumerate(file.cases):
        path: YamlPath = ("cases", index)
        for given, expect, below in _spelt(entry, path):
            _check_names(document, profile, given, expect, below, problems)
        for variation, below in _variations(entry, path):
            yield _case(document, file.profile, entry, variation, (path, below))


def _spelt(entry: CaseEntry, path: YamlPath) -> Iterator[tuple[Given, Expect, YamlPath]]:
    yield entry.given, entry.expect, path
    for number, each in enumerate(entry.each):
        yield each.given, each.expect, (*path, "each", number)


def _variations(entry: CaseEntry, path: YamlPath) -> Iterator[tuple[Variation, YamlPath]]:
    if not entry.each:
        yield Variation(), path
    yield from ((each, (*path, "each", number)) for number, each in enumerate(entry.each))


def _check_names(
    document: Document, profile: Profile, given: Given, expect: Expect, path: YamlPath, problems: ProblemList
) -> None:
    spelt: list[tuple[YamlPath, Side, Fields | None]] = []
    for side in _SIDES:
        spelt += [
            (("given", side), side, getattr(given, side)),
            (("given", "base", side), side, getattr(given.base, side)),
            (("expect", side), side, getattr(expect, side)),
        ]
    for below, side, fields in spelt:
        known = known_fields(profile, side)
        for name in fields or {}:
            if name not in known:
                message, near = f"profile {profile.name} has no field {name!r} in {side}", suggest(name, known)
                place = (*path, *below, name)
                problems.add(document.problem(place, message, allowed=listed(sorted(known)), suggestion=near))
    names = [rule.name for rule in profile.fields]
    for name in expect.parked:
        if name not in names:
            message, near = f"profile {profile.name} has no rule {name!r}", suggest(name, names)
            place = (*path, "expect", "parked", name)
            problems.add(document.problem(place, message, allowed=listed(names), suggestion=near))


def _case(
    document: Document, profile: str, entry: CaseEntry, variation: Variation, paths: tuple[YamlPath, YamlPath]
) -> MappingCase:
    given, more = entry.given, variation.given
    path, below = paths
    places = {
        place: document.position(spot)
        for at, expect in ((path, entry.expect), (below, variation.expect))
        for place, spot in _expectations(expect, at)
    }
    there = {side: _over(getattr(given, side), getattr(more, side)) for side in _SIDES}
    return MappingCase(
        name=entry.name,
        profile=profile,
        place=document.position(below),
        given={side: fields for side, fields in there.items() if fields is not None},
        expect={side: {**getattr(entry.expect, side), **getattr(variation.expect, side)} for side in _SIDES},
        base={side: {**getattr(given.base, side), **getattr(more.base, side)} for side in _SIDES},
        parked={**entry.expect.parked, **variation.expect.parked},
        stranger="stranger" in (given.closed_by, more.closed_by),
        task=more.task or given.task or "",
        team=more.team or given.team or "",
        on=more.on or given.on,
        created=entry.expect.created if variation.expect.created is None else variation.expect.created,
        places=places,
    )


def _over(below: Fields | None, above: Fields | None) -> RawFields | None:
    return None if below is None and above is None else {**(below or {}), **(above or {})}


def _expectations(expect: Expect, path: YamlPath) -> Iterator[tuple[tuple[Side, str], YamlPath]]:
    for side in _SIDES:
        yield from (((side, name), (*path, "expect", side, name)) for name in getattr(expect, side))
    yield from ((("", name), (*path, "expect", "parked", name)) for name in expect.parked)
    if expect.created is not None:
        yield ("", ""), (*path, "expect", "created")

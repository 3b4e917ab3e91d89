"""What only the real instance and workspace can say about the mappings. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.doctor.live_seen import unmapped_values
from watchkeeper.doctor.standing_place import Places
from watchkeeper.errors import AuthFailed, Problem, ProblemKind, Reject
from watchkeeper.mapping.closure import TableClosure
from watchkeeper.mapping.lens import TableLens, TextLens
from watchkeeper.mapping.models import SOC_GROUPS
from watchkeeper.mapping.profile import Lens, Profile
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.nearest import nearest
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.vocabulary import Columns
from watchkeeper.sync.references import choice_lists, known_names
from watchkeeper.sync.systems import Systems

_UNAUTHORISED = 401
_NAMED_UNDER: Mapping[str, frozenset[str]] = {
    "group": frozenset({"group", "constants", "population"}),
    "user": frozenset({"lead", "manager", "members"}),
}


@dataclass(slots=True)
class LiveCheck:
    """`problems` by place; `unchecked`: what could not be looked at, and so is not known to be fine."""

    problems: list[Problem] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def check_live(systems: Systems) -> LiveCheck:
    """Names, fields, choices and the values of the last 30 days. Pass `Systems` over a scratch store. Raises what keeps a whole
    side from answering: an address, a sign-in."""
    for connector in systems.connectors.values():
        connector.identity()
    found, places = LiveCheck(), Places()
    steps: Sequence[tuple[str, Callable[[], Iterable[Problem | str]]]] = (
        ("groups and users", lambda: _names(systems, places)),
        ("fields", lambda: _fields(systems, places)),
        ("choices", lambda: _choices(systems, places)),
        ("values of the last 30 days", lambda: unmapped_values(known_names(systems)[0], places)),
    )
    for what, step in steps:
        try:
            said = list(step())
        except (AuthFailed, Reject) as error:
            if error.attempt.status == _UNAUTHORISED:
                raise
            said = [f"{what}: {error}"]
        found.problems += [each for each in said if isinstance(each, Problem)]
        found.unchecked += [each for each in said if isinstance(each, str)]
    found.problems = sorted(dict.fromkeys(found.problems), key=lambda each: (*each.position, each.path, each.message))
    return found


def _names(systems: Systems, places: Places) -> Iterator[Problem | str]:
    groups, people = _groups(systems), _people(systems)
    for kind, word, names in ((ReferenceKind.GROUP, "group", groups), (ReferenceKind.USER, "user", people)):
        resolved = systems.connectors[SERVICENOW].resolve(kind, sorted(names)) if names else {}
        if not any(each.near or each.outcome is Resolved.ONE for each in resolved.values()):
            yield from (f"{word}s: the instance shows us none of the {len(names)} that are named",) if names else ()
            continue
        for name, near in sorted(names.items()):
            yield from _name(word, name, near, resolved.get(name), places)


def _name(word: str, name: str, near: str, found: Resolution | None, places: Places) -> Iterator[Problem | str]:
    place, path = places.under(name, near, _NAMED_UNDER[word])
    close = found.near if found is not None else ()
    match found.outcome if found is not None else Resolved.NONE:
        case Resolved.ONE:
            return
        case Resolved.UNVERIFIABLE:
            yield f"{place}: {word} {name!r}: {', '.join(close) or 'cannot be looked up'}"
        case Resolved.SEVERAL:
            said = f"{name!r} is the name of several active {word}s of the instance"
            yield Problem(place, path, said, f"one of their sys_ids: {', '.join(close)}", kind=ProblemKind.WORD)
        case Resolved.NONE:
            said, allowed = f"the instance has no active {word} {name!r}", f"an active {word} by name or sys_id"
            yield Problem(place, path, said, allowed, _meant(close), ProblemKind.WORD)


def _meant(near: Sequence[str]) -> str:
    return near[0] if near else ""


def _groups(systems: Systems) -> Mapping[str, str]:
    """Every group that is named, and a place in the file that names it."""
    catalog = systems.catalog
    teams = [team for team in catalog.teams.values() if team.enabled]
    names = {team.group: team.place for team in teams if team.group}
    if catalog.deployment.group and teams:
        names.setdefault(catalog.deployment.group, teams[0].place)
    for profile in systems.profiles.values():
        rules = profile.sides[SERVICENOW]
        named = [value for name, value in rules.constants.items() if name == rules.group_field]
        conditions = (each for filter_ in rules.population for each in filter_.conditions)
        named += [value for each in conditions if each.field == rules.group_field for value in each.values]
        for value in named:
            if isinstance(value, str) and value != SOC_GROUPS:
                names.setdefault(value, profile.place)
    return names


def _people(systems: Systems) -> Mapping[str, str]:
    teams = (team for team in systems.catalog.teams.values() if team.enabled)
    return {name: team.place for team in teams for name in (team.lead, team.manager, *team.members) if name}


def _fields(systems: Systems, places: Places) -> Iterator[Problem | str]:
    for side, connector in sorted(systems.connectors.items()):
        tables = sorted({profile.sides[side].table for profile in systems.profiles.values() if side in profile.sides})
        described = connector.columns(tables)
        yield from dict.fromkeys(
            f"fields of {table}: {each.unread}" for table, each in described.items() if each.unread
        )
        for profile in systems.profiles.values():
            table = profile.sides[side].table
            if table in described and not described[table].unread:
                yield from _fields_of(profile, side, described[table], places)


def _fields_of(profile: Profile, side: Side, columns: Columns, places: Places) -> Iterator[Problem]:
    for name in sorted(_named_fields(profile, side)):
        if name.split(".")[0] in columns.known or name in columns.known:
            continue
        place, path = places.of(name, profile.place, *_parts_about(profile, side))
        near = nearest(name, sorted(columns.known))
        said = f"{profile.sides[side].table} has no field {name!r}"
        yield Problem(place, path, said, "a field of the table or of its parent", _meant(near), ProblemKind.WORD)
    for rule in profile.fields:
        if side in rule.lenses:
            yield from _fit(profile, side, rule.name, rule.lenses[side], columns, places)


def _parts_about(profile: Profile, side: Side) -> Sequence[tuple[str, ...]]:
    """The parts of a profile's file that name fields of a side, in the order of their weight."""
    other = SENTINEL if side == SERVICENOW else SERVICENOW
    mapped = [("fields", rule.name, side) for rule in profile.fields]
    return (*mapped, ("sides", side), ("closure", side), ("closure", other))


def _named_fields(profile: Profile, side: Side) -> frozenset[str]:
    names = {*profile.raw_fields(side), *profile.sides[side].constants}
    if isinstance(profile.closure, TableClosure):
        table = profile.closure.tables[side]
        names |= {*table.written, *table.texts}
    return frozenset(names)


def _fit(profile: Profile, side: Side, name: str, lens: Lens, columns: Columns, places: Places) -> Iterator[Problem]:
    """Whether a field's length and values hold what its lens writes."""
    column = columns.known.get(lens.raw_fields[0])
    if column is None:
        return
    table = f"{profile.sides[side].table}.{lens.raw_fields[0]}"
    match lens:
        case TextLens(limit=limit) if column.max_length is not None and limit > column.max_length:
            place, path = places.of(str(limit), profile.place, ("fields", name, side))
            said = f"{limit} is longer than {table} takes"
            yield Problem(place, path, said, f"at most {column.max_length}", kind=ProblemKind.VALUE)
        case TableLens() if column.values:
            for row in lens.rows:
                if row.raw[0] not in column.values:
                    near = nearest(row.raw[0], column.values)
                    said, allowed = f"{table} takes no {row.raw[0]!r}", ", ".join(column.values)
                    yield Problem(row.place, "", said, allowed, _meant(near), ProblemKind.WORD)
        case _:
            return


def _choices(systems: Systems, places: Places) -> Iterator[Problem | str]:
    lists = choice_lists(known_names(systems)[0])
    if not lists:
        yield "choices: the instance shows us no whole choice list (sys_choice)"
        return
    for profile in systems.profiles.values():
        table = profile.sides[SERVICENOW].table
        for name, value, place in _chosen(profile, places):
            known = lists.get((table, name))
            if known is None or known.value(value) is not None:
                continue
            said, allowed = f"{value!r} is no choice of {table}.{name}", ", ".join(known.labels)
            yield Problem(
                place,
                "",
                said,
                allowed,
                _meant(nearest(value, sorted(known.labels)) or known.near(value)),
                ProblemKind.WORD,
            )


def _chosen(profile: Profile, places: Places) -> Iterator[tuple[str, str, str]]:
    """Every value that a profile writes in, or looks for by, a ServiceNow field, with its place."""
    rules = profile.sides[SERVICENOW]
    for name, value in rules.constants.items():
        if isinstance(value, str):
            yield name, value, places.of(name, profile.place, ("sides", SERVICENOW, "constants"))[0]
    for rule in profile.fields:
        lens = rule.lenses.get(SERVICENOW)
        if not isinstance(lens, TableLens):
            continue
        for row in lens.rows:
            if row.writes:
                yield from ((name, value, row.place) for name, value in zip(lens.raw_fields, row.raw, strict=True))
    if isinstance(profile.closure, TableClosure):
        table = profile.closure.tables[SERVICENOW]
        for held, write in table.rows.items():
            for name, value in write.items():
                if isinstance(value, str) and value:
                    yield name, value, table.places.get(held, table.place)

"""Whether the values that a profile writes in ServiceNow, or looks for there, are choices of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from watchkeeper.doctor.standing_place import Places
from watchkeeper.doctor.unchecked import Finding, Lack, Unchecked
from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.closure import TableClosure
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.lens_default import without_default
from watchkeeper.mapping.lens_views import LookedUp, ViewLens
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.nearest import suggest
from watchkeeper.model.population import Condition, Operator
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.vocabulary import ChoiceList, Columns
from watchkeeper.sync.references import choice_lists
from watchkeeper.sync.systems import Systems


def choices(systems: Systems, described: Mapping[str, Columns], places: Places) -> Iterator[Finding]:
    """`systems` in the words of the files; `described`: ServiceNow's fields, by table, as far as they are known."""
    lists = choice_lists(systems)
    if not lists:
        yield Unchecked("choices: the instance shows us no whole choice list (sys_choice)", Lack.RIGHTS)
        return
    for profile in systems.in_use:
        table = profile.sides[SERVICENOW].table
        for name, value, place in _chosen(profile, places):
            known = lists.get((table, name))
            if known is not None:
                yield from _judged(f"{table}.{name}", value, place, known)
            elif table in described and (column := described[table].known.get(name)) and column.listed:
                why = "has choices, and the instance shows us none of them"
                yield Unchecked(f"choices: {table}.{name} {why}", Lack.KNOWLEDGE)


def _judged(field: str, value: str, place: str, known: ChoiceList) -> Iterator[Problem]:
    if known.value(value) is None:
        near = suggest(value, sorted(known.labels)) or next(iter(known.near(value)), "")
        said, allowed = f"{value!r} is no choice of {field}", ", ".join(known.labels)
        yield Problem(place, "", said, allowed, near, ProblemKind.WORD)


def _chosen(profile: Profile, places: Places) -> Iterator[tuple[str, str, str]]:
    """Every such value with its field and its place."""
    rules = profile.sides[SERVICENOW]
    for name, value in rules.constants.items():
        if isinstance(value, str) and name != rules.group_field:
            yield name, value, places.of(name, profile.place, ("sides", SERVICENOW, "constants"))[0]
    for name, value in _looked_for(profile):
        yield name, value, places.of(value, profile.place, ("sides", SERVICENOW, "population"), ("fields",))[0]
    for reason in profile.hold_reasons if rules.hold_reason_field else ():
        yield rules.hold_reason_field or "", reason, places.of(reason, profile.place, ("hold",))[0]
    for rule in profile.fields:
        lens = without_default(rule.lenses[SERVICENOW]) if SERVICENOW in rule.lenses else None
        for row in lens.rows if isinstance(lens, TableLens) else ():
            if lens is not None and row.writes:
                yield from ((name, value, row.place) for name, value in zip(lens.raw_fields, row.raw, strict=True))
    yield from _closing(profile)


def _looked_for(profile: Profile) -> Iterator[tuple[str, str]]:
    """What the conditions of a profile compare fields with: of its population, of when a field is kept, of lookups."""
    rules = profile.sides[SERVICENOW]
    for condition in (*(each for filter_ in rules.population for each in filter_.conditions), *_of_fields(profile)):
        if condition.operator in {Operator.IN, Operator.NOT_IN} and condition.field != rules.group_field:
            yield from ((condition.field, value) for value in condition.values)


def _of_fields(profile: Profile) -> Iterator[Condition]:
    for rule in profile.fields:
        if SERVICENOW in rule.when:
            yield from rule.when[SERVICENOW].conditions
        lens = without_default(rule.lenses[SERVICENOW]) if SERVICENOW in rule.lenses else None
        if isinstance(lens, ViewLens) and isinstance(lens.reading, LookedUp):
            yield from (row.condition for row in lens.reading.rows)


def _closing(profile: Profile) -> Iterator[tuple[str, str, str]]:
    """What a close writes there. A code by which one from there is read, and which this instance lacks, is simply never met."""
    if not isinstance(profile.closure, TableClosure):
        return
    table = profile.closure.tables[SERVICENOW]
    for held, write in (*table.rows.items(), *((((), table.otherwise),) if table.otherwise else ())):
        for name, value in write.items():
            if isinstance(value, str) and value:
                yield name, value, table.places.get(held, table.place)

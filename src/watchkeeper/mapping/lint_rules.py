"""Whether a field rule's direction and conditions can do what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.base_models import Compared
from watchkeeper.mapping.compile import conditions_of, lenses_of, sides_of
from watchkeeper.mapping.compile_lens import condition_of, raw_fields, seen_fields
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.lint_closure import REASONS
from watchkeeper.mapping.models import FieldRuleFile, ProfileFile
from watchkeeper.mapping.profile import Direction
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.mapping.yaml_reader import Path
from watchkeeper.model.nearest import suggest
from watchkeeper.model.population import Condition, Operator
from watchkeeper.model.record import INCIDENT_TASKS, INCIDENTS, SENTINEL, SERVICENOW, Side
from watchkeeper.model.ticket import SEVERITY_FIELD, STATUS_FIELD

INCIDENT_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "title": (),
    "description": (),
    "severity": ("High", "Medium", "Low", "Informational"),
    "status": ("New", "Active", "Closed"),
    "classification": tuple(REASONS),
    "classificationReason": tuple(reason for reasons in REASONS.values() for reason in reasons if reason),
    "classificationComment": (),
    "labels": (),
    "owner.assignedTo": (),
    "owner.email": (),
    "owner.objectId": (),
    "owner.userPrincipalName": (),
}
"""What an incident has, and all that it says where that is a fixed list (Azure/azure-rest-api-specs, securityinsights 2025-09-01,
Incidents.json)."""


def lint_rules(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """Directions and conditions that contradict what else a rule or its profile says."""
    for name, rule in file.fields.items():
        path: Path = ("fields", name)
        yield from _direction(document, path, rule)
        yield from _left_out(document, path, name, rule, file)
        for side, conditions in conditions_of(rule).items():
            yield from _conditions(document, (*path, "when", side), side, conditions, file)
    yield from _incident_fields(document, file)


def _direction(document: Document, path: Path, rule: FieldRuleFile) -> Iterator[Problem]:
    """A direction must lead to a side that carries the field, and does not own it."""
    if rule.direction is Direction.BOTH:
        return
    place, carriers = (*path, "direction"), lenses_of(rule)
    (target,) = (side for side in (SERVICENOW, SENTINEL) if rule.direction.reaches(side))
    other = SENTINEL if target == SERVICENOW else SERVICENOW
    if target not in carriers or not raw_fields(carriers[target]):
        why = "carries no such field" if target not in carriers else "is only read"
        allowed = f"`{target}` with a kind that is written, or direction: both"
    elif rule.owner.value == target:
        why, allowed = "owns the field", f"both, to-{other}; or owner: {other}, shared"
    else:
        return
    yield document.problem(
        place,
        f"is {rule.direction.value}, and {target} {why}, so nothing is ever written",
        allowed=allowed,
        kind=ProblemKind.UNREACHABLE,
    )


def _left_out(document: Document, path: Path, name: str, rule: FieldRuleFile, file: ProfileFile) -> Iterator[Problem]:
    """What every new record needs cannot be left out of some."""
    if rule.when is not None and name == STATUS_FIELD:
        yield document.problem(
            (*path, "when"), "the status is kept in step on every record", allowed="a population that is narrower"
        )
        return
    for side, rules in sides_of(file).items():
        needed = {"title", STATUS_FIELD} | ({SEVERITY_FIELD} if (side, rules.table) == (SENTINEL, INCIDENTS) else set())
        if not rules.creates or name not in needed:
            continue
        if not rule.direction.reaches(side):
            yield document.problem(
                (*path, "direction"),
                f"a new record in {side} needs the field {name}",
                allowed=f"both, to-{side}, or `creates: false` in sides.{side}",
                kind=ProblemKind.UNMAPPED,
            )
        elif rule.when is not None:
            yield document.problem(
                (*path, "when"),
                f"every new record in {side} needs the field {name}",
                allowed=f"no `when`, or `creates: false` in sides.{side}",
                kind=ProblemKind.UNMAPPED,
            )


def _conditions(
    document: Document, path: Path, side: Side, conditions: Mapping[str, Compared], file: ProfileFile
) -> Iterator[Problem]:
    for name, compared in conditions.items():
        condition = condition_of(name, compared)
        place = (*path, name)
        if any(value.startswith("$") for value in condition.values):
            yield document.problem(
                place,
                f"{listed(value for value in condition.values if value.startswith('$'))!r} stands for nothing here",
                allowed="the groups themselves, by their sys_id",
                kind=ProblemKind.WORD,
            )
        elif side == SENTINEL:
            yield from _said(document, place, condition, sides_of(file)[side].table)
        yield from _never(document, place, condition, sides_of(file)[side].population)
        if side == SENTINEL and sides_of(file)[side].table == INCIDENTS:
            yield from _never_said(document, place, condition)
        yield from _chained(document, place, side, name, file)


def _said(document: Document, place: Path, condition: Condition, table: str) -> Iterator[Problem]:
    """A field that an incident does not have, or a value that it never says."""
    if table == INCIDENT_TASKS:
        return
    if condition.field not in INCIDENT_WORDS:
        yield _no_field(document, place, condition.field)
        return
    known = INCIDENT_WORDS[condition.field]
    exact = condition.operator is not Operator.STARTS_WITH
    for value in condition.values:
        if known and exact and value not in known:
            yield document.problem(
                place,
                f"Sentinel knows no {condition.field} {value!r}",
                allowed=listed(known),
                suggestion=suggest(value, known),
                kind=ProblemKind.WORD,
            )


def _never(
    document: Document, place: Path, condition: Condition, population: tuple[Mapping[str, Compared], ...]
) -> Iterator[Problem]:
    """A condition that no record of the population meets."""
    held = [condition_of(condition.field, entry[condition.field]) for entry in population if condition.field in entry]
    if len(held) == len(population) > 0 and all(_exclude(each, condition) for each in held):
        values = listed(dict.fromkeys(value for each in held for value in each.values))
        yield document.problem(
            place,
            f"never holds: the population is {condition.field} {held[0].operator.value} {values}",
            allowed="a condition that some record of the population meets",
            kind=ProblemKind.UNREACHABLE,
        )


def _never_said(document: Document, place: Path, condition: Condition) -> Iterator[Problem]:
    """A condition that excludes all that an incident ever says, in a field that is never empty."""
    excludes = condition.operator in (Operator.NOT_IN, Operator.HAS_NONE)
    if not excludes or condition.field not in (STATUS_FIELD, SEVERITY_FIELD):
        return
    if not any(condition.holds({condition.field: word}) for word in INCIDENT_WORDS[condition.field]):
        yield document.problem(
            place,
            f"never holds: that is every {condition.field} that Sentinel knows",
            allowed="a condition that some incident meets",
            kind=ProblemKind.UNREACHABLE,
        )


def _chained(document: Document, place: Path, side: Side, raw: str, file: ProfileFile) -> Iterator[Problem]:
    """A condition on a field that a rule with a condition writes: which one is asked first would decide."""
    for name, rule in file.fields.items():
        spec = lenses_of(rule).get(side)
        if rule.when is not None and spec is not None and raw in raw_fields(spec):
            yield document.problem(
                place,
                f"depends on {raw}, which fields.{name} writes under a condition itself",
                allowed="a raw field that no rule with `when` writes",
                kind=ProblemKind.CYCLE,
            )


def _exclude(held: Condition, asked: Condition) -> bool:
    """Whether a record with one value that meets the one condition cannot meet the other. Of a set of labels that is not known."""
    match held.operator, asked.operator:
        case Operator.IN, Operator.IN:
            return not set(held.values) & set(asked.values)
        case Operator.IN, Operator.NOT_IN:
            return set(held.values) <= set(asked.values)
        case Operator.NOT_IN, Operator.IN:
            return set(asked.values) <= set(held.values)
        case Operator.IN, Operator.STARTS_WITH:
            return not any(value.startswith(asked.values) for value in held.values)
        case _:
            return False


def _incident_fields(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """Raw fields that a rule reads and an incident does not have."""
    if sides_of(file)[SENTINEL].table == INCIDENT_TASKS:
        return
    for name, rule in file.fields.items():
        spec = lenses_of(rule).get(SENTINEL)
        if spec is None:
            continue
        path: Path = ("fields", name, SENTINEL, spec.kind)
        for raw in seen_fields(spec):
            if raw not in INCIDENT_WORDS:
                yield _no_field(document, path, raw)
        if spec.lookup is not None and spec.lookup.field in INCIDENT_WORDS:
            for index, row in enumerate(spec.lookup.rows):
                condition = condition_of(spec.lookup.field, row)
                yield from _said(document, (*path, "rows", index), condition, INCIDENTS)


def _no_field(document: Document, place: Path, name: str) -> Problem:
    return document.problem(
        place,
        f"an incident has no {name!r}",
        allowed=listed(INCIDENT_WORDS),
        suggestion=suggest(name, INCIDENT_WORDS),
        kind=ProblemKind.WORD,
    )

"""Whether a label of a choice is a slip for one that ServiceNow's own tables come with. Labels of other languages, and those that an
instance has renamed, only the instance can tell; so it is with other fields and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.base_models import Compared
from watchkeeper.mapping.compile import conditions_of, lenses_of
from watchkeeper.mapping.compile_lens import condition_of
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.known_choices import KNOWN, known_value
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.yaml_reader import Path
from watchkeeper.model.population import Operator
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.ticket import STATUS_FIELD


def lint_choices(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """Every word for a known choice field that is nearly one of its labels."""
    table = file.sides.servicenow.table
    for place, field, word in _words(file):
        if known_value(table, field, word) is not None:
            continue
        choices = KNOWN[table, field]
        near = choices.near(word)
        if near:
            yield document.problem(
                place,
                f"{table} comes with no {field} {word!r}",
                allowed=", ".join(f"{said[0]} ({value})" for value, said in choices.labels.items())
                + ", or the number that your instance has for it",
                suggestion=near[0],
                kind=ProblemKind.WORD,
            )
    yield from _said_twice(document, file)


def _said_twice(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """A state's label and its value as two keys of one mapping: only one of them would count."""
    status = file.fields[STATUS_FIELD].servicenow
    if status is None or status.table is None:
        return
    path: Path = ("fields", STATUS_FIELD, SERVICENOW, "table", "transitions")
    mappings = ((path, status.table.transitions), (("closure", SERVICENOW, "demands"), file.closure.servicenow.demands))
    for place, mapping in mappings:
        seen: dict[str, str] = {}
        for word in mapping or {}:
            value = known_value(file.sides.servicenow.table, status.table.fields[0], word) or word
            if value in seen:
                said = f"{seen[value]!r} and {word!r} are the same"
                yield document.problem((*place, word), said, allowed="each state once", kind=ProblemKind.TWICE)
            seen.setdefault(value, word)


def _words(file: ProfileFile) -> Iterator[tuple[Path, str, str]]:
    """Every word that a profile uses for a ServiceNow field, with its place and the field."""
    rules = file.sides.servicenow
    side: Path = ("sides", SERVICENOW)
    yield from (((*side, "constants", name), name, value) for name, value in rules.constants.items())
    for index, entry in enumerate(rules.population):
        yield from _compared((*side, "population", index), entry)
    for name, rule in file.fields.items():
        yield from _compared(("fields", name, "when", SERVICENOW), conditions_of(rule).get(SERVICENOW, {}))
        spec = lenses_of(rule).get(SERVICENOW)
        path: Path = ("fields", name, SERVICENOW)
        if spec is not None and spec.lookup is not None:
            for index, row in enumerate(spec.lookup.rows):
                yield from _compared((*path, "lookup", "rows"), {spec.lookup.field: row}, last=index)
        if spec is not None and spec.table is not None:
            for index, line in enumerate(spec.table.rows):
                place = (*path, "table", "rows", index, "is")
                yield from ((place, each, word) for each, word in zip(spec.table.fields, line.raw, strict=False))
            for state, targets in (spec.table.transitions or {}).items():
                place = (*path, "table", "transitions", state)
                yield from ((place, spec.table.fields[0], word) for word in (state, *targets))
    status = file.fields[STATUS_FIELD].servicenow
    if status is not None and status.table is not None:
        for state in file.closure.servicenow.demands or {}:
            yield ("closure", SERVICENOW, "demands", state), status.table.fields[0], state
    yield from ((("hold", "reasons"), rules.hold_reason_field or "", reason) for reason in file.hold.reasons)


def _compared(
    path: Path, conditions: Mapping[str, Compared], last: int | None = None
) -> Iterator[tuple[Path, str, str]]:
    for name, compared in conditions.items():
        condition = condition_of(name, compared)
        if condition.operator in {Operator.IN, Operator.NOT_IN}:
            yield from (((*path, name if last is None else last), name, word) for word in condition.values)

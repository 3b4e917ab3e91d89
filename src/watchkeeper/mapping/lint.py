"""Whether a profile file makes sense as a whole: what its models cannot see, as problems with positions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.compile import closings_of, lenses_of, sides_of
from watchkeeper.mapping.compile_lens import raw_fields
from watchkeeper.mapping.documents import Document, dotted
from watchkeeper.mapping.known_choices import in_known_values
from watchkeeper.mapping.lint_audit_result import lint_audit_result
from watchkeeper.mapping.lint_choices import lint_choices
from watchkeeper.mapping.lint_closure import lint_closure, written_on_close
from watchkeeper.mapping.lint_kinds import lint_kinds
from watchkeeper.mapping.lint_loops import lint_loops
from watchkeeper.mapping.lint_reach import lint_reach
from watchkeeper.mapping.lint_rules import lint_rules
from watchkeeper.mapping.lint_table import lint_table, vocabulary
from watchkeeper.mapping.lint_tasks import lint_tasks
from watchkeeper.mapping.lint_text import lint_text
from watchkeeper.mapping.models import SOC_GROUPS, FieldRuleFile, OnCreate, ProfileFile, SideFile
from watchkeeper.mapping.names import names_of
from watchkeeper.mapping.profile import LinkBack, Owner, ProfileKind, ResolverKind
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.mapping.yaml_reader import Path
from watchkeeper.model.nearest import suggest
from watchkeeper.model.record import INCIDENT_TASKS, INCIDENTS, SENTINEL, SERVICENOW, Side
from watchkeeper.model.ticket import SEVERITY_FIELD, STATUS_FIELD


def lint(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """Everything that is wrong with a profile whose shape is right."""
    checks: tuple[Callable[[Document, ProfileFile], Iterator[Problem]], ...] = (
        _fields,
        _owners,
        _raw_fields,
        _sides,
        _populations,
        _tables_and_comments,
        lint_kinds,
        lint_rules,
        lint_loops,
        lint_reach,
        lint_tasks,
        lint_closure,
        lint_audit_result,
    )
    yield from lint_choices(document, file)
    spoken = in_known_values(file)
    for check in checks:
        yield from check(document, spoken)


def _fields(document: Document, file: ProfileFile) -> Iterator[Problem]:
    for name, rule in file.fields.items():
        for side, spec in lenses_of(rule).items():
            path = ("fields", name, side)
            if spec.table is not None:
                yield from lint_table(document, (*path, "table"), name, spec.table)
            elif vocabulary(name) is not None:
                yield document.problem(path, f"{name} needs a value table", allowed="table")
        if rule.on_create is not None:
            yield from _on_create(document, ("fields", name, "on_create"), name, rule.on_create, file)


def _on_create(document: Document, path: Path, field: str, source: OnCreate, file: ProfileFile) -> Iterator[Problem]:
    names, known = names_of(file.kind), vocabulary(field)
    if source.text is not None:
        yield from lint_text(document, (*path, "text"), source.text, names, _limits(file.fields[field]))
    if source.source is not None and source.source not in names:
        yield document.problem(
            (*path, "from"),
            f"uses the unknown name {source.source!r}",
            allowed=listed(names),
            suggestion=suggest(source.source, names),
            kind=ProblemKind.WORD,
        )
    if source.value is not None and known is not None and source.value not in known:
        yield document.problem(
            (*path, "value"),
            f"{source.value!r} is no value of {field}",
            allowed=listed(known),
            suggestion=suggest(source.value, known),
            kind=ProblemKind.WORD,
        )


def _limits(rule: FieldRuleFile) -> Mapping[str, int]:
    texts = {side: spec.text for side, spec in lenses_of(rule).items()}
    return {f"{side} {text.field}": text.room for side, text in texts.items() if text is not None}


def _owners(document: Document, file: ProfileFile) -> Iterator[Problem]:
    for name, rule in file.fields.items():
        yield from _owner(document, ("fields", name), name, rule)


def _owner(document: Document, path: Path, name: str, rule: FieldRuleFile) -> Iterator[Problem]:
    carriers = lenses_of(rule)
    if name == STATUS_FIELD and len(carriers) < 2:
        yield document.problem(path, "status must be carried by both sides", allowed="servicenow and sentinel")
    if rule.owner in (Owner.SERVICENOW, Owner.SENTINEL) and rule.owner.value not in carriers:
        yield document.problem(
            (*path, "owner"),
            f"{rule.owner.value} owns the field and does not carry it",
            allowed="a side that carries it",
            kind=ProblemKind.UNREACHABLE,
        )
    elif "resolver" in rule.model_fields_set and rule.owner is not Owner.SHARED:
        yield document.problem(
            (*path, "resolver"),
            f"is never asked: the field's owner is {rule.owner.value}",
            allowed="no resolver, or owner: shared",
            kind=ProblemKind.UNREACHABLE,
        )
    if rule.resolver is ResolverKind.FURTHEST and name not in (STATUS_FIELD, SEVERITY_FIELD):
        yield document.problem(
            (*path, "resolver"),
            f"`furthest` has no meaning for {name}",
            allowed="prefer-servicenow, prefer-sentinel, union, manual",
        )
    if rule.resolver is ResolverKind.UNION and not all(spec.labels for spec in carriers.values()):
        yield document.problem(
            (*path, "resolver"),
            "`union` needs labels on every side",
            allowed="furthest, prefer-servicenow, prefer-sentinel, manual",
        )
    if not rule.may_lower and name != SEVERITY_FIELD:
        yield document.problem((*path, "may_lower"), f"has no meaning for {name}", allowed="only for severity")


def _raw_fields(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """Two rules that write one raw field would fight. The second one is named; where only the first one stands in the file itself
    and not in what it extends, that one."""
    for side, rules in sides_of(file).items():
        taken: dict[str, Path] = {}
        for raw, path in _writers(side, rules, file):
            first = taken.setdefault(raw, path)
            if first == path:
                continue
            own_is_first = document.stands_here(first) and not document.stands_here(path)
            named, other = (first, path) if own_is_first else (path, first)
            yield document.problem(
                named,
                f"{side} field {raw!r} is already written by {dotted(other)}",
                allowed="one rule for each raw field",
                kind=ProblemKind.TWICE,
            )


def _writers(side: Side, rules: SideFile, file: ProfileFile) -> Iterator[tuple[str, Path]]:
    for name, rule in file.fields.items():
        spec = lenses_of(rule).get(side)
        if spec is not None:
            for raw in raw_fields(spec):
                yield raw, ("fields", name, side)
    for raw in rules.constants:
        yield raw, ("sides", side, "constants", raw)
    for raw in written_on_close(closings_of(file)[side]):
        yield raw, ("closure", side)


def _sides(document: Document, file: ProfileFile) -> Iterator[Problem]:
    for side, rules in sides_of(file).items():
        path: Path = ("sides", side)
        yield from _labels(document, path, side, rules, file)
        yield from _link_back(document, path, rules)
        yield from _group_words(document, path, rules)
        if rules.creates:
            yield from _created(document, path, side, file)


def _labels(document: Document, path: Path, side: Side, rules: SideFile, file: ProfileFile) -> Iterator[Problem]:
    carries = any(spec.labels for rule in file.fields.values() if (spec := lenses_of(rule).get(side)))
    if rules.labels and not carries:
        yield document.problem(
            (*path, "labels"),
            "no field of this profile keeps labels here",
            allowed="a field with `labels` on this side",
            kind=ProblemKind.UNREACHABLE,
        )
    if rules.link_back is LinkBack.LABEL and not carries:
        yield document.problem(
            (*path, "link_back"),
            "no field of this profile keeps labels here",
            allowed="none",
            kind=ProblemKind.UNREACHABLE,
        )


def _link_back(document: Document, path: Path, rules: SideFile) -> Iterator[Problem]:
    if rules.link_back is LinkBack.COMMENT:
        yield document.problem((*path, "link_back"), "no comment is written as a link yet", allowed="label, none")


def _group_words(document: Document, path: Path, rules: SideFile) -> Iterator[Problem]:
    """`$soc_groups` stands for groups, so it belongs in the group's field; no other `$word` stands for anything."""
    spoken = [
        ((*path, "population", index, name), name, value)
        for index, conditions in enumerate(rules.population)
        for name, compared in conditions.items()
        for values in compared.model_dump().values()
        for value in values or ()
    ]
    spoken += [((*path, "constants", name), "", value) for name, value in rules.constants.items()]
    for place, name, value in spoken:
        if value.startswith("$") and (value != SOC_GROUPS or name != rules.group_field):
            yield document.problem(
                place,
                f"{value!r} stands for nothing here",
                allowed=f"{SOC_GROUPS} in a condition on the group_field",
                kind=ProblemKind.WORD,
            )


def _created(document: Document, path: Path, side: Side, file: ProfileFile) -> Iterator[Problem]:
    """What every new record needs: a title and a status, and as an incident a severity."""
    incident = side == SENTINEL and sides_of(file)[side].table != INCIDENT_TASKS
    needed = ["title", STATUS_FIELD, *([SEVERITY_FIELD] if incident else [])]
    for name in needed:
        rule = file.fields.get(name)
        if rule is None or side not in lenses_of(rule):
            yield document.problem(
                (*path, "creates"),
                f"a new record in {side} needs the field {name}",
                allowed=f"a field `{name}` with `{side}`",
                kind=ProblemKind.UNMAPPED,
            )
        elif file.kind is ProfileKind.MAINTENANCE and rule.on_create is None:
            yield document.problem(
                ("fields", name), "a new record needs a value", allowed="on_create", kind=ProblemKind.UNMAPPED
            )


def _populations(document: Document, file: ProfileFile) -> Iterator[Problem]:
    for side, rules in sides_of(file).items():
        path: Path = ("sides", side, "population")
        if file.kind is ProfileKind.MAINTENANCE and rules.population:
            yield document.problem(
                path, "a maintenance profile finds its records by their key", allowed="no population"
            )
        if file.kind is ProfileKind.ESCALATION and not rules.population:
            yield document.problem(
                path, "an escalation profile must say which records belong to it", allowed="at least one entry"
            )
        for index, conditions in enumerate(rules.population):
            if not conditions:
                yield document.problem(
                    (*path, index), "an entry without conditions is the whole table", allowed="at least one condition"
                )


def _tables_and_comments(document: Document, file: ProfileFile) -> Iterator[Problem]:
    tables: Mapping[Side, str] = {side: rules.table for side, rules in sides_of(file).items()}
    known = [INCIDENTS, *([INCIDENT_TASKS] if file.kind is ProfileKind.MAINTENANCE else [])]
    if tables[SENTINEL] not in known:
        yield document.problem(("sides", SENTINEL, "table"), f"is {tables[SENTINEL]!r}", allowed=listed(known))
    if "-" in tables[SERVICENOW]:
        yield document.problem(
            ("sides", SERVICENOW, "table"),
            f"is {tables[SERVICENOW]!r}: ServiceNow's table names have no hyphens",
            allowed="the table's name, not its label",
        )
    if file.kind is ProfileKind.MAINTENANCE and file.comments != "off":
        yield document.problem(("comments",), "maintenance records do not mirror comments", allowed="off")
    if tables[SERVICENOW] != tables[SERVICENOW].lower():
        yield document.problem(
            ("sides", SERVICENOW, "table"),
            f"is {tables[SERVICENOW]!r}: ServiceNow names tables in small letters",
            allowed="the table's name, not its label",
            suggestion=tables[SERVICENOW].lower(),
        )
    if tables[SERVICENOW] == "task":
        yield document.problem(
            ("sides", SERVICENOW, "table"),
            "`task` is the parent of all tables",
            allowed="the table itself, as incident",
        )

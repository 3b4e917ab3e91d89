"""Whether the kinds of translation of a field go together: what one side says the other one can hold, and is asked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.compile import lenses_of
from watchkeeper.mapping.compile_lens import compile_lens, condition_of
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.kind_models import FieldOnSide, Lookup
from watchkeeper.mapping.laws import violations
from watchkeeper.mapping.lens import Lens
from watchkeeper.mapping.lens_default import is_view
from watchkeeper.mapping.lens_text import units
from watchkeeper.mapping.lens_values import FALSE, TRUE
from watchkeeper.mapping.models import FieldRuleFile, ProfileFile
from watchkeeper.mapping.names import Shape, names_of
from watchkeeper.mapping.profile import Owner, ProfileKind
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.mapping.yaml_reader import Path
from watchkeeper.model.nearest import suggest
from watchkeeper.model.population import Condition, Operator
from watchkeeper.model.record import Side
from watchkeeper.model.ticket import Unmapped


class _Sort(StrEnum):
    """What the canonical values of a kind are."""

    TEXT = "text"
    SEVERAL = "several values"
    TRUTH = "true or false"
    DATE = "a date"
    TIME = "a date and time"


_SORTS: Final[Mapping[str, _Sort]] = {
    "table": _Sort.TEXT,
    "text": _Sort.TEXT,
    "reference": _Sort.TEXT,
    "constant": _Sort.TEXT,
    "lookup": _Sort.TEXT,
    "join": _Sort.TEXT,
    "labels": _Sort.SEVERAL,
    "list": _Sort.SEVERAL,
    "boolean": _Sort.TRUTH,
    "date": _Sort.DATE,
    "datetime": _Sort.TIME,
}
_KINDS_OF: Final[Mapping[_Sort, str]] = {
    sort: listed(kind for kind, each in _SORTS.items() if each is sort) for sort in _Sort
}
_SEVERAL: Final = "labels"
"""The one raw field with several values: one that a condition excludes and one that it does not may stand side by side."""
_NO_DEFAULT: Final[Mapping[str, str]] = {
    "table": 'a row for the empty value: `{ is: "", means: …, writes: [] }`',
    "constant": "no default: the field is always the constant",
    "labels": "no default: without labels there are none",
}


def lint_kinds(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """Translations of a field that do not go together, or that are asked for what they cannot do."""
    for name, rule in file.fields.items():
        path: Path = ("fields", name)
        lenses = {side: compile_lens(name, side, spec, "") for side, spec in lenses_of(rule).items()}
        for side, spec in lenses_of(rule).items():
            yield from _lookup(document, (*path, side, "lookup"), spec.lookup)
            yield from _default(document, (*path, side), side, spec, lenses[side])
            yield from _laws(document, (*path, side, spec.kind), lenses[side], spec)
        yield from _sorts(document, path, rule)
        yield from _views(document, path, rule, lenses, file.kind)
        yield from _told(document, path, rule, lenses)
        yield from _begun(document, path, rule, lenses, file.kind)


def _lookup(document: Document, path: Path, lookup: Lookup | None) -> Iterator[Problem]:
    """Rows that are never reached: each of their values is another row's already."""
    conditions = [condition_of(lookup.field, row) for row in lookup.rows] if lookup else []
    for index, asked in enumerate(conditions):
        takers = [
            next((at for at, earlier in enumerate(conditions[:index]) if _takes(earlier, asked, value)), None)
            for value in asked.values
        ]
        if (taker := takers[0]) is not None and None not in takers:
            line, _ = document.spot((*path, "rows", taker))
            yield document.problem(
                (*path, "rows", index),
                f"is never reached: {listed(asked.values)} has a row already, in line {line}",
                allowed="each value once; the first row that holds counts",
                kind=ProblemKind.UNREACHABLE,
            )


def _takes(earlier: Condition, asked: Condition, value: str) -> bool:
    """Whether whatever meets the one condition by this value meets the earlier one, too."""
    match asked.operator, earlier.operator:
        case ((Operator.IN | Operator.HAS_ANY), (Operator.IN | Operator.HAS_ANY)):
            return value in earlier.values
        case Operator.IN, Operator.NOT_IN:
            return value not in earlier.values and asked.field != _SEVERAL
        case ((Operator.IN | Operator.HAS_ANY | Operator.STARTS_WITH), Operator.STARTS_WITH):
            return value.startswith(earlier.values)
        case _:
            return False


def _default(document: Document, path: Path, side: Side, spec: FieldOnSide, lens: Lens) -> Iterator[Problem]:
    if spec.default is None:
        return
    place = (*path, "default")
    if spec.kind in _NO_DEFAULT:
        yield document.problem(place, f"does not go with {spec.kind}", allowed=_NO_DEFAULT[spec.kind])
        return
    yield from _fits_in(document, place, spec.default, side, spec)
    written = lens.create(spec.default)
    if isinstance(written, Unmapped):
        yield document.problem(
            place, f"is {spec.default!r}, which {written.reason}", allowed=_spelt(spec.kind), kind=ProblemKind.VALUE
        )


def _fits_in(document: Document, path: Path, word: str, side: Side, spec: FieldOnSide) -> Iterator[Problem]:
    """A fixed word that is longer than a side's text, which would always be cut: two such words could become one."""
    if spec.text is not None and units(word) > spec.text.room:
        yield document.problem(
            path,
            f"has {units(word)} characters, and {side} {spec.text.field} takes {spec.text.room}",
            allowed="a shorter text, or a larger `max` where the side takes it",
            kind=ProblemKind.LOSSY,
        )


def _spelt(kind: str) -> str:
    return {
        "boolean": f"{TRUE}, {FALSE}",
        "date": "a date as 2026-11-23",
        "datetime": "a date and time as 2026-11-23T08:00:00Z",
    }.get(kind, "")


def _laws(document: Document, path: Path, lens: Lens, spec: FieldOnSide) -> Iterator[Problem]:
    """The laws over all that a kind with few values knows, and its default; tables have a lint of their own."""
    if is_view(lens) or spec.kind == "table":
        return
    values = [*((spec.default,) if spec.default else ()), *((TRUE, FALSE) if spec.boolean else ())]
    spellings = (*spec.boolean.means_true, *spec.boolean.means_false) if spec.boolean else ()
    raws = [{name: raw} for name in lens.raw_fields for raw in ("", *spellings)]
    for violation in list(violations(lens, raws, values))[:1]:
        yield document.problem(
            path,
            f"comes back as another value: {violation.message} ({violation.law})",
            allowed="what is written must be read back",
            kind=ProblemKind.LOSSY,
        )


def _sorts(document: Document, path: Path, rule: FieldRuleFile) -> Iterator[Problem]:
    """One side's values must be of the sort that the other one holds; words may be those of any single value."""
    specs = lenses_of(rule)
    if len(specs) < 2:
        return
    (_, left), (side, right) = specs.items()
    sorts = {_SORTS[left.kind], _SORTS[right.kind]}
    worded = {"table", "lookup", "constant"} & {left.kind, right.kind}
    if len(sorts) == 1 or (worded and _SORTS[left.kind] is not _SORTS[right.kind] and _Sort.TEXT in sorts):
        return
    sort = _SORTS[left.kind]
    yield document.problem(
        (*path, side, right.kind),
        f"holds {_SORTS[right.kind].value}, and the other side ({left.kind}) {sort.value}",
        allowed=_KINDS_OF[sort],
    )


def _views(
    document: Document, path: Path, rule: FieldRuleFile, lenses: Mapping[Side, Lens], kind: ProfileKind
) -> Iterator[Problem]:
    """What is only read can give its value to the other side, and take none."""
    for side, spec in lenses_of(rule).items():
        if not is_view(lenses[side]):
            continue
        other = next((each for each in lenses if each != side), None)
        if other is None or is_view(lenses[other]):
            yield document.problem(
                (*path, side, spec.kind),
                "is only read, and no side is written from it",
                allowed="the other side with a kind that is written",
                kind=ProblemKind.UNREACHABLE,
            )
            return
        once = rule.owner is Owner.CREATE_ONCE and kind is ProfileKind.ESCALATION
        if rule.owner.value != side and not once:
            allowed = f"owner: {side}" + (", create-once" if kind is ProfileKind.ESCALATION else "")
            yield document.problem(
                (*path, "owner"),
                f"is {rule.owner.value}, and {side} is only read ({_only_read(spec)}), so nothing can be written there",
                allowed=allowed,
            )
        elif rule.on_create is not None and once:
            yield document.problem(
                (*path, "on_create"),
                f"takes the place of what is read in {side} ({_only_read(spec)})",
                allowed=f"no on_create, or no {side}",
                kind=ProblemKind.UNREACHABLE,
            )


def _only_read(spec: FieldOnSide) -> str:
    return "steps: strip-html" if spec.text is not None else spec.kind


def _told(document: Document, path: Path, rule: FieldRuleFile, lenses: Mapping[Side, Lens]) -> Iterator[Problem]:
    """Each word that one side says must be one that the other side can hold. Two tables say it themselves, in `cannot_hold`."""
    specs = lenses_of(rule)
    for side, spec in specs.items():
        other = next((each for each in lenses if each != side), None)
        if other is None or is_view(lenses[other]) or (spec.table is not None and specs[other].table is not None):
            continue
        table = specs[other].table
        silent = table.cannot_hold if table is not None else ()
        for place, word in _words(spec):
            yield from _fits_in(document, (*path, side, *place), word, other, specs[other])
            if word not in silent and isinstance(lenses[other].create(word), Unmapped):
                known = tuple(dict.fromkeys(each for _, each in _words(specs[other])))
                yield document.problem(
                    (*path, side, *place),
                    f"{other} cannot hold {word!r}",
                    allowed=listed(known) or _spelt(specs[other].kind),
                    suggestion=suggest(word, known) if known else "",
                    kind=ProblemKind.WORD,
                )


def _words(spec: FieldOnSide) -> Iterator[tuple[Path, str]]:
    """The canonical values that a kind says by name, each with its place."""
    if spec.lookup is not None:
        yield from ((("lookup", "rows", index, "means"), row.means) for index, row in enumerate(spec.lookup.rows))
        yield from ((("lookup", "otherwise"), word) for word in (spec.lookup.otherwise,) if word)
    if spec.table is not None:
        yield from ((("table", "rows", index, "means"), row.means) for index, row in enumerate(spec.table.rows))
    if spec.boolean is not None:
        yield from ((("boolean",), word) for word in (TRUE, FALSE))
    if spec.default is not None:
        yield ("default",), spec.default


def _begun(
    document: Document, path: Path, rule: FieldRuleFile, lenses: Mapping[Side, Lens], kind: ProfileKind
) -> Iterator[Problem]:
    """What a new record is given must be a value of its field's kind."""
    given = rule.on_create
    for side, spec in lenses_of(rule).items():
        if given is not None and given.value is not None:
            yield from _fits_in(document, (*path, "on_create", "value"), given.value, side, spec)
        if given is None or spec.kind not in _BEGINS:
            continue
        if given.value is not None and isinstance(refused := lenses[side].create(given.value), Unmapped):
            yield document.problem(
                (*path, "on_create", "value"),
                f"is {given.value!r}, which {side} cannot hold: {refused.reason}",
                allowed=_spelt(spec.kind),
                kind=ProblemKind.VALUE,
            )
        name = names_of(kind).get(given.source or "")
        if name is not None and not _fits(spec.kind, str(given.source), name.shape):
            yield document.problem(
                (*path, "on_create", "from"),
                f"{given.source} is a {name.shape.value}, and the field holds {_SORTS[spec.kind].value}",
                allowed=_BEGINS[spec.kind],
            )


_BEGINS: Final[Mapping[str, str]] = {
    "boolean": f"value: {TRUE}, value: {FALSE}",
    "date": "occurrence.period, or a text with the filter `date('%Y-%m-%d')`",
    "datetime": "a name that is a time, as occurrence.due",
    "list": "a name that is a text or a list",
}


def _fits(kind: str, name: str, shape: Shape) -> bool:
    match kind:
        case "boolean":
            return False
        case "date":
            return name == "occurrence.period"
        case "datetime":
            return shape is Shape.TIME
        case _:
            return shape is not Shape.TIME

"""Whether a value table says one thing, says all of it, and can be read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.compile_lens import written_by
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.kind_models import Row, Table
from watchkeeper.mapping.laws import table_violations
from watchkeeper.mapping.lens import TableLens, TableRow
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.mapping.yaml_reader import Path
from watchkeeper.model.nearest import suggest
from watchkeeper.model.ticket import SEVERITY_FIELD, STATUS_FIELD, Severity, Status


def vocabulary(field: str) -> tuple[str, ...] | None:
    """The canonical values of a field, None for one that may hold anything."""
    match field:
        case "status":
            return tuple(status.value for status in Status)
        case "severity":
            return tuple(severity.value for severity in Severity)
        case _:
            return None


def lint_table(document: Document, path: Path, field: str, table: Table) -> Iterator[Problem]:
    """Everything that is wrong with the table at `path`."""
    shape = [*_row_shapes(document, path, table), *_words(document, path, field, table)]
    yield from shape
    yield from _transitions(document, path, table)
    writers = list(_writers(document, path, table))
    yield from writers
    if shape or writers:
        return
    yield from _coverage(document, path, field, table)
    yield from _coarsening(document, path, field, table)
    yield from _laws(document, path, table)


def _row_shapes(document: Document, path: Path, table: Table) -> Iterator[Problem]:
    seen: dict[tuple[str, ...], int] = {}
    for index, row in enumerate(table.rows):
        place = (*path, "rows", index, "is")
        if len(row.raw) != len(table.fields):
            wanted = f"{len(table.fields)}: {listed(table.fields)}"
            yield document.problem(place, f"has {len(row.raw)} raw values", allowed=wanted, kind=ProblemKind.VALUE)
        if row.raw in seen:
            line, _ = document.spot((*path, "rows", seen[row.raw]))
            message = f"{listed(row.raw)!r} has a row already, in line {line}"
            yield document.problem(place, message, allowed="each raw value once", kind=ProblemKind.TWICE)
        seen.setdefault(row.raw, index)


def _words(document: Document, path: Path, field: str, table: Table) -> Iterator[Problem]:
    """Canonical values that the field does not have."""
    known = vocabulary(field)
    if known is None:
        return
    for index, row in enumerate(table.rows):
        if row.means not in known:
            yield _unknown(document, (*path, "rows", index, "means"), field, row.means, known)
        for value in row.writes or ():
            if value not in known:
                yield _unknown(document, (*path, "rows", index, "writes"), field, value, known)
    for value in table.cannot_hold:
        if value not in known:
            yield _unknown(document, (*path, "cannot_hold"), field, value, known)


def _unknown(document: Document, place: Path, field: str, value: str, known: Sequence[str]) -> Problem:
    return document.problem(
        place,
        f"{value!r} is no value of {field}",
        allowed=listed(known),
        suggestion=suggest(value, known),
        kind=ProblemKind.WORD,
    )


def _writers(document: Document, path: Path, table: Table) -> Iterator[Problem]:
    """Each canonical value must be written as exactly one row; which one is said, never guessed from the order."""
    writes = written_by(table)
    count = Counter(value for values in writes for value in set(values))
    for value in sorted(value for value, times in count.items() if times > 1):
        rows = [index for index, values in enumerate(writes) if value in values]
        shown = " or ".join(listed(table.rows[index].raw) for index in rows)
        yield document.problem(
            (*path, "rows", rows[1]),
            f"{value!r} could be written as {shown}",
            allowed=f"`writes: [{value}]` on exactly one of these rows",
            kind=ProblemKind.TWICE,
        )
    for value in sorted({row.means for row in table.rows} - count.keys() - set(table.cannot_hold)):
        index = next(index for index, row in enumerate(table.rows) if row.means == value)
        yield document.problem(
            (*path, "rows", index),
            f"{value!r} can be read but not written",
            allowed=f"{value!r} in the `writes` of one row, or in `cannot_hold`",
            kind=ProblemKind.UNREACHABLE,
        )
    for value in sorted(count.keys() & set(table.cannot_hold)):
        yield document.problem(
            (*path, "cannot_hold"), f"{value!r} is written by a row", allowed="one or the other", kind=ProblemKind.TWICE
        )


def _coverage(document: Document, path: Path, field: str, table: Table) -> Iterator[Problem]:
    """Every canonical value has a row that writes it, or is said to have none."""
    known = vocabulary(field) or ()
    covered = {value for values in written_by(table) for value in values} | set(table.cannot_hold)
    missing = [value for value in known if value not in covered]
    if missing:
        yield document.problem(
            path,
            f"says nothing about {listed(missing)}",
            allowed=f"each value of {field} in the `writes` of one row, or in `cannot_hold`",
            kind=ProblemKind.UNMAPPED,
        )


def _coarsening(document: Document, path: Path, field: str, table: Table) -> Iterator[Problem]:
    """Values that share a row cannot be told apart on this side. Some must be: "On Hold" read back as closed ends a ticket
    nobody has finished, and "Informational" turned into "Low" raises an alarm."""
    for index, (row, values) in enumerate(zip(table.rows, written_by(table), strict=True)):
        place = (*path, "rows", index, "writes")
        lost = [value for value in values if value != row.means]
        crossing = [value for value in lost if field == STATUS_FIELD and _is_closed(value) is not _is_closed(row.means)]
        if crossing:
            yield document.problem(
                place,
                f"turns open statuses into closed ones, or back: {listed(_trip(value, row) for value in crossing)}",
                allowed="only open statuses in one row, or only closed ones",
                kind=ProblemKind.LOSSY,
            )
        if field == SEVERITY_FIELD and lost:
            yield document.problem(
                place,
                f"turns severities into others: {listed(_trip(value, row) for value in lost)}",
                allowed="one severity for each row, or those that this side has no word for in `cannot_hold`",
                kind=ProblemKind.LOSSY,
            )


def _is_closed(status: str) -> bool:
    return Status(status).is_closed


def _trip(value: str, row: Row) -> str:
    """A canonical value, what it is written as, and what that is read back as."""
    return f"{value} -> {listed(row.raw)} -> {row.means}"


def _laws(document: Document, path: Path, table: Table) -> Iterator[Problem]:
    """Transitions are left out: a refused write breaks no law, and would hide a breach."""
    writes = written_by(table)
    rows = tuple(TableRow(row.raw, row.means, values) for row, values in zip(table.rows, writes, strict=True))
    told: set[object] = set()
    for violation in table_violations(TableLens(table.fields, rows, "")):
        if violation.value in told:
            continue
        told.add(violation.value)
        index = next((i for i, values in enumerate(writes) if violation.value in values), 0)
        yield document.problem(
            (*path, "rows", index),
            f"comes back as another value: {_trip(str(violation.value), table.rows[index])} ({violation.law})",
            allowed="what is written must be read back as the same value, or as one that shares its row",
            kind=ProblemKind.LOSSY,
        )


def _transitions(document: Document, path: Path, table: Table) -> Iterator[Problem]:
    if table.transitions is None:
        return
    place = (*path, "transitions")
    if len(table.fields) > 1:
        yield document.problem(
            place,
            "only a table over one field can have transitions",
            allowed="no transitions",
            kind=ProblemKind.TRANSITION,
        )
        return
    known = list(dict.fromkeys(row.raw[0] for row in table.rows))
    for value in known:
        if value not in table.transitions:
            yield document.problem(
                place,
                f"says nothing about {value!r}",
                allowed=f"`{value}: []` if it may become nothing",
                kind=ProblemKind.TRANSITION,
            )
    for value, targets in table.transitions.items():
        for unknown in [word for word in (value, *targets) if word not in known]:
            yield document.problem(
                (*place, value),
                f"names {unknown!r}, which is in no row",
                allowed=listed(known),
                suggestion=suggest(unknown, known),
                kind=ProblemKind.TRANSITION,
            )

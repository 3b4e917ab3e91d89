"""Whether a status can get where it should: changes that a table allows, and values that nobody ever meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.compile import lenses_of, sides_of
from watchkeeper.mapping.compile_lens import written_by
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.kind_models import Table
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.mapping.yaml_reader import Path
from watchkeeper.model.ticket import STATUS_FIELD, Status


def lint_reach(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """Everything in a profile that can never happen."""
    for side, spec in lenses_of(file.fields[STATUS_FIELD]).items():
        if spec.table is not None and _is_whole(spec.table):
            path: Path = ("fields", STATUS_FIELD, side, "table", "transitions")
            yield from _dead_ends(document, path, spec.table)
            yield from _never_entered(document, path, spec.table)
    yield from _starting_values(document, file)
    yield from _hold_reasons(document, file)


def _is_whole(table: Table) -> bool:
    """Whether its transitions are about its rows, and its words are statuses: what is not is told elsewhere."""
    known = {row.raw[0] for row in table.rows}
    named = {state for value, targets in (table.transitions or {}).items() for state in (value, *targets)}
    words = {value for row, writes in zip(table.rows, written_by(table), strict=True) for value in (row.means, *writes)}
    return len(table.fields) == 1 and known == set(table.transitions or {}) >= named and words <= set(Status)


def _dead_ends(document: Document, path: Path, table: Table) -> Iterator[Problem]:
    """Open states from which no closed one is reached: a record that gets there stays open for good."""
    transitions = table.transitions or {}
    closed = {row.raw[0] for row in table.rows if Status(row.means).is_closed}
    stuck = [row.raw[0] for row in table.rows if not _reached(row.raw[0], transitions) & closed]
    if not closed or not stuck:
        return
    around = [state for state in stuck if state in _reached(state, transitions, itself=False)]
    shown = listed(stuck)
    yield document.problem(
        (*path, stuck[0]),
        f"{shown} only lead to each other and never to a closed state"
        if around
        else f"{shown} never lead to a closed state",
        allowed=f"a way to {listed(sorted(closed))} from each",
        kind=ProblemKind.CYCLE if around else ProblemKind.TRANSITION,
    )


def _reached(state: str, transitions: Mapping[str, Sequence[str]], *, itself: bool = True) -> set[str]:
    """Every state that one may become, by however many changes."""
    found = {state} if itself else set()
    waiting = list(transitions[state])
    while waiting:
        following = waiting.pop()
        if following not in found:
            found.add(following)
            waiting.extend(transitions[following])
    return found


def _never_entered(document: Document, path: Path, table: Table) -> Iterator[Problem]:
    """States that are written, and that no other state may become."""
    transitions = table.transitions or {}
    for row, writes in zip(table.rows, written_by(table), strict=True):
        state = row.raw[0]
        entered = any(state in targets for before, targets in transitions.items() if before != state)
        if set(writes) - {Status.NEW} and not entered:
            yield document.problem(
                (*path, state),
                f"no state may become {state}, as which {listed(writes)} would be written",
                allowed=f"{state} among what another state may become, or {listed(writes)} in `cannot_hold`",
                kind=ProblemKind.TRANSITION,
            )


def _starting_values(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """A new record cannot begin with a value that its side has no word for."""
    for name, rule in file.fields.items():
        value = rule.on_create.value if rule.on_create else None
        for side, spec in lenses_of(rule).items():
            if value is None or spec.table is None or not sides_of(file)[side].creates:
                continue
            writable = [each for writes in written_by(spec.table) for each in writes]
            if value not in writable:
                yield document.problem(
                    ("fields", name, "on_create", "value"),
                    f"{side} has no row that writes {value!r}, with which a new record there begins",
                    allowed=listed(writable),
                    kind=ProblemKind.UNREACHABLE,
                )


def _hold_reasons(document: Document, file: ProfileFile) -> Iterator[Problem]:
    if file.hold.reasons and not any(rules.hold_reason_field for rules in sides_of(file).values()):
        yield document.problem(
            ("hold", "reasons"),
            "are never asked: no side names its hold_reason_field",
            allowed="hold_reason_field in `sides`, or no reasons",
            kind=ProblemKind.UNREACHABLE,
        )

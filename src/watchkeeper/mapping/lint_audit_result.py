"""Whether the tickets of a profile can carry, and be resolved by, what the escalation audit found."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.compile import can_show, closings_of
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.models import NOWHERE, Closing, ProfileFile
from watchkeeper.mapping.profile import ProfileKind
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.model.nearest import suggest


def lint_audit_result(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """`audit_result` where it can do nothing, or asks for a close that nothing says the codes of."""
    if "audit_result" not in file.model_fields_set:
        return
    if file.kind is not ProfileKind.MAINTENANCE:
        yield document.problem(
            ("audit_result",),
            "an escalation is judged; only the ticket of a duty carries the result",
            allowed="in a profile of the kind maintenance",
            kind=ProblemKind.UNREACHABLE,
        )
        return
    yield from _shown(document, file)
    if file.audit_result.close:
        yield from _close(document, file)


def _shown(document: Document, file: ProfileFile) -> Iterator[Problem]:
    name = file.audit_result.shown_in
    if name == NOWHERE or "shown_in" not in file.audit_result.model_fields_set:
        return
    fitting = [each for each, rule in file.fields.items() if can_show(rule)]
    if name not in fitting:
        yield document.problem(
            ("audit_result", "shown_in"),
            f"{name!r} cannot show it: that takes a text with room in ServiceNow, set on creation and then left to people",
            allowed=listed([*fitting, NOWHERE]),
            suggestion=suggest(name, fitting),
            kind=ProblemKind.WORD,
        )


def _close(document: Document, file: ProfileFile) -> Iterator[Problem]:
    if not file.audit_result.tasks:
        yield document.problem(
            ("audit_result", "close"),
            "no task carries a result",
            allowed="a task in `tasks`, or `close: false`",
            kind=ProblemKind.UNREACHABLE,
        )
    for side, closing in closings_of(file).items():
        if not _has_codes(closing):
            yield document.problem(
                ("closure", side),
                "says nothing of a close that comes from no side, and audit_result.close asks for one",
                allowed="`otherwise`, or a row for empty values",
                kind=ProblemKind.UNMAPPED,
            )


def _has_codes(closing: Closing) -> bool:
    return closing.otherwise is not None or any(not any(row.raw) for row in closing.rows)

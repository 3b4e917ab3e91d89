"""Whether a close can always be written: the fields that each side demands, every code once, and no generic code as a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.compile import closings_of, demanded_by, lenses_of
from watchkeeper.mapping.compile_lens import written_by
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.lint_text import lint_text
from watchkeeper.mapping.models import Closing, ProfileFile
from watchkeeper.mapping.names import CLOSING_NAMES
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.mapping.yaml_reader import Path
from watchkeeper.model.nearest import suggest
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.ticket import STATUS_FIELD, Status

REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "TruePositive": ("SuspiciousActivity",),
    "BenignPositive": ("SuspiciousButExpected",),
    "FalsePositive": ("IncorrectAlertLogic", "InaccurateData"),
    "Undetermined": ("",),
}
"""Which reasons go with which classification (Azure/azure-rest-api-specs, securityinsights 2025-09-01, Incidents.json)."""

VERDICT_WORDS: Final = ("positive",)
"""A ServiceNow close code that says nothing of the kind ("Solution provided") is no verdict on an alert."""


def lint_closure(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """Everything that is wrong with a profile's closure."""
    for side, closing in closings_of(file).items():
        path: Path = ("closure", side)
        yield from _demands(document, path, side, closing, file)
        yield from _demanded(document, path, side, closing, _needed(file, side, closing))
        yield from _rows(document, path, closing)
        yield from _readable(document, path, closing)
        if side == SERVICENOW:
            yield from _met(document, path, closing)
        for name, text in closing.texts.items():
            yield from lint_text(
                document, (*path, "texts", name, "text"), text.text, CLOSING_NAMES, {f"{side} {name}": text.max}
            )
    for path, write in _writes(("closure", SENTINEL), file.closure.sentinel):
        yield from _classification(document, path, write)
    yield from _verdicts(document, file)
    yield from _notes(document, file)


def written_on_close(closing: Closing) -> tuple[str, ...]:
    """Every raw field that a close may write, once."""
    coded = [name for _, write in _writes((), closing) for name in write]
    return tuple(dict.fromkeys([*coded, *closing.texts]))


def _writes(path: Path, closing: Closing) -> Iterator[tuple[Path, Mapping[str, str]]]:
    for index, row in enumerate(closing.rows):
        yield (*path, "rows", index), row.write
    if closing.otherwise is not None:
        yield (*path, "otherwise"), closing.otherwise


def _demanded(
    document: Document, path: Path, side: Side, closing: Closing, needed: tuple[str, ...]
) -> Iterator[Problem]:
    writes = list(_writes(path, closing))
    if not writes:
        yield document.problem(
            path, "says nothing about how to close", allowed="rows, otherwise, or both", kind=ProblemKind.UNMAPPED
        )
    for place, write in writes:
        missing = [name for name in needed if not write.get(name) and name not in closing.texts]
        if missing:
            yield document.problem(
                place,
                f"lacks {listed(missing)}, without which {side} closes nothing",
                allowed=listed(needed),
                kind=ProblemKind.CLOSING,
            )
        for name in write.keys() & closing.texts.keys():
            yield document.problem(
                place, f"{name} is also one of the texts", allowed="one or the other", kind=ProblemKind.TWICE
            )


def _needed(file: ProfileFile, side: Side, closing: Closing) -> tuple[str, ...]:
    """What a close has to carry, whichever of the closing states it leads to."""
    if closing.demands is None:
        return demanded_by(file, side)
    return tuple(dict.fromkeys(name for names in closing.demands.values() for name in names))


def _demands(document: Document, path: Path, side: Side, closing: Closing, file: ProfileFile) -> Iterator[Problem]:
    """A demand is made of a status that the profile writes and that closes; any other would never be asked."""
    if closing.demands is None:
        return
    spec = lenses_of(file.fields[STATUS_FIELD]).get(side)
    table = spec.table if spec is not None else None
    if table is None:
        return
    rows = zip(table.rows, written_by(table), strict=True)
    states = {row.raw[0] for row, writes in rows if any(_closes(value) for value in (row.means, *writes))}
    for state in (each for each in closing.demands if each not in states):
        yield document.problem(
            (*path, "demands", state),
            f"{state!r} is no status that closes a record",
            allowed=listed(sorted(states)),
            suggestion=suggest(state, states),
            kind=ProblemKind.UNREACHABLE,
        )


def _closes(value: str) -> bool:
    return value in set(Status) and Status(value).is_closed


def _rows(document: Document, path: Path, closing: Closing) -> Iterator[Problem]:
    seen: dict[tuple[str, ...], int] = {}
    for index, row in enumerate(closing.rows):
        place = (*path, "rows", index, "is")
        if len(row.raw) != len(closing.reads):
            wanted = (
                f"{len(closing.reads)}: {listed(closing.reads)}" if closing.reads else "no rows, since `reads` is empty"
            )
            yield document.problem(place, f"has {len(row.raw)} values", allowed=wanted, kind=ProblemKind.VALUE)
        if row.raw in seen:
            line, _ = document.spot((*path, "rows", seen[row.raw]))
            message = f"{listed(row.raw)!r} has a row already, in line {line}"
            yield document.problem(place, message, allowed="each combination once", kind=ProblemKind.TWICE)
        seen.setdefault(row.raw, index)


def _readable(document: Document, path: Path, closing: Closing) -> Iterator[Problem]:
    """A table that reads something should say so explicitly; one that reads nothing writes the same for every close."""
    if not closing.reads and closing.otherwise is None:
        yield document.problem(
            path,
            "reads nothing and has no `otherwise`",
            allowed="what to write for every close",
            kind=ProblemKind.UNMAPPED,
        )


def _met(document: Document, path: Path, closing: Closing) -> Iterator[Problem]:
    """A row for what Sentinel never says would never be used."""
    for index, row in enumerate(closing.rows):
        said = dict(zip(closing.reads, row.raw, strict=False))
        held, reason = said.get("classification", ""), said.get("classificationReason", "")
        place = (*path, "rows", index, "is")
        if held and held not in REASONS:
            near = suggest(held, REASONS)
            message = f"Sentinel knows no classification {held!r}"
            yield document.problem(place, message, allowed=listed(REASONS), suggestion=near, kind=ProblemKind.WORD)
        elif reason and reason not in REASONS.get(held, ()):
            allowed = listed(word or "no reason" for word in (*REASONS.get(held, ()), ""))
            message = f"Sentinel never says {reason} of {held or 'no classification'}"
            yield document.problem(place, message, allowed=allowed, kind=ProblemKind.UNREACHABLE)


def _classification(document: Document, path: Path, write: Mapping[str, str]) -> Iterator[Problem]:
    classification, reason = write.get("classification", ""), write.get("classificationReason", "")
    if not classification:
        return
    if classification not in REASONS:
        yield document.problem(
            path,
            f"{classification!r} is no classification",
            allowed=listed(REASONS),
            suggestion=suggest(classification, REASONS),
            kind=ProblemKind.WORD,
        )
    elif reason not in REASONS[classification]:
        allowed = listed(word or "no reason" for word in REASONS[classification])
        yield document.problem(
            path,
            f"{reason or 'no reason'} does not go with {classification}",
            allowed=allowed,
            kind=ProblemKind.CLOSING,
        )


def _verdicts(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """No generic ITSM code may become a verdict on an alert: "Solution provided" does not say that an attack was real."""
    closing = file.closure.sentinel
    for path, write in _writes(("closure", SENTINEL), closing):
        if write.get("classification") not in ("TruePositive", "FalsePositive", "BenignPositive"):
            continue
        codes = closing.rows[path[3]].raw if len(path) > 3 and isinstance(path[3], int) else ()
        if not any(word in code.casefold() for code in codes for word in VERDICT_WORDS):
            shown = listed(codes) or "any other value"
            yield document.problem(
                path,
                f"turns {shown!r} into {write['classification']}, which that code does not say",
                allowed="Undetermined, or a close code that names the verdict (as 'True positive')",
                kind=ProblemKind.CLOSING,
            )


def _notes(document: Document, file: ProfileFile) -> Iterator[Problem]:
    for side, closing in closings_of(file).items():
        if closing.notes and closing.notes in closing.reads:
            message = f"{closing.notes!r} is already read as a code"
            yield document.problem(
                ("closure", side, "notes"), message, allowed="a field with free text", kind=ProblemKind.TWICE
            )

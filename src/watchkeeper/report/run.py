"""A finished run as people read it: what changed, what failed, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from watchkeeper.model.reasons import Code, Part, pieces_of
from watchkeeper.model.run import ActionResult, Outcome, RunReport, SideReport
from watchkeeper.model.troubles import Trouble
from watchkeeper.report.budget import forecast_section, resume_section
from watchkeeper.report.document import Block, Document, Link, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.plan import (
    MARKS,
    NO_NUMBERS,
    conflict_section,
    counted,
    decided_section,
    note_section,
    parked_section,
    plan_document,
    problem_section,
    valve_section,
    valve_step,
)
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import Numbers, moment, yes_no

WRITTEN = (Outcome.DONE, Outcome.ADOPTED)
BLOCKING = (1, 3, 5, 9, 75)
"""Exit codes of a plan that is not the whole one, because something could not be read."""
ORDERED: Mapping[Code, str] = MappingProxyType({Trouble.PAUSED: "resume", Trouble.RETIRED: "retired"})
"""What a person ordered, and which text says how to go on."""
UNDO = "undo"
"""The command that takes a run back."""
NEXT_STEPS = (1, 3, 4, 5, 9, 75)
"""Exit codes that have a text on what to do; a closed valve brings its own."""


def run_document(report: RunReport, lang: str = "en") -> Document:
    """The report of a run that may have written."""
    texts = texts_in(lang)
    problems = [result for result in report.results if result.outcome not in WRITTEN]
    written = [result for result in report.results if result.outcome in WRITTEN]
    sections = (
        valve_section(report.valves, texts),
        _results(problems, "run.problems", texts),
        problem_section(problems_of(report), texts),
        resume_section(report.resume, texts),
        _results(written, "run.results", texts),
        conflict_section(report.plan.conflicts, texts),
        parked_section(report.parked, texts),
        decided_section(report.decided, texts),
        forecast_section(report.forecast, texts),
        note_section(report.notes, texts),
        _sides(report.sides, texts),
        _facts(report, texts),
    )
    return Document(
        title=texts.say("run.title", run=report.run_id),
        sentence=_sentence(report, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=_mark(report),
        next_steps=_next_steps(report, texts),
        next_title=texts.say("next.title"),
    )


def plan_run_document(report: RunReport, lang: str = "en", numbers: Numbers = NO_NUMBERS) -> Document:
    """The report of a run that only planned. A side that could not be read is said before anything else."""
    return plan_document(
        replace(report.plan, parked=report.parked),
        report.decided,
        report.valves,
        lang,
        numbers,
        problems=problems_of(report),
        blocked=report.exit_code in BLOCKING,
        observing=report.mode == "observe",
        undoing=report.command == UNDO,
        forecast=report.forecast,
        resume=report.resume,
        notes=report.notes,
    )


def _mark(report: RunReport) -> Mark:
    if report.exit_code not in (0, 8):
        return Mark.BAD
    return Mark.WARN if report.parked else Mark.GOOD


def _sentence(report: RunReport, texts: Texts) -> str:
    names = {"command": report.command, "run": report.run_id}
    outcomes = Counter(result.outcome for result in report.results)
    if outcomes:
        parts = [texts.count(f"run.{outcome.value}", outcomes[outcome]) for outcome in Outcome if outcomes[outcome]]
        return texts.say("run.sentence", parts=texts.join(parts), **names)
    left_alone = report.parked and report.exit_code in (0, 4, 8)
    if report.plan.actions or (report.exit_code not in (0, 8) and not left_alone):
        planned = counted(report.plan.actions, texts) or texts.count("run.planned", 0)
        return texts.say("run.sentence.stopped", parts=planned, **names)
    if report.parked:
        return texts.say("run.sentence.left", count=f"{len(report.parked):,}", **names)
    return texts.say("undo.nothing") if report.command == UNDO else texts.say("run.sentence.nothing", **names)


def _results(results: Sequence[ActionResult], title: str, texts: Texts) -> Section | None:
    """A row per write; a message that several of them have is said once, above their rows."""
    if not results:
        return None
    headings = tuple(texts.say(f"column.{name}") for name in ("key", "what", "number", "outcome"))
    rows = [_result(result, texts) for result in results]
    often = {note for note, count in Counter(row.note for row in rows).items() if note and count > 1}
    blocks: list[Block] = []
    for note in sorted(often):
        same = tuple(replace(row, note="") for row in rows if row.note == note)
        said = texts.say("run.same", message=note, count=f"{len(same):,}")
        blocks += [Paragraph(said, same[0].mark), Table(headings, same)]
    single = tuple(row for row in rows if row.note not in often)
    if single:
        blocks.append(Table(headings, single, note_heading=texts.say("column.message")))
    return Section(texts.say(title, count=f"{len(results):,}"), tuple(blocks))


def _result(result: ActionResult, texts: Texts) -> Row:
    good = result.outcome in WRITTEN
    return Row(
        (
            result.action.key,
            texts.say(
                "run.action",
                operation=texts.say(f"operation.{result.action.operation.value}"),
                side=texts.side(result.action.ref.side),
            ),
            Link(result.number, result.url),
            texts.say(f"outcome.{result.outcome.value}"),
        ),
        MARKS[result.action.operation] if good and not result.refused else Mark.WARN if good else Mark.BAD,
        _message(result, texts),
    )


def _message(result: ActionResult, texts: Texts) -> str:
    message = ": ".join(part for part in (result.error, reason_text(result.message, texts)) if part)
    refused = texts.say("run.refused", fields=texts.join(result.refused)) if result.refused else ""
    return "; ".join(part for part in (message, refused) if part)


def problems_of(report: RunReport) -> list[str]:
    """What the exit code rests on, each thing once: closed valves and a plan's changes have places of their own."""
    reasons = [reason for reason in report.reasons if not reason.startswith(("7: valve ", "8:"))]
    said = " ".join(report.reasons)
    return [*reasons, *(problem for problem in report.problems if problem not in said)]


def _sides(sides: Sequence[SideReport], texts: Texts) -> Section | None:
    if not sides:
        return None
    names = ("side", "reachable", "complete", "calls", "skew", "message")
    rows = tuple(
        Row(
            (
                texts.side(side.side),
                yes_no(side.reachable, texts),
                yes_no(side.complete, texts),
                f"{side.traffic.total:,}",
                _seconds(side.clock_skew),
                reason_text(side.error, texts),
            ),
            Mark.NONE if side.reachable and side.complete else Mark.WARN,
        )
        for side in sides
    )
    table = Table(tuple(texts.say(f"column.{name}") for name in names), rows, numbers=frozenset({3, 4}))
    return Section(texts.say("run.sides"), (table,))


def _seconds(skew: float | None) -> str:
    """A clock's skew in whole seconds with its sign; none for zero."""
    if skew is None:
        return ""
    return f"{round(skew):+,d}" if round(skew) else "0"


def _facts(report: RunReport, texts: Texts) -> Section:
    seconds = (report.ended_at - report.started_at).total_seconds()
    time = texts.say("run.fact.time.value", start=moment(report.started_at, texts), seconds=f"{seconds:,.1f}")
    facts = [
        ("deployment", report.deployment),
        ("mode", report.mode),
        ("time", time),
        ("sweep", yes_no(report.swept, texts)),
        ("exit", str(report.exit_code)),
    ]
    if report.head is not None:
        facts.append(("head", str(report.head)))
    return Section(
        texts.say("run.facts"), (Pairs(tuple((texts.say(f"run.fact.{name}"), value) for name, value in facts)),)
    )


def _parts(report: RunReport) -> Iterator[Part]:
    """What the reasons for the exit code say."""
    for problem in report.problems:
        yield from (piece for piece in pieces_of(problem) if isinstance(piece, Part))


def _next_steps(report: RunReport, texts: Texts) -> tuple[str, ...]:
    steps = [valve_step(valve, texts, undoing=report.command == UNDO) for valve in report.valves if not valve.opened]
    if report.command == UNDO and any(result.outcome in WRITTEN for result in report.results):
        steps += [texts.say("undo.next.mapping"), texts.say("undo.next.resume")]
    if report.mode == "observe" and report.plan.actions:
        steps.append(texts.say("run.next.observe"))
    ordered = next((ORDERED[part.code] for part in _parts(report) if part.code in ORDERED), "")
    if ordered:
        steps.append(texts.say(f"pause.next.{ordered}"))
    elif report.exit_code in NEXT_STEPS:
        steps.append(texts.say(f"run.next.{report.exit_code}"))
    if report.parked:
        steps.append(texts.say("plan.next.parked"))
    return tuple(steps)

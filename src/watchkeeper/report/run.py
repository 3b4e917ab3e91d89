"""A finished run as people read it: what changed, what failed, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from watchkeeper.model.run import ActionResult, Outcome, RunReport, SideReport
from watchkeeper.report.document import Document, Link, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.plan import (
    MARKS,
    action_line,
    conflict_section,
    counted,
    decided_section,
    parked_section,
    valve_section,
)
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment, yes_no

WRITTEN = (Outcome.DONE, Outcome.ADOPTED)
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
        _reasons(report, texts),
        _results(written, "run.results", texts),
        conflict_section(report.plan.conflicts, texts),
        parked_section(report.parked, texts),
        decided_section(report.decided, texts),
        _sides(report.sides, texts),
        _facts(report, texts),
    )
    return Document(
        title=texts.say("run.title", run=report.run_id),
        sentence=_sentence(report, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=Mark.GOOD if report.exit_code in (0, 8) else Mark.BAD,
        next_steps=_next_steps(report, texts),
        next_title=texts.say("next.title"),
    )


def _sentence(report: RunReport, texts: Texts) -> str:
    names = {"command": report.command, "run": report.run_id}
    outcomes = Counter(result.outcome for result in report.results)
    if outcomes:
        parts = [texts.count(f"run.{outcome.value}", outcomes[outcome]) for outcome in Outcome if outcomes[outcome]]
        return texts.say("run.sentence", parts=texts.join(parts), **names)
    if report.plan.actions or report.exit_code not in (0, 8):
        planned = counted(report.plan.actions, texts) or texts.count("run.planned", 0)
        return texts.say("run.sentence.stopped", parts=planned, **names)
    return texts.say("run.sentence.nothing", **names)


def _results(results: Sequence[ActionResult], title: str, texts: Texts) -> Section | None:
    if not results:
        return None
    headings = tuple(texts.say(f"column.{name}") for name in ("key", "number", "what", "outcome", "message"))
    rows = tuple(_result(result, texts) for result in results)
    return Section(texts.say(title, count=f"{len(results):,}"), (Table(headings, rows),))


def _result(result: ActionResult, texts: Texts) -> Row:
    good = result.outcome in WRITTEN
    return Row(
        (
            result.action.key,
            Link(result.number, result.url),
            action_line(result.action, texts),
            texts.say(f"outcome.{result.outcome.value}"),
            _message(result, texts),
        ),
        MARKS[result.action.operation] if good and not result.refused else Mark.WARN if good else Mark.BAD,
    )


def _message(result: ActionResult, texts: Texts) -> str:
    message = ": ".join(part for part in (result.error, result.message) if part)
    if not result.refused:
        return texts.say("run.message", message=message)
    return texts.say("run.message.refused", message=message, fields=texts.join(result.refused))


def _reasons(report: RunReport, texts: Texts) -> Section | None:
    """Why the exit code is what it is; problems that a reason repeats are said once."""
    reasons = [*report.reasons, *(each for each in report.problems if not any(each in row for row in report.reasons))]
    if not reasons:
        return None
    return Section(texts.say("run.reasons"), tuple(Paragraph(reason, Mark.BAD) for reason in reasons))


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
                f"{sum(side.calls.values()):,}",
                "" if side.clock_skew is None else f"{side.clock_skew:+.0f}",
                side.error,
            ),
            Mark.NONE if side.reachable and side.complete else Mark.WARN,
        )
        for side in sides
    )
    table = Table(tuple(texts.say(f"column.{name}") for name in names), rows, numbers=frozenset({3, 4}))
    return Section(texts.say("run.sides"), (table,))


def _facts(report: RunReport, texts: Texts) -> Section:
    seconds = (report.ended_at - report.started_at).total_seconds()
    time = texts.say("run.fact.time.value", start=moment(report.started_at, texts), seconds=f"{seconds:,.1f}")
    facts = (
        ("deployment", report.deployment),
        ("mode", report.mode),
        ("time", time),
        ("sweep", yes_no(report.swept, texts)),
        ("exit", str(report.exit_code)),
    )
    return Section(
        texts.say("run.facts"), (Pairs(tuple((texts.say(f"run.fact.{name}"), value) for name, value in facts)),)
    )


def _next_steps(report: RunReport, texts: Texts) -> tuple[str, ...]:
    steps = [
        texts.say("plan.next.valve", name=valve.name, digest=valve.digest)
        for valve in report.valves
        if not valve.opened
    ]
    if report.mode == "observe" and report.plan.actions:
        steps.append(texts.say("run.next.observe"))
    if report.exit_code in NEXT_STEPS:
        steps.append(texts.say(f"run.next.{report.exit_code}"))
    if report.parked:
        steps.append(texts.say("plan.next.parked"))
    return tuple(steps)

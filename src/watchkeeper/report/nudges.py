"""What an audit says of reminders, for people and for programs: who was told, or would be, and who was not and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from watchkeeper.model.nudge import Nudge, NudgeItem, NudgeOutcome, NudgeReport, NudgeState
from watchkeeper.report.document import Mark, Paragraph, Row, Section, Table
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts

MOST_NUMBERS = 20
"""Tickets that a row names; JSON names them all."""

MARKS: Mapping[NudgeState, Mark] = MappingProxyType(
    {
        NudgeState.WOULD_SEND: Mark.CHANGE,
        NudgeState.SENT: Mark.GOOD,
        NudgeState.INTENDED: Mark.WARN,
        NudgeState.FAILED: Mark.BAD,
        NudgeState.REFUSED: Mark.BAD,
        NudgeState.UNKNOWN: Mark.WARN,
        NudgeState.OVERTAKEN: Mark.NONE,
    }
)


def nudge_section(report: NudgeReport | None, texts: Texts) -> Section | None:
    """None where nobody asked for reminders."""
    if report is None:
        return None
    title = texts.say(f"nudges.title.{report.mode.value}", count=f"{len(report.outcomes):,}")
    held = _held(report, texts)
    return Section(title, tuple(_blocks(report, texts)), (held,) if held else ())


def _blocks(report: NudgeReport, texts: Texts) -> Iterator[Table | Paragraph]:
    if report.outcomes:
        yield _outcomes(report, texts)
    if report.stopped:
        yield Paragraph(texts.say("nudges.stopped"))
    elif not report.outcomes:
        yield Paragraph(texts.say("nudges.none"))


def _outcomes(report: NudgeReport, texts: Texts) -> Table:
    headings = ("recipient", "channel", "message", "tickets", "outcome")
    rows = tuple(_row(outcome, texts) for outcome in report.outcomes)
    return Table(tuple(texts.say(f"column.{name}") for name in headings), rows, note_heading=texts.say("column.reason"))


def _row(outcome: NudgeOutcome, texts: Texts) -> Row:
    nudge = outcome.nudge
    cells = (
        nudge.recipient,
        nudge.channel,
        texts.say(f"nudges.kind.{nudge.kind.value}"),
        _listed([item.number for item in nudge.items], texts),
        texts.say(f"nudges.state.{outcome.state.value}"),
    )
    return Row(cells, MARKS[outcome.state], reason_text(outcome.detail, texts))


def _held(report: NudgeReport, texts: Texts) -> Section | None:
    if not report.held:
        return None
    rows = tuple(
        Row((each.who, texts.say(f"nudges.held.{each.why.value}"), _listed(each.numbers, texts)))
        for each in report.held
    )
    headings = tuple(texts.say(f"column.{name}") for name in ("recipient", "reason", "tickets"))
    return Section(texts.say("nudges.held"), (Table(headings, rows),))


def _listed(numbers: Sequence[str], texts: Texts) -> str:
    """The first of them, and how many there are beyond: an amnesty may be for thousands of tickets."""
    shown = list(numbers[:MOST_NUMBERS])
    left = len(numbers) - len(shown)
    return texts.say("list.comma").join([*shown, *([texts.count("nudge.more", left)] if left else [])])


def nudges_json(report: NudgeReport | None) -> Mapping[str, Any] | None:
    """As the schema of an audit has it; None where nobody asked for reminders."""
    if report is None:
        return None
    held = [{"why": row.why.value, "who": row.who, "numbers": list(row.numbers)} for row in report.held]
    messages = [_message_json(outcome) for outcome in report.outcomes]
    return {"mode": report.mode.value, "messages": messages, "held": held}


def _message_json(outcome: NudgeOutcome) -> Mapping[str, Any]:
    nudge: Nudge = outcome.nudge
    return {
        "id": nudge.id,
        "kind": nudge.kind.value,
        "channel": nudge.channel,
        "recipient": nudge.recipient,
        "day": nudge.day.isoformat(),
        "language": nudge.language,
        "state": outcome.state.value,
        "detail": outcome.detail,
        "copy": outcome.copy,
        "tickets": [_ticket_json(item) for item in nudge.items],
    }


def _ticket_json(item: NudgeItem) -> Mapping[str, Any]:
    return {
        "key": item.key,
        "number": item.number,
        "team": item.team,
        "severity": item.severity,
        "working_days": item.working_days,
        "role": item.role.value,
    }

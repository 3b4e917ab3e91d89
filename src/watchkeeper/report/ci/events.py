"""Results as a few events, the most severe first: what a CI system shows beside a run's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.gathering import Gathering
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.run import ActionResult, Outcome, RunReport
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.report.plan import counted, valve_line
from watchkeeper.report.reasons import problem_text, reason_text
from watchkeeper.report.run import problems_of
from watchkeeper.report.texts import Texts
from watchkeeper.report.verdict_rows import reason_of


class Level(StrEnum):
    """How much an event asks for, the most first."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to look at: `lines` are the records that it is about, by key or number, never by title."""

    level: Level
    title: str
    lines: tuple[str, ...] = ()


AMBER: Final = frozenset(
    {ExitCode.AUDIT, ExitCode.LATER, ExitCode.INTERRUPTED, ExitCode.TERMINATED, ExitCode.UNREAD, ExitCode.CHANGES}
)
"""Exit codes after which nothing is broken: not now, or a finding that was asked for."""

_OUTCOMES: Final[Mapping[Outcome, Level]] = MappingProxyType(
    {
        Outcome.FAILED: Level.ERROR,
        Outcome.UNKNOWN: Level.ERROR,
        Outcome.CONFLICT: Level.WARNING,
        Outcome.SKIPPED: Level.WARNING,
    }
)
_VERDICTS: Final[Mapping[VerdictKind, Level]] = MappingProxyType(
    {
        VerdictKind.VERY_STALE: Level.ERROR,
        VerdictKind.STALE: Level.ERROR,
        VerdictKind.UNKNOWN: Level.WARNING,
        VerdictKind.DUE: Level.NOTICE,
    }
)


def level_of(code: int) -> Level:
    """How much a command asks for that ended with this exit code."""
    if code == ExitCode.OK:
        return Level.NOTICE
    return Level.WARNING if code in AMBER else Level.ERROR


def events_of_run(report: RunReport, texts: Texts) -> tuple[Event, ...]:
    """A planned or finished run: what stopped it, what failed, what was left alone, and what is still to be written."""
    return tuple(_worst_first(_of_run(report, texts)))


def events_of_audit(report: AuditReport, texts: Texts) -> tuple[Event, ...]:
    """An audit: one event per verdict and team that somebody has to look at, and what could not be read. A verdict that the
    command was not asked to fail on is no error."""
    return tuple(_worst_first(_of_audit(report, texts)))


def events_of_evidence(
    gathered: Sequence[Gathering], raised: Sequence[Occurrence], code: int, texts: Texts
) -> tuple[Event, ...]:
    """A collection: one event for each duty with evidence that could not be read, and the duties that it raised. What is missing
    stops nothing and is no error, unless the fault is ours."""
    return tuple(_of_evidence(gathered, raised, code, texts))


def event_of_error(command: str, error: WatchkeeperError | str, code: int, texts: Texts) -> Event:
    """A command that ended without a result."""
    title = texts.say("ci.ended", command=command or "watchkeeper", code=code)
    return Event(level_of(code), title, tuple(reason_text(str(error), texts).splitlines()))


def _worst_first(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: list(Level).index(event.level))


def _of_run(report: RunReport, texts: Texts) -> Iterator[Event]:
    for valve in report.valves:
        if not valve.opened:
            yield Event(Level.ERROR, texts.say("ci.valve", name=valve.name), (valve_line(valve, texts),))
    problems = problems_of(report)
    if problems:
        title = texts.say("ci.ended", command=report.command, code=report.exit_code)
        lines = tuple(problem_text(problem, texts) for problem in problems)
        yield Event(level_of(report.exit_code or ExitCode.LATER), title, lines)
    for outcome, level in _OUTCOMES.items():
        results = [result for result in report.results if result.outcome is outcome]
        if results:
            title = texts.count(f"run.{outcome.value}", len(results))
            yield Event(level, title, tuple(_result(result, texts) for result in results))
    if report.parked:
        lines = tuple(
            f"{f'{row.key} {row.number}'.strip()} {texts.field(row.field)}: {reason_text(row.reason, texts)}"
            for row in report.parked
        )
        yield Event(Level.WARNING, texts.count("ci.parked", len(report.parked)), lines)
    if report.plan.actions and not report.results:
        keys = tuple(dict.fromkeys(action.key for action in report.plan.actions))
        yield Event(Level.NOTICE, counted(report.plan.actions, texts), keys)


def _result(result: ActionResult, texts: Texts) -> str:
    what = f"{result.action.key} {result.number}".strip()
    why = ": ".join(part for part in (result.error, reason_text(result.message, texts)) if part)
    return f"{what}: {why}" if why else what


def _of_audit(report: AuditReport, texts: Texts) -> Iterator[Event]:
    asked = report.exit_code == ExitCode.AUDIT
    for kind, level in _VERDICTS.items():
        shown = Level.WARNING if level is Level.ERROR and not asked else level
        for (team, group), verdicts in _by_row(report.verdicts, kind).items():
            title = texts.say(
                "ci.verdicts",
                team=texts.say("audit.group", team=team, group=group) if group else team,
                kind=texts.say(f"audit.kind.{kind.value}", count=f"{len(verdicts):,}"),
            )
            yield Event(shown, title, tuple(_verdict(each, texts) for each in verdicts))
    unread = [reason_text(reason, texts) for side in report.sides if not side.readable for reason in side.reasons]
    if unread or report.unreadable:
        records = [f"{each.ref.table}/{each.ref.id}: {reason_text(each.reason, texts)}" for each in report.unreadable]
        yield Event(Level.WARNING, texts.say("ci.unread"), (*unread, *records))
    if report.problems:
        lines = tuple(problem_text(problem, texts) for problem in report.problems)
        yield Event(Level.WARNING, texts.say("ci.ended", command="audit", code=report.exit_code), lines)


def _of_evidence(
    gathered: Sequence[Gathering], raised: Sequence[Occurrence], code: int, texts: Texts
) -> Iterator[Event]:
    level = Level.ERROR if code == ExitCode.INTERNAL else Level.WARNING
    for each in gathered:
        if each.unread:
            lines = tuple(f"{piece.subject}: {reason_text(piece.why, texts)}" for piece in each.unread)
            yield Event(level, texts.say("ci.evidence", task=each.task), lines)
    if raised:
        yield Event(Level.NOTICE, texts.count("ci.raised", len(raised)), tuple(each.key for each in raised))


def _by_row(verdicts: Sequence[Verdict], kind: VerdictKind) -> dict[tuple[str, str], list[Verdict]]:
    rows: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.kind is kind:
            rows.setdefault((verdict.team, verdict.group), []).append(verdict)
    # The longest without a person first, within a team and among teams.
    ordered = {row: sorted(of_row, key=lambda each: (-each.working_days, each.key)) for row, of_row in rows.items()}
    return dict(sorted(ordered.items(), key=lambda each: (-each[1][0].working_days, -len(each[1]), each[0])))


def _verdict(verdict: Verdict, texts: Texts) -> str:
    return f"{', '.join(verdict.numbers) or verdict.key}: {reason_of(verdict, texts)}"

"""The runs of a period: how many, how they ended, what they wrote."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from watchkeeper.model.exit_code import ExitCode, Upshot
from watchkeeper.report.document import Bar, Document, Mark, Pairs, Row, Section, Shares, Table, Tone
from watchkeeper.report.junit import Case, Outcome, Suite
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.period import Period
from watchkeeper.report.reasons import problem_text
from watchkeeper.report.standing import period_facts
from watchkeeper.report.status import FAILED, LEFT, WRITTEN, Run, counted, runs_table, upshot_of_run
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment

_VALVE: Final = re.compile(rf"{int(ExitCode.VALVE)}: valve (?P<name>[\w-]+): ")
_LISTED: Final = ("started", "ended", "command", "run", "exit", "mode_setting", "written", "failed", "left", "reason")


@dataclass(frozen=True, slots=True)
class PastRuns:
    """Runs that began in a period, newest first."""

    deployment: str
    as_of: datetime
    period: Period
    runs: tuple[Run, ...]

    @property
    def fine(self) -> tuple[Run, ...]:
        return self.ended(Upshot.SUCCESS)

    def ended(self, upshot: Upshot | None) -> tuple[Run, ...]:
        """Those that ended so; None: those that never did."""
        return tuple(run for run in self.runs if upshot_of_run(run) is upshot)


def began_in(period: Period, runs: Iterable[Run]) -> tuple[Run, ...]:
    return tuple(run for run in runs if isinstance(at := run.get("started_at"), datetime) and period.has(at))


def runs_document(past: PastRuns, lang: str = "en") -> Document:
    texts = texts_in(lang)
    sections = (_commands(past, texts), _problems(past, texts)) if past.runs else ()
    table = (Section(texts.say("status.runs"), (runs_table(past.runs, texts),)),) if past.runs else ()
    facts = Section(texts.say("period.facts"), (Pairs(period_facts(past.deployment, past.period, texts)),))
    return Document(
        title=texts.say("runs.title"),
        sentence=_sentence(past, texts),
        sections=(*(each for each in sections if each is not None), *table, facts),
        mark=_mark(past),
        listing=_listing(past.runs, texts),
    )


def _mark(past: PastRuns) -> Mark:
    if past.ended(Upshot.FAILURE) or past.ended(None):
        return Mark.BAD
    return Mark.GOOD if past.fine and len(past.fine) == len(past.runs) else Mark.WARN


def _sentence(past: PastRuns, texts: Texts) -> str:
    names = {"first": past.period.first.isoformat(), "last": past.period.last.isoformat()}
    if not past.runs:
        return texts.say("runs.nothing", **names)
    parts = [texts.say("runs.fine", fine=f"{len(past.fine):,}", count=f"{len(past.runs):,}")]
    for upshot, name in ((Upshot.FAILURE, "runs.failed"), (Upshot.LATER, "runs.put-off"), (None, "runs.unended")):
        if count := len(past.ended(upshot)):
            parts.append(texts.count(name, count))
    parts.append(texts.count("runs.written", sum(counted(run, *WRITTEN) for run in past.runs)))
    latest = past.fine[0].get("started_at") if past.fine else None
    parts.append(texts.say("runs.latest", at=moment(latest if isinstance(latest, datetime) else None, texts)))
    return texts.say("standing.sentence", parts=texts.say("standing.between").join(parts))


def _commands(past: PastRuns, texts: Texts) -> Section:
    """How the runs of each command ended."""
    names = sorted({str(run.get("command", "")) for run in past.runs})
    counts = {name: _ends([run for run in past.runs if run.get("command") == name]) for name in names}
    names_of_ends = ("runs.end.fine", "runs.end.failed", "runs.end.put-off", "runs.end.unended")
    ends = tuple(texts.say(name) for name in names_of_ends)
    parts = tuple(zip(ends, (Tone.GOOD, Tone.BAD, Tone.OPEN, Tone.UNKNOWN), strict=True))
    chart = Shares(texts.say("runs.chart"), parts, tuple(Bar(name, its) for name, its in counts.items()))
    rows = tuple(Row((name, *(f"{count:,}" for count in its))) for name, its in counts.items())
    table = Table((texts.say("column.command"), *ends), rows, numbers=frozenset({1, 2, 3, 4}))
    return Section(texts.say("runs.commands"), (chart, table))


def _ends(runs: Sequence[Run]) -> tuple[int, ...]:
    counts = Counter(map(upshot_of_run, runs))
    return tuple(counts[upshot] for upshot in (Upshot.SUCCESS, Upshot.FAILURE, Upshot.LATER, None))


def _problems(past: PastRuns, texts: Texts) -> Section | None:
    """What the runs that did not end well said, the most frequent first."""
    ended = [run for run in past.runs if upshot_of_run(run) is not Upshot.SUCCESS]
    said = Counter(cause for run in ended for cause in _causes(run, texts))
    if not said:
        return None
    broken = {cause for run in past.ended(Upshot.FAILURE) for cause in _causes(run, texts)}
    rows = tuple(
        Row((cause, f"{count:,}"), Mark.BAD if cause in broken else Mark.WARN)
        for cause, count in sorted(said.items(), key=lambda each: (-each[1], each[0]))
    )
    headings = (texts.say("column.reason"), texts.say("column.runs"))
    return Section(texts.say("runs.problems"), (Table(headings, rows, numbers=frozenset({1})),))


def _causes(run: Run, texts: Texts) -> Iterable[str]:
    """Each once."""
    return dict.fromkeys(_cause(reason, texts) for reason in reasons(run))


def _cause(reason: str, texts: Texts) -> str:
    """A reason without what differs from run to run, so that the same is counted together: a closed valve's numbers and digest."""
    valve = _VALVE.match(reason)
    return texts.say("ci.valve", name=valve["name"]) if valve else problem_text(reason, texts)


def reasons(run: Run) -> tuple[str, ...]:
    found = run.get("reasons")
    return tuple(str(each) for each in found) if isinstance(found, list | tuple) else ()


def _listing(runs: Sequence[Run], texts: Texts) -> Table:
    rows = tuple(
        Row(
            (
                _instant(run.get("started_at")),
                _instant(run.get("ended_at")),
                str(run.get("command", "")),
                str(run.get("run_id", "")),
                texts.say("history.unfinished") if run.get("exit_code") is None else str(run.get("exit_code")),
                str(run.get("mode", "")),
                *(str(counted(run, *names)) for names in (WRITTEN, FAILED, LEFT)),
                texts.join([problem_text(reason, texts) for reason in reasons(run)]),
            )
        )
        for run in runs
    )
    return Table(tuple(texts.say(f"column.{name}") for name in _LISTED), rows)


def _instant(at: object) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if isinstance(at, datetime) else ""


def runs_suites(past: PastRuns, lang: str = "en") -> tuple[Suite, ...]:
    """A suite per command, a case per run."""
    texts = texts_in(lang)
    names = sorted({str(run.get("command", "")) for run in past.runs})
    return tuple(
        Suite(name, tuple(_case(run, name, texts) for run in past.runs if run.get("command") == name)) for name in names
    )


def _case(run: Run, command: str, texts: Texts) -> Case:
    code, upshot = run.get("exit_code"), upshot_of_run(run)
    name = f"{_instant(run.get('started_at'))} {run.get('run_id', '')}"
    if upshot is Upshot.SUCCESS:
        return Case(name, command, Outcome.PASSED)
    if upshot is None:
        return Case(name, command, Outcome.ERROR, "unended", texts.say("history.unfinished"))
    said = texts.join([problem_text(reason, texts) for reason in reasons(run)]) or f"{texts.say('column.exit')} {code}"
    return Case(name, command, Outcome.SKIPPED if upshot is Upshot.LATER else Outcome.FAILED, f"exit-{code}", said)


def runs_json(past: PastRuns) -> Json:
    return payload(
        "report run",
        0,
        (),
        deployment=past.deployment,
        as_of=past.as_of,
        first=past.period.first,
        last=past.period.last,
        fine=len(past.fine),
        put_off=len(past.ended(Upshot.LATER)),
        unended=len(past.ended(None)),
        written=sum(counted(run, *WRITTEN) for run in past.runs),
        runs=[dict(run) for run in past.runs],
    )

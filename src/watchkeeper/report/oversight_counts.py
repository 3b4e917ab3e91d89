"""How duties are counted: by task and by team, in a picture and in a table of the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.report.document import Bar, Mark, Row, Section, Shares, Table, Tone
from watchkeeper.report.oversight import Duty, Oversight, counted
from watchkeeper.report.teams import team_called
from watchkeeper.report.texts import Texts

MARKS: Final[Mapping[DutyEnd, Mark]] = {
    DutyEnd.MISSED: Mark.BAD,
    DutyEnd.NOT_OPENED: Mark.BAD,
    DutyEnd.GONE: Mark.BAD,
    DutyEnd.OVERDUE: Mark.BAD,
    DutyEnd.LATE: Mark.WARN,
    DutyEnd.OPEN: Mark.OPEN,
    DutyEnd.IN_TIME: Mark.GOOD,
    DutyEnd.CARRIED: Mark.NONE,
    DutyEnd.SUPERSEDED: Mark.NONE,
    DutyEnd.SKIPPED: Mark.NONE,
}
PARTS: Final[tuple[tuple[str, Tone, tuple[DutyEnd, ...]], ...]] = (
    ("in-time", Tone.GOOD, (DutyEnd.IN_TIME,)),
    ("late", Tone.BAD, (DutyEnd.LATE,)),
    ("open", Tone.OPEN, (DutyEnd.OPEN,)),
    ("overdue", Tone.WORST, (DutyEnd.OVERDUE,)),
    ("missed", Tone.UNKNOWN, (DutyEnd.MISSED, DutyEnd.NOT_OPENED, DutyEnd.GONE)),
    ("stood", Tone.EXEMPT, (DutyEnd.CARRIED, DutyEnd.SUPERSEDED, DutyEnd.SKIPPED)),
)
"""How the ends of duties are counted together, in a picture and in a table."""


def tasks_section(oversight: Oversight, texts: Texts) -> Section | None:
    return _section("task", oversight.by_task, lambda task: task, texts)


def teams_section(oversight: Oversight, texts: Texts) -> Section | None:
    """What all teams owe together has a row of its own, so that the rows add up."""
    return _section("team", oversight.by_team, lambda team: team_called(team, oversight.teams, texts), texts)


def _section(
    by: str, groups: Mapping[str, Sequence[Duty]], called: Callable[[str], str], texts: Texts
) -> Section | None:
    if not groups:
        return None
    counts = {name: counted(duties) for name, duties in groups.items()}
    parts = tuple((texts.say(f"oversight.part.{name}"), tone) for name, tone, _ in PARTS)
    bars = tuple(
        Bar(called(name), tuple(sum(its[end] for end in ends) for _, _, ends in PARTS)) for name, its in counts.items()
    )
    rows = tuple(
        Row(
            (
                called(name),
                f"{len(duties):,}",
                f"{sum(each.opened for each in duties):,}",
                *(f"{sum(counts[name][end] for end in ends):,}" for _, _, ends in PARTS),
                f"{sum(bool(each.gaps) for each in duties):,}",
            ),
            _worst(duties),
        )
        for name, duties in groups.items()
    )
    columns = (by, "due", "opened", *(name for name, _, _ in PARTS), "bare")
    headings = tuple(texts.say(f"oversight.column.{name}") for name in columns)
    table = Table(headings, rows, numbers=frozenset(range(1, len(headings))))
    chart = Shares(texts.say(f"oversight.chart.{by}"), parts, bars)
    return Section(texts.say(f"oversight.by.{by}"), (chart, table), anchor=f"{by}s")


def _worst(duties: Sequence[Duty]) -> Mark:
    marks = {Mark.BAD if each.gaps else MARKS[each.end] for each in duties}
    return next((mark for mark in (Mark.BAD, Mark.WARN, Mark.OPEN, Mark.GOOD) if mark in marks), Mark.NONE)

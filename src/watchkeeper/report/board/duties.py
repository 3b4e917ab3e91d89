"""How the board shows duties: what their tasks and teams are called, how they stand as a sign and in words, and where they lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from watchkeeper.catalog.occurrences import ALL_TEAMS
from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.report.board.nouns import PLANNED, UNDECIDED, Names
from watchkeeper.report.document import Cell, Lead, Link, Mark, Tone
from watchkeeper.report.oversight_counts import MARKS
from watchkeeper.report.texts import Texts

BOARD: Final = "tasks"
"""Where the task board is, from a deployment on."""
SIGNS: Final[Mapping[str, tuple[str, Tone]]] = {
    DutyEnd.IN_TIME: ("✓", Tone.GOOD),
    DutyEnd.LATE: ("✓!", Tone.BAD),
    DutyEnd.OPEN: ("○", Tone.OPEN),
    DutyEnd.OVERDUE: ("○!", Tone.BAD),
    DutyEnd.MISSED: ("✗", Tone.WORST),
    DutyEnd.NOT_OPENED: ("?", Tone.UNKNOWN),
    DutyEnd.GONE: ("?", Tone.UNKNOWN),
    DutyEnd.CARRIED: ("–", Tone.EXEMPT),
    DutyEnd.SUPERSEDED: ("–", Tone.EXEMPT),
    DutyEnd.SKIPPED: ("–", Tone.EXEMPT),
    UNDECIDED: ("?", Tone.UNKNOWN),
    PLANNED: ("·", Tone.EXEMPT),
}
"""Of each standing: the sign says whether its ticket is closed (✓) or open (○) and whether that is late (!), that it has none for good (✗)
or none that is known (?), and that nothing is owed (–) or not yet (·)."""

_BY_CATALOGUE: Final[Mapping[str, Mark]] = {PLANNED: Mark.NONE, UNDECIDED: Mark.WARN}
"""Standings of which the store knows nothing."""


def task_text(task: str, names: Names, texts: Texts) -> str:
    return names.in_language(texts.language, task)


def team_text(team: str, names: Names, texts: Texts) -> str:
    return texts.say("board.all_teams") if team == ALL_TEAMS else names.in_language(texts.language, team)


def row_address(task: str, team: str) -> str:
    """Where the history of a task and team is."""
    return f"{BOARD}/{quote(task, safe='')}/{quote(team, safe='')}"


def task_lead(task: str, team: str, names: Names, texts: Texts) -> Lead:
    return Lead(task_text(task, names, texts), row_address(task, team))


def ticket_cell(number: str, url: str) -> Cell:
    return Link(number, url) if number and url else number


def standing_text(standing: str, texts: Texts) -> str:
    known = standing in _BY_CATALOGUE
    return texts.say(f"board.tasks.{standing}" if known else f"oversight.end.{standing}")


def standing_mark(standing: str) -> Mark:
    return _BY_CATALOGUE[standing] if standing in _BY_CATALOGUE else MARKS[DutyEnd(standing)]

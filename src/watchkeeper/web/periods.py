"""The choice of a period on pages that are a report over one."""

from __future__ import annotations

from typing import Any, Final

from watchkeeper.report.board.of_period import PERIODS, OfPeriod
from watchkeeper.report.board.oversight_choice import OversightOfPeriod
from watchkeeper.report.board.secure_score import WORTHS, ScoresOfPeriod
from watchkeeper.report.teams import team_called
from watchkeeper.report.texts import Texts
from watchkeeper.web.asked import Choice, Parameter, any_of

PERIOD: Final = Parameter(
    "period", "30d, 90d, last-week, last-month, a day, 2026-W47, 2026-11, 2026-Q4, 2026, or FROM..TO; 30d if left out."
)
OF_TASK: Final = Parameter("task", "A task's id: a page lists its duties alone. Programs get all of them.")
OF_TEAM: Final = Parameter(
    "team",
    "A team's id, or `all` for what all owe together: a page lists its duties alone. Programs get those of every team.",
)
OF_PART: Final = Parameter(
    "part",
    "Which of them a page lists: `opened`, `in-time`, `late`, `done` (both), `open`, `overdue`, `missed`, `stood` or `bare` "
    "(closed without evidence). Programs get all of them.",
)
OF_PACK: Final = Parameter(
    "pack", "A pack's id: a page lists its tasks, and their duties alone. Programs get all of them."
)
OF_USE: Final = Parameter(
    "use",
    "Which tasks of packs a page lists: `scheduled`, `as-needed`, `served` (by another task's ticket) or `idle`. Programs get all of them.",
)
OF_CATEGORY: Final = Parameter(
    "category", "A category of Secure Score: a page lists its controls alone. Programs get those of all."
)
OF_WORTH: Final = Parameter(
    "worth",
    "`known` or `unknown`: a page lists the controls that count in categories, or those whose worth nobody knows. Programs get all of them.",
)
OF_OWNER: Final = Parameter("owner", "An owner's id: a page lists its items alone. Programs get those of every owner.")
OF_ITEMS: Final = Parameter(
    "part",
    "Which of an owner's items a page lists: `overdue_items`, `stuck_items`, `soon_items`, `later_items`, `exempt_items` or `done_items`. "
    "Programs get all of them.",
)


def oversight_choices(found: OversightOfPeriod, texts: Texts) -> tuple[Choice, ...]:
    """The period, and of which team the duties are listed."""
    report = found.report
    teams = [(each, team_called(each, report.teams, texts)) for each in report.by_team]
    return (
        *periods(found, texts),
        Choice("team", texts.say("column.team"), any_of(teams, found.team, texts), found.team),
    )


def score_choices(found: ScoresOfPeriod, texts: Texts) -> tuple[Choice, ...]:
    """The period, and which controls are listed."""
    names = [(each.name, texts.value("category", each.name)) for each in found.report.categories]
    worths = [(each, texts.say(f"board.score.{each}")) for each in WORTHS if each]
    return (
        *periods(found, texts),
        Choice("category", texts.say("score.column.category"), any_of(names, found.category, texts), found.category),
        Choice("worth", texts.say("score.column.worth"), any_of(worths, found.worth, texts), found.worth),
    )


def periods(found: OfPeriod[Any], texts: Texts) -> tuple[Choice, ...]:
    """Those that are offered, and the one that was asked for."""
    offered = tuple((each, texts.say(f"board.period.{each}")) for each in PERIODS)
    other = () if found.spelled in PERIODS else ((found.spelled, found.spelled),)
    return (Choice("period", texts.say("board.period"), (*offered, *other), found.spelled),)

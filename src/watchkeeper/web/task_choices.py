"""What can be chosen on the task board."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from watchkeeper.report.board.duties import team_text
from watchkeeper.report.board.tasks import Called, TaskBoard
from watchkeeper.report.texts import Texts
from watchkeeper.web.asked import Choice, Parameter, any_of

TEAM: Final = Parameter("team", "A team's id: only what it owes, alone or with all; `all`: only what all owe together.")
TASK: Final = Parameter("task", "A task's id: only that task.")
PACK: Final = Parameter("pack", "A pack's id: only tasks of that pack.")
AFTER: Final = Parameter("after", "Where to go on: `after` of the answer before.")
COMING: Final = Parameter("coming", "Where to go on with what falls due soon: `coming_after` of the answer before.")


def task_choices(board: TaskBoard, texts: Texts) -> tuple[Choice, ...]:
    teams = tuple((each.id, team_text(each.id, each.name, texts)) for each in board.teams)
    chosen = board.chosen
    return (
        Choice("team", texts.say("column.team"), any_of(teams, chosen.team, texts), chosen.team),
        Choice("task", texts.say("column.task"), any_of(_named(board.tasks, texts), chosen.task, texts), chosen.task),
        Choice("pack", texts.say("column.pack"), any_of(_named(board.packs, texts), chosen.pack, texts), chosen.pack),
    )


def _named(found: Iterable[Called], texts: Texts) -> tuple[tuple[str, str], ...]:
    return tuple((each.id, each.name.in_language(texts.language, each.id)) for each in found)

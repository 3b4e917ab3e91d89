"""Every period of one task and team that was decided, and what was not there when it was closed."""

from __future__ import annotations

from datetime import timedelta

from watchkeeper.model.evidence_rules import REQUIRED
from watchkeeper.report.board.nouns import Names
from watchkeeper.report.board.task_history import PastTurn, TaskHistory
from watchkeeper.report.oversight import Duty, judged
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.reading.ahead import Ahead
from watchkeeper.web.reading.duty import turn_of
from watchkeeper.web.reading.plan import named, plan_of
from watchkeeper.web.reading.reader import Reader


def read_task_history(reader: Reader) -> TaskHistory:
    """Raises NothingHere for a task and team of which neither the catalogue nor the store knows."""
    plan = plan_of(reader)
    pair = task, team = (reader.asked.get("task"), reader.asked.get("team"))
    in_catalogue, known = pair in set(plan.pairs()), plan.tasks.get(task)
    found = reader.duties.past_duties(pair, reader.asked.get("after"), reader.asked.most + 1)
    if not found and not in_catalogue:
        raise NothingHere
    shown = found[: reader.asked.most]
    following = Ahead.of(reader, plan).next_of(pair)
    rules = reader.mappings
    required = rules.evidence.required if rules else REQUIRED
    duties, _ = judged(reader.store, shown, reader.now, reader.now.date() + timedelta(days=1), required)
    return TaskHistory(
        head=reader.head(),
        catalogue_known=plan.catalog is not None,
        in_catalogue=in_catalogue,
        task=task,
        task_name=plan.task_name(task),
        summary=named(known.summary) if known else Names(),
        team=team,
        team_name=plan.team_name(team),
        pack=known.pack if known else "",
        cadence=known.cadence if known else "",
        next=following.turn(reader.now) if following else None,
        turns=tuple(_past(each, reader) for each in duties),
        after=shown[-1].decided.occurrence.period if len(shown) < len(found) else "",
    )


def _past(duty: Duty, reader: Reader) -> PastTurn:
    decided = duty.record.decided
    return PastTurn(
        turn=turn_of(duty.record, reader.now),
        reason=decided.reason,
        cause=decided.occurrence.reason,
        close_reason=duty.record.close_reason,
        lacks=duty.gaps,
    )

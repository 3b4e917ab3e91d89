"""The part of the report for SOC Oversight that is about exercises: when each team had its last one, and what is still to be mended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from watchkeeper.evidence.exercise_day import ExerciseDay, ExerciseTicket
from watchkeeper.evidence.exercises import TeamExercise
from watchkeeper.model.administration import FollowUp
from watchkeeper.report.briefings.brevity import day_of, named, unread
from watchkeeper.report.document import Block, Cell, Link, Mark, Paragraph, Row, Section
from watchkeeper.report.figures import NOTHING
from watchkeeper.report.oversight import Oversight
from watchkeeper.report.oversight_evidence import NOWHERE, Onward, collected_on, listed, uncollected
from watchkeeper.report.teams import TeamNames, team_called
from watchkeeper.report.texts import Texts

TASK: Final = "tabletop-exercise"
_TITLE: Final = 80


def exercises_section(oversight: Oversight, texts: Texts, onward: Onward = NOWHERE) -> Section:
    title, kept = texts.say("oversight.exercises"), oversight.exercises
    if kept is None:
        return Section(title, uncollected(texts), anchor="exercises")
    day = kept.document
    blocks = (Paragraph(_said(day, texts), _mark(day)), *_teams(day, oversight.teams, texts, onward))
    actions = Section(texts.say("exercises.actions"), _actions(day, texts, onward), anchor="actions")
    return Section(title, (*blocks, collected_on(kept, oversight, texts)), (actions,), anchor="exercises")


def _said(day: ExerciseDay, texts: Texts) -> str:
    stale, actions = sum(each.stale for each in day.teams), day.actions
    numbers = {"teams": f"{len(day.teams):,}", "months": day.stale_after}
    known = any(each.stale_on is not None for each in day.teams)  # else nobody knows since when a team has had none
    parts = [
        texts.count("exercises.said.stale", stale, **numbers) if known else texts.say("exercises.said.never", day="")
    ]
    if actions is not None:
        overdue = sum(map(day.is_overdue, actions))
        parts.append(texts.count("exercises.said.actions", len(actions), overdue=f"{overdue:,}"))
    return texts.say("oversight.exercises.said", parts=texts.join(parts))


def _mark(day: ExerciseDay) -> Mark:
    if any(each.stale for each in day.teams) or any(map(day.is_overdue, day.actions or ())):
        return Mark.BAD
    unknown = day.actions is None or any(each.last is None for each in day.teams)
    return Mark.WARN if unknown or day.actions else Mark.GOOD


def _teams(day: ExerciseDay, names: TeamNames, texts: Texts, onward: Onward) -> tuple[Block, ...]:
    columns = ("team", "last_exercise", "ticket", "key", "stale_on", "end")
    every = replace(onward, most=len(day.teams))  # they are few
    return listed(columns, day.teams, lambda each: _team(each, day, names, texts, onward), texts, every)


def _team(team: TeamExercise, day: ExerciseDay, names: TeamNames, texts: Texts, onward: Onward) -> Row:
    ticket = day.last_of(team)
    cells = (
        onward.board(team_called(team.team, names, texts), task=TASK, team=team.team),
        day_of(team.last),
        _ticket(ticket),
        onward.key(ticket.key) if ticket else NOTHING,
        day_of(team.stale_on),
        texts.say(f"exercises.state.{_standing(team)}"),
    )
    return Row(cells, Mark.BAD if team.stale else Mark.WARN if team.last is None else Mark.GOOD)


def _standing(team: TeamExercise) -> str:
    return "stale" if team.stale else "none" if team.last is None else "fine"


def _ticket(ticket: ExerciseTicket | None) -> Cell:
    if ticket is None:
        return NOTHING
    return Link(ticket.number, ticket.url) if ticket.number and ticket.url else ticket.number


def _actions(day: ExerciseDay, texts: Texts, onward: Onward) -> tuple[Block, ...]:
    if day.actions is None:
        return unread(texts)
    if not day.actions:
        return (Paragraph(texts.say("exercises.actions.none"), Mark.GOOD),)
    columns = ("ticket", "action", "exercise", "due_at", "state")
    return listed(columns, day.actions, lambda each: _action(each, day, onward), texts, onward)


def _action(action: FollowUp, day: ExerciseDay, onward: Onward) -> Row:
    parent = day.parent_of(action)
    cells = (
        Link(named(action.number, 12), action.url),
        named(action.title, _TITLE),
        onward.key(parent.key) if parent else NOTHING,
        day_of(None if action.due_at is None else action.due_at.date()),
        named(action.state, 16),
    )
    return Row(cells, Mark.BAD if day.is_overdue(action) else Mark.OPEN)


def exercises_json(oversight: Oversight) -> dict[str, Any] | None:
    """None where nothing was collected yet."""
    kept = oversight.exercises
    if kept is None:
        return None
    day = kept.document
    return {
        "collected_at": kept.taken_at,
        "stale_after_months": day.stale_after,
        "teams": [_team_json(each, day, oversight.teams) for each in day.teams],
        "open_actions": None if day.actions is None else [_action_json(each, day) for each in day.actions],
    }


def _team_json(team: TeamExercise, day: ExerciseDay, names: TeamNames) -> dict[str, Any]:
    ticket = day.last_of(team)
    return {
        "team": team.team,
        "name": dict(names.get(team.team, {})),
        "last": team.last,
        "stale_on": team.stale_on,
        "stale": team.stale,
        "key": ticket.key if ticket else "",
        "ticket": ticket.number if ticket else "",
        "url": ticket.url if ticket else "",
    }


def _action_json(action: FollowUp, day: ExerciseDay) -> dict[str, Any]:
    parent = day.parent_of(action)
    return {
        "ticket": action.number,
        "title": action.title,
        "state": action.state,
        "due": action.due_at,
        "overdue": day.is_overdue(action),
        "url": action.url,
        "exercise": parent.key if parent else "",
    }

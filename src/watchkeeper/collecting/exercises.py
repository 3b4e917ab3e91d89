"""Tabletop exercises: the teams' last ones by their tickets, playbooks that changed since, and actions that are still open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Final

from watchkeeper.catalog.model import Task
from watchkeeper.catalog.occurrences import ALL_TEAMS, duties, key_of
from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.evidence.exercise_day import ExerciseTicket, exercise_day
from watchkeeper.evidence.exercises import exercises
from watchkeeper.evidence.kept import EXERCISES
from watchkeeper.model.link import Link
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report.briefings.exercises import exercises_document
from watchkeeper.sync.completed import completed_at

TASK: Final = "tabletop-exercise"


def collect_exercises(desk: Desk) -> Brought:
    """The tickets of exercises are those of our own duty, as the state store remembers them."""
    task = desk.catalog.tasks[TASK]
    links = _links(desk, task)
    held = tuple(_held(desk, task, key, link) for key, link in links.items())
    tickets = [each.id for each in held]
    asked = desk.sources.administration
    found = exercises(
        task.teams,
        ((team, each.done) for each in held if each.done is not None for team in each.teams),
        desk.ask("sentinel/playbooks", desk.sources.workspace, lambda source: source.playbooks()),
        desk.ask("servicenow/follow-ups", asked, lambda source: source.follow_ups(tickets)) if tickets else (),
        now=desk.now,
        stale_after=desk.rules.exercise_months,
        begin=desk.catalog.deployment.go_live,
    )
    desk.keep(Snapshot(EXERCISES, desk.today, desk.now, exercise_day(found, held)))
    return Brought(partial(exercises_document, found), finding=found)


def _links(desk: Desk, task: Task) -> Mapping[str, Link]:
    """The ServiceNow tickets of every exercise that is remembered, by key."""
    stems = [key_of(task.id, duty.team, "") for duty in duties(desk.catalog, task)]
    keys = [key for stem in stems for key in desk.memory.duty_keys(stem, date.min)]
    found = desk.memory.links(keys) if keys else {}
    return {key: sides[SERVICENOW] for key, sides in found.items() if SERVICENOW in sides}


def _held(desk: Desk, task: Task, key: str, link: Link) -> ExerciseTicket:
    """An exercise; one that all teams share counts for each of them."""
    team = key.partition("/")[2].partition("@")[0]
    teams = task.teams if team == ALL_TEAMS else (team,)
    done = completed_at(desk.memory, desk.profiles, key, link)
    return ExerciseTicket(link.ref.id, key, link.number, link.url, teams, done)

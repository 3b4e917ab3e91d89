"""Tabletop exercises: the teams' last ones by their tickets, playbooks that changed since, and actions that are still open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import partial
from typing import Final

from watchkeeper.catalog.model import Task
from watchkeeper.catalog.occurrences import ALL_TEAMS, duties, key_of
from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.evidence.exercises import exercises
from watchkeeper.model.link import Link
from watchkeeper.model.record import SERVICENOW
from watchkeeper.report.briefings.exercises import exercises_document
from watchkeeper.sync.completed import completed_at

TASK: Final = "tabletop-exercise"


def collect_exercises(desk: Desk) -> Brought:
    """The tickets of exercises are those of our own duty, as the state store remembers them."""
    task = desk.catalog.tasks[TASK]
    links = _links(desk, task)
    tickets = [link.ref.id for link in links.values()]
    asked = desk.sources.administration
    found = exercises(
        task.teams,
        _completed(desk, links),
        desk.ask("sentinel/playbooks", desk.sources.workspace, lambda source: source.playbooks()),
        desk.ask("servicenow/follow-ups", asked, lambda source: source.follow_ups(tickets)) if tickets else (),
        now=desk.now,
        stale_after=desk.rules.exercise_months,
        begin=desk.catalog.deployment.go_live,
    )
    return Brought(partial(exercises_document, found), finding=found)


def _links(desk: Desk, task: Task) -> Mapping[str, Link]:
    """The ServiceNow tickets of every exercise that is remembered, by key."""
    stems = [key_of(task.id, duty.team, "") for duty in duties(desk.catalog, task)]
    keys = [key for stem in stems for key in desk.memory.duty_keys(stem, date.min)]
    found = desk.memory.links(keys) if keys else {}
    return {key: sides[SERVICENOW] for key, sides in found.items() if SERVICENOW in sides}


def _completed(desk: Desk, links: Mapping[str, Link]) -> Iterator[tuple[str, datetime]]:
    """Each team and when an exercise of its was done; one that all share counts for each of them."""
    for key, link in links.items():
        done = completed_at(desk.memory, desk.profiles, key, link)
        if done is not None:
            team = key.partition("/")[2].partition("@")[0]
            for each in desk.catalog.tasks[TASK].teams if team == ALL_TEAMS else (team,):
                yield each, done

"""What the ticket of a tabletop exercise is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from watchkeeper.evidence.exercises import ChangedPlaybook, Exercises, Scenario, TeamExercise
from watchkeeper.model.administration import FollowUp
from watchkeeper.report.briefings.brevity import (
    data_as_of,
    day_of,
    headings,
    items_of,
    named,
    rows_of,
    unread,
)
from watchkeeper.report.document import Block, Bullets, Document, Link, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import yes_no

STEPS: Final = 4
"""Lines of a scenario's checklist."""
COMMON_STEPS: Final = 3


def exercises_document(found: Exercises, language: str = "en") -> Document:
    """How long ago each team had its last exercise, what has changed since, and what to play."""
    texts = texts_in(language)
    return Document(
        title=texts.say("exercises.title"),
        sentence=texts.say("exercises.sentence", parts=texts.join(tuple(_said(found, texts)))),
        sections=(
            Section(texts.say("exercises.teams"), _teams(found, texts)),
            Section(texts.say("exercises.playbooks"), _playbooks(found, texts)),
            Section(texts.say("exercises.actions"), _actions(found, texts)),
            *(_scenario(each, texts) for each in found.scenarios),
            Section(texts.say("exercises.common"), (_steps("exercises.step", COMMON_STEPS, texts),)),
            data_as_of(found.as_of, texts),
        ),
        mark=_mark(found),
        listing=_listing(found, texts),
    )


def _mark(found: Exercises) -> Mark:
    if found.stale or found.overdue:
        return Mark.BAD
    partly = None in (found.playbooks, found.actions) or any(each.last is None for each in found.teams)
    return Mark.WARN if partly or found.playbooks or found.actions else Mark.GOOD


def _said(found: Exercises, texts: Texts) -> Iterator[str]:
    yield texts.say("exercises.said.last" if found.last else "exercises.said.never", day=day_of(found.last))
    numbers = {"teams": f"{len(found.teams):,}", "months": found.stale_after}
    if any(each.stale_on is not None for each in found.teams):  # else nobody knows since when a team has had none
        yield texts.count("exercises.said.stale", len(found.stale), **numbers)
    if found.playbooks is not None:
        yield texts.count("exercises.said.playbooks", len(found.playbooks))
    if found.actions is not None:
        yield texts.count("exercises.said.actions", len(found.actions), overdue=f"{len(found.overdue):,}")
    if None in (found.playbooks, found.actions):
        yield texts.say("briefing.said.unread")


def _teams(found: Exercises, texts: Texts) -> tuple[Block, ...]:
    shown = headings(("team", "last_exercise", "months", "stale_on"), texts)
    teams = sorted(found.teams, key=lambda each: (not each.stale, each.team))
    return rows_of(shown, teams, _team, texts, 2)


def _team(team: TeamExercise) -> Row:
    months = "–" if team.months is None else f"{team.months:,}"
    mark = Mark.BAD if team.stale else Mark.WARN if team.last is None else Mark.GOOD
    return Row((named(team.team), day_of(team.last), months, day_of(team.stale_on)), mark)


def _playbooks(found: Exercises, texts: Texts) -> tuple[Block, ...]:
    if found.playbooks is None:
        return unread(texts)
    if not found.playbooks:
        return (Paragraph(texts.say("exercises.playbooks.none"), Mark.GOOD),)
    return items_of(found.playbooks, lambda each: _playbook(each, texts), texts)


def _playbook(playbook: ChangedPlaybook, texts: Texts) -> Paragraph:
    key = "exercises.playbook" if playbook.enabled else "exercises.playbook.off"
    return Paragraph(texts.say(key, day=day_of(playbook.changed), name=named(playbook.name)), Mark.CHANGE)


def _actions(found: Exercises, texts: Texts) -> tuple[Block, ...]:
    if found.actions is None:
        return unread(texts)
    if not found.actions:
        return (Paragraph(texts.say("exercises.actions.none"), Mark.GOOD),)
    shown = headings(("number", "action", "due", "state"), texts)
    overdue = {each.id for each in found.overdue}
    return rows_of(shown, found.actions, lambda each: _action(each, is_overdue=each.id in overdue), texts)


def _action(action: FollowUp, *, is_overdue: bool) -> Row:
    number = Link(named(action.number, 12), action.url)
    due = day_of(None if action.due_at is None else action.due_at.date())
    return Row((number, named(action.title), due, named(action.state, 16)), Mark.BAD if is_overdue else Mark.OPEN)


def _scenario(scenario: Scenario, texts: Texts) -> Section:
    name = texts.say("exercises.scenario", name=texts.say(f"scenario.{scenario.value}"))
    return Section(name, (_steps(f"scenario.{scenario.value}", STEPS, texts),))


def _steps(family: str, count: int, texts: Texts) -> Bullets:
    lines = (texts.say(f"{family}.{number}") for number in range(1, count + 1))
    return Bullets(tuple(Paragraph(texts.say("exercises.tick", line=line)) for line in lines))


_COLUMNS: Final = ("kind", "name", "title", "day", "months", "stale_on", "state", "enabled", "url")


def _listing(found: Exercises, texts: Texts) -> Table:
    rows = (
        *(_team_line(each, texts) for each in found.teams),
        *(_playbook_line(each, texts) for each in found.playbooks or ()),
        *(_action_line(each, texts) for each in found.actions or ()),
    )
    return Table(headings(_COLUMNS, texts), rows, frozenset({4}))


def _team_line(team: TeamExercise, texts: Texts) -> Row:
    months = "" if team.months is None else str(team.months)
    state = texts.say("exercises.state.stale" if team.stale else "exercises.state.fine")
    dates = (day_of(team.last), months, day_of(team.stale_on))
    return Row((texts.say("exercises.line.team"), team.team, "", *dates, state, "", ""))


def _playbook_line(playbook: ChangedPlaybook, texts: Texts) -> Row:
    start = (texts.say("exercises.line.playbook"), playbook.name, "", day_of(playbook.changed))
    return Row((*start, "", "", "", yes_no(playbook.enabled, texts), ""))


def _action_line(action: FollowUp, texts: Texts) -> Row:
    due = day_of(None if action.due_at is None else action.due_at.date())
    start = (texts.say("exercises.line.action"), action.number, action.title, due)
    return Row((*start, "", "", action.state, "", action.url))

"""Which tickets get a work note that they wait for an update. Pure.

A work note stays for ever, and an instance may mail each one to everybody who watches the ticket. So a ticket gets one in each of its
stale episodes, however many days and runs these last, and a run writes few.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from watchkeeper.catalog.model import Team
from watchkeeper.model.nudge import Held, NotePlace, Nudge, NudgeItem, NudgeKind
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper.model.verdict import Verdict

AT_ONCE = 25
"""Work notes of one run, the most urgent first. The others are left to later runs."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A work note that is due, by the clock of the ticket's team."""

    nudge: Nudge
    home: Team


@dataclass(frozen=True, slots=True)
class NotePlan:
    """`held`: why, whose ticket and its number. `waiting`: ids of notes that are due and held back."""

    nudges: tuple[Nudge, ...]
    held: tuple[tuple[Held, str, str], ...]
    waiting: frozenset[str]


def notes_due(
    verdict: Verdict, item: NudgeItem, team: Team, channel: str, deployment: str, silent_since: datetime, now: datetime
) -> Iterator[Noted]:
    """One note, or none about a ticket that ServiceNow does not hold."""
    for ref, number in _tickets(verdict):
        known = verdict.last_human_update
        episode = known.astimezone(UTC).isoformat() if known else ""
        where = NotePlace(verdict.key, ref, episode, known or silent_since)
        day = now.astimezone(team.zone).date()
        yield Noted(Nudge(NudgeKind.OVERDUE, channel, number, day, team.language, (item,), deployment, where), team)


def plan_notes(
    due: Iterable[Noted],
    written: Collection[str],
    wrong_time: Callable[[Team], Held | None],
    *,
    may_write: bool,
) -> NotePlan:
    """`due` comes with the most urgent first; `written` are the ids of notes whose episode has its note already."""
    nudges: list[Nudge] = []
    held: list[tuple[Held, str, str]] = []
    waiting = set()
    for each in due:
        if each.nudge.id in written:
            continue
        against = wrong_time(each.home) if may_write else Held.MODE
        if against is None and len(nudges) == AT_ONCE:
            against = Held.CAP
        if against is None:
            nudges.append(each.nudge)
        else:
            waiting.add(each.nudge.id)
            held.append((against, each.home.id, each.nudge.recipient))
    return NotePlan(tuple(nudges), tuple(held), frozenset(waiting))


def _tickets(verdict: Verdict) -> Iterator[tuple[RecordRef, str]]:
    """The record in ServiceNow and its number; the first where a verdict is about several."""
    found = [
        (ref, number or verdict.key)
        for ref, number in zip(verdict.refs, verdict.numbers, strict=False)
        if ref.side == SERVICENOW
    ]
    yield from found[:1]

"""Random histories of escalations: people, machines and rules work on tickets for two weeks, and both systems remember it all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from tests.unit.escalation.soc import Soc
from tests.unit.escalation.world import (
    DEFENDER,
    KEIKO,
    KEIKO_UPN,
    OUR_APP,
    OUR_BOT,
    STRANGER,
    SYSTEM,
    a_change,
    a_comment,
    a_ticket,
    an_incident,
)

from watchkeeper.model.activity import Activity, Actor
from watchkeeper.model.record import SERVICENOW, Record, RecordRef

BEGIN = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
LENGTH = 14 * 24 * 60
"""Minutes: two weeks, with a Japanese holiday on the third Monday."""

MOVING = {
    "assignment_group": ("SOC Monitoring", "CSIRT", "SOC Engineering", "Network", ""),
    "category": ("security", "network"),
}
"""What decides whose ticket it is, and whether it is an escalation."""
OTHER = {"state": ("1", "2", "3", "6", "7"), "urgency": ("1", "2", "3"), "hold_reason": ("", "4")}
INCIDENT = {"status": ("New", "Active", "Closed"), "severity": ("High", "Low")}


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody does to a ticket: a note, or a field's new value. `at`: minutes after the beginning."""

    at: int
    ticket: int
    author: Actor
    name: str = ""
    value: str = ""


@dataclass
class Work:
    """Tickets as they are at an instant, and all that has happened to them by then."""

    records: list[Record]
    deeds: list[Activity] = field(default_factory=list)

    def do(self, event: Event) -> None:
        record = self.records[event.ticket % len(self.records)]
        when = BEGIN + timedelta(minutes=event.at)
        if record.ref.side != event.author.side or when <= record.created_at:
            return
        before = record.fields.get(event.name)
        if not event.name:
            self.deeds.append(a_comment(event.author, when, f"note {event.at} on the host", record.ref))
        elif isinstance(before, str):
            if before == event.value:
                return
            self.deeds.append(a_change(event.author, when, event.name, before, event.value, record.ref))
        else:
            return
        fields = {**record.fields, event.name: event.value} if event.name else record.fields
        self.records[self.records.index(record)] = replace(record, fields=fields, updated_at=when)

    def shown(self, soc: Soc) -> None:
        """Let the sides show it as it is now."""
        for side in (soc.servicenow, soc.sentinel):
            side.records = [record for record in self.records if record.ref.side == side.side]
            side.deeds = [deed for deed in self.deeds if deed.ref.side == side.side]


def at_minute(minute: int) -> datetime:
    return BEGIN + timedelta(minutes=minute)


def begun() -> Work:
    """Three tickets and two incidents, one of each a pair, made in the first week."""
    tickets = [a_ticket(RecordRef(SERVICENOW, "incident", f"{n:032x}"), f"INC000000{n}") for n in (1, 2, 3)]
    alone = RecordRef("sentinel", "incidents", f"0b5d0f4e-0000-4000-8000-{7:012x}")
    incidents = [an_incident(labels=("INC0000001", "escalation")), an_incident(alone, "43")]
    born = [at_minute(60 * hours) for hours in (-150, 10, 100, -150, 30)]
    records = [
        replace(record, created_at=at, updated_at=at) for record, at in zip((*tickets, *incidents), born, strict=True)
    ]
    return Work(records)


@st.composite
def events(draw: st.DrawFn, moving: bool) -> Sequence[Event]:
    """Up to thirty events in their order; without `moving` nobody takes a ticket to another team or out of the query."""
    found = draw(st.lists(_events(moving), max_size=30, unique_by=lambda event: (event.at, event.ticket)))
    return sorted(found, key=lambda event: event.at)


@st.composite
def _events(draw: st.DrawFn, moving: bool) -> Event:
    at, ticket = draw(st.integers(0, LENGTH)), draw(st.integers(0, 4))
    if ticket > 2:
        author, fields = draw(st.sampled_from((KEIKO_UPN, OUR_APP, DEFENDER))), INCIDENT
    else:
        author = draw(st.sampled_from((KEIKO, KEIKO, OUR_BOT, SYSTEM, STRANGER)))
        fields = {**OTHER, **(MOVING if moving else {})}
    if draw(st.booleans()):
        return Event(at, ticket, author)
    name = draw(st.sampled_from(sorted(fields)))
    return Event(at, ticket, author, name, draw(st.sampled_from(fields[name])))


def played(history: Sequence[Event], minute: int) -> Work:
    """All that has happened up to and with a minute."""
    work = begun()
    for event in history:
        if event.at <= minute:
            work.do(event)
    work.records = [record for record in work.records if record.created_at <= at_minute(minute)]
    return work


def kept_at_random(work: Work, draw: st.DataObject) -> Iterator[Activity]:
    return (deed for deed in work.deeds if draw.draw(st.booleans()))

"""Whatever machines do, on either side and in whatever order it is told: no ticket becomes fresh by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.property.escalation.history import INCIDENT, LENGTH, MOVING, OTHER, Event, Work, at_minute, events, played
from tests.unit.escalation.soc import FRESH, Soc
from tests.unit.escalation.world import DEFENDER, OUR_APP, OUR_BOT, SYSTEM

from watchkeeper.clock import FixedClock
from watchkeeper.model.activity import Actor, Principal
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.state import SqlStateStore, open_store

SOME = tried(10)
minutes = st.integers(5 * 24 * 60, LENGTH)
Fresh = Callable[[], Soc]

INTEGRATION = Actor(SERVICENOW, "svc.monitoring", "Keiko Tanaka")
"""In a team's group and under a person's name, for web services alone."""

MACHINES: Mapping[str, Sequence[Actor]] = {
    "a bot": (INTEGRATION, SYSTEM, Actor(SENTINEL, "99999999-2222-3333-4444-555555555555", "Keiko Tanaka"), DEFENDER),
    "an automation rule": (Actor(SENTINEL, "Automation rule", "Automation rule"), Actor(SENTINEL, "Playbook", "")),
    "our own run": (OUR_BOT, OUR_APP),
    "an auto-close job": (Actor(SERVICENOW, "autoclose", "Keiko Tanaka"), replace(SYSTEM, name="Autoclose Incidents")),
    "an inbound e-mail": (Actor(SERVICENOW, "inbound.email", "Keiko Tanaka"), Actor(SERVICENOW, "email", "")),
}
ALL = tuple(dict.fromkeys(actor for actors in MACHINES.values() for actor in actors))


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    file: Path = tmp_path_factory.mktemp("machines") / "state.db"
    clock, names = FixedClock(at_minute(0)), count()
    with open_store(f"sqlite:///{file}", "first", clock, migrate=True) as store:

        def begin() -> Soc:
            soc = Soc(SqlStateStore(store.database, f"soc-{next(names)}", clock))
            group = frozenset({"SOC Monitoring"})
            user = Principal(INTEGRATION, "keiko.tanaka@soc.example", integration=True, groups=group)
            soc.servicenow.users[INTEGRATION.id] = user
            return soc

        yield begin


@st.composite
def _deeds(draw: st.DrawFn, *, notes_alone: bool = False) -> Event:
    author = draw(st.sampled_from(ALL))
    tickets, fields = ((0, 2), {**OTHER, **MOVING}) if author.side == SERVICENOW else ((3, 4), INCIDENT)
    at, ticket = draw(st.integers(0, LENGTH)), draw(st.integers(*tickets))
    if notes_alone or draw(st.booleans()):
        return Event(at, ticket, author)
    name = draw(st.sampled_from(sorted(fields)))
    return Event(at, ticket, author, name, draw(st.sampled_from(fields[name])))


def audited(soc: Soc, history: Sequence[Event], minute: int, order: Random) -> AuditReport:
    """The audit in a minute; the sides tell what happened, and what they hold, in any order."""
    work: Work = played(sorted(history, key=lambda event: event.at), minute)
    order.shuffle(work.deeds)
    order.shuffle(work.records)
    work.shown(soc)
    soc.now = at_minute(minute)
    return soc.audit()


@SOME
@given(st.lists(_deeds(), min_size=3, max_size=15), minutes, st.randoms())
def test_where_only_machines_worked_nothing_is_fresh_but_what_was_created_then(
    another: Fresh, history: Sequence[Event], minute: int, order: Random
) -> None:
    soc = another()
    shown = audited(soc, history, minute, order).verdicts
    judged = (*shown, *soc.store.verdicts("2026-10-01", "2026-12-31"))
    assert {verdict.reason_code for verdict in judged if verdict.kind is FRESH} <= {"created-today"}
    assert {verdict.last_human_update for verdict in judged} == {None}


@pytest.mark.slow
@SOME
@given(events(moving=True), st.lists(_deeds(notes_alone=True), min_size=3, max_size=15), minutes, st.randoms())
def test_what_machines_write_beside_people_changes_no_verdict(
    another: Fresh, history: Sequence[Event], noise: Sequence[Event], minute: int, order: Random
) -> None:
    with_noise, without = (audited(another(), told, minute, order) for told in ([*history, *noise], history))
    told = [
        [(each.key, each.day, each.kind, each.reason, each.flags, each.last_human_update) for each in report.verdicts]
        for report in (with_noise, without)
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize("kind", MACHINES)
def test_each_kind_of_machine_is_known_for_what_it_is(another: Fresh, kind: str) -> None:
    soc = another()
    played(
        [Event(8000 + n, 0 if who.side == SERVICENOW else 3, who) for n, who in enumerate(MACHINES[kind])], LENGTH
    ).shown(soc)
    soc.now = at_minute(LENGTH)
    assert {row.author_class.value for row in soc.audit().authors} == {"bot"}

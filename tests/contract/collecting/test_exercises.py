"""When the teams had their last exercise, by the tickets of earlier ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.contract.collecting.soc import Soc
from tests.invariants import story

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.occurrences import raise_occurrence
from watchkeeper.evidence.kept import EXERCISES

TASK = "tabletop-exercise"
HOSTILE = "<script>alert(1)</script>::error::"


@pytest.fixture
def soc(tmp_path: Path) -> Soc:
    """An exercise was planned, and its ticket is open."""
    soc = Soc(tmp_path, mappings=story.mappings_with())
    with soc.deployment.store() as store:
        catalog, now = load_catalog(soc.deployment.mappings, deployment="test"), soc.world.clock.now()
        planned = raise_occurrence(catalog, TASK, "all", reason="planned", dedupe_key="2026", now=now)
        assert store.raise_occurrence(planned, now)
    soc.deployment.sync()
    return soc


def ends(soc: Soc, do: str, **fields: str) -> None:
    """Somebody ends the ticket four days later, and the sync learns of it."""
    soc.later(days=4)
    [ticket] = story.tickets(soc.deployment)
    story.in_servicenow(soc.deployment, "keiko.tanaka", do, ticket["number"], **({"fields": fields} if fields else {}))
    soc.deployment.sync()


def last(soc: Soc) -> date | None:
    soc.collect(TASK)
    [told] = [line for line in soc.of(TASK).texts["en"].splitlines() if line[4:].startswith("csirt")]
    day = told.partition("Last exercise: ")[2].partition(";")[0]
    return date.fromisoformat(day) if day else None


def test_an_exercise_that_is_open_is_none_yet(soc: Soc) -> None:
    assert last(soc) is None


def test_a_done_one_counts_for_every_team_from_the_day_on_which_it_was_done(soc: Soc) -> None:
    ends(soc, "resolve")
    soc.later(days=40)
    assert last(soc) == date(2026, 11, 20)


def test_after_a_lost_store_it_was_done_when_it_was_due_and_not_when_its_ticket_was_found_again(soc: Soc) -> None:
    ends(soc, "resolve")
    soc.later(days=300)
    soc.deployment.lose_the_database()
    soc.deployment.sync()
    assert last(soc) == date(2026, 12, 15)


def test_where_the_teams_stand_is_kept_with_the_tickets_that_say_so(soc: Soc) -> None:
    ends(soc, "resolve")
    [exercise] = story.tickets(soc.deployment)
    fields = {"short_description": HOSTILE, "parent": exercise["sys_id"]}
    story.seed_servicenow(soc.deployment, rows=[{"table": "sc_task", "fields": fields}])
    soc.collect(TASK)
    with soc.deployment.store() as store:
        kept = store.latest_snapshot(EXERCISES, soc.world.clock.now().date())
    assert kept is not None
    (ticket,), (action,) = kept.document.tickets, kept.document.actions or ()
    assert (ticket.number, ticket.day) == (exercise["number"], date(2026, 11, 20))
    assert {each.last for each in kept.document.teams} == {ticket.day}
    assert [kept.document.last_of(each) for each in kept.document.teams] == [ticket] * len(kept.document.teams)
    assert (action.title, kept.document.parent_of(action)) == (HOSTILE, ticket)


def test_a_cancelled_one_does_not_count(soc: Soc) -> None:
    ends(soc, "edit", state="8")
    assert last(soc) is None


def test_the_next_one_is_asked_for_when_the_last_is_too_long_ago(soc: Soc) -> None:
    ends(soc, "resolve")
    soc.later(days=364)
    assert soc.collect(TASK).raised == ()
    soc.later(days=3)
    [raised] = soc.collect(TASK).raised
    assert raised.key.startswith("tabletop-exercise/all@2027-11-21~")
    assert raised.reason.startswith("Last exercise more than 12 months ago: csirt, ")

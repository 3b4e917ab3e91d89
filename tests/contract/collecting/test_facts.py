"""What the data asks for while the duty has an open ticket: that ticket is told it once, whatever is lost or happens in between."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.contract.collecting.soc import Soc
from tests.engine import Watch
from tests.invariants import story

TASK = "portal-licences"
HEAD = "The data asks for this duty again."
FACT = "Licence headroom of CRMSTANDARD is used up: 14 in use, 0 available"


@pytest.fixture
def soc(tmp_path: Path) -> Soc:
    """Its ticket of the week is open."""
    soc = Soc(tmp_path, mappings=story.mappings_with(TASK))
    soc.deployment.sync()
    return soc


def told(soc: Soc) -> list[str]:
    return [note for note in soc.notes(TASK) if HEAD in note]


def a_day(soc: Soc) -> list[str]:
    """A collection and the sync after it; the reasons for which duties were raised."""
    soc.later(days=1)
    raised = soc.collect(TASK).raised
    soc.deployment.sync()
    return [each.reason for each in raised]


def use_up(soc: Soc, *names: str) -> None:
    """Licences of which no unit is left."""
    units = {"enabled": 5, "suspended": 0, "warning": 0, "lockedOut": 0}
    added = [
        {"id": name, "skuId": f"id-{name}", "skuPartNumber": name, "capabilityStatus": "Enabled"}
        | {"consumedUnits": 5, "prepaidUnits": units, "appliesTo": "User", "servicePlans": []}
        for name in names
    ]
    soc.seed("graph", add={"subscribedSkus": added})


def closes(soc: Soc) -> None:
    number = next(row["number"] for row in story.tickets(soc.deployment) if row["state"] != "6")
    story.in_servicenow(soc.deployment, "keiko.tanaka", "resolve", number)


def test_the_open_ticket_is_told_once_and_no_second_one_is_opened(soc: Soc) -> None:
    assert [a_day(soc) for _ in range(3)] == [[], [], []]
    [note] = told(soc)
    assert f"- {FACT} (2026-11-01~" in note
    assert len(story.tickets(soc.deployment)) == 1
    watch = Watch.of(soc.world)
    soc.deployment.sync()
    assert watch.writes() == []


def test_the_plan_says_why_it_is_told(soc: Soc) -> None:
    soc.collect(TASK)
    assert f"tells what else the data asks {TASK} for" in [each.reason for each in soc.deployment.plan().plan.actions]


def test_a_ticket_that_was_told_stands_for_the_fact_also_when_it_is_closed(soc: Soc) -> None:
    a_day(soc)
    closes(soc)
    assert [a_day(soc) for _ in range(2)] == [[], []]


def test_a_ticket_that_closes_before_it_is_told_leaves_the_fact_to_be_raised(soc: Soc) -> None:
    soc.collect(TASK)
    closes(soc)
    soc.deployment.sync()
    assert told(soc) == []
    assert a_day(soc) == [FACT]


def test_it_is_told_once_although_the_store_is_lost(soc: Soc) -> None:
    a_day(soc)
    soc.deployment.lose_the_database()
    soc.deployment.sync()
    assert [a_day(soc) for _ in range(2)] == [[], []]
    assert len(told(soc)) == 1


def test_a_note_whose_answer_was_lost_is_not_written_again(soc: Soc) -> None:
    a_day(soc)
    use_up(soc, "POWER_BI_PRO")
    story.fault(soc.deployment, "drop_after", "servicenow", "PATCH", path_prefix="/api/now/table/incident")
    assert [a_day(soc) for _ in range(3)] == [[], [], []]
    assert [FACT in note for note in told(soc)] == [True, False]


def test_several_facts_are_one_note(soc: Soc) -> None:
    use_up(soc, "POWER_BI_PRO", "VISIOCLIENT")
    a_day(soc)
    [note] = told(soc)
    assert [name in note for name in ("POWER_BI_PRO", "VISIOCLIENT")] == [True, True]


def test_what_its_own_ticket_stands_for_is_no_news_for_it(tmp_path: Path) -> None:
    soc = Soc(tmp_path, mappings=story.mappings_with(TASK))
    [raised] = soc.collect(TASK).raised
    soc.deployment.sync()
    assert [a_day(soc) for _ in range(2)] == [[], []]
    assert raised.reason == FACT
    assert told(soc) == []

"""A page leads to the ticket that the sync opened for what it tells, and to no other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from tests.invariants.estate import Estate
from tests.invariants.estate import tickets_of as rows_of
from tests.invariants.test_owner_tickets import an_estate, day, person

from watchkeeper.portal.tickets import tickets_of
from watchkeeper.report.document import Link

ABOUT = ("plant", "update/edge")


def linked(estate: Estate) -> Mapping[tuple[str, str], Link]:
    with estate.deployment.store() as store:
        return tickets_of(store, estate.deployment.world.clock.now().date() + timedelta(days=1))


def test_each_owner_is_led_to_its_own_ticket(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    assert linked(estate) == {}, "nothing was ever collected"
    estate.ask("edge", "Plant", "Laptops")
    estate.ask("far", "Plant", due=90)
    estate.collect()
    assert linked(estate) == {}, "nothing was opened yet"
    estate.deployment.sync()
    found = linked(estate)
    assert set(found) == {("plant", "update/edge"), ("desk", "update/edge")}
    for (owner, _), link in found.items():
        [row] = rows_of(estate.deployment, owner, "edge")
        assert link.text == row["number"]
        assert row["sys_id"] in link.url


def test_what_came_back_leads_to_the_ticket_that_serves_it_now(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    [first] = rows_of(estate.deployment, "plant", "edge")
    person(estate, "close", first)
    estate.mend("edge", 10)
    day(estate)
    estate.come_back("edge", 1)
    estate.collect()
    assert linked(estate) == {}, "what is closed for good is about what is over"
    estate.deployment.sync()
    _, second = rows_of(estate.deployment, "plant", "edge")
    assert linked(estate)[ABOUT].text == second["number"]


def test_a_resolved_ticket_that_was_opened_again_is_led_to_as_before(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    estate.mend("edge", 10)
    day(estate)
    estate.come_back("edge", 2)
    day(estate)
    [row] = rows_of(estate.deployment, "plant", "edge")
    assert linked(estate)[ABOUT].text == row["number"]


def test_after_a_lost_store_one_run_and_one_collection_lead_to_every_ticket_again(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant", "Laptops", "Kiosks")
    estate.ask("java", "Plant")
    estate.ask("gone", "Plant")
    day(estate)
    estate.mend("java", 10)
    person(estate, "resolve", rows_of(estate.deployment, "plant", "gone")[0])
    day(estate)
    before = linked(estate)
    assert len(before) == 5
    estate.deployment.lose_the_database()
    assert linked(estate) == {}
    estate.deployment.sync()
    estate.collect()
    after = linked(estate)
    assert {about: before[about] for about in after} == after
    assert set(before) - set(after) == {("plant", "update/java")}, "what is done needs no ticket, and stays resolved"
    day(estate)
    assert len(rows_of(estate.deployment, "plant", "java")) == 1

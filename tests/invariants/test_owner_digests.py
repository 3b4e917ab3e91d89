"""What an asset owner has no ticket for yet is told on the one that is most urgent, and a ticket says whose devices it is about."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine import Watch
from tests.invariants import story
from tests.invariants.estate import Estate, owner_tickets, ticket_of
from tests.invariants.test_owner_tickets import an_estate, day, person

from watchkeeper.model.evidence_rules import RemediationRules

pytestmark = pytest.mark.thorough


def telling(estate: Estate) -> set[str]:
    """Which of the plant's tickets tell of others that are still to come."""
    rows = owner_tickets(estate.deployment)
    return {row["short_description"].split()[3] for row in rows if "in turn" in row["description"]}


def a_full_estate(tmp_path: Path) -> Estate:
    """Five things are due of the plant and one of the desk, and each gets at most two tickets a day."""
    estate = an_estate(tmp_path, rules=RemediationRules(new_tickets=2))
    for number in range(5):
        estate.ask(f"p{number}", "Plant", due=20 + number)
    estate.ask("office", "Laptops")
    return estate


def test_the_most_urgent_ticket_names_what_is_still_to_come_until_each_has_its_own(tmp_path: Path) -> None:
    estate = a_full_estate(tmp_path)
    day(estate)
    first = ticket_of(estate.deployment, "plant", "p0")["description"]
    assert telling(estate) == {"p0"}
    assert len(owner_tickets(estate.deployment)) == 3, "no ticket, for the digest itself"
    assert "3 more like this are due or overdue," in first
    assert "- Update p2: 10 devices left, due 2026-12-08\n- Update p3" in first
    day(estate)
    second = ticket_of(estate.deployment, "plant", "p0")["description"]
    assert "1 more like this is due or overdue," in second
    assert "- Update p4: 10 devices left, due 2026-12-10\n[watchkeeper:remediation:" in second
    day(estate)
    assert telling(estate) == set()
    watch = Watch.of(estate.deployment.world)
    day(estate)
    assert watch.writes() == []


def test_what_is_still_to_come_moves_on_when_the_ticket_that_tells_it_is_closed_or_no_longer_ours(
    tmp_path: Path,
) -> None:
    estate = a_full_estate(tmp_path)
    estate.rules = RemediationRules(new_tickets=3)
    day(estate)
    person(estate, "resolve", ticket_of(estate.deployment, "plant", "p0"))
    estate.deployment.sync()
    p1 = ticket_of(estate.deployment, "plant", "p1")
    person(estate, "edit", p1, fields={"description": p1["description"].replace("10 left", "few left")})
    for _ in range(2):
        estate.deployment.sync()
    assert telling(estate) == {"p0", "p2"}, "what a person has closed is left as it was"


def test_nothing_is_lost_by_a_lost_store(tmp_path: Path) -> None:
    estate = a_full_estate(tmp_path)
    day(estate)
    estate.deployment.lose_the_database()
    estate.deployment.sync()
    watch = Watch.of(estate.deployment.world)
    day(estate)
    assert len(owner_tickets(estate.deployment)) == 5
    assert telling(estate) == {"p0"}
    assert len(watch.writes()) == 3, "two new ones, and the one that tells of what is left"


def test_several_owners_of_one_task_are_told_that_others_were_asked_and_not_which(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant", "Laptops", "Kiosks")
    day(estate)
    plant = ticket_of(estate.deployment, "plant", "edge")["description"]
    assert "Device groups: Plant.\nOthers were asked for this as well." in plant
    desk = ticket_of(estate.deployment, "desk", "edge")["description"]
    assert ("デバイスグループ: Laptops。\nほかの担当にも" in desk, "Kiosks" in desk) == (True, False)
    nobody = ticket_of(estate.deployment, "unowned", "edge")["description"]
    assert "Device groups: Kiosks." in nobody
    assert "Nobody owns these devices." in nobody
    assert ("Not yours? https" in nobody, "ask for an exception: https" in nobody) == (False, True)


def test_its_links_name_the_ticket_from_its_first_change_on_and_are_no_reason_to_change_it(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    ticket = ticket_of(estate.deployment, "plant", "edge")
    watch = Watch.of(estate.deployment.world)
    day(estate)
    assert watch.writes() == []
    assert f"%20{ticket['number']}" not in ticket["description"]
    estate.mend("edge", 1)
    day(estate)
    ticket = ticket_of(estate.deployment, "plant", "edge")
    assert ticket["description"].count(f"%28plant%29%20{ticket['number']}%5E") == 2
    estate.deployment.lose_the_database()
    estate.deployment.sync()
    watch = Watch.of(estate.deployment.world)
    day(estate)
    assert watch.writes() == []


def test_a_date_that_is_put_off_moves_with_the_text_unless_a_person_has_set_another(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    for product in ("edge", "java"):
        estate.ask(product, "Plant", due=10)
    day(estate)
    java = ticket_of(estate.deployment, "plant", "java")
    person(estate, "edit", java, fields={"due_date": "2026-12-24 17:00:00"})
    for product in ("edge", "java"):
        estate.ask(product, "Plant", due=20)
    watch = Watch.of(estate.deployment.world)
    day(estate)
    assert len(watch.writes()) == 2, "the date goes along with the text"
    held = [ticket_of(estate.deployment, "plant", product) for product in ("edge", "java")]
    assert [row["due_date"] for row in held] == ["2026-12-06 17:00:00", "2026-12-24 17:00:00"]
    assert all("Due: 2026-12-06." in row["description"] for row in held)
    watch = Watch.of(estate.deployment.world)
    day(estate)
    assert watch.writes() == []


@pytest.mark.slow
def test_a_date_that_an_undo_put_back_stays_so(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant", due=10)
    day(estate)
    before = ticket_of(estate.deployment, "plant", "edge")
    estate.ask("edge", "Plant", due=20)
    estate.collect()
    moved = estate.deployment.sync()
    assert ticket_of(estate.deployment, "plant", "edge")["due_date"] != before["due_date"]
    story.later(estate.deployment)
    assert estate.deployment.undo(moved.run_id, pauses=False).exit_code == 0
    estate.next_day()
    report = day(estate)
    after = ticket_of(estate.deployment, "plant", "edge")
    assert [after[name] for name in ("due_date", "description")] == [before["due_date"], before["description"]]
    assert (report.exit_code, report.parked) == (0, ())

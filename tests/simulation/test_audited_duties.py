"""The daily ticket of "update the escalation tickets" carries what the audit found, and is resolved with it where the profile lets us."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.escalation import run_audit
from watchkeeper.sync.references import with_groups

pytestmark = pytest.mark.thorough

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (f"2026-11-{day}" for day in (16, 17, 18, 19))
GOOD = "Isolated the host; next: image the disk by noon."
SETTINGS = ("profiles/maintenance.yaml", 'comments: "off"')


@done_once
def with_an_escalation(folder: Path, result: str) -> Deployment:
    deployment = make_deployment(folder, mappings=story.mappings_with("escalation-tickets"))
    if result:
        story.rewrite(deployment, *SETTINGS, f"audit_result: {{{result}}}\n{SETTINGS[1]}")
    story.escalated_ticket(deployment)
    story.import_all(deployment)
    return deployment


class Desk:
    """One escalation with the Monitoring team (Tokyo), and the daily duty of all five teams."""

    def __init__(self, folder: Path, result: str = "") -> None:
        self.deployment = with_an_escalation(folder, result)
        (self.escalation,) = (
            row["number"] for row in story.tickets(self.deployment) if row["short_description"] == "Stolen laptop"
        )

    def until(self, day: str, hour: int = 9) -> None:
        """At nine (UTC) the day before is over in Los Angeles, too."""
        at = datetime.fromisoformat(f"{day}T{hour:02}:00:00").replace(tzinfo=UTC)
        self.deployment.world.clock.advance(at - self.deployment.world.clock.now())

    def update(self) -> None:
        story.in_servicenow(self.deployment, "keiko.tanaka", "note", self.escalation, text=GOOD)

    def audit(self) -> None:
        with self.deployment.store() as store:
            systems = with_groups(self.deployment._systems(store))
            run_audit(
                connectors=systems.connectors,
                store=store,
                catalog=systems.catalog,
                profiles=list(systems.profiles.values()),
                clock=systems.clock,
                run_id=f"audit-{systems.clock.now():%d}",
            )

    def round(self, day: str) -> None:
        """A run in the afternoon before, which opens the next ticket; in the morning sync, audit, sync."""
        self.until(str(date.fromisoformat(day) - timedelta(days=1)), hour=16)
        self.deployment.sync()
        self.until(day)
        self.deployment.sync()
        self.audit()
        assert self.deployment.sync().exit_code == 0

    def daily(self, day: str) -> dict[str, Any]:
        key = f"escalation-tickets/all@{day}"
        return next(row for row in story.tickets(self.deployment) if row["correlation_id"].endswith(key))

    def incident(self, day: str) -> dict[str, Any]:
        return story.pairs(self.deployment)[f"escalation-tickets/all@{day}"].incident

    def told(self, day: str) -> list[str]:
        """Notes with results on the ticket of a day."""
        return [text for _, text in story.notes(self.daily(day)) if "Escalation audit" in text]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def closing(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "close: true")


@pytest.fixture
def showing(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "shown_in: description")


def test_before_an_audit_has_judged_the_day_nothing_is_claimed(closing: Desk) -> None:
    closing.until(TUESDAY)
    closing.deployment.sync()
    assert closing.told(MONDAY) == []
    assert story.state(closing.daily(MONDAY)) == "new"
    closing.until(WEDNESDAY)
    closing.deployment.sync()
    assert closing.told(MONDAY) == [], "there is no audit to tell of a day later, either"


def test_a_provisional_day_is_not_told(desk: Desk) -> None:
    desk.until(MONDAY, hour=18)
    desk.audit()
    desk.deployment.sync()
    assert desk.told(MONDAY) == []


def test_the_result_of_the_day_is_one_note_with_a_row_per_team(desk: Desk) -> None:
    desk.round(TUESDAY)
    [note] = desk.told(MONDAY)
    assert note.splitlines()[0] == "Escalation audit of 2026-11-16: 1 of 1 updated."
    assert "- Monitoring: 1 owed, 1 updated, 0 due, 0 stale, 0 unknown, 0 exempt; 100%" in note
    assert note.count("nothing owed") == 4
    assert "Evidence: audit audit-17, digest " in note


def test_unless_the_profile_lets_us_the_ticket_is_left_to_people(desk: Desk) -> None:
    desk.round(TUESDAY)
    assert story.state(desk.daily(MONDAY)) == "new"


def test_the_same_result_is_written_once_however_often_it_is_found(desk: Desk) -> None:
    desk.round(TUESDAY)
    for hour in (10, 11):
        desk.until(TUESDAY, hour)
        desk.audit()
        assert not story.idle_writes(desk.deployment)
    assert len(desk.told(MONDAY)) == 1


def test_a_run_without_news_costs_what_it_costs_without_audits(desk: Desk) -> None:
    desk.round(TUESDAY)
    story.settle(desk.deployment)
    story.later(desk.deployment)
    watch = Watch.of(desk.deployment.world)
    desk.deployment.sync()
    assert [(entry.system, entry.method) for entry in watch.entries()] == [("arm", "GET"), ("servicenow", "GET")]


def test_a_day_on_which_all_was_done_ends_its_ticket_on_both_sides_with_the_evidence(closing: Desk) -> None:
    closing.round(TUESDAY)
    ticket, incident = closing.daily(MONDAY), closing.incident(MONDAY)["properties"]
    assert (ticket["state"], ticket["close_code"]) == ("6", "Solution provided")
    [note] = closing.told(MONDAY)
    evidence = note.splitlines()[-1]
    for text in (ticket["close_notes"], incident["classificationComment"]):
        assert text.startswith("Resolved by Watchkeeper: every team has made every update that it owed.")
        assert evidence in text
    assert (incident["status"], incident["classification"]) == ("Closed", "Undetermined")
    assert story.state(closing.daily(TUESDAY)) == "new"
    assert not story.idle_writes(closing.deployment)


def test_a_day_with_a_stale_ticket_stays_open_and_shows_whose_it_is(closing: Desk) -> None:
    closing.round(TUESDAY)
    closing.round(WEDNESDAY)
    [note] = closing.told(TUESDAY)
    assert note.startswith("Escalation audit of 2026-11-17: 0 of 1 updated.")
    assert "- Monitoring: 1 owed, 0 updated, 0 due, 1 stale, 0 unknown, 0 exempt; 0%" in note
    assert story.state(closing.daily(TUESDAY)) == "new"
    assert not story.idle_writes(closing.deployment)


def test_a_ticket_left_open_carries_later_days_and_ends_with_the_first_that_is_kept(closing: Desk) -> None:
    closing.round(TUESDAY)
    closing.round(WEDNESDAY)
    closing.round(THURSDAY)  # nobody wrote on Wednesday either
    assert [story.state(closing.daily(day)) for day in (TUESDAY, WEDNESDAY)] == ["new", "new"]
    closing.until(THURSDAY, hour=10)
    closing.update()
    closing.round("2026-11-20")
    closing.round("2026-11-21")
    carrier = next(day for day in (TUESDAY, WEDNESDAY) if story.state(closing.daily(day)) == "closed")
    assert any(THURSDAY in text.splitlines()[0] and "1 of 1 updated" in text for text in closing.told(carrier))


def test_a_person_who_reopens_the_ticket_keeps_it_open(closing: Desk) -> None:
    closing.round(TUESDAY)
    story.in_servicenow(closing.deployment, "aoife.murphy", "reopen", closing.daily(MONDAY)["number"])
    for hour in (10, 11, 12):
        closing.until(TUESDAY, hour)
        closing.audit()
        closing.deployment.sync()
    assert story.state(closing.daily(MONDAY)) == "active"
    assert story.status(closing.incident(MONDAY)) in {"active", "new"}


def test_a_ticket_that_a_person_has_put_on_hold_is_told_and_left_there(closing: Desk) -> None:
    story.in_servicenow(
        closing.deployment, "aoife.murphy", "hold", closing.daily(MONDAY)["number"], text="Review first."
    )
    closing.round(TUESDAY)
    assert closing.daily(MONDAY)["state"] == "3"
    assert len(closing.told(MONDAY)) == 1


def test_a_ticket_that_a_person_has_closed_gets_no_more_notes(desk: Desk) -> None:
    story.in_servicenow(desk.deployment, "aoife.murphy", "resolve", desk.daily(MONDAY)["number"])
    desk.round(TUESDAY)
    assert desk.told(MONDAY) == []


def test_after_a_lost_store_what_stands_on_the_ticket_is_not_said_again(desk: Desk) -> None:
    desk.round(TUESDAY)
    desk.deployment.lose_the_database()
    desk.until(TUESDAY, hour=10)
    story.import_all(desk.deployment)
    desk.audit()
    story.settle(desk.deployment, runs=2)
    assert len(desk.told(MONDAY)) == 1


@pytest.mark.parametrize(
    "at",
    [(2, "after"), *story.also_slowly((1, "before"), (1, "after"), (2, "before"), (3, "before"), (3, "after"))],
    ids=str,
)
def test_a_crash_at_any_of_its_writes_neither_repeats_nor_loses_one(tmp_path: Path, at: tuple[int, str]) -> None:
    closing = Desk(tmp_path, "close: true")
    closing.until(TUESDAY)
    closing.deployment.sync()
    closing.audit()
    with story.killing(closing.deployment, story.at_write(*at)):
        closing.deployment.sync()
    story.later(closing.deployment)
    story.settle(closing.deployment, runs=2)
    assert len(closing.told(MONDAY)) == 1
    assert closing.daily(MONDAY)["state"] == "6"
    assert story.status(closing.incident(MONDAY)) == "closed"


def test_a_plan_shows_what_a_run_would_do_and_does_nothing(closing: Desk) -> None:
    closing.until(TUESDAY)
    closing.deployment.sync()
    closing.audit()
    watch = Watch.of(closing.deployment.world)
    plan = closing.deployment.plan().plan
    assert {action.operation.value for action in plan.actions} == {"comment", "close"}
    assert "the audit found every update made" in {str(action.reason) for action in plan.actions}
    assert not watch.writes()


# --- a run that resolved it is taken back ---


@pytest.fixture
def resolved(tmp_path: Path) -> tuple[Desk, str]:
    """A desk, and the run that resolved its ticket of Monday and showed the result in its text."""
    desk = Desk(tmp_path, "close: true, shown_in: description")
    desk.until(TUESDAY)
    desk.deployment.sync()
    desk.audit()
    run = desk.deployment.sync().run_id
    assert desk.daily(MONDAY)["state"] == "6"
    story.later(desk.deployment, 60)
    return desk, run


def is_open(desk: Desk) -> list[bool]:
    """The ticket of Monday on each side."""
    return [desk.daily(MONDAY)["state"] == "1", desk.incident(MONDAY)["properties"]["status"] == "New"]


def test_what_was_taken_back_is_not_done_again_and_both_sides_have_agreed_on_it(resolved: tuple[Desk, str]) -> None:
    desk, run = resolved
    assert desk.deployment.undo(run, pauses=False).exit_code == 0
    assert is_open(desk) == [True, True]
    before = desk.daily(MONDAY)["description"]
    with desk.deployment.store() as store:
        links = store.links()[f"escalation-tickets/all@{MONDAY}"]
    assert (links["servicenow"].base["state"], links["sentinel"].base["status"]) == ("1", "New")
    for hour in (12, 36):
        story.later(desk.deployment, 60 * hour)
        desk.audit()
        report = desk.deployment.sync()
        assert (report.exit_code, report.parked) == (0, ())
    assert is_open(desk) == [True, True]
    assert desk.daily(MONDAY)["description"] == before


def test_a_person_who_closes_it_then_closes_it_on_both_sides(resolved: tuple[Desk, str]) -> None:
    desk, run = resolved
    desk.deployment.undo(run, pauses=False)
    story.in_servicenow(desk.deployment, "aoife.murphy", "resolve", desk.daily(MONDAY)["number"], text="By hand.")
    story.later(desk.deployment)
    assert desk.deployment.sync().exit_code == 0
    assert story.status(desk.incident(MONDAY)) == "closed"


@pytest.mark.slow
def test_an_undo_that_dies_between_the_two_is_finished_by_the_next_and_by_no_sync(resolved: tuple[Desk, str]) -> None:
    desk, run = resolved
    with story.killing(desk.deployment, story.at_write(1, "after")):
        desk.deployment.undo(run, pauses=False)
    assert is_open(desk) == [True, False]
    story.later(desk.deployment, 60)
    assert desk.deployment.sync().exit_code == 0
    assert is_open(desk) == [True, False]
    assert desk.deployment.undo(run, pauses=False).exit_code == 0
    assert is_open(desk) == [True, True]


# --- how the day stands in between ---


def shown(desk: Desk, day: str) -> list[str]:
    """The lines of the part of a ticket's description that is ours."""
    lines = [line.strip() for line in desk.daily(day)["description"].splitlines()]
    return lines[lines.index("[watchkeeper:audit]") + 1 : -1] if "[watchkeeper:audit]" in lines else []


def test_the_description_shows_how_a_day_stands_that_is_not_over(showing: Desk) -> None:
    before = showing.daily(MONDAY)["description"]
    showing.until(MONDAY, hour=8)
    showing.audit()
    showing.deployment.sync()
    said = shown(showing, MONDAY)
    assert said[0] == "Escalation audit of 2026-11-16, as it stands."
    assert "- Monitoring: 1 owed, 1 updated, 0 due, 0 stale, 0 unknown, 0 exempt; 100% (so far)" in said
    assert showing.daily(MONDAY)["description"].startswith(before.strip())
    assert not story.idle_writes(showing.deployment)


def test_it_is_shown_no_more_than_three_times_a_day_and_the_end_is_among_them(showing: Desk) -> None:
    """Otherwise the valve for fields that are written again and again would stop the whole run."""
    watch = Watch.of(showing.deployment.world)
    for hour in (2, 8, 14, 20):
        showing.until(MONDAY, hour)
        story.escalated_ticket(showing.deployment, f"Stolen laptop {hour}")
        story.import_all(showing.deployment)
        showing.audit()
        showing.deployment.sync()
    showing.round(TUESDAY)
    ticket = showing.daily(MONDAY)
    written = [path for system, _, path in watch.writes() if system == "servicenow" and ticket["sys_id"] in path]
    # The note is a write of its own.
    assert len(written) <= 3 + 1
    assert shown(showing, MONDAY)[0].startswith("Escalation audit of 2026-11-16: ")
    assert "(so far)" not in str(shown(showing, MONDAY))


def test_what_a_person_has_written_in_it_is_kept(showing: Desk) -> None:
    showing.until(MONDAY, hour=8)
    showing.audit()
    showing.deployment.sync()
    ticket = showing.daily(MONDAY)
    theirs = ticket["description"].replace("(so far)", "(disputed)")
    story.in_servicenow(showing.deployment, "aoife.murphy", "edit", ticket["number"], fields={"description": theirs})
    showing.round(TUESDAY)
    assert showing.daily(MONDAY)["description"] == theirs
    assert len(showing.told(MONDAY)) == 1
    assert not story.idle_writes(showing.deployment)


def test_what_a_person_has_written_beside_it_is_kept(showing: Desk) -> None:
    showing.until(MONDAY, hour=8)
    showing.audit()
    showing.deployment.sync()
    ticket = showing.daily(MONDAY)
    theirs = f"Ask Aoife first.\n{ticket['description']}"
    story.in_servicenow(showing.deployment, "aoife.murphy", "edit", ticket["number"], fields={"description": theirs})
    showing.round(TUESDAY)
    assert showing.daily(MONDAY)["description"].startswith("Ask Aoife first.\n")
    assert shown(showing, MONDAY)[0] == "Escalation audit of 2026-11-16: 1 of 1 updated."


def test_a_person_who_takes_it_out_is_rid_of_it(showing: Desk) -> None:
    before = showing.daily(MONDAY)["description"]
    showing.until(MONDAY, hour=8)
    showing.audit()
    showing.deployment.sync()
    number = showing.daily(MONDAY)["number"]
    story.in_servicenow(showing.deployment, "aoife.murphy", "edit", number, fields={"description": before})
    showing.round(TUESDAY)
    assert showing.daily(MONDAY)["description"] == before
    assert not story.idle_writes(showing.deployment)


def test_unless_the_profile_asks_for_it_the_description_is_left_alone(desk: Desk) -> None:
    before = desk.daily(MONDAY)["description"]
    desk.round(TUESDAY)
    assert desk.daily(MONDAY)["description"] == before

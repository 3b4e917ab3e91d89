"""Asset owners' tickets follow the devices: opened, brought up to date and closed by what was collected, and by nothing else.

What ought to be there is worked out here from the estate itself, never from what the planner said.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.invariants.estate import DESK, PLANT, Estate, owner_tickets, ticket_of, tickets_of

from watchkeeper.evidence.owners import Owner, Ownership
from watchkeeper.model.evidence import RemediationTask
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.model.run import RunReport

pytestmark = pytest.mark.thorough

OPEN, RESOLVED, CLOSED = {"1", "2", "3"}, {"6"}, {"7", "8"}


def deployed(tmp_path: Path) -> Deployment:
    tmp_path.mkdir(exist_ok=True)
    return make_deployment(tmp_path, mappings=story.mappings_with(), evidence=True)


def an_estate(tmp_path: Path, **how: Any) -> Estate:
    return Estate(deployed(tmp_path), **how)


def day(estate: Estate) -> RunReport:
    """A night's collection and the run after it, then the next day."""
    estate.collect()
    report = estate.deployment.sync()
    estate.next_day()
    return report


def person(estate: Estate, do: str, ticket: dict[str, Any], **command: Any) -> None:
    story.in_servicenow(estate.deployment, "aoife.murphy", do, ticket["number"], **command)


def reasons(report: RunReport) -> list[str]:
    return [row.reason for row in report.parked]


# --- ten days ---


class Ledger:
    """What ought to be open, by owner and product, worked out from the estate day by day."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.due: dict[tuple[str, str], bool] = {}

    def look(self) -> None:
        today = (self.estate.deployment.world.clock.now()).date()
        for product, task in self.estate.tasks.items():
            for owner in self._owners(task):
                place, done = (owner, product), task.left == 0
                soon = task.due_at is not None and task.due_at.date() <= today + timedelta(days=30)
                if place in self.due:
                    self.due[place] = not done
                elif soon and not done:
                    self.due[place] = True

    def check(self) -> None:
        deployment = self.estate.deployment
        held = {place: ticket_of(deployment, *place) for place in self.due}
        assert len(owner_tickets(deployment)) == len(held)
        for (owner, product), wanted in self.due.items():
            ticket, task = held[owner, product], self.estate.tasks[product]
            assert ticket["state"] in (OPEN if wanted else RESOLVED), (owner, product)
            said = f"{task.target} 台中 {task.fixed} 台" if owner == "desk" else f"{task.fixed} of {task.target} done"
            assert said in ticket["description"], (owner, product)

    @staticmethod
    def _owners(task: RemediationTask) -> set[str]:
        known = {group: owner.id for owner in (DESK, PLANT) for group in owner.device_groups}
        return {known.get(group, "unowned") for group in task.groups}


def the_ten_days(estate: Estate) -> list[list[tuple[Any, ...]]]:
    return [
        [(estate.ask, "edge", "Laptops", "Plant"), (estate.ask, "java", "Kiosks"), (estate.ask, "late", "Plant")],
        [(estate.mend, "edge", 4), (estate.ask, "tomcat", "Plant servers", "Laptops")],
        [(estate.mend, "edge", 6)],
        [(estate.mend, "java", 1), (estate.ask, "office", "Laptops")],
        [],
        [(estate.come_back, "edge", 3), (estate.mend, "late", 10)],
        [(estate.mend, "office", 9), (estate.mend, "tomcat", 10)],
        [(estate.mend, "edge", 3), (estate.mend, "office", 1)],
        [(estate.come_back, "tomcat", 1)],
        [(estate.mend, "java", 2)],
    ]


@pytest.mark.parametrize("lost_after", [4, *story.also_slowly(None, 1, 2, 6, 7)])
def test_ten_days_of_a_changing_estate_open_update_and_close_exactly_what_they_should(
    tmp_path: Path, lost_after: int | None
) -> None:
    estate = an_estate(tmp_path)
    ledger = Ledger(estate)
    for number, deeds in enumerate(the_ten_days(estate)):
        for do, *about in deeds:
            do(*about)
        ledger.look()
        report = day(estate)
        assert (report.exit_code, report.parked) == (0, ()), number
        ledger.check()
        if number == lost_after:
            estate.deployment.lose_the_database()
            estate.deployment.sync()
    assert story.idle_writes(estate.deployment) == []


def test_a_day_on_which_nothing_moves_writes_nothing_and_asks_no_more_than_ever(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Laptops")
    estate.collect()
    estate.deployment.sync()
    story.later(estate.deployment)
    estate.collect()
    watch = Watch.of(estate.deployment.world)
    report = estate.deployment.sync()
    assert (len(watch.entries()), watch.writes(), report.parked) == (2, [], ())


def test_the_plan_says_what_would_be_done_and_why(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Laptops")
    estate.ask("java", "Plant")
    estate.collect()
    plan = estate.deployment.plan()
    assert [action.reason for action in plan.plan.actions] == [
        "due 2026-11-26 17:00 UTC: Update edge: 10/10",
        "due 2026-11-26 17:00 UTC: Update java: 10/10",
    ]
    assert owner_tickets(estate.deployment) == []
    day(estate)
    estate.mend("edge", 1)
    estate.mend("java", 10)
    estate.collect()
    assert {action.reason for action in estate.deployment.plan().plan.actions} == {
        "description shows how the remediation stands",
        "every device is mended",
    }


def test_the_ticket_is_its_owner_s_in_the_owner_s_language_by_the_date_that_was_set(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Laptops")
    estate.ask("java", "Kiosks")
    day(estate)
    ticket = ticket_of(estate.deployment, "desk", "edge")
    assert ticket["short_description"] == "【SOC】脆弱性対応：Update edge（Workplace）"
    assert ticket["due_date"] == "2026-11-26 17:00:00"
    assert "担当でない場合: https://servicenow.emulator/incident.do?sys_id=-1" in ticket["description"]
    groups = {row["assignment_group"] for row in owner_tickets(estate.deployment)}
    assert len(groups) == 2  # the service desk's, and the oversight team's for what nobody owns
    assert story.incidents(estate.deployment) == []


# --- what closes a ticket, and what does not ---


def test_an_approved_exception_closes_the_ticket_and_says_so(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    estate.except_("edge")
    day(estate)
    ticket = ticket_of(estate.deployment, "plant", "edge")
    assert ticket["state"] in RESOLVED
    assert "An exception was approved" in ticket["close_notes"]


def test_an_exception_stays_one_while_nobody_can_tell(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    estate.ask("java", "Plant")
    for product in ("edge", "java"):
        estate.except_(product)
    day(estate)
    estate.recommends = False
    watch = Watch.of(estate.deployment.world)
    day(estate)
    assert watch.writes() == []
    assert [row["state"] for row in owner_tickets(estate.deployment)] == ["6"]


def test_a_task_that_is_gone_or_marked_as_completed_closes_nothing(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    estate.ask("java", "Plant")
    day(estate)
    estate.tasks["java"] = replace(estate.tasks["java"], completed=True, completed_by="liam@soc.example")
    del estate.tasks["edge"]
    report = day(estate)
    assert reasons(report) == [
        "Defender listed what it is about on 2026-11-16 for the last time, and nothing proves that it is done"
    ]
    assert {row["state"] for row in owner_tickets(estate.deployment)} <= OPEN
    assert "liam@soc.example marked it as completed" in ticket_of(estate.deployment, "plant", "java")["description"]
    assert "Defender lists this no more" in ticket_of(estate.deployment, "plant", "edge")["description"]


def test_what_a_person_put_on_hold_is_left_to_that_person(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    person(estate, "hold", ticket_of(estate.deployment, "plant", "edge"))
    estate.mend("edge", 10)
    day(estate)
    assert ticket_of(estate.deployment, "plant", "edge")["state"] == "3"


@pytest.mark.slow
def test_a_ticket_that_was_opened_again_after_its_end_is_not_fought_over(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    estate.mend("edge", 10)
    day(estate)
    person(estate, "edit", ticket_of(estate.deployment, "plant", "edge"), fields={"state": "2"})
    for _ in range(2):
        day(estate)
    assert ticket_of(estate.deployment, "plant", "edge")["state"] == "2"


# --- early closes and what comes back ---


def test_a_ticket_that_is_closed_too_early_stays_closed_and_is_named_until_the_devices_are_done(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    person(estate, "resolve", ticket_of(estate.deployment, "plant", "edge"))
    for _ in range(2):
        report = day(estate)
        assert reasons(report) == ["it was closed although 10 devices are left, and stays so"]
        assert [row.number for row in report.parked] == ["INC0010001"]
    estate.mend("edge", 10)
    assert reasons(day(estate)) == []
    assert ticket_of(estate.deployment, "plant", "edge")["state"] in RESOLVED


@pytest.mark.parametrize("closer", ["we", *story.also_slowly("a person")])
def test_what_comes_back_after_it_was_done_opens_the_resolved_ticket_once(tmp_path: Path, closer: str) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    if closer == "a person":
        person(estate, "resolve", ticket_of(estate.deployment, "plant", "edge"))
    estate.mend("edge", 10)
    day(estate)
    estate.come_back("edge", 2)
    day(estate)
    ticket = ticket_of(estate.deployment, "plant", "edge")
    assert (ticket["state"], "8 of 10 done" in ticket["description"]) == ("2", True)
    person(estate, "resolve", ticket)
    for _ in range(2):
        assert reasons(day(estate)) == ["it was closed although 2 devices are left, and stays so"]
    assert ticket_of(estate.deployment, "plant", "edge")["state"] in RESOLVED


def test_what_comes_back_after_its_ticket_was_closed_for_good_gets_the_next_one(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    person(estate, "close", ticket_of(estate.deployment, "plant", "edge"))
    estate.mend("edge", 10)
    day(estate)
    estate.come_back("edge", 1)
    for _ in range(2):
        day(estate)
    first, second = tickets_of(estate.deployment, "plant", "edge")
    assert (first["state"] in CLOSED, second["state"] in OPEN) == (True, True)
    assert second["correlation_id"] == f"{first['correlation_id']}-2"


@pytest.mark.slow
@pytest.mark.parametrize(("do", "states"), [("", ["2"]), ("close", ["7", "1"])])
def test_what_comes_back_is_known_by_the_ticket_s_own_words_when_the_store_was_lost(
    tmp_path: Path, do: str, states: list[str]
) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    estate.mend("edge", 10)
    day(estate)
    if do:
        closing = {"state": "7"}
        person(estate, "edit", ticket_of(estate.deployment, "plant", "edge"), fields=closing)
    estate.deployment.lose_the_database()
    estate.come_back("edge", 1)
    for _ in range(3):
        day(estate)
    assert [row["state"] for row in tickets_of(estate.deployment, "plant", "edge")] == states


def test_whether_we_closed_a_ticket_is_looked_up_once_after_a_lost_store(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    person(estate, "resolve", ticket_of(estate.deployment, "plant", "edge"))
    estate.deployment.lose_the_database()
    estate.deployment.sync()
    for _ in range(2):
        assert reasons(day(estate)) == ["it was closed although 10 devices are left, and stays so"]
    estate.collect()
    estate.deployment.sync()
    story.later(estate.deployment)
    watch = Watch.of(estate.deployment.world)
    assert reasons(estate.deployment.sync()) == ["it was closed although 10 devices are left, and stays so"]
    assert (len(watch.entries()), watch.writes()) == (2, [])


# --- people's edits ---


def test_a_person_s_words_around_the_part_stay_and_a_person_s_change_of_the_part_ends_it(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    ticket = ticket_of(estate.deployment, "plant", "edge")
    person(estate, "edit", ticket, fields={"description": f"Waits for a window.\n{ticket['description']}"})
    estate.mend("edge", 1)
    day(estate)
    ticket = ticket_of(estate.deployment, "plant", "edge")
    assert ticket["description"].startswith("Waits for a window.")
    assert "1 of 10 done" in ticket["description"]
    edited = ticket["description"].replace("9 left", "9 left, mostly spares")
    person(estate, "edit", ticket, fields={"description": edited})
    estate.mend("edge", 1)
    day(estate)
    assert ticket_of(estate.deployment, "plant", "edge")["description"] == edited
    estate.mend("edge", 8)
    day(estate)
    ticket = ticket_of(estate.deployment, "plant", "edge")
    assert (ticket["description"], ticket["state"]) == (edited, "6")


@pytest.mark.slow
def test_however_often_it_is_collected_the_text_is_written_a_few_times_a_day_at_most(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    watch = Watch.of(estate.deployment.world)
    for _ in range(6):
        estate.mend("edge", 1)
        estate.collect()
        assert estate.deployment.sync().valves == ()
        story.later(estate.deployment, 30)
    assert len(watch.writes()) == 3
    day(estate)
    day(estate)
    assert "6 of 10 done" in ticket_of(estate.deployment, "plant", "edge")["description"]


@pytest.mark.slow
def test_what_an_undo_took_back_stays_so(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    for product in ("edge", "java"):
        estate.ask(product, "Plant")
    day(estate)
    estate.mend("edge", 10)
    estate.mend("java", 3)
    estate.collect()
    done = estate.deployment.sync()
    story.later(estate.deployment)
    assert estate.deployment.undo(done.run_id, pauses=False).exit_code == 0
    estate.next_day()
    watch = Watch.of(estate.deployment.world)
    day(estate)
    assert watch.writes() == []
    assert {row["state"] for row in owner_tickets(estate.deployment)} == {"1"}


# --- how many at once ---


def test_a_run_for_this_duty_alone_leaves_the_others(tmp_path: Path) -> None:
    estate = Estate(make_deployment(tmp_path, mappings=story.mappings_with("secure-score"), evidence=True))
    estate.ask("edge", "Plant")
    estate.collect()
    estate.deployment.sync(task="owner-remediation")
    assert len(story.tickets(estate.deployment)) == len(owner_tickets(estate.deployment)) == 1


@pytest.mark.slow
def test_an_owner_gets_so_many_new_ones_a_day_and_the_rest_the_days_after(tmp_path: Path) -> None:
    estate = an_estate(tmp_path, rules=RemediationRules(new_tickets=2))
    for number in range(5):
        estate.ask(f"p{number}", "Plant", due=number)
    counts = []
    for _ in range(4):
        day(estate)
        counts.append(len(owner_tickets(estate.deployment)))
    assert counts == [2, 4, 5, 5]


def test_a_first_run_over_many_owners_passes_the_valves_and_says_what_is_left(tmp_path: Path) -> None:
    owners = tuple(
        Owner(f"o{number}", f"O{number}", "Service Desk", device_groups=(f"G{number}",)) for number in range(5)
    )
    estate = an_estate(tmp_path, ownership=Ownership(owners))
    for number in range(25):
        estate.ask(f"p{number}", f"G{number % 5}", due=number)
    estate.collect()
    first = estate.deployment.sync()
    assert (len(owner_tickets(estate.deployment)), first.valves) == (20, ())
    assert first.notes == ("5 more tickets of asset owners are opened by the next runs",)
    second = estate.deployment.sync()
    assert (len(owner_tickets(estate.deployment)), second.notes) == (25, ())


def test_many_that_are_done_at_once_are_closed_over_some_runs_and_stop_none(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    for number in range(7):
        estate.ask(f"p{number}", "Plant")
    day(estate)
    for number in range(7):
        estate.mend(f"p{number}", 10)
    first = day(estate)
    assert (first.valves, first.notes) == ((), ("2 more tickets of asset owners are resolved by the next runs",))
    second = day(estate)
    assert (second.valves, second.notes) == ((), ())
    assert {row["state"] for row in owner_tickets(estate.deployment)} == RESOLVED


# --- what is missing or wrong ---


def test_nothing_is_gone_by_that_is_older_than_two_days(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    estate.mend("edge", 10)
    estate.ask("java", "Plant")
    estate.collect()
    estate.deployment.world.clock.advance(timedelta(days=3))
    watch = Watch.of(estate.deployment.world)
    report = estate.deployment.sync()
    assert watch.writes() == []
    assert report.notes == (
        "The tickets of asset owners stay as they are: remediation was last collected on 2026-11-17",
    )


def test_a_person_s_change_of_such_a_ticket_is_no_trouble_while_nothing_is_known(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    estate.deployment.world.clock.advance(timedelta(days=5))
    person(estate, "resolve", ticket_of(estate.deployment, "plant", "edge"))
    watch = Watch.of(estate.deployment.world)
    report = estate.deployment.sync()
    assert (report.exit_code, watch.writes(), report.parked) == (0, [], ())


def test_an_owner_who_is_taken_out_leaves_open_tickets_and_those_who_follow_get_their_own(tmp_path: Path) -> None:
    estate = an_estate(tmp_path)
    estate.ask("edge", "Plant")
    day(estate)
    estate.ownership = Ownership((DESK,))
    report = day(estate)
    assert reasons(report) == [
        "its devices were this owner's on 2026-11-16 for the last time, and nothing proves that they are done"
    ]
    old = ticket_of(estate.deployment, "plant", "edge")
    assert (old["state"], "belong to somebody else" in old["description"]) == ("1", True)
    assert ticket_of(estate.deployment, "unowned", "edge")["state"] == "1"


def test_a_group_that_does_not_resolve_parks_the_ticket_until_it_does(tmp_path: Path) -> None:
    estate = an_estate(tmp_path, ownership=Ownership((replace(PLANT, group="Plant IT"),)))
    estate.ask("edge", "Plant")
    report = day(estate)
    assert report.exit_code == 4
    [row] = report.parked
    assert "owners.yaml: plant" in row.reason
    assert row.remedy
    estate.ownership = Ownership((PLANT,))
    assert day(estate).exit_code == 0
    assert ticket_of(estate.deployment, "plant", "edge")["state"] == "1"


def test_what_is_done_before_its_ticket_could_be_opened_gets_none(tmp_path: Path) -> None:
    estate = an_estate(tmp_path, ownership=Ownership((replace(PLANT, group="Plant IT"),)))
    estate.ask("edge", "Plant")
    day(estate)
    estate.mend("edge", 10)
    estate.ownership = Ownership((PLANT,))
    day(estate)
    assert owner_tickets(estate.deployment) == []


# --- crashes ---


def a_day_of_all_kinds(tmp_path: Path) -> Estate:
    """One to be opened, one to be brought up to date, one to be closed and one to be opened again."""
    estate = an_estate(tmp_path)
    for product in ("update", "close", "reopen"):
        estate.ask(product, "Plant")
    day(estate)
    estate.mend("reopen", 10)
    day(estate)
    estate.come_back("reopen", 1)
    estate.mend("update", 5)
    estate.mend("close", 10)
    estate.ask("open", "Plant")
    estate.collect()
    return estate


OTHER_KILLS = [
    (phase, write) for phase in ("before", "after") for write in range(1, 5) if (phase, write) != ("after", 4)
]


def held(estate: Estate) -> list[tuple[str, ...]]:
    names = ("correlation_id", "state", "description", "close_notes")
    return sorted(tuple(row[name] for name in names) for row in owner_tickets(estate.deployment))


@pytest.mark.parametrize(
    ("phase", "write"),
    [("after", 4), *(pytest.param(phase, write, marks=pytest.mark.slow) for phase, write in OTHER_KILLS)],
)
def test_killed_around_any_write_the_next_run_reaches_the_same_end(tmp_path: Path, phase: str, write: int) -> None:
    calm, shaken = (a_day_of_all_kinds(folder) for folder in (tmp_path / "calm", tmp_path / "shaken"))
    calm.deployment.sync()
    count = 0

    def doomed(_: int, exchange: Any) -> bool:
        nonlocal count
        count += exchange.phase == phase and story.is_write(exchange)
        return exchange.phase == phase and story.is_write(exchange) and count == write

    with story.killing(shaken.deployment, doomed):
        shaken.deployment.sync()
    assert count == write
    for _ in range(2):
        story.later(shaken.deployment)
        shaken.deployment.sync()
    assert held(shaken) == held(calm)
    assert story.idle_writes(shaken.deployment) == []

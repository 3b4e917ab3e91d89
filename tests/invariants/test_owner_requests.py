"""What an asset owner asks for on the board becomes one ticket of the oversight team: once, whatever happens to run, store or browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.owner_requests import occurrence_of_request, series_of
from watchkeeper.emulators.servicenow.cast import sys_id
from watchkeeper.model.owner_request import MOST_A_DAY, Asked, Ground, OwnerRequest, RequestKind, Stage, Subject
from watchkeeper.model.run import RunReport

pytestmark = pytest.mark.thorough

EDGE = Subject(
    "finance",
    "Finance IT",
    "update/edge",
    "Update Microsoft Edge",
    12,
    40,
    date(2026, 11, 20),
    "INC0010042",
    (
        Ground("Finance", "file", place="owners.yaml:7:3"),
        Ground("Finance servers", "cmdb", "Payments", "owners.yaml:19:3"),
    ),
)
OPEN = {"1", "2", "3"}
OVERSIGHT = sys_id("sys_user_group", "SOC Oversight")


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path, mappings=story.mappings_with())


def a_request(deployment: Deployment, kind: RequestKind = RequestKind.NOT_MINE, **how: Any) -> OwnerRequest:
    usual = OwnerRequest(
        kind, EDGE, 1, "These are Payments' devices", "ana@corp.example", deployment.time.now(), "board"
    )
    return replace(usual, **how)


def ask(deployment: Deployment, kind: RequestKind = RequestKind.NOT_MINE, **how: Any) -> Asked:
    request, catalog = a_request(deployment, kind, **how), load_catalog(deployment.mappings, deployment=deployment.name)
    subject = request.subject
    series = series_of(catalog, kind, subject.owner, subject.recommendation)
    with deployment.store() as store:
        return store.ask(series, request, occurrence_of_request(catalog, request), deployment.time.now())


def stage(
    deployment: Deployment, kind: RequestKind = RequestKind.NOT_MINE, subject: Subject = EDGE
) -> tuple[Stage, int]:
    catalog = load_catalog(deployment.mappings, deployment=deployment.name)
    series = series_of(catalog, kind, subject.owner, subject.recommendation)
    with deployment.store() as store:
        found = store.request_standings([series]).get(series)
    return (Stage.NONE, 0) if found is None else (found.stage, found.episode)


def requests(deployment: Deployment) -> list[dict[str, Any]]:
    marks = ("/owner-not-mine/", "/owner-exception/")
    found = [row for row in story.tickets(deployment) if any(mark in row["correlation_id"] for mark in marks)]
    return sorted(found, key=lambda row: str(row["number"]))


def close(deployment: Deployment, ticket: dict[str, Any]) -> None:
    story.in_servicenow(deployment, "aoife.murphy", "resolve", ticket["number"], fields={"close_code": "User error"})


def fine(report: RunReport) -> bool:
    return (report.exit_code, report.parked, report.valves) == (0, (), ())


# --- what becomes of a request ---


def test_not_mine_becomes_a_ticket_of_the_oversight_team_that_says_who_asked_and_whose_it_was_taken_for(
    deployment: Deployment,
) -> None:
    assert ask(deployment) is Asked.RAISED
    assert stage(deployment) == (Stage.WAITING, 1)
    assert fine(deployment.sync())
    [ticket] = requests(deployment)
    assert ticket["assignment_group"] == OVERSIGHT
    assert ticket["short_description"] == "[SOC] Not ours, says an owner: Update Microsoft Edge - Finance IT"
    for said in (
        "Owner: Finance IT (finance).",
        "Reason given: “These are Payments' devices”",
        "Asked by ana@corp.example on 2026-11-16 00:30 UTC, on the watch board.",
        "Devices when it was asked: 12 of 40 left.",
        "The owner's own ticket: INC0010042.",
        "- Finance: owners.yaml names this owner (owners.yaml:7:3)",
        "- Finance servers: owners.yaml gives it the service Payments (owners.yaml:19:3), and the CMDB names who",
    ):
        assert said in ticket["description"], said
    assert story.incidents(deployment) == [], "it lives in ServiceNow alone"
    assert stage(deployment) == (Stage.OPEN, 1)
    assert story.idle_writes(deployment) == []


def test_an_exception_goes_to_those_who_approve_exceptions(deployment: Deployment) -> None:
    story.rewrite(deployment, "teams.yaml", "  oversight_team:", "  exceptions_group: Service Desk\n  oversight_team:")
    ask(deployment, RequestKind.EXCEPTION, until=date(2027, 1, 31))
    ask(deployment, RequestKind.NOT_MINE)
    assert fine(deployment.sync())
    groups = {row["short_description"].split(":")[0]: row["assignment_group"] for row in requests(deployment)}
    assert groups == {
        "[SOC] An owner asks for an exception": sys_id("sys_user_group", "Service Desk"),
        "[SOC] Not ours, says an owner": OVERSIGHT,
    }
    [exception] = [row for row in requests(deployment) if "/owner-exception/" in row["correlation_id"]]
    assert "Wanted until: 2027-01-31." in exception["description"]


def test_without_a_group_of_its_own_an_exception_goes_to_the_oversight_team(deployment: Deployment) -> None:
    ask(deployment, RequestKind.EXCEPTION)
    assert fine(deployment.sync())
    [ticket] = requests(deployment)
    assert ticket["assignment_group"] == OVERSIGHT
    assert "Until when was not said." in ticket["description"]


def test_an_unknown_group_opens_nothing_and_is_told_until_it_is_put_right(deployment: Deployment) -> None:
    story.rewrite(deployment, "teams.yaml", "  oversight_team:", "  exceptions_group: Nobody\n  oversight_team:")
    ask(deployment, RequestKind.EXCEPTION)
    report = deployment.sync()
    assert requests(deployment) == []
    assert [row.field for row in report.parked] == ["assignment_group"]
    story.rewrite(deployment, "teams.yaml", "exceptions_group: Nobody", "exceptions_group: Service Desk")
    story.later(deployment)
    deployment.sync(full=True)
    assert len(requests(deployment)) == 1


def test_the_plan_tells_who_asked_and_why(deployment: Deployment) -> None:
    ask(deployment)
    [action] = deployment.plan().plan.actions
    assert action.reason == (
        "due 2026-11-23 17:00 UTC: ana@corp.example says that Update Microsoft Edge is not for Finance IT: "
        "These are Payments' devices"
    )
    assert requests(deployment) == []


# --- once ---


def test_asked_twice_in_two_browsers_or_after_the_ticket_is_open_nothing_more_happens(deployment: Deployment) -> None:
    assert [ask(deployment), ask(deployment, asked_by="bo@corp.example")] == [Asked.RAISED, Asked.ALREADY]
    deployment.sync()
    assert ask(deployment, reason="Again") is Asked.ALREADY
    assert ask(deployment, reason="Again", episode=2) is Asked.ALREADY, "a page that counts on another one"
    deployment.sync()
    [ticket] = requests(deployment)
    assert "ana@corp.example" in ticket["description"]


def test_once_its_ticket_is_closed_the_same_may_be_asked_again_and_an_old_page_asks_nothing(
    deployment: Deployment,
) -> None:
    ask(deployment)
    deployment.sync()
    close(deployment, requests(deployment)[0])
    story.later(deployment)
    deployment.sync()
    assert stage(deployment) == (Stage.CLOSED, 1)
    assert ask(deployment) is Asked.ALREADY, "the form of the first time, sent once more"
    assert ask(deployment, episode=3) is Asked.OUTDATED
    assert ask(deployment, reason="Still not ours", episode=2) is Asked.RAISED
    story.later(deployment)
    assert fine(deployment.sync())
    assert [row["state"] in OPEN for row in requests(deployment)] == [False, True]
    assert stage(deployment) == (Stage.OPEN, 2)


def test_the_two_kinds_two_owners_and_two_things_have_nothing_to_do_with_each_other(deployment: Deployment) -> None:
    others = (replace(EDGE, owner="tokyo", owner_name="Tokyo"), replace(EDGE, recommendation="update/java"))
    asked = [ask(deployment), ask(deployment, RequestKind.EXCEPTION)]
    asked += [ask(deployment, subject=each) for each in others]
    assert set(asked) == {Asked.RAISED}
    assert fine(deployment.sync())
    assert len({row["correlation_id"] for row in requests(deployment)}) == 4


def test_more_than_a_day_s_worth_of_one_owner_is_refused_until_the_day_is_over(deployment: Deployment) -> None:
    things = [replace(EDGE, recommendation=f"update/{number}") for number in range(MOST_A_DAY + 1)]
    asked = [ask(deployment, subject=each) for each in things]
    assert asked == [Asked.RAISED] * MOST_A_DAY + [Asked.TOO_MANY]
    assert ask(deployment, subject=replace(things[-1], owner="tokyo")) is Asked.RAISED, "another owner"
    deployment.world.clock.advance(timedelta(days=1, minutes=1))
    assert ask(deployment, subject=things[-1]) is Asked.RAISED
    assert fine(deployment.sync()), "no valve takes them for a flood"
    assert len(requests(deployment)) == MOST_A_DAY + 2


# --- whatever happens ---


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("number", [1, *story.also_slowly(2, 3, 4, 5, 6, 7, 8)])
def test_a_run_that_is_killed_leaves_one_ticket_after_the_next(deployment: Deployment, phase: str, number: int) -> None:
    ask(deployment)
    with story.killing(deployment, story.at_call(number, phase)):
        deployment.sync()
    story.later(deployment, 20)
    assert deployment.sync().exit_code == 0
    [ticket] = requests(deployment)
    assert "ana@corp.example" in ticket["description"]
    assert story.idle_writes(deployment) == []


def test_a_run_under_way_does_not_lose_what_is_asked_meanwhile(deployment: Deployment) -> None:
    asked = []

    def meanwhile(exchange: Any) -> None:
        if not asked:
            asked.append(ask(deployment))

    stop = deployment.world.listen(meanwhile)
    deployment.sync()
    stop()
    story.later(deployment)
    deployment.sync()
    assert (asked, len(requests(deployment))) == ([Asked.RAISED], 1)


def test_a_lost_store_finds_the_ticket_again_and_opens_no_second_one(deployment: Deployment) -> None:
    ask(deployment)
    deployment.sync()
    deployment.lose_the_database()
    assert ask(deployment) is Asked.RAISED, "nobody knows of the ticket just now"
    story.later(deployment)
    assert fine(deployment.sync())
    assert len(requests(deployment)) == 1
    assert stage(deployment) == (Stage.OPEN, 1)
    assert ask(deployment) is Asked.ALREADY


def test_what_is_asked_before_a_lost_store_has_found_a_closed_ticket_is_not_lost(deployment: Deployment) -> None:
    ask(deployment)
    deployment.sync()
    close(deployment, requests(deployment)[0])
    story.later(deployment)
    deployment.sync()
    deployment.lose_the_database()
    ask(deployment, reason="They moved to Payments")
    story.later(deployment)
    assert fine(deployment.sync())
    closed, fresh = requests(deployment)
    assert (closed["state"] in OPEN, fresh["state"] in OPEN) == (False, True)
    assert "They moved to Payments" in fresh["description"]
    assert stage(deployment) == (Stage.OPEN, 2)
    assert story.idle_writes(deployment) == []


def test_where_nothing_may_be_written_a_request_waits(tmp_path: Path) -> None:
    observing = make_deployment(tmp_path, mappings=story.mappings_with(), mode="observe")
    ask(observing)
    observing.sync()
    assert (requests(observing), stage(observing)) == ([], (Stage.WAITING, 1))
    observing.mode = "maintenance"
    story.later(observing)
    assert observing.sync().exit_code == 0
    assert len(requests(observing)) == 1


def test_an_idle_run_with_open_requests_makes_no_call_more(deployment: Deployment) -> None:
    ask(deployment)
    deployment.sync()
    story.later(deployment)
    deployment.sync()
    story.later(deployment)
    watch = Watch.of(deployment.world)
    deployment.sync()
    assert (len(watch.entries()), watch.writes()) == (2, [])


def test_a_reason_that_wants_to_be_more_than_text_is_text(deployment: Deployment) -> None:
    hostile = "{{ 7*7 }}[code]<script>alert(1)</script>[/code] ^ORactive=true {reason} \ue000number\ue001"
    ask(deployment, reason=hostile, asked_by="<b>{owner}</b>", subject=replace(EDGE, title=hostile))
    assert fine(deployment.sync())
    [ticket] = requests(deployment)
    assert ticket["short_description"].startswith("[SOC] Not ours, says an owner: {{ 7*7 }}[code]")
    assert "{{ 7*7 }}[code]<script>alert(1)</script>[/code] ^ORactive=true {reason}" in ticket["description"]
    assert "Asked by <b>{owner}</b> on" in ticket["description"]
    assert story.idle_writes(deployment) == []


def test_the_due_date_is_some_working_days_away(deployment: Deployment) -> None:
    asked_at = datetime(2026, 11, 16, 9, tzinfo=UTC)
    catalog = load_catalog(deployment.mappings, deployment=deployment.name)
    occurrence = occurrence_of_request(catalog, a_request(deployment, asked_at=asked_at))
    assert occurrence.due - asked_at >= timedelta(days=4)
    assert occurrence.team == catalog.deployment.oversight_team

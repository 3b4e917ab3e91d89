"""Whose change a write carries over, and how long it had waited when it stood on the other side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.engine import Deployment
from tests.invariants import story
from tests.unit.sync.make import NOW, agreed, case, found, in_sentinel, in_servicenow, never, record

from watchkeeper.model.calls import OTHER, calls_of_run, traffic_in
from watchkeeper.model.lag import Lag, lags_of, waited
from watchkeeper.model.plan import Action, Carried, Operation
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.run import RunReport
from watchkeeper.model.sync_day import SYNC_DAYS
from watchkeeper.sync.case import SideView
from watchkeeper.sync.reconcile import reconcile

TICKET, INCIDENT = agreed()
TEN_BEFORE = NOW - timedelta(minutes=10)


def seen(side: str, fields: dict[str, Any], base: dict[str, Any], **changes: Any) -> SideView:
    """A linked record that was last updated ten minutes ago."""
    return found(side, fields, base, record=record(side, fields, updated_at=TEN_BEFORE, **changes))


def actions(ticket: SideView, incident: SideView, **changes: Any) -> dict[str, Action]:
    return {action.ref.side: action for action in reconcile(case(ticket, incident, **changes)).actions}


class TestWhoseChange:
    def test_an_edit_is_carried_since_its_record_was_last_updated(self) -> None:
        ticket = seen(SERVICENOW, in_servicenow("active"), TICKET)
        written = actions(ticket, seen(SENTINEL, in_sentinel(), INCIDENT))
        assert written[SENTINEL].carries == Carried(SERVICENOW, TEN_BEFORE)

    def test_a_close_is_carried_too(self) -> None:
        ticket = seen(SERVICENOW, in_servicenow("resolved", close_code="Solution provided", close_notes="done"), TICKET)
        written = actions(ticket, seen(SENTINEL, in_sentinel(), INCIDENT))
        assert written[SENTINEL].operation is Operation.CLOSE
        assert written[SENTINEL].carries == Carried(SERVICENOW, TEN_BEFORE)

    def test_what_the_sides_never_agreed_on_is_no_change(self) -> None:
        """The first look at two records that were there before has no news to carry."""
        ticket, incident = found(SERVICENOW, in_servicenow("active")), found(SENTINEL, in_sentinel())
        assert [action.carries for action in actions(ticket, incident).values()] == [None]

    def test_a_new_record_carries_the_one_on_the_other_side(self) -> None:
        written = actions(never(SERVICENOW, draft=in_servicenow()), found(SENTINEL, INCIDENT))
        assert written[SERVICENOW].carries == Carried(SENTINEL, NOW)

    @pytest.mark.parametrize(
        "incident",
        [
            never(SENTINEL, draft=in_sentinel()),
            found(SENTINEL, INCIDENT, record=record(SENTINEL, INCIDENT, ours=True)),
        ],
        ids=["none there", "our own"],
    )
    def test_a_new_record_of_a_duty_carries_nobodys_change(self, incident: SideView) -> None:
        written = actions(never(SERVICENOW, draft=in_servicenow()), incident)
        assert written[SERVICENOW].carries is None

    def test_it_decides_nothing_so_that_plans_are_equal_without_it(self) -> None:
        early, late = (
            actions(
                found(SERVICENOW, {}, TICKET, record=record(SERVICENOW, in_servicenow("active"), updated_at=at)),
                found(SENTINEL, in_sentinel(), INCIDENT),
            )
            for at in (TEN_BEFORE, NOW)
        )
        assert early == late
        assert early[SENTINEL].carries != late[SENTINEL].carries


class TestHowLong:
    def test_from_the_update_to_the_confirmed_write(self) -> None:
        assert waited(TEN_BEFORE, NOW) == 600

    def test_a_clock_that_is_ahead_of_ours_makes_no_wait_of_less_than_none(self) -> None:
        assert waited(NOW + timedelta(hours=3), NOW) == 0

    def test_a_write_that_carries_nothing_over_has_not_waited(self) -> None:
        assert waited(None, NOW) is None


def counts(report: RunReport) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Per direction the bounds under which something was counted."""
    return {(lag.source, lag.target): bounds(lag) for lag in lags_of(report.results)}


def bounds(lag: Lag) -> list[tuple[int, int]]:
    return [(bound, count) for bound, count in zip(lag.waits.bounds, lag.waits.counts, strict=False) if count]


class TestARun:
    @pytest.fixture
    def ticketed(self, deployment: Deployment) -> Deployment:
        report = deployment.sync()
        assert report.results
        assert lags_of(report.results) == ()
        story.later(deployment)
        return deployment

    def test_an_edit_has_waited_until_the_run_wrote_it(self, ticketed: Deployment) -> None:
        story.in_servicenow(ticketed, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
        story.later(ticketed, minutes=7)
        assert counts(ticketed.sync()) == {(SERVICENOW, SENTINEL): [(600, 1)]}
        assert counts(ticketed.sync()) == {}

    def test_an_escalation_and_its_notes_have_waited_since_they_were_written(self, ticketed: Deployment) -> None:
        number = story.escalate(ticketed)
        story.later(ticketed, minutes=25)
        assert counts(story.import_all(ticketed)) == {(SENTINEL, SERVICENOW): [(1800, 1)]}
        story.in_sentinel(ticketed, "liam.byrne", "comment", number, text="on it")
        story.later(ticketed, minutes=90)
        assert counts(ticketed.sync()) == {(SENTINEL, SERVICENOW): [(7200, 1)]}

    def test_each_direction_has_its_own(self, ticketed: Deployment) -> None:
        story.in_servicenow(ticketed, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
        story.in_sentinel(ticketed, "keiko.tanaka", "edit", 1, fields={"severity": "High"})
        story.later(ticketed, minutes=1)
        assert set(counts(ticketed.sync())) == {(SERVICENOW, SENTINEL), (SENTINEL, SERVICENOW)}

    def test_the_store_keeps_them_with_the_run_and_with_what_each_system_was_asked(self, ticketed: Deployment) -> None:
        story.in_servicenow(ticketed, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
        story.later(ticketed, minutes=7)
        [lag] = lags_of(ticketed.sync().results)
        with ticketed.store() as store:
            [run] = store.runs(1)
            today = ticketed.time.now().date()
            [day] = store.snapshots(SYNC_DAYS, today, today)
        told = {"source": SERVICENOW, "target": SENTINEL}
        assert run["lags"] == [{**told, "bounds": list(lag.waits.bounds), "counts": list(lag.waits.counts)}]
        traffic = run["traffic"]
        assert isinstance(traffic, dict)
        assert traffic[SENTINEL]["calls"] > traffic[SENTINEL]["errors"] == 0
        assert (day.document.runs, day.document.lags) == (2, (lag,))

    def test_what_it_asked_for_adds_up_to_that(self, ticketed: Deployment) -> None:
        incidents = "/api/now/table/incident"
        story.fault(ticketed, "status", "servicenow", "GET", path_prefix=incidents, status=503, retry_after=2)
        report = ticketed.sync(full=True)
        with ticketed.store() as store:
            today = ticketed.time.now().date()
            [kept] = store.snapshots(calls_of_run(report.run_id), today, today)
        assert kept.document == report.calls
        assert traffic_in(report.calls) == {side.side: side.traffic for side in report.sides}
        assert {OTHER, ""}.isdisjoint(each.operation for each in report.calls.sums)
        [trouble] = report.calls.troubled
        assert (trouble.operation, trouble.status, trouble.attempt, trouble.waited) == ("incident", 503, 1, 2.0)

    def test_a_run_with_nothing_to_do_keeps_its_two_calls_and_no_lag(self, ticketed: Deployment) -> None:
        report = ticketed.sync()
        calls = {side.side: side.traffic.total - side.traffic.calls.get("TOKEN", 0) for side in report.sides}
        assert calls == {SERVICENOW: 1, SENTINEL: 1}
        assert lags_of(report.results) == ()

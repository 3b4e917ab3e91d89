"""I4: no human edit is lost: it ends on both sides, or is overtaken by a later human edit, or is named in a conflict row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.emulators.world import Exchange
from watchkeeper.model.link import ConflictRow


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    deployment = make_deployment(tmp_path)
    deployment.sync()
    story.later(deployment)
    return deployment


def conflicts(deployment: Deployment) -> list[ConflictRow]:
    with deployment.store() as store:
        return list(store.conflicts())


class TestOneSide:
    """Ticket INC0010001 and incident 1 are one pair; likewise the others."""

    def test_a_ticket_closed_in_servicenow_closes_the_incident_with_the_mapped_classification(
        self, deployment: Deployment
    ) -> None:
        story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")
        deployment.sync()
        properties = story.incident(deployment, 1)["properties"]
        assert (properties["status"], properties["classification"]) == ("Closed", "Undetermined")
        assert properties["classificationComment"].startswith("SOC maintenance duty")

    def test_an_incident_closed_in_sentinel_closes_the_ticket_with_code_and_notes(self, deployment: Deployment) -> None:
        story.in_sentinel(deployment, "keiko.tanaka", "close", 1)
        deployment.sync()
        row = story.ticket(deployment, "INC0010001")
        assert (row["state"], row["close_code"]) == ("6", "Solution provided")
        assert row["close_notes"].startswith("Closed in Microsoft Sentinel (incident 1)")

    @pytest.mark.parametrize("first", ["servicenow", "sentinel"])
    def test_a_reopen_is_carried_over_and_never_closed_again(self, deployment: Deployment, first: str) -> None:
        story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")
        story.settle(deployment, runs=1)
        if first == "servicenow":
            story.in_servicenow(deployment, "ava.nguyen", "reopen", "INC0010001")
        else:
            story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
        story.settle(deployment, runs=3)
        assert story.state(story.ticket(deployment, "INC0010001")) == "active"
        assert story.status(story.incident(deployment, 1)) == "active"
        assert "classification" not in story.incident(deployment, 1)["properties"]

    @pytest.mark.parametrize("first", ["servicenow", "sentinel"])
    def test_a_reopen_wins_over_a_close_of_the_same_moment(self, deployment: Deployment, first: str) -> None:
        """Both closed; one side is reopened while the other is closed again in another way: nobody closes on a guess."""
        story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")
        story.settle(deployment, runs=1)
        if first == "servicenow":
            story.in_servicenow(deployment, "ava.nguyen", "reopen", "INC0010001")
            story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"classificationComment": "really done"})
        else:
            story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
            story.in_servicenow(deployment, "aoife.murphy", "close", "INC0010001")
        story.settle(deployment, runs=2)
        assert story.status(story.incident(deployment, 1)) == "active"

    def test_an_edit_made_before_the_first_sync_of_the_other_side_starts_the_new_record(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path)
        story.fault(deployment, "status", "arm", "PUT", status=403, times=None)
        deployment.sync()
        story.heal(deployment)
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"impact": "1", "urgency": "1"})
        story.later(deployment)
        deployment.sync(full=True)
        assert story.severity(story.ticket(deployment, "INC0010001")) == "High"
        assert story.pairs(deployment)
        assert all(pair.agrees for pair in story.pairs(deployment).values())

    @pytest.mark.parametrize("phase", ["before", "after"])
    def test_an_edit_made_before_a_stored_create_is_sent_again_follows_it(self, tmp_path: Path, phase: str) -> None:
        """The incident is made with what the ticket said when it was decided on: the ticket's edit since is still news."""
        deployment = make_deployment(tmp_path)
        with story.killing(deployment, _at_first_incident(phase)):
            deployment.sync()
        [row] = story.tickets(deployment)
        story.in_servicenow(deployment, "ava.nguyen", "edit", row["number"], fields={"impact": "1", "urgency": "1"})
        story.settle(deployment, runs=2)
        assert story.incident(deployment, 1)["properties"]["severity"] == "High"
        assert all(pair.agrees for pair in story.pairs(deployment).values())


def _at_first_incident(phase: str) -> Any:
    return lambda _, exchange: (exchange.phase, exchange.system, exchange.request.method) == (phase, "arm", "PUT")


class TestBothSides:
    def test_both_changed_a_field_the_winner_is_written_and_the_loser_kept(self, deployment: Deployment) -> None:
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"impact": "1", "urgency": "1"})
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "Medium"})
        deployment.sync()
        assert story.incident(deployment, 1)["properties"]["severity"] == "High"
        [row] = conflicts(deployment)
        told = (row.field, row.winner, json.loads(row.winning), json.loads(row.losing))
        assert told == ("severity", "servicenow", "high", "medium")
        [(author, text)] = story.notes(story.ticket(deployment, "INC0010001"))
        assert author == story.OURS
        assert "medium" in text
        assert not story.idle_writes(deployment)
        assert len(story.notes(story.ticket(deployment, "INC0010001"))) == 1

    def test_the_same_change_on_both_sides_is_no_conflict_and_no_write(self, deployment: Deployment) -> None:
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"impact": "1", "urgency": "1"})
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "High"})
        watch = Watch.of(deployment.world)
        deployment.sync()
        assert not watch.writes()
        assert not conflicts(deployment)

    def test_different_fields_on_each_side_both_cross(self, deployment: Deployment) -> None:
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "High"})
        deployment.sync()
        assert story.status(story.incident(deployment, 1)) == "active"
        assert story.severity(story.ticket(deployment, "INC0010001")) == "High"
        assert not conflicts(deployment)

    @pytest.mark.parametrize("journal", [200, 500])
    def test_a_field_changed_and_changed_back_between_runs_counts_as_an_edit(
        self, deployment: Deployment, journal: int
    ) -> None:
        """A→B→A in ServiceNow while Sentinel changes the same field: both meant something, so the loser is named. The table of
        field changes tells it, also where the one of notes does not answer."""
        if journal != 200:
            story.fault(
                deployment, "status", "servicenow", "GET", regex="sys_journal_field", status=journal, times=None
            )
        for impact in ("1", "3"):
            fields = {"impact": impact, "urgency": impact}
            story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields=fields)
            story.later(deployment, 1)
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "Medium"})
        story.later(deployment)
        deployment.sync()
        assert story.severity(story.ticket(deployment, "INC0010001")) == "Medium"
        [row] = conflicts(deployment)
        assert (row.field, row.winner, json.loads(row.losing)) == ("severity", "sentinel", "informational")

    def test_it_counts_although_another_field_of_the_same_pair_goes_the_other_way(self, deployment: Deployment) -> None:
        """Then both histories are asked, and what the one tells may not push aside what the other told."""
        for severity in ("High", "Informational"):
            story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": severity})
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": "Active"})
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"impact": "2", "urgency": "2"})
        story.later(deployment)
        deployment.sync()
        assert story.state(story.ticket(deployment, "INC0010001")) == "active"
        assert story.severity(story.ticket(deployment, "INC0010001")) == "Medium"
        [row] = conflicts(deployment)
        assert (row.field, row.winner, json.loads(row.losing)) == ("severity", "servicenow", "informational")


def meanwhile(deployment: Deployment, deed: Any, *, system: str, method: str, phase: str = "before") -> Any:
    """A person does something at the very moment in which the engine makes its first such call."""
    done: list[bool] = []

    def listener(exchange: Exchange) -> None:
        writing = (exchange.phase, exchange.system, exchange.request.method) == (phase, system, method)
        if writing and not done and story.is_write(exchange) | (method == "GET"):
            done.append(True)
            deed()

    return deployment.world.listen(listener)


class TestWhileWeWrite:
    def test_an_incident_edited_just_before_our_write_is_read_again_and_merged(self, deployment: Deployment) -> None:
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})

        def deed() -> None:
            story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "High"})

        stop = meanwhile(deployment, deed, system="arm", method="PUT")
        report = deployment.sync()
        stop()
        assert report.exit_code == 0
        assert story.status(story.incident(deployment, 1)) == "active"
        assert story.incident(deployment, 1)["properties"]["severity"] == "High"
        story.settle(deployment, runs=1)
        assert story.severity(story.ticket(deployment, "INC0010001")) == "High"

    def test_a_ticket_edited_between_our_last_look_and_our_write_is_seen_by_the_next_run(
        self, deployment: Deployment
    ) -> None:
        """ServiceNow has no precondition: our PATCH passes over the edit, and must not mark it as seen."""
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "High"})

        def deed() -> None:
            story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})

        stop = meanwhile(deployment, deed, system="servicenow", method="PATCH")
        deployment.sync()
        stop()
        assert story.status(story.incident(deployment, 1)) == "new"
        story.settle(deployment, runs=1)
        assert story.status(story.incident(deployment, 1)) == "active"
        assert not story.idle_writes(deployment)

    def test_a_ticket_edited_after_the_decision_and_before_our_look_is_merged_and_not_written_over(
        self, deployment: Deployment
    ) -> None:
        """While we write on one ticket, a person edits the other one, which the same run is about to write."""
        for number in (1, 2):
            story.in_sentinel(deployment, "keiko.tanaka", "edit", number, fields={"severity": "High"})
        touched = []

        def listener(exchange: Exchange) -> None:
            if exchange.phase == "before" and exchange.request.method == "PATCH" and not touched:
                first = exchange.request.path.endswith(story.ticket(deployment, "INC0010001")["sys_id"])
                touched.append("INC0010002" if first else "INC0010001")
                fields = {"impact": "2", "urgency": "2"}
                story.in_servicenow(deployment, "ava.nguyen", "edit", touched[0], fields=fields)

        stop = deployment.world.listen(listener)
        deployment.sync()
        stop()
        story.settle(deployment, runs=1)
        assert story.severity(story.ticket(deployment, touched[0])) == "High"
        assert [(row.losing, row.resolver) for row in conflicts(deployment)] == [('"medium"', "furthest")]

    def test_an_incident_closed_after_the_decision_and_before_our_write_is_not_opened_by_it(
        self, deployment: Deployment
    ) -> None:
        for ticket in ("INC0010001", "INC0010002"):
            story.in_servicenow(deployment, "ava.nguyen", "edit", ticket, fields={"state": "2"})
        closed = []

        def listener(exchange: Exchange) -> None:
            if exchange.phase == "before" and exchange.request.method == "PUT" and not closed:
                first = exchange.request.path.endswith(story.incident(deployment, 1)["name"])
                closed.append(2 if first else 1)
                story.in_sentinel(deployment, "keiko.tanaka", "close", closed[0])

        stop = deployment.world.listen(listener)
        deployment.sync()
        stop()
        story.settle(deployment, runs=1)
        assert story.status(story.incident(deployment, closed[0])) == "closed"
        assert story.state(story.ticket(deployment, f"INC001000{closed[0]}")) == "closed"

    @pytest.mark.parametrize("killed", [False, True], ids=["", "and-the-run-is-killed"])
    def test_an_edit_of_the_very_field_that_our_write_passes_over_is_named(
        self, deployment: Deployment, killed: bool
    ) -> None:
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": "Active"})

        def deed() -> None:
            story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")

        stop = meanwhile(deployment, deed, system="servicenow", method="PATCH")
        if killed:
            with story.killing(deployment, story.at_write(1, "after")):
                deployment.sync()
        else:
            deployment.sync()
        stop()
        story.settle(deployment, runs=2)
        assert story.state(story.ticket(deployment, "INC0010001")) == "active"
        [row] = conflicts(deployment)
        told = (row.field, row.winner, json.loads(row.winning), json.loads(row.losing), row.resolver)
        assert told == ("status", "sentinel", "active", "resolved", "passed-over")

    def test_an_edit_that_is_half_of_what_our_write_says_is_named_too(self, deployment: Deployment) -> None:
        """Impact and urgency are one severity: the person's urgency is ours as well, and what we replaced is the impact."""
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "Medium"})

        def deed() -> None:
            story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"impact": "3", "urgency": "2"})

        stop = meanwhile(deployment, deed, system="servicenow", method="PATCH")
        deployment.sync()
        stop()
        story.settle(deployment, runs=1)
        assert story.severity(story.ticket(deployment, "INC0010001")) == "Medium"
        [row] = conflicts(deployment)
        assert (row.field, json.loads(row.losing), row.resolver) == ("severity", "low", "passed-over")

    @pytest.mark.parametrize("killed", [False, True], ids=["", "and-the-run-is-killed"])
    def test_a_write_makes_no_third_value_with_half_of_an_edit(self, deployment: Deployment, killed: bool) -> None:
        """Informational becomes Low by the impact alone, and the person's Medium is another urgency: both together would be High."""
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "Low"})

        def deed() -> None:
            story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"impact": "3", "urgency": "1"})

        stop = meanwhile(deployment, deed, system="servicenow", method="PATCH")
        if killed:
            with story.killing(deployment, story.at_write(1, "after")):
                deployment.sync()
        else:
            deployment.sync()
        stop()
        story.settle(deployment, runs=2)
        assert story.severity(story.ticket(deployment, "INC0010001")) == "Low"
        assert story.incident(deployment, 1)["properties"]["severity"] == "Low"
        [row] = conflicts(deployment)
        told = (row.field, json.loads(row.winning), json.loads(row.losing), row.resolver)
        assert told == ("severity", "low", "medium", "passed-over")

    def test_an_edit_and_its_undoing_that_our_write_passes_over_are_named_too(self, deployment: Deployment) -> None:
        """The ticket is New again when our write comes, as it was when that was decided on, but now a person wants it so."""
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": "Active"})

        def deed() -> None:
            story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
            story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "1"})

        stop = meanwhile(deployment, deed, system="servicenow", method="PATCH")
        deployment.sync()
        stop()
        story.settle(deployment, runs=1)
        assert story.state(story.ticket(deployment, "INC0010001")) == "active"
        [row] = conflicts(deployment)
        assert (row.field, json.loads(row.losing), row.resolver) == ("status", "new", "passed-over")

    def test_a_record_that_moves_in_every_round_waits_for_the_next_run(self, deployment: Deployment) -> None:
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
        texts = iter(range(100))

        def listener(exchange: Exchange) -> None:
            if exchange.phase == "before" and exchange.system == "arm" and exchange.request.method == "PUT":
                story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"title": f"again {next(texts)}"})

        stop = deployment.world.listen(listener)
        report = deployment.sync()
        stop()
        assert report.exit_code == 4
        assert len([row for row in report.results if row.outcome == "conflict"]) == 3
        story.settle(deployment, runs=1)
        assert story.status(story.incident(deployment, 1)) == "active"


class TestAfterALostAnswer:
    """Our write was made and its answer was lost; before the next run a person edits the same record."""

    @pytest.mark.parametrize("kind", ["drop_after", "timeout_after"])
    def test_the_same_run_finds_out_what_became_of_it(self, deployment: Deployment, kind: Any) -> None:
        story.in_sentinel(deployment, "keiko.tanaka", "close", 1)
        story.fault(deployment, kind, "servicenow", "PATCH")
        watch = Watch.of(deployment.world)
        report = deployment.sync()
        assert [(row.outcome, row.action.ref.side) for row in report.results] == [
            ("unknown", "servicenow"),
            ("adopted", "servicenow"),
        ]
        assert report.exit_code == 0
        assert len(watch.writes()) == 1
        assert not story.idle_writes(deployment)

    def test_a_reopened_ticket_is_not_closed_again(self, deployment: Deployment) -> None:
        story.in_sentinel(deployment, "keiko.tanaka", "close", 1)
        with story.killing(deployment, story.at_write(1, "after")):
            deployment.sync()
        assert story.state(story.ticket(deployment, "INC0010001")) == "closed"
        story.in_servicenow(deployment, "ava.nguyen", "reopen", "INC0010001")
        story.settle(deployment, runs=3)
        assert story.state(story.ticket(deployment, "INC0010001")) == "active"
        assert story.status(story.incident(deployment, 1)) == "active"

    def test_a_reopened_incident_is_not_closed_again(self, deployment: Deployment) -> None:
        story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")
        with story.killing(deployment, story.at_write(1, "after")):
            deployment.sync()
        assert story.status(story.incident(deployment, 1)) == "closed"
        story.in_sentinel(deployment, "keiko.tanaka", "reopen", 1)
        story.settle(deployment, runs=3)
        assert story.status(story.incident(deployment, 1)) == "active"
        assert story.state(story.ticket(deployment, "INC0010001")) == "active"

    def test_where_the_history_cannot_be_read_nobody_closes_on_a_guess(self, deployment: Deployment) -> None:
        story.in_sentinel(deployment, "keiko.tanaka", "close", 1)
        with story.killing(deployment, story.at_write(1, "after")):
            deployment.sync()
        story.in_servicenow(deployment, "ava.nguyen", "reopen", "INC0010001")
        story.fault(deployment, "status", "servicenow", "GET", regex="sys_audit", status=403, times=None)
        story.later(deployment)
        watch = Watch.of(deployment.world)
        report = deployment.sync()
        assert not watch.writes()
        assert story.state(story.ticket(deployment, "INC0010001")) == "active"
        assert [row.field for row in report.parked] == ["status"]

    def test_an_edit_of_another_field_is_carried_over_too(self, deployment: Deployment) -> None:
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "High"})
        with story.killing(deployment, story.at_write(1, "after")):
            deployment.sync()
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
        story.settle(deployment, runs=2)
        assert story.status(story.incident(deployment, 1)) == "active"
        assert story.incident(deployment, 1)["properties"]["severity"] == "High"
        assert not conflicts(deployment)


class TestOutOfSight:
    def test_an_edit_made_while_the_record_was_hidden_crosses_when_it_is_seen_again(
        self, deployment: Deployment
    ) -> None:
        """Rows that an ACL hides do not come back in any feed."""
        story.fault(deployment, "status", "arm", "GET", regex=r"incidents/[0-9a-f-]{36}$", status=404, times=None)
        story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
        name = story.incident(deployment, 1)["name"]
        _hide(deployment, name)
        report = deployment.sync(full=True)
        assert any("not visible" in row.reason for row in report.parked)
        assert story.status(story.incident(deployment, 1)) == "new"
        story.heal(deployment)
        _show(deployment)
        story.settle(deployment, runs=2)
        assert story.status(story.incident(deployment, 1)) == "active"


def _hide(deployment: Deployment, name: str) -> None:
    """Take one incident out of every ARM listing, as a right on single records would."""
    system: Any = deployment.world.systems["arm"]
    handle = system.handle

    def without(request: Any) -> Any:
        answer = handle(request)
        if request.method == "GET" and request.path.endswith("/incidents") and answer.status == 200:
            body = json.loads(answer.body)
            body["value"] = [item for item in body["value"] if item["name"] != name]
            return type(answer).of_json(200, body, answer.headers)
        return answer

    deployment.world.systems = {**deployment.world.systems, "arm": _Wrapped(system, without)}


def _show(deployment: Deployment) -> None:
    wrapped: Any = deployment.world.systems["arm"]
    deployment.world.systems = {**deployment.world.systems, "arm": wrapped.inner}


class _Wrapped:
    """A system whose answers are altered on their way out."""

    def __init__(self, inner: Any, handle: Any) -> None:
        self.inner, self.handle = inner, handle

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

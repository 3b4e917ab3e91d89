"""I15: a failing record delays no other, and the watermark never jumps over it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.model.run import Outcome

pytestmark = pytest.mark.thorough


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    """Four escalations from Sentinel, imported; no duties."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    for turn in range(4):
        story.escalate(deployment, title=f"Case {turn}")
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    return deployment


def poison(deployment: Deployment, number: int, method: str, status: int) -> None:
    name = story.incident(deployment, number)["name"]
    story.fault(deployment, "status", "arm", method, regex=f"{name}$", status=status, times=None)


def edit_all(deployment: Deployment, state: str) -> None:
    for number in range(1, 5):
        story.in_servicenow(
            deployment, "keiko.tanaka", "edit", story.mirror_of(deployment, number)["number"], fields={"state": state}
        )


def statuses(deployment: Deployment) -> list[str]:
    return [story.status(item) for item in story.incidents(deployment)]


@pytest.mark.parametrize("status", [403, 500, *story.also_slowly(400, 503)])
def test_a_record_that_cannot_be_written_delays_no_other(deployment: Deployment, status: int) -> None:
    edit_all(deployment, "2")
    poison(deployment, 2, "PUT", status)
    report = deployment.sync()
    assert report.exit_code == 4
    assert statuses(deployment) == ["active", "new", "active", "active"]
    for _ in range(3):
        story.later(deployment)
        deployment.sync()
    story.heal(deployment)
    story.later(deployment)
    deployment.sync(full=True)
    assert statuses(deployment) == ["active"] * 4
    assert not story.idle_writes(deployment)


@pytest.mark.parametrize("status", [403, 500])
def test_a_record_that_cannot_be_read_delays_no_other(deployment: Deployment, status: int) -> None:
    edit_all(deployment, "2")
    poison(deployment, 2, "GET", status)
    report = deployment.sync()
    assert [row.number for row in report.parked] == [story.mirror_of(deployment, 2)["number"]]
    assert statuses(deployment) == ["active", "new", "active", "active"]
    story.heal(deployment)
    story.settle(deployment, runs=1)
    assert statuses(deployment) == ["active"] * 4


@pytest.mark.parametrize("status", [403, 500])
def test_an_import_that_fails_delays_no_other_and_is_made_up_for(tmp_path: Path, status: int) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    numbers = [story.escalated_ticket(deployment, title=f"Case {turn}") for turn in range(3)]
    sys_id = story.ticket(deployment, numbers[1])["sys_id"]
    planned = deployment.plan().plan.actions
    broken = next(row.ref.id for row in planned if row.key.endswith(sys_id) and row.ref.side == "sentinel")
    story.fault(deployment, "status", "arm", "PUT", regex=f"{broken}$", status=status, times=None)
    story.import_all(deployment)
    assert len(story.incidents(deployment)) == 2
    story.heal(deployment)
    story.later(deployment)
    deployment.sync(full=True)
    assert len(story.incidents(deployment)) == 3
    assert not story.idle_writes(deployment)


class TestRefused:
    """A write that the system refuses for good."""

    def refused(self, deployment: Deployment) -> None:
        edit_all(deployment, "2")
        poison(deployment, 2, "PUT", 400)
        deployment.sync()

    def test_it_is_not_sent_again_as_it_is_and_stays_in_the_report(self, deployment: Deployment) -> None:
        self.refused(deployment)
        for _ in range(2):
            story.later(deployment)
            watch = Watch.of(deployment.world)
            report = deployment.sync()
            assert not watch.writes()
            [row] = report.parked
            assert "400" in row.reason
            assert report.exit_code == 4
            assert "1 item needs a person" in report.problems[0]
            assert "sync --full" in row.remedy

    def test_a_plan_counts_it_until_it_is_about_to_be_tried_again(self, deployment: Deployment) -> None:
        self.refused(deployment)
        story.later(deployment)
        assert deployment.plan().exit_code == 4
        assert deployment.plan(full=True).exit_code == 0

    def test_it_no_longer_counts_once_it_is_made_up_for(self, deployment: Deployment) -> None:
        self.refused(deployment)
        story.heal(deployment)
        story.later(deployment)
        assert deployment.sync(full=True).exit_code == 0
        story.later(deployment)
        assert deployment.sync().exit_code == 0

    def test_it_is_tried_again_when_the_target_moves(self, deployment: Deployment) -> None:
        self.refused(deployment)
        story.heal(deployment)
        story.in_sentinel(deployment, "keiko.tanaka", "edit", 2, fields={"title": "now it fits"})
        story.settle(deployment, runs=1)
        assert story.status(story.incident(deployment, 2)) == "active"

    def test_it_is_tried_again_when_the_source_moves(self, deployment: Deployment) -> None:
        self.refused(deployment)
        story.heal(deployment)
        number = story.mirror_of(deployment, 2)["number"]
        story.in_servicenow(
            deployment, "keiko.tanaka", "edit", number, fields={"impact": "1", "urgency": "2", "state": "1"}
        )
        story.in_servicenow(deployment, "keiko.tanaka", "edit", number, fields={"state": "3", "hold_reason": "4"})
        story.later(deployment)
        deployment.sync(full=True)
        assert story.status(story.incident(deployment, 2)) == "active"

    def test_it_is_tried_once_more_by_a_full_sweep(self, deployment: Deployment) -> None:
        self.refused(deployment)
        story.later(deployment)
        watch = Watch.of(deployment.world)
        deployment.sync(full=True)
        assert len(watch.writes()) == 1

    def test_its_age_and_its_attempts_are_counted(self, deployment: Deployment) -> None:
        self.refused(deployment)
        with deployment.store() as store:
            [first] = store.dirty()
        story.later(deployment)
        deployment.sync()
        story.later(deployment)
        deployment.sync(full=True)
        with deployment.store() as store:
            [row] = store.dirty()
        assert (first.attempts, row.attempts) == (1, 2)
        assert row.since == first.since
        assert row.reason.startswith("refused ")

    def test_comments_go_on_crossing(self, deployment: Deployment) -> None:
        self.refused(deployment)
        number = story.mirror_of(deployment, 2)["number"]
        story.in_servicenow(deployment, "keiko.tanaka", "note", number, text="still talking")
        story.later(deployment)
        deployment.sync()
        assert any("still talking" in text for text in story.comments(story.incident(deployment, 2)))
        with deployment.store() as store:
            assert [row.reason.split()[0] for row in store.dirty()] == ["refused"]


class TestRefusedComments:
    """ServiceNow takes no more notes on one ticket (it is closed for good, say), and its incident is talked about."""

    TOLD = ("first", "second", "third")

    def close_and_talk(self, deployment: Deployment) -> None:
        number = story.mirror_of(deployment, 2)["number"]
        story.in_servicenow(deployment, "keiko.tanaka", "resolve", number)
        for text in self.TOLD:
            story.in_sentinel(deployment, "keiko.tanaka", "comment", 2, text=text)
        sys_id = story.ticket(deployment, number)["sys_id"]
        story.fault(deployment, "status", "servicenow", "PATCH", regex=f"{sys_id}$", status=403, times=None)
        story.later(deployment)

    def test_each_is_tried_once_and_none_holds_up_the_rest_of_its_key(self, deployment: Deployment) -> None:
        self.close_and_talk(deployment)
        report = deployment.sync()
        told = [(row.action.operation.value, row.outcome) for row in report.results]
        assert told == [*[("comment", Outcome.FAILED)] * len(self.TOLD), ("close", Outcome.DONE)]
        assert story.status(story.incident(deployment, 2)) == "closed"
        story.later(deployment)
        watch = Watch.of(deployment.world)
        report = deployment.sync()
        assert not watch.writes()
        assert len(report.parked) == len(self.TOLD)

    def test_they_cross_once_they_are_taken(self, deployment: Deployment) -> None:
        self.close_and_talk(deployment)
        deployment.sync()
        story.heal(deployment)
        story.later(deployment)
        deployment.sync(full=True)
        texts = [text for _, text in story.notes(story.mirror_of(deployment, 2))]
        assert [any(word in text for text in texts) for word in self.TOLD] == [True] * len(self.TOLD)
        assert not story.idle_writes(deployment)

    @pytest.mark.parametrize("status", [409, 500])
    def test_they_stay_refused_where_another_write_of_the_key_fails(self, deployment: Deployment, status: int) -> None:
        self.close_and_talk(deployment)
        story.fault(deployment, "status", "arm", "PUT", status=status, times=None)
        deployment.sync()
        for _ in range(2):
            story.later(deployment)
            watch = Watch.of(deployment.world)
            report = deployment.sync()
            assert "servicenow" not in {system for system, _, _ in watch.writes()}
            assert report.exit_code == 4


def test_throttling_stops_its_side_and_the_next_run_goes_on(deployment: Deployment) -> None:
    edit_all(deployment, "2")
    story.fault(deployment, "status", "arm", "PUT", status=429, retry_after=3600, after=1, times=None)
    report = deployment.sync()
    outcomes = [row.outcome for row in report.results]
    assert outcomes.count(Outcome.DONE) == 1
    assert Outcome.SKIPPED in outcomes
    assert report.exit_code == 75
    assert report.resume is not None
    story.heal(deployment)
    story.settle(deployment, runs=1)
    assert statuses(deployment) == ["active"] * 4


def test_a_credential_that_is_refused_stops_its_side_with_its_own_exit_code(deployment: Deployment) -> None:
    edit_all(deployment, "2")
    story.fault(deployment, "status", "arm", "PUT", status=401, times=None)
    report = deployment.sync()
    assert report.exit_code == 5
    assert statuses(deployment) == ["new"] * 4
    story.heal(deployment)
    story.settle(deployment, runs=1)
    assert statuses(deployment) == ["active"] * 4


def test_a_side_that_is_down_ends_the_run_before_any_write_and_loses_nothing(deployment: Deployment) -> None:
    edit_all(deployment, "2")
    story.fault(deployment, "status", "arm", "GET", status=503, times=None)
    watch = Watch.of(deployment.world)
    report = deployment.sync()
    assert report.exit_code == 75
    assert not watch.writes()
    story.heal(deployment)
    story.settle(deployment, runs=1)
    assert statuses(deployment) == ["active"] * 4


def test_a_status_that_the_mapping_does_not_know_parks_that_field_alone(deployment: Deployment) -> None:
    number = story.mirror_of(deployment, 1)["number"]
    row = story.ticket(deployment, number)
    fields = {"state": "4", "impact": "1", "urgency": "1"}
    choice = {"name": "incident", "element": "state", "value": "4", "label": "Waiting"}
    story.seed_servicenow(
        deployment,
        rows=[
            {"table": "sys_choice", "fields": choice},
            {"table": "incident", "sys_id": row["sys_id"], "fields": fields},
        ],
    )
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 2, fields={"status": "Active"})
    story.later(deployment)
    report = deployment.sync()
    assert [each.field for each in report.parked] == ["status"]
    assert story.status(story.incident(deployment, 1)) == "new"
    assert story.state(story.mirror_of(deployment, 2)) == "active"


@pytest.mark.parametrize("table", ["sys_user", "sys_user_grmember"])
@pytest.mark.parametrize("status", [403, 500])
def test_a_closer_who_cannot_be_looked_up_delays_that_close_alone(
    deployment: Deployment, table: str, status: int
) -> None:
    story.in_servicenow(deployment, "keiko.tanaka", "resolve", story.mirror_of(deployment, 1)["number"])
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 2, fields={"status": "Active"})
    story.fault(deployment, "status", "servicenow", "GET", regex=f"{table}$", status=status, times=None)
    story.later(deployment)
    report = deployment.sync()
    assert report.exit_code == 0
    assert [(row.field, "could not be looked up" in row.reason) for row in report.parked] == [("status", True)]
    assert statuses(deployment)[0] == "new"
    assert story.state(story.mirror_of(deployment, 2)) == "active"
    story.heal(deployment)
    story.later(deployment)
    assert not deployment.sync().parked
    assert statuses(deployment)[0] == "closed"


def test_a_group_that_does_not_resolve_stops_its_own_creations_alone(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score", "automation-scripts"))
    story.rewrite(deployment, "teams.yaml", "group: SOC Monitoring", "group: SOC Monitorin")
    report = deployment.sync()
    assert report.exit_code == 4
    assert [row["assignment_group"] for row in story.tickets(deployment)]
    assert {key.split("/")[0] for key in story.keys_in_servicenow(deployment)} == {"automation-scripts"}
    refused = [row for row in report.parked if row.key.startswith("secure-score/")]
    assert len(refused) == 1
    assert "defender-xdr.yaml:" in refused[0].reason
    assert "near: SOC Monitoring" in refused[0].reason
    named = [row for row in report.parked if row.field == "population"]
    assert len(named) == 1
    assert "teams.yaml:" in named[0].reason
    assert not story.idle_writes(deployment)
    story.rewrite(deployment, "teams.yaml", "group: SOC Monitorin", "group: SOC Monitoring")
    story.settle(deployment, runs=1)
    assert set(story.keys_in_servicenow(deployment).values()) == {1}
    assert {key.split("/")[0] for key in story.keys_in_servicenow(deployment)} == {"automation-scripts", "secure-score"}


def test_a_task_whose_team_left_the_catalogue_stops_nothing(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score", "automation-scripts"))
    story.fault(deployment, "status", "servicenow", "POST", path_prefix="/api/now/table", status=400, times=1)
    deployment.sync()
    story.heal(deployment)
    story.rewrite(deployment, "packs/defender-xdr.yaml", "id: automation-scripts", "id: automation-scripts-too")
    story.settle(deployment, runs=2)
    with deployment.store() as store:
        assert not store.dirty()
        assert not store.intents()

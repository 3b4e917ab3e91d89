"""Defender's own ways, through the real stack."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.contract.evidence_sources.rig import EvidenceRig

from watchkeeper.errors import AuthFailed, NotFound, Protocol, Throttled, Unavailable, WatchkeeperError
from watchkeeper.model.evidence import Emptiness
from watchkeeper.model.sources import DEFENDER


def test_devices_without_a_sensor_are_found_by_their_directory_id(rig: EvidenceRig) -> None:
    sensed = {row.directory_id for row in rig.defender.machines().rows}
    gap = [row.name for row in rig.graph.managed_devices().rows if row.directory_id not in sensed]
    assert len(gap) == 6


def test_a_link_that_names_the_api_by_its_older_host_is_followed_at_our_address(rig: EvidenceRig) -> None:
    rig.seed(DEFENDER, options={"page_size": 10, "links": "other_name"})
    assert len(rig.defender.machines().rows) == 42
    assert len(rig.calls(DEFENDER)) == 5


def test_a_full_page_without_a_link_is_not_the_end(rig: EvidenceRig) -> None:
    machines = [{"id": f"m{number}"} for number in range(10_003)]
    rig.seed(DEFENDER, options={"links": "none"}, collections={"machines": machines})
    assert len(rig.defender.machines().rows) == 10_003
    assert [entry.query for entry in rig.calls(DEFENDER)] == ["", "$skip=10000"]


@pytest.mark.parametrize("nothing", [{"kind": "status", "status": 404}, {"kind": "empty", "status": 204}])
def test_a_last_page_that_is_full_may_be_followed_by_nothing(rig: EvidenceRig, nothing: dict[str, Any]) -> None:
    machines = [{"id": f"m{number}"} for number in range(10_000)]
    rig.seed(DEFENDER, collections={"machines": machines})
    rig.fault(system=DEFENDER, after=1, **nothing)
    found = rig.defender.machines()
    assert (len(found.rows), found.empty) == (10_000, None)


@pytest.mark.parametrize(
    ("status", "empty"), [(404, Emptiness.NOT_FOUND), (200, Emptiness.NOTHING_LISTED), (204, Emptiness.NO_CONTENT)]
)
def test_no_machines_at_all_is_an_answer_however_it_is_given(rig: EvidenceRig, status: int, empty: Emptiness) -> None:
    rig.seed(DEFENDER, collections={"machines": []}, options={"no_machines": status})
    found = rig.defender.machines()
    assert (found.rows, found.empty) == ((), empty)


def test_a_tenant_without_the_licence_has_machines_and_says_why_it_has_nothing_else(rig: EvidenceRig) -> None:
    rig.seed(DEFENDER, options={"vulnerability_licence": False})
    assert rig.defender.machines().rows
    for read in (
        rig.defender.recommendations,
        rig.defender.remediation_tasks,
        rig.defender.software,
        rig.defender.exposure_score,
    ):
        assert read().empty is Emptiness.NOT_LICENSED


def test_completed_tasks_vanish_half_a_year_after_their_end(rig: EvidenceRig) -> None:
    def completed() -> set[str]:
        return {row.id for row in rig.defender.remediation_tasks().rows if row.completed}

    before = completed()
    rig.clock.advance(timedelta(days=181))
    rig.open()
    assert before
    assert before.isdisjoint(completed())


def test_who_completed_a_task_is_told(rig: EvidenceRig) -> None:
    tasks = rig.defender.remediation_tasks().rows
    assert {row.completed_by for row in tasks if row.completed} == {"automatic", "liam.byrne@soc.example"}
    assert {row.completed_by for row in tasks if not row.completed} == {""}
    assert all(row.left == row.target - row.fixed >= 0 for row in tasks)
    assert any(row.due_at is None for row in tasks)


def test_the_exposure_score_is_one_row(rig: EvidenceRig) -> None:
    (score,) = rig.defender.exposure_score().rows
    assert 0 < score.points < 100
    assert score.at == rig.clock.now()


def test_a_wider_permission_is_enough_where_it_is_documented(rig: EvidenceRig) -> None:
    rig.consent(DEFENDER, "Machine.ReadWrite.All")
    assert rig.defender.machines().rows
    with pytest.raises(AuthFailed, match=r"API required roles: Software\.Read\.All"):
        rig.defender.software()


class TestExposedDevices:
    """The devices of one remediation task, which are asked for with its id."""

    @pytest.fixture
    def task(self, rig: EvidenceRig) -> str:
        rig.seed(DEFENDER, add={"remediationTasks": [{"id": "t-1"}], "machineReferences": self.devices(7)})
        return "t-1"

    @staticmethod
    def devices(count: int) -> list[dict[str, str]]:
        return [{"of": "t-1", "id": f"d{number}", "computerDnsName": f"pc-{number}"} for number in range(count)]

    def test_are_those_that_a_task_still_waits_for(self, rig: EvidenceRig) -> None:
        machines = {row.id: row for row in rig.defender.machines().rows}
        listed = 0
        for task in rig.defender.remediation_tasks().rows:
            found = rig.defender.exposed_devices(task.id)
            assert len(found.rows) <= task.left
            assert {row.group for row in found.rows} <= set(task.groups)
            assert {(row.name, row.system) for row in found.rows} <= {
                (row.name, row.system) for row in machines.values()
            }
            listed += len(found.rows)
        assert listed

    @pytest.mark.parametrize("options", [{"page_size": 3}, {"page_size": 3, "overlap": 1}, {"page_size": 1}])
    def test_are_read_to_their_end_each_once(self, rig: EvidenceRig, task: str, options: dict[str, int]) -> None:
        rig.seed(DEFENDER, options=options)
        assert [row.id for row in rig.defender.exposed_devices(task).rows] == [f"d{number}" for number in range(7)]

    def test_of_a_full_page_without_a_link_are_not_all(self, rig: EvidenceRig, task: str) -> None:
        rig.seed(DEFENDER, options={"links": "none"}, collections={"machineReferences": self.devices(10_002)})
        assert len(rig.defender.exposed_devices(task).rows) == 10_002

    @pytest.mark.parametrize("links", ["foreign_host", "endless"])
    def test_follow_no_link_that_leads_astray(self, rig: EvidenceRig, task: str, links: str) -> None:
        rig.seed(DEFENDER, options={"page_size": 3, "links": links})
        with pytest.raises(Protocol):
            rig.defender.exposed_devices(task)

    def test_of_a_task_without_any_are_an_empty_list(self, rig: EvidenceRig) -> None:
        rig.seed(DEFENDER, add={"remediationTasks": [{"id": "t-2"}]})
        assert rig.defender.exposed_devices("t-2").empty is Emptiness.NOTHING_LISTED

    def test_of_a_task_that_is_gone_are_not_found(self, rig: EvidenceRig) -> None:
        with pytest.raises(NotFound):
            rig.defender.exposed_devices("gone")

    @pytest.mark.parametrize("task", ["", "..", "a/b", "a?b", "%2e%2e", "x" * 65, "a b", "ａ"])
    def test_of_an_id_that_is_none_are_asked_of_nobody(self, rig: EvidenceRig, task: str) -> None:
        with pytest.raises(Protocol):
            rig.defender.exposed_devices(task)
        assert rig.calls(DEFENDER) == []

    def test_need_the_permission_of_the_tasks_and_name_it(self, rig: EvidenceRig, task: str) -> None:
        rig.consent(DEFENDER, "Machine.Read.All")
        with pytest.raises(AuthFailed) as refused:
            rig.defender.exposed_devices(task)
        assert "RemediationTasks.Read.All" in refused.value.remedy

    def test_without_the_licence_are_none_and_say_why(self, rig: EvidenceRig, task: str) -> None:
        rig.seed(DEFENDER, options={"vulnerability_licence": False})
        assert rig.defender.exposed_devices(task).empty is Emptiness.NOT_LICENSED

    def test_wait_as_long_as_they_are_asked_to(self, rig: EvidenceRig, task: str) -> None:
        rig.fault("status", DEFENDER, status=429, retry_after=17, times=1)
        assert rig.defender.exposed_devices(task).rows
        assert 17 <= sum(rig.slept) < 18

    def test_have_a_limit_of_calls_that_is_waited_for(self, rig: EvidenceRig, task: str) -> None:
        for _ in range(101):
            assert rig.defender.exposed_devices(task).rows
        assert 0 < sum(rig.slept) <= 61

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ({"kind": "status", "status": 503}, Unavailable),
            ({"kind": "status", "status": 429, "retry_after": 3600}, Throttled),
            ({"kind": "truncate"}, Protocol),
            ({"kind": "html200"}, Protocol),
            ({"kind": "empty"}, Protocol),
            ({"kind": "redirect"}, WatchkeeperError),
        ],
        ids=lambda each: "-".join(map(str, each.values())) if isinstance(each, dict) else "",
    )
    def test_are_never_taken_for_none_because_an_answer_is_none(
        self, rig: EvidenceRig, task: str, fault: dict[str, Any], error: type[WatchkeeperError]
    ) -> None:
        rig.fault(system=DEFENDER, **fault)
        with pytest.raises(error):
            rig.defender.exposed_devices(task)

    def test_that_are_odd_are_named_and_spoil_no_other(self, rig: EvidenceRig, task: str) -> None:
        odd = [{"of": task, "id": ""}, {"of": task, "id": "odd", "computerDnsName": 7}]
        rig.seed(DEFENDER, add={"machineReferences": odd})
        found = rig.defender.exposed_devices(task)
        assert (len(found.rows), len(found.set_aside)) == (7, 2)

"""Defender's own ways, through the real stack."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.contract.evidence_sources.rig import EvidenceRig

from watchkeeper.errors import AuthFailed
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

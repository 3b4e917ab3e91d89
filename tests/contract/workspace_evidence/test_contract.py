"""What a workspace keeps to as a source of evidence, whatever it is asked: to the end, each row once, broken ones named, and nothing
guessed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.contract.workspace_evidence.rig import LISTS, QUERIES, READS, SYSTEMS, WorkspaceRig

from watchkeeper.errors import AuthFailed, Conflict, NotFound, Protocol, Throttled, Unavailable, WatchkeeperError
from watchkeeper.model.evidence import Emptiness, Subject
from watchkeeper.model.record import SENTINEL

QUERY = "Microsoft.OperationalInsights/workspaces/query"
ACTIONS = [
    (Subject.CONTENT_PACKAGES, "Microsoft.SecurityInsights/contentPackages/read"),
    (Subject.CONTENT_PACKAGES, "Microsoft.SecurityInsights/contentProductPackages/read"),
    (Subject.AUTOMATION_RULES, "Microsoft.SecurityInsights/automationRules/read"),
    (Subject.PLAYBOOKS, "Microsoft.Logic/workflows/read"),
    (Subject.AUTOMATION_FAILURES, f"{QUERY}/SentinelHealth/read"),
    (Subject.CLOSED_INCIDENTS, f"{QUERY}/SecurityIncident/read"),
    (Subject.CLOSED_INCIDENTS, f"{QUERY}/SecurityAlert/read"),
]


@pytest.mark.parametrize("subject", READS)
class TestEveryRead:
    def test_brings_rows_and_tells_as_of_when(self, month: WorkspaceRig, subject: Subject) -> None:
        found = month.read(subject)
        assert found.rows
        assert (found.set_aside, found.empty) == ((), None)
        assert found.as_of == month.clock.now()

    def test_writes_nothing(self, month: WorkspaceRig, subject: Subject) -> None:
        month.read(subject)
        asked = {(entry.system, entry.method) for entry in month.requests()}
        assert asked <= {("arm", "GET"), ("loganalytics", "POST")}

    def test_waits_as_long_as_it_is_asked_to(self, month: WorkspaceRig, subject: Subject) -> None:
        month.fault("status", system=SYSTEMS[subject], status=429, retry_after=17, times=1)
        assert month.read(subject).rows
        assert 17 <= sum(month.slept) < 18

    def test_gives_up_on_a_limit_that_lasts_longer_than_a_call_waits(
        self, month: WorkspaceRig, subject: Subject
    ) -> None:
        month.fault("status", system=SYSTEMS[subject], status=429, retry_after=3600)
        with pytest.raises(Throttled) as throttled:
            month.read(subject)
        assert throttled.value.retry_after == timedelta(hours=1)


@pytest.mark.parametrize("subject", [Subject.PLAYBOOKS, Subject.CLOSED_INCIDENTS])
class TestTrouble:
    """With one read of each service: what they have in common is below them."""

    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "status", "status": 503, "times": 2},
            {"kind": "drop_before", "times": 1},
            {"kind": "page", "page": "gateway", "times": 1},
        ],
        ids=lambda fault: fault["kind"],
    )
    def test_goes_on_after_a_moment_of_trouble(
        self, month: WorkspaceRig, subject: Subject, fault: dict[str, Any]
    ) -> None:
        month.fault(system=SYSTEMS[subject], **fault)
        assert month.read(subject).rows

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ({"kind": "status", "status": 503}, Unavailable),
            ({"kind": "truncate"}, WatchkeeperError),
            ({"kind": "html200"}, Protocol),
            ({"kind": "empty"}, Protocol),
            ({"kind": "hostile", "shape": "deep"}, Protocol),
            ({"kind": "redirect"}, WatchkeeperError),
        ],
        ids=lambda each: "-".join(map(str, each.values())) if isinstance(each, dict) else "",
    )
    def test_never_takes_an_answer_that_is_none_for_an_empty_list(
        self, month: WorkspaceRig, subject: Subject, fault: dict[str, Any], error: type[WatchkeeperError]
    ) -> None:
        month.fault(system=SYSTEMS[subject], **fault)
        with pytest.raises(error):
            month.read(subject)


@pytest.mark.parametrize(("subject", "action"), ACTIONS)
def test_without_its_right_a_read_says_which_one_to_give(month: WorkspaceRig, subject: Subject, action: str) -> None:
    month.may_all_but(action)
    with pytest.raises(AuthFailed) as refused:
        month.read(subject)
    assert action in refused.value.remedy
    assert "deploy/permissions/azure-evidence.json" in refused.value.remedy
    assert refused.value.attempt.status == 403
    assert refused.value.attempt.system == SENTINEL
    others = [each for each in READS if each is not subject]
    assert all(month.read(each).rows for each in others)


@pytest.mark.parametrize(
    ("subject", "empty"),
    [
        (Subject.CONTENT_PACKAGES, {"content_packages": []}),
        (Subject.PLAYBOOKS, {"playbooks": []}),
        (Subject.AUTOMATION_RULES, {}),
        (Subject.AUTOMATION_FAILURES, {}),
        (Subject.CLOSED_INCIDENTS, {}),
    ],
)
def test_nothing_is_an_empty_list_that_says_so(rig: WorkspaceRig, subject: Subject, empty: dict[str, Any]) -> None:
    rig.arm.seed({"system": "sentinel", **empty, "grants": {}})
    found = rig.read(subject)
    assert (found.rows, found.empty) == ((), Emptiness.NOTHING_LISTED)


def test_a_subscription_that_has_never_had_a_logic_app_has_no_playbook(rig: WorkspaceRig) -> None:
    rig.switch(logic_registered=False)
    found = rig.read(Subject.PLAYBOOKS)
    assert (found.rows, found.empty) == ((), Emptiness.NOTHING_LISTED)


def test_another_conflict_is_no_empty_list(rig: WorkspaceRig) -> None:
    rig.fault("status", status=409)
    with pytest.raises(Conflict):
        rig.read(Subject.PLAYBOOKS)


@pytest.mark.parametrize("subject", QUERIES)
def test_a_workspace_without_any_data_is_empty_and_says_so(month: WorkspaceRig, subject: Subject) -> None:
    month.fault("empty", system="loganalytics", status=204)
    found = month.read(subject)
    assert (found.rows, found.empty) == ((), Emptiness.NO_CONTENT)


def test_a_workspace_that_has_incidents_and_then_no_data_is_not_believed(month: WorkspaceRig) -> None:
    month.fault("empty", system="loganalytics", status=204, after=1)
    with pytest.raises(Protocol, match="no data in this workspace"):
        month.read(Subject.CLOSED_INCIDENTS)


@pytest.mark.parametrize("subject", LISTS)
class TestEveryList:
    def test_is_read_to_its_end_whatever_the_page(self, month: WorkspaceRig, subject: Subject) -> None:
        whole = month.read(subject).rows
        month.switch(list_page_size=2)
        before = len(month.calls("arm"))
        assert month.read(subject).rows == whole
        assert len(month.calls("arm")) - before >= -(-len(whole) // 2)

    def test_has_each_row_once_although_pages_overlap(self, month: WorkspaceRig, subject: Subject) -> None:
        whole = month.read(subject).rows
        month.switch(list_page_size=2, overlapping_pages=1)
        assert month.read(subject).rows == whole

    @pytest.mark.parametrize("link", ["foreign_host", "other_port", "endless"])
    def test_follows_no_link_that_leads_astray(self, month: WorkspaceRig, subject: Subject, link: str) -> None:
        month.switch(list_page_size=2, next_link=link)
        with pytest.raises(Protocol):
            month.read(subject)
        assert {entry.system for entry in month.world.log.entries()} <= {"arm", "entra", "loganalytics"}

    def test_that_breaks_off_is_no_list(self, month: WorkspaceRig, subject: Subject) -> None:
        month.switch(list_page_size=2)
        month.fault("status", status=500, after=1)
        with pytest.raises(Unavailable):
            month.read(subject)

    def test_204_is_an_empty_list_that_says_so(self, month: WorkspaceRig, subject: Subject) -> None:
        month.fault("empty", status=204)
        assert month.read(subject).empty is Emptiness.NO_CONTENT

    def test_204_in_the_place_of_a_further_page_is_no_empty_list(self, month: WorkspaceRig, subject: Subject) -> None:
        month.switch(list_page_size=2)
        month.fault("empty", status=204, after=1)
        with pytest.raises(Protocol):
            month.read(subject)

    def test_404_is_none_since_a_place_that_is_spelled_wrong_gets_it_too(
        self, month: WorkspaceRig, subject: Subject
    ) -> None:
        month.fault("status", status=404)
        with pytest.raises(NotFound):
            month.read(subject)


def test_one_token_serves_each_audience(month: WorkspaceRig) -> None:
    for subject in READS:
        month.read(subject)
    assert sum(entry.path.endswith("/token") for entry in month.calls("entra")) == 2


def test_reading_all_of_it_takes_seven_calls(month: WorkspaceRig) -> None:
    for subject in READS:
        month.read(subject)
    assert (len(month.calls("arm")), len(month.calls("loganalytics"))) == (4, 3)

"""Microsoft Graph's own ways, through the real stack."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.contract.evidence_sources.rig import EvidenceRig

from watchkeeper.errors import Protocol
from watchkeeper.model.evidence import Emptiness
from watchkeeper.model.sources import GRAPH


def test_scores_since_a_day_are_read_in_as_few_pages_as_they_fill(rig: EvidenceRig) -> None:
    rig.seed(GRAPH, options={"page_size": 7, "scores_kept": 180})
    found = rig.graph.secure_scores(since=date(2026, 11, 10))
    assert [row.day for row in found.rows] == [date(2026, 11, 16) - timedelta(days=ago) for ago in range(7)]
    assert len(rig.calls(GRAPH)) == 2


def test_half_a_year_of_scores_adds_up_and_the_most_moves(rig: EvidenceRig) -> None:
    rig.seed(GRAPH, options={"scores_kept": 365})
    rows = rig.graph.secure_scores().rows
    assert len(rows) == 181
    assert all(row.points == pytest.approx(sum(each.points for each in row.controls), abs=0.01) for row in rows)
    assert len({row.most for row in rows}) == 4
    assert all(0 <= row.share <= 1 for row in rows)
    assert {each.basis for row in rows for each in row.comparisons} == {"allTenants", "totalSeats"}


def test_a_control_carries_what_somebody_decided_about_it(rig: EvidenceRig) -> None:
    profiles = {row.id: row for row in rig.graph.control_profiles().rows}
    accepted = profiles["RoleOverlap"].decision
    assert accepted is not None
    assert (accepted.state, accepted.comment) == ("riskAccepted", "Break-glass accounts")
    assert profiles["mcas_firewall_log_upload"].deprecated
    assert profiles["exo_mailboxaudit"].most == 3.0


@pytest.mark.parametrize("casing", ["pascal", "camel"])
def test_words_read_alike_in_either_casing(rig: EvidenceRig, casing: str) -> None:
    rig.seed(GRAPH, options={"casing": casing})
    assert {row.category for row in rig.graph.announcements().rows} == {
        "planForChange",
        "stayInformed",
        "preventOrFixIssue",
    }
    statuses = {row.service: row.status for row in rig.graph.service_health().rows}
    assert statuses["Microsoft Intune"] == "serviceDegradation"


def test_announcements_are_asked_for_in_large_pages(rig: EvidenceRig) -> None:
    found = rig.graph.announcements()
    assert len(found.rows) == 130
    assert len(rig.calls(GRAPH)) == 1
    assert any(row.act_by for row in found.rows)
    assert all((row.act_by is not None) == row.major for row in found.rows)


def test_issues_come_with_their_service(rig: EvidenceRig) -> None:
    issues = [issue for row in rig.graph.service_health().rows for issue in row.issues]
    assert [(issue.id, issue.resolved) for issue in sorted(issues, key=lambda each: each.id)] == [
        ("EX226574", True),
        ("IT910001", False),
    ]


def test_headroom_is_what_can_still_be_assigned(rig: EvidenceRig) -> None:
    headroom = {row.name: row.headroom for row in rig.graph.licences().rows}
    assert headroom == {"SPE_E5": 2, "MDATP_XPLAT": 19, "TVM_Premium_Standalone": 10, "CRMSTANDARD": -14}


def test_a_tenant_without_intune_has_no_devices_and_says_why(rig: EvidenceRig) -> None:
    rig.seed(GRAPH, options={"intune": False})
    found = rig.graph.managed_devices()
    assert (found.rows, found.empty) == ((), Emptiness.NOT_LICENSED)


def test_only_the_properties_that_are_kept_are_asked_for(rig: EvidenceRig) -> None:
    rig.graph.managed_devices()
    assert "serialNumber" not in rig.calls(GRAPH)[0].query
    assert "azureADDeviceId" in rig.calls(GRAPH)[0].query


def test_a_link_that_is_no_address_is_not_followed(rig: EvidenceRig) -> None:
    rig.seed(GRAPH, options={"page_size": 20, "links": "not_a_link"})
    with pytest.raises(Protocol, match="link to the next page is none"):
        rig.graph.managed_devices()


def test_the_published_limit_is_waited_for(rig: EvidenceRig) -> None:
    """151 calls in a minute: the last one waits until the first is a minute old."""
    rig.seed(GRAPH, options={"scores_kept": 151, "page_size": 1})
    assert len(rig.graph.secure_scores().rows) == 151
    assert sum(rig.slept) >= 59

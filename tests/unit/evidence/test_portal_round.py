"""The weekly round: what is to be judged, what is due, what is disturbed, what runs out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from watchkeeper.evidence.portal import Supply
from watchkeeper.evidence.portal_round import PortalRound, portal_round
from watchkeeper.model.evidence import Announcement, Licence, ServiceHealth, ServiceIssue

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
LAST = NOW - timedelta(days=7)
POST = Announcement(
    id="MC1",
    title="Defender portal changes",
    category="planForChange",
    severity="normal",
    services=("Microsoft Defender XDR",),
    tags=(),
    major=True,
    act_by=datetime(2026, 12, 1, tzinfo=UTC),
    starts_at=None,
    ends_at=None,
    changed_at=LAST + timedelta(days=1),
    body="<p>long</p>",
)
ISSUE = ServiceIssue("DZ1", "Late alerts", "", "advisory", "serviceDegradation", "Alerts", False, LAST, None, None)
WELL = ServiceHealth("mdatp", "Microsoft Defender XDR", "serviceOperational", ())
SKU = Licence("1", "SPE_E5", "Enabled", enabled=100, warning=0, suspended=0, locked_out=0, consumed=50)


def found(
    announcements: list[Announcement] | None = None,
    health: list[ServiceHealth] | None = None,
    licences: list[Licence] | None = None,
    *services: str,
) -> PortalRound:
    return portal_round(announcements, health, licences, services=services, since=LAST, now=NOW)


def test_a_message_is_kept_without_its_long_text_and_with_where_to_read_it() -> None:
    (message,) = found([POST]).messages or ()
    assert (message.id, message.act_by, message.days_left, message.fresh) == ("MC1", date(2026, 12, 1), 15, True)
    assert message.url == "https://admin.microsoft.com/Adminportal/Home#/MessageCenter/:/messages/MC1"


def test_an_id_cannot_lead_out_of_the_address() -> None:
    (message,) = found([replace(POST, id="../x?y#z")]).messages or ()
    assert message.url.endswith("/messages/..%2Fx%3Fy%23z")


def test_what_has_a_date_is_listed_by_date() -> None:
    given = [POST, replace(POST, id="MC2", act_by=None), replace(POST, id="MC3", act_by=NOW + timedelta(days=2))]
    assert [each.id for each in found(given).dated] == ["MC3", "MC1"]


@pytest.mark.parametrize(
    ("status", "disturbed"),
    [
        ("serviceOperational", False),
        ("ServiceOperational", False),
        ("serviceRestored", False),
        ("falsePositive", False),
        ("postIncidentReviewPublished", False),
        ("mitigatedExternal", False),
        ("serviceDegradation", True),
        ("investigating", True),
        ("extendedRecovery", True),
        ("aStateThatIsNewNextYear", True),
    ],
)
def test_a_service_is_disturbed_unless_its_state_says_that_it_is_over(status: str, disturbed: bool) -> None:
    assert bool(found(health=[replace(WELL, status=status)]).disturbances) is disturbed


def test_a_working_service_with_trouble_that_is_not_over_is_named_behind_those_that_do_not_work() -> None:
    over = [replace(ISSUE, id="DZ2", resolved=True), replace(ISSUE, id="DZ3", status="serviceRestored")]
    given = [replace(WELL, issues=(ISSUE, *over)), replace(WELL, service="Teams", status="investigating")]
    disturbances = found(health=given).disturbances or ()
    assert [(each.service, [trouble.id for trouble in each.troubles]) for each in disturbances] == [
        ("Teams", []),
        ("Microsoft Defender XDR", ["DZ1"]),
    ]


def test_only_the_named_services_are_looked_at() -> None:
    given = [replace(WELL, status="investigating"), replace(WELL, service="Teams", status="investigating")]
    disturbances = found([], given, [], "microsoft defender xdr").disturbances or ()
    assert [each.service for each in disturbances] == ["Microsoft Defender XDR"]


def test_licences_that_are_low_or_worse_are_scarce() -> None:
    given = [SKU, replace(SKU, id="2", consumed=97), replace(SKU, id="3", consumed=120)]
    assert [(each.licence.id, each.supply) for each in found(licences=given).scarce] == [
        ("3", Supply.OVERDRAWN),
        ("2", Supply.LOW),
    ]


def test_what_could_not_be_read_is_not_taken_for_nothing() -> None:
    assert (found().messages, found().disturbances, found().licences) == (None, None, None)
    nothing = found([], [], [])
    assert (nothing.messages, nothing.disturbances, nothing.licences) == ((), (), ())

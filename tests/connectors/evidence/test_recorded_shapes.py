"""Answers in the shapes that the documentation prints, with odd rows beside them: each row is read, or told, and none spoils the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.sentinel.exchanges import CONFIG, FixedClock, expect_sign_in, transport

from watchkeeper.model.evidence import Emptiness, Listing
from watchkeeper.transport.rows import Row
from watchkeeper_defender import DefenderConfig, DefenderSource
from watchkeeper_defender import open_source as open_defender
from watchkeeper_defender.readings import READINGS as DEFENDER_READINGS
from watchkeeper_defender.readings import exposed_devices
from watchkeeper_graph import GraphConfig, GraphSource
from watchkeeper_graph import open_source as open_graph
from watchkeeper_graph.readings import READINGS as GRAPH_READINGS
from watchkeeper_sentinel import open_sign_in

RECORDED = Path(__file__).parent / "recorded"
GRAPH = "https://graph.microsoft.com/v1.0"
DEFENDER = "https://api.security.microsoft.com/api"
T = TypeVar("T")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)


@pytest.fixture
def server() -> Iterator[responses.RequestsMock]:
    """Everything on the network: what is not expected here fails."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        expect_sign_in(mock)
        yield mock


@pytest.fixture
def graph(server: responses.RequestsMock) -> GraphSource:
    sessions = transport(writes=False)
    return open_graph(GraphConfig(), sessions, open_sign_in(CONFIG, sessions), FixedClock())


@pytest.fixture
def defender(server: responses.RequestsMock) -> DefenderSource:
    sessions = transport(writes=False)
    return open_defender(DefenderConfig(), sessions, open_sign_in(CONFIG, sessions), FixedClock())


def read(server: responses.RequestsMock, url: str, name: str, method: Callable[[], Listing[T]]) -> Listing[T]:
    server.get(url, json=json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8")))
    return method()


def aside(found: Listing[Any]) -> dict[str, str]:
    return {each.place: each.why for each in found.set_aside}


def test_secure_scores(server: responses.RequestsMock, graph: GraphSource) -> None:
    found = read(server, f"{GRAPH}/security/secureScores", "secure-scores", graph.secure_scores)
    (score,) = found.rows
    assert (score.day, score.points, score.most, score.licensed_users) == (date(2026, 11, 15), 212.5, 505.0, 50)
    assert [(each.basis, each.average) for each in score.comparisons] == [
        ("allTenants", 41.25),
        ("industryTypes", 77.0),
    ]
    assert [(each.control, each.category, each.points) for each in score.controls] == [
        ("AdminMFA", "identity", 30.0),
        ("DLPEnabled", "data", 0.0),
    ]
    ((place, why),) = aside(found).items()
    assert place.startswith("secure-scores: id 7d1f6c0e")
    assert why == "has no currentScore"


def test_control_profiles(server: responses.RequestsMock, graph: GraphSource) -> None:
    path = f"{GRAPH}/security/secureScoreControlProfiles"
    (profile,) = read(server, path, "control-profiles", graph.control_profiles).rows
    assert (profile.id, profile.most, profile.rank, profile.tier) == ("DLPEnabled", 20.0, 55, "advanced")
    assert profile.changed_at is None
    assert profile.decision is not None
    assert (profile.decision.state, profile.decision.assigned_to) == ("planned", "a@soc.example")


def test_managed_devices(server: responses.RequestsMock, graph: GraphSource) -> None:
    found = read(server, f"{GRAPH}/deviceManagement/managedDevices", "managed-devices", graph.managed_devices)
    device, phone = found.rows
    assert device.directory_id == "80fe8ff8-2624-418e-9591-41f0491218f9"
    assert device.last_sync_at == datetime(2026, 11, 16, 8, 2, 49, 320597, tzinfo=UTC)
    assert (device.compliance, device.encrypted) == ("compliant", True)
    assert (phone.directory_id, phone.encrypted, phone.last_sync_at) == ("", None, None)
    assert list(aside(found).values()) == ["lastSyncDateTime is not a time: 'Last Sync value'"]


def test_licences(server: responses.RequestsMock, graph: GraphSource) -> None:
    found = read(server, f"{GRAPH}/subscribedSkus", "subscribed-skus", graph.licences)
    (sku,) = found.rows
    assert (sku.name, sku.status, sku.headroom, sku.locked_out) == ("ENTERPRISEPREMIUM", "enabled", 11, 0)
    assert aside(found) == {"licences: row 2": "consumedUnits is not a number: '14'"}


def test_announcements(server: responses.RequestsMock, graph: GraphSource) -> None:
    found = read(server, f"{GRAPH}/admin/serviceAnnouncement/messages", "messages", graph.announcements)
    (post,) = found.rows
    assert (post.category, post.severity, post.major, post.act_by) == ("stayInformed", "normal", True, None)
    assert post.body == "<p onclick='x()'>Updated\N{REPLACEMENT CHARACTER} March.</p>"
    assert aside(found) == {"announcements: id MC2": "has no lastModifiedDateTime"}


def test_service_health(server: responses.RequestsMock, graph: GraphSource) -> None:
    path = f"{GRAPH}/admin/serviceAnnouncement/healthOverviews"
    exchange, identity = read(server, path, "health-overviews", graph.service_health).rows
    (issue,) = exchange.issues
    assert (exchange.status, issue.status, issue.resolved) == ("serviceOperational", "serviceRestored", True)
    assert identity.issues == ()
    assert "$expand=issues" in str(server.calls[-1].request.url)


def test_machines(server: responses.RequestsMock, defender: DefenderSource) -> None:
    found = read(server, f"{DEFENDER}/machines", "machines", defender.machines)
    (machine,) = found.rows
    assert (machine.health, machine.risk, machine.group) == ("noSensorData", "low", "The-A-Team")
    assert machine.tags == ("test tag 1", "test tag 2")
    assert machine.onboarding == ""
    assert aside(found) == {
        "machines: row 2": "has no id",
        "machines: row 3": "an object was expected, not ['not', 'an', 'object']",
        "machines: id 2e": "machineTags is not a list of texts: 'one'",
    }


def test_recommendations(server: responses.RequestsMock, defender: DefenderSource) -> None:
    found = read(server, f"{DEFENDER}/recommendations", "recommendations", defender.recommendations)
    (advice,) = found.rows
    assert (advice.exposed, advice.total, advice.severity) == (7, 37, 0.0)
    assert advice.exposure_impact == pytest.approx(7.6744, abs=0.0001)
    assert list(aside(found).values()) == ["severityScore is not a number: True"]


def test_remediation_tasks(server: responses.RequestsMock, defender: DefenderSource) -> None:
    found = read(server, f"{DEFENDER}/remediationTasks", "remediation-tasks", defender.remediation_tasks)
    task, by_itself, by_hand = found.rows
    assert (task.left, task.groups, task.due_at) == (
        15645,
        ("UnassignedGroup", "hhh"),
        datetime(2026, 2, 11, tzinfo=UTC),
    )
    assert (task.completed, task.completed_by, task.recommended_version) == (False, "", "")
    assert (by_itself.completed_by, by_hand.completed_by) == ("automatic", "65548a1d")
    assert list(aside(found).values()) == ["targetDevices is not a count: -5", "targetDevices is not a count: 5.5"]


def test_exposed_devices(server: responses.RequestsMock, defender: DefenderSource) -> None:
    path = f"{DEFENDER}/remediationTasks/03942ef5-aecb-4c6e-b555-d6a97013844c/machineReferences"
    found = read(
        server, path, "exposed-devices", lambda: defender.exposed_devices("03942ef5-aecb-4c6e-b555-d6a97013844c")
    )
    server_2016, nameless = found.rows
    assert (server_2016.system, server_2016.group) == ("WindowsServer2016", "UnassignedGroup")
    assert server_2016.name == "pc-srv2016.corp.contoso.com"
    assert (nameless.name, nameless.system, nameless.group) == ("", "", "")
    assert aside(found) == {
        "exposed-devices: row 3": "has no id",
        "exposed-devices: id 3bad": "rbacGroupName is not a text: ['Servers']",
    }


def test_software(server: responses.RequestsMock, defender: DefenderSource) -> None:
    found = read(server, f"{DEFENDER}/Software", "software", defender.software)
    (edge,) = found.rows
    assert (edge.id, edge.weaknesses, edge.exposed) == ("microsoft-_-edge", 467, 172)
    assert list(aside(found).values()) == ["publicExploit is not true or false: 'yes'"]


def test_exposure_score(server: responses.RequestsMock, defender: DefenderSource) -> None:
    (score,) = read(server, f"{DEFENDER}/exposureScore", "exposure-score", defender.exposure_score).rows
    assert score.points == pytest.approx(33.49, abs=0.01)


def test_an_exposure_score_that_is_none_is_named(server: responses.RequestsMock, defender: DefenderSource) -> None:
    server.get(f"{DEFENDER}/exposureScore", json={"time": "2026-12-03T07:23:53Z"})
    found = defender.exposure_score()
    assert (found.rows, found.empty) == ((), None)
    assert aside(found) == {"exposure-score: row 1": "has no score"}


def test_as_of_is_the_services_own_clock(server: responses.RequestsMock, graph: GraphSource) -> None:
    server.get(f"{GRAPH}/subscribedSkus", json={"value": []}, headers={"Date": "Mon, 16 Nov 2026 08:00:00 GMT"})
    found = graph.licences()
    assert found.as_of == datetime(2026, 11, 16, 8, tzinfo=UTC)
    assert found.empty is Emptiness.NOTHING_LISTED


@pytest.mark.parametrize(
    "reading", [*GRAPH_READINGS, *DEFENDER_READINGS, exposed_devices("t")], ids=lambda each: each.subject.value
)
def test_no_row_whatever_breaks_more_than_itself(reading: Any) -> None:
    """An odd value anywhere is a ValueError that the listing sets aside, and nothing else."""
    sound = _sound(reading.subject.value)

    @given(st.sampled_from(sorted(sound)), json_values)
    def holds(name: str, value: Any) -> None:
        with suppress(ValueError):
            assert reading.key(reading.read(Row({**sound, name: value})))

    holds()


def _sound(subject: str) -> dict[str, Any]:
    """The first recorded row of a subject."""
    names = {"licences": "subscribed-skus", "announcements": "messages", "service-health": "health-overviews"}
    answer = json.loads((RECORDED / f"{names.get(subject, subject)}.json").read_text(encoding="utf-8"))
    row: dict[str, Any] = answer.get("value", [answer])[0]
    return row

"""Microsoft Graph as its documentation describes it: shapes, pages, options, limits, and a tenant that lives on."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.unit.emulators.evidence.conftest import Client

from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.options import WorldOptions

SCORES = "/v1.0/security/secureScores"
PROFILES = "security/secureScoreControlProfiles"
MESSAGES = "/v1.0/admin/serviceAnnouncement/messages"
HEALTH = "admin/serviceAnnouncement/healthOverviews"
DEVICES = "/v1.0/deviceManagement/managedDevices"


def days(scores: list[Any]) -> list[date]:
    return [date.fromisoformat(each["createdDateTime"][:10]) for each in scores]


def test_scores_are_daily_newest_first_and_kept_for_ninety_days(client: Client) -> None:
    found = days(client.drained("graph", SCORES))
    assert found == [FIRST_MONDAY.date() - timedelta(days=ago) for ago in range(90)]
    client.wait(days=1)
    assert days(client.drained("graph", SCORES))[0] == FIRST_MONDAY.date() + timedelta(days=1)


def test_a_tenant_that_keeps_more_has_a_score_for_each_of_its_180_days(client: Client) -> None:
    client.seed("graph", options={"scores_kept": 365})
    found = client.drained("graph", SCORES)
    assert len(found) == 181
    assert days(found)[-1] == FIRST_MONDAY.date() - timedelta(days=180)


def test_a_score_is_the_sum_of_its_controls_and_never_more_than_the_most(client: Client) -> None:
    for score in client.drained("graph", SCORES):
        assert score["currentScore"] == pytest.approx(sum(each["score"] for each in score["controlScores"]), abs=0.01)
        assert 0 <= score["currentScore"] <= score["maxScore"]
        assert score["id"] == f"{client.options.tenant_id}_{score['createdDateTime'][:10]}"


def test_the_most_changes_when_controls_change_their_worth_appear_or_are_retired(client: Client) -> None:
    client.seed("graph", options={"scores_kept": 365})
    mosts = [score["maxScore"] for score in reversed(client.drained("graph", SCORES))]
    assert [later - earlier for earlier, later in pairwise(mosts) if later != earlier] == [-2, 3, -4, 3, 1]
    retired = [each for each in client.graph(PROFILES)["value"] if each["deprecated"]]
    assert [each["id"] for each in retired] == ["mcas_firewall_log_upload"]


def test_controls_and_profiles_do_not_join_one_to_one(client: Client) -> None:
    scored = {
        each["controlName"] for each in client.graph("security/secureScores", "$top=1")["value"][0]["controlScores"]
    }
    profiled = {each["id"] for each in client.graph(PROFILES)["value"]}
    assert scored - profiled
    assert profiled - scored


def test_the_same_seed_makes_the_same_scores(client: Client) -> None:
    def today(seed: int) -> Any:
        return Client(WorldOptions(seed=seed)).graph("security/secureScores", "$top=1")["value"][0]["controlScores"]

    assert today(1) == today(1) != today(2)


def test_a_page_has_a_link_until_the_last_one(client: Client) -> None:
    first = client.graph("admin/serviceAnnouncement/messages")
    assert len(first["value"]) == 100
    assert first["@odata.nextLink"] == f"https://graph.emulator{MESSAGES}?$skip=100"
    rest = client.read("graph", MESSAGES, "$skip=100")
    assert len(rest["value"]) == 30
    assert "@odata.nextLink" not in rest


def test_a_client_may_prefer_pages_of_up_to_a_thousand_announcements(client: Client) -> None:
    assert len(client.read("graph", MESSAGES, prefer="odata.maxpagesize=1000")["value"]) == 130
    assert len(client.read("graph", MESSAGES, prefer="odata.maxpagesize=7")["value"]) == 7


def test_the_link_of_devices_holds_an_opaque_token(client: Client) -> None:
    client.seed("graph", options={"page_size": 20})
    link = client.read("graph", DEVICES)["@odata.nextLink"]
    assert "$skiptoken=" in link
    assert len(client.drained("graph", DEVICES)) == 44


def test_top_is_the_size_of_a_page_and_select_the_properties_of_a_row(client: Client) -> None:
    body = client.read("graph", DEVICES, "$top=10&$select=id,deviceName")
    assert [sorted(row) for row in body["value"]] == [["deviceName", "id"]] * 10
    assert len(client.drained("graph", DEVICES, "$top=10&$select=id,deviceName")) == 44


def test_count_and_filter(client: Client) -> None:
    body = client.graph(PROFILES, "$count=true&$filter=controlCategory%20eq%20'Device'")
    assert body["@odata.count"] == len(body["value"]) == 4
    scores = client.graph("security/secureScores", "$filter=createdDateTime%20ge%202026-11-10T00:00:00Z")
    assert len(scores["value"]) == 7


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("subscribedSkus", "$filter=skuId%20eq%20'x'"),
        ("security/secureScores", "$filter=colour%20eq%20'red'"),
        ("security/secureScores", "$filter=currentScore%20gt"),
        ("security/secureScores", "$top=many"),
        ("security/secureScores", "$skiptoken=nonsense"),
        ("security/scores", ""),
    ],
)
def test_what_the_api_does_not_take_is_a_bad_request(client: Client, path: str, query: str) -> None:
    error = client.graph(path, query, expect=400)["error"]
    assert error["code"] == "BadRequest"
    assert {"date", "request-id", "client-request-id"} == set(error["innerError"])


def test_nothing_is_written(client: Client) -> None:
    client.read("graph", MESSAGES, expect=405, method="POST")


def test_issues_are_shown_to_whoever_expands_them(client: Client) -> None:
    assert "issues" not in client.graph(HEALTH)["value"][0]
    overviews = client.graph(HEALTH, "$expand=issues")["value"]
    issues = [issue for each in overviews for issue in each["issues"]]
    assert sorted(issue["isResolved"] for issue in issues) == [False, True]


def test_the_vocabulary_comes_in_either_casing(client: Client) -> None:
    def words() -> set[str]:
        return {each["category"] for each in client.drained("graph", MESSAGES)}

    assert words() == {"PlanForChange", "StayInformed", "PreventOrFixIssue"}
    client.seed("graph", options={"casing": "camel"})
    assert words() == {"planForChange", "stayInformed", "preventOrFixIssue"}


def test_a_request_has_an_id_and_keeps_the_clients_own(client: Client) -> None:
    answer = client.send("graph", SCORES, client_request_id="mine")
    assert answer.headers["client-request-id"] == "mine"
    assert answer.headers["request-id"] != "mine"


def test_devices_of_a_tenant_without_intune_are_refused(client: Client) -> None:
    client.seed("graph", options={"intune": False})
    assert "not applicable" in client.read("graph", DEVICES, expect=400)["error"]["message"]


def test_the_published_limits_hold_per_span_of_time(client: Client) -> None:
    token = client.token("graph")
    for _ in range(150):
        client.read("graph", SCORES, "$top=1", token=token)
    answer = client.send("graph", SCORES, "$top=1", token=token)
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "60"
    client.read("graph", MESSAGES, token=token)
    client.wait(seconds=60)
    client.read("graph", SCORES, "$top=1", token=token)


def test_a_world_without_quotas_refuses_nothing() -> None:
    client = Client(WorldOptions(quotas=False))
    token = client.token("graph")
    assert {client.send("graph", SCORES, "$top=1", token=token).status for _ in range(151)} == {200}


def test_seeds_replace_and_add_items_and_a_reset_takes_them_back(client: Client) -> None:
    client.seed("graph", collections={"subscribedSkus": []}, add={"messages": [{"id": "MC1"}]})
    assert client.graph("subscribedSkus")["value"] == []
    assert client.drained("graph", MESSAGES)[-1] == {"id": "MC1"}
    assert client.world.systems["graph"].records() == [{"collection": "messages", "id": "MC1"}]
    client.world.reset()
    assert len(client.graph("subscribedSkus")["value"]) == 4


@pytest.mark.parametrize(
    "command",
    [
        {"options": {"page": 1}},
        {"options": {"casing": "loud"}},
        {"collections": {"users": []}},
        {"add": {"messages": {}}},
        {"rows": []},
    ],
)
def test_a_bad_seed_says_what_there_is(client: Client, command: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        client.seed("graph", **command)


@pytest.mark.parametrize(
    ("links", "expected"),
    [("foreign_host", "attacker"), ("endless", f"{MESSAGES}?$top=50"), ("not_a_link", "100")],
)
def test_a_link_may_lead_astray(client: Client, links: str, expected: str) -> None:
    client.seed("graph", options={"links": links})
    assert expected in str(client.read("graph", MESSAGES, "$top=50")["@odata.nextLink"])


def test_rows_may_come_again_on_the_next_page(client: Client) -> None:
    client.seed("graph", options={"overlap": 3})
    assert len(client.drained("graph", MESSAGES)) == 133

"""`$filter`, `$orderby`, `$top` and the pages of a list, faults of the real parser included."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.azure import AzureOptions
from watchkeeper.emulators.azure.arm_options import ArmOptions
from watchkeeper.emulators.exchange import Request

SYNTAX = "OData query syntax error"


@pytest.fixture
def tenant() -> Tenant:
    """Four incidents, a minute apart: alpha and beta open, gamma closed, delta closed and merged by label."""
    tenant = Tenant()
    rows: list[tuple[str, dict[str, Any]]] = [
        ("alpha", {"severity": "High", "labels": [{"labelName": "vip"}]}),
        ("beta", {"severity": "Low", "status": "Active", "labels": [{"labelName": "vip"}, {"labelName": "it's"}]}),
        ("gamma", {"status": "Closed", "classification": "TruePositive"}),
        ("delta", {"status": "Closed", "owner": {"userPrincipalName": "ava.nguyen@soc.example"}}),
    ]
    for name, properties in rows:
        tenant.create(name, **properties)
        tenant.wait(minutes=1)
    return tenant


def names(answer: Any) -> list[str]:
    return [item["name"] for item in answer["value"]]


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ("properties/status eq 'Closed'", "delta gamma"),
        ("properties/status ne 'Closed'", "alpha beta"),
        ("properties/severity eq 'High'", "alpha"),
        ("Properties/Severity eq 'high'", "alpha"),
        ("properties/createdTimeUtc ge 2026-11-16T00:31:00Z", "beta delta gamma"),
        ("properties/createdTimeUtc gt 2026-11-16T00:31:00Z", "delta gamma"),
        (
            "properties/lastModifiedTimeUtc ge 2026-11-16T00:32:00.0000000Z and properties/status eq 'Closed'",
            "delta gamma",
        ),
        ("properties/lastModifiedTimeUtc gt 2026-11-16T00:32:00Z", "delta"),
        ("properties/lastModifiedTimeUtc le 2026-11-16T09:31:00+09:00", "alpha beta"),
        ("properties/labels/any(label: label/labelName eq 'vip')", "alpha beta"),
        ("properties/labels/any(l: l/labelName eq 'it''s')", "beta"),
        ("properties/labels/any(l: l/labelName eq 'VIP') and properties/severity eq 'Low'", "beta"),
        ("(properties/severity eq 'High' or properties/severity eq 'Low')", "alpha beta"),
        ("not (properties/status eq 'Closed')", "alpha beta"),
        ("properties/incidentNumber eq 3", "gamma"),
        ("properties/owner/email eq 'ava.nguyen@soc.example'", "delta"),
        ("startswith(properties/title, 'check')", "alpha beta delta gamma"),
        ("contains(properties/title, 'LICENCES') and properties/incidentNumber lt 2", "alpha"),
        ("properties/classification eq 'TruePositive'", "gamma"),
        ("properties/classification eq 'Undetermined'", ""),
        ("name eq 'alpha'", ""),
        ("", "alpha beta delta gamma"),
    ],
)
def test_a_filter_finds(tenant: Tenant, filter_: str, found: str) -> None:
    assert " ".join(sorted(names(tenant.arm("GET", filter=filter_)))) == found


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ("properties/severity eq 'High' and properties/labels/any(l: l/labelName eq 'vip')", SYNTAX),
        ("properties/labels/any(l: l/labelName eq 'a') and properties/labels/any(l: l/labelName eq 'b')", SYNTAX),
        ("properties/labels/all(l: l/labelName eq 'vip')", SYNTAX),
        ("properties/labels/any(l: x/labelName eq 'vip')", SYNTAX),
        ("properties/labels eq 'vip'", SYNTAX),
        ("properties/status eq Closed", SYNTAX),
        ("properties/status = 'Closed'", SYNTAX),
        ("properties/status eq 'Closed", SYNTAX),
        ("properties/status eq 'Closed' and", SYNTAX),
        ("(properties/status eq 'Closed'", SYNTAX),
        ("properties/createdTimeUtc ge '2026-11-16T00:00:00Z'", SYNTAX),
        ("properties/createdTimeUtc ge 2026-11-16", SYNTAX),
        ("(" * 200, SYNTAX),
        ("date eq '2026'", "Could not find a property named 'date'"),
    ],
)
def test_a_filter_that_the_service_cannot_parse_is_400(tenant: Tenant, filter_: str, message: str) -> None:
    error = tenant.arm("GET", filter=filter_, expect=400)["error"]
    assert error == {"code": "BadRequest", "message": message}


def test_the_parsers_faults_can_be_switched_off() -> None:
    tenant = Tenant(azure=AzureOptions(arm=ArmOptions(label_filter_quirks=False, undetermined_filter_quirk=False)))
    tenant.create("one", status="Closed", labels=[{"labelName": "vip"}])
    late = "properties/status eq 'Closed' and properties/labels/any(l: l/labelName eq 'vip')"
    assert names(tenant.arm("GET", filter=late)) == ["one"]
    assert names(tenant.arm("GET", filter="properties/classification eq 'Undetermined'")) == ["one"]


WORDS = [
    *(
        "properties/status",
        "properties/labels/any(l:",
        "l/labelName",
        "eq",
        "ne",
        "ge",
        "'x'",
        "'",
        "and",
        "or",
        "not",
        "(",
    ),
    *(")", ":", ",", "5", "2026-11-16T00:00:00Z", "properties/createdTimeUtc", "contains(properties/title, 'a')"),
]


@tried(150)
@given(st.lists(st.sampled_from(WORDS), max_size=8))
def test_no_filter_crashes(words: list[str]) -> None:
    assert Tenant().send("GET", filter=" ".join(words)).status in {200, 400}


def test_sorting_by_creation_both_ways(tenant: Tenant) -> None:
    assert names(tenant.arm("GET", orderby="properties/createdTimeUtc desc")) == ["delta", "gamma", "beta", "alpha"]
    assert names(tenant.arm("GET", orderby="properties/createdTimeUtc asc")) == ["alpha", "beta", "gamma", "delta"]
    assert tenant.send("GET", orderby="properties/createdTimeUtc sideways").status == 400
    assert tenant.send("GET", orderby="properties/nope desc").status == 400


def test_without_an_order_the_newest_is_not_first(tenant: Tenant) -> None:
    assert names(tenant.arm("GET")) == ["alpha", "beta", "delta", "gamma"]


def follow(tenant: Tenant, link: str, **repeated: str) -> Any:
    """The next page, with parameters repeated behind the link as a generated client does it."""
    parts = urlsplit(link)
    query = parts.query + "".join(f"&%24{name}={value}" for name, value in repeated.items())
    headers = {"authorization": f"Bearer {tenant.arm_token}"}
    answer = tenant.arm_system.handle(Request("GET", parts.netloc, unquote(parts.path), query, headers))
    assert answer.status == 200
    return json.loads(answer.body)


def walk(tenant: Tenant, **query: str) -> list[list[str]]:
    page = tenant.arm("GET", **query)
    pages = [names(page)]
    while "nextLink" in page:
        page = follow(tenant, page["nextLink"], **query)
        pages.append(names(page))
    return pages


def test_pages_follow_the_next_link_and_tolerate_repeated_parameters(tenant: Tenant) -> None:
    assert walk(tenant, top="3") == [["alpha", "beta", "delta"], ["gamma"]]
    assert walk(tenant, top="2", orderby="properties/createdTimeUtc desc") == [["delta", "gamma"], ["beta", "alpha"]]
    assert walk(tenant, top="1", filter="properties/status eq 'Closed'") == [["delta"], ["gamma"]]
    assert walk(tenant, top="4") == [["alpha", "beta", "delta", "gamma"]]


def test_the_next_link_keeps_host_and_version_and_hides_its_token(tenant: Tenant) -> None:
    link = tenant.arm("GET", top="1", version="2021-10-01")["nextLink"]
    parameters = parse_qs(urlsplit(link).query)
    assert link.startswith("https://arm.emulator/subscriptions/")
    assert parameters["api-version"] == ["2021-10-01"]
    assert set(parameters) == {"api-version", "$skipToken"}


def test_a_change_between_pages_neither_doubles_nor_loses_a_record(tenant: Tenant) -> None:
    first = tenant.arm("GET", top="2")
    tenant.people("edit", incident="alpha", fields={"severity": "Low"})
    tenant.create("aaa")
    assert names(first) + names(follow(tenant, first["nextLink"])) == ["alpha", "beta", "delta", "gamma"]


def test_a_page_holds_at_most_a_thousand() -> None:
    tenant = Tenant()
    tenant.arm_system.seed({"count": 1001})
    for query in ({}, {"top": "5000"}):
        assert [len(page) for page in walk(tenant, **query)] == [1000, 1]


@pytest.mark.parametrize("top", ["0", "-1", "ten", "1.5", "²"])
def test_a_bad_top_is_400(tenant: Tenant, top: str) -> None:
    assert tenant.send("GET", top=top).status == 400


@pytest.mark.parametrize("token", ["x", "W10", "bm90IGpzb24", "WzEsMiwzXQ"])
def test_a_bad_token_is_400(tenant: Tenant, token: str) -> None:
    assert tenant.send("GET", skipToken=token).status == 400


def test_a_changed_incident_is_found_once_by_its_last_change_only(tenant: Tenant) -> None:
    tenant.people("edit", incident="alpha", fields={"severity": "Low"})
    since = "properties/lastModifiedTimeUtc ge {}"
    assert sorted(names(tenant.arm("GET", filter=since.format("2026-11-16T00:00:00Z")))) == [
        "alpha",
        "beta",
        "delta",
        "gamma",
    ]
    assert names(tenant.arm("GET", filter=since.format("2026-11-16T00:34:00Z"))) == ["alpha"]


def test_times_have_up_to_seven_digits(tenant: Tenant) -> None:
    tenant.people("edit", incident="alpha", fields={"severity": "Low"})
    tenant.people("edit", incident="alpha", fields={"severity": "High"})
    stamp = tenant.arm("GET", "/alpha")["properties"]["lastModifiedTimeUtc"]
    assert re.fullmatch(r"2026-11-16T00:34:00\.\d{7}Z", stamp)
    assert names(tenant.arm("GET", filter=f"properties/lastModifiedTimeUtc ge {stamp}")) == ["alpha"]
    assert names(tenant.arm("GET", filter=f"properties/lastModifiedTimeUtc gt {stamp}")) == []

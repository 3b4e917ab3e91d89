from __future__ import annotations

import pytest
from tests.unit.transport.wire import HOST, bench

from watchkeeper.errors import Rejected, WritesForbidden

ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w/providers/Microsoft.SecurityInsights"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_without_permission_no_writing_call_leaves(method: str) -> None:
    at = bench(writes_allowed=False)
    with pytest.raises(WritesForbidden, match=rf"{method} /api/now/table/incident .*WATCHKEEPER_MODE"):
        at.session().request(method, f"{HOST}/api/now/table/incident?sysparm_fields=sys_id")
    assert at.wire.sent == []
    assert at.transport.traffic() == {}


@pytest.mark.parametrize(
    "path",
    [
        "/oauth_token.do",
        "/7d1f6c0e/oauth2/v2.0/token",
        "/v1/workspaces/c2a9e7b4/query",
        "/v1/$batch",
        f"{ARM}/incidents/1/entities",
    ],
)
def test_posts_that_only_read_pass_without_permission(path: str) -> None:
    assert bench(writes_allowed=False).post(path).ok


@pytest.mark.parametrize(
    "path",
    [
        f"{ARM}/incidents/1/runPlaybook",
        "/api/now/table/x/v1/workspaces/1/query",
        "/v1/workspaces/1/query/more",
        "/oauth_token.do/../api/now/table/incident",
        "/api/now/v1/batch",
    ],
)
def test_posts_that_look_like_reads_do_not(path: str) -> None:
    with pytest.raises(WritesForbidden):
        bench(writes_allowed=False).post(path)


def test_further_reading_posts_can_be_named() -> None:
    assert (
        bench(writes_allowed=False, read_posts=(r"/api/now/identifyreconcile/query",))
        .post("/api/now/identifyreconcile/query")
        .ok
    )


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override"])
def test_a_get_that_asks_to_be_taken_for_a_write_is_one(header: str) -> None:
    at = bench(writes_allowed=False)
    with pytest.raises(WritesForbidden):
        at.session().get(f"{HOST}/api/now/table/incident", headers={header: "PATCH"})


def test_plain_http_is_refused() -> None:
    at = bench()
    with pytest.raises(Rejected, match="only https"):
        at.session().get("http://acme.service-now.com/")
    assert at.wire.sent == []


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1:41741", "localhost:42356"])
@pytest.mark.parametrize("path", ["/metadata/identity/oauth2/token", "/msi/token", "/MSI/token/"])
def test_a_managed_identity_is_asked_for_in_plain_http_inside_the_machine(host: str, path: str) -> None:
    assert bench().session().get(f"http://{host}{path}").ok


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/metadata/identity/oauth2/token",
        "http://imds.example/metadata/identity/oauth2/token",
        "http://169.254.169.254/metadata/instance",
    ],
)
def test_nothing_else_is_asked_for_in_plain_http(url: str) -> None:
    at = bench()
    with pytest.raises(Rejected, match="only https"):
        at.session().get(url)
    assert at.wire.sent == []


def test_a_token_is_never_sent_in_plain_http() -> None:
    at = bench()
    with pytest.raises(Rejected, match="only https"):
        at.session().post("http://127.0.0.1:41741/tenant/oauth2/v2.0/token", data={"client_secret": "x"})
    assert at.wire.sent == []


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:9"])
def test_plain_http_to_this_machine_is_allowed_where_the_policy_says_so(host: str) -> None:
    assert bench(loopback_http=True).session().get(f"http://{host}/").ok


@pytest.mark.parametrize("host", ["127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1"])
def test_plain_http_to_anywhere_else_never_is(host: str) -> None:
    at = bench(loopback_http=True)
    with pytest.raises(Rejected, match="only https"):
        at.session().get(f"http://{host}/")
    assert at.wire.sent == []


def test_a_host_that_is_not_the_sides_own_is_refused() -> None:
    at = bench(origins={"servicenow": frozenset({"acme.service-now.com"})})
    assert at.get().ok
    with pytest.raises(Rejected, match="not a host of this side"):
        at.session().get("https://evil.example/api/now/table/incident")
    with pytest.raises(Rejected, match="not a host of this side"):
        at.session().get("https://acme.service-now.com:8443/api/now/table/incident")


@pytest.mark.parametrize("url", ["https://acme.service-now.com@evil.example/", "https://user:pw@acme.service-now.com/"])
def test_an_address_with_a_login_in_it_is_refused(url: str) -> None:
    at = bench(origins={"servicenow": frozenset({"acme.service-now.com"})})
    with pytest.raises(Rejected):
        at.session().get(url)
    assert at.wire.sent == []

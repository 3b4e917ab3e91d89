from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pysnow
import pytest
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from requests_oauthlib import OAuth2Session
from tests.unit.transport.wire import HOST, Answer, Hands, bench, lost

from watchkeeper import __version__
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.servicenow import build_servicenow
from watchkeeper.emulators.world import World
from watchkeeper.errors import Operator, WritesForbidden
from watchkeeper.model.traffic import Traffic
from watchkeeper.transport import Transport, TransportPolicy, adopt, translate_exception


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine acme.service-now.com login thief password stolen\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.evil.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "evil.pem"))
    at = bench()
    at.session().get(f"{HOST}/", headers={"Authorization": "Bearer ours-and-only-ours"})
    assert at.wire.sent[0].headers["Authorization"] == "Bearer ours-and-only-ours"
    assert at.wire.options[0]["proxies"] == {}
    assert at.wire.options[0]["verify"] is True


def test_what_a_caller_says_about_tls_timeouts_and_proxies_is_not_heard() -> None:
    at = bench(ca_files={"servicenow": "/etc/ca.pem"}, connect_timeout=3.0, read_timeout=4.0)
    options: dict[str, Any] = {"verify": False, "timeout": 999, "proxies": {"https": "http://evil.example"}}
    at.session().get(f"{HOST}/", **options)
    assert at.wire.options[0] == {
        "stream": True,
        "timeout": (3.0, 4.0),
        "verify": "/etc/ca.pem",
        "cert": None,
        "proxies": {},
    }


def test_the_configured_proxy_is_used() -> None:
    at = bench(proxy="http://proxy.example:3128")
    at.get()
    assert at.wire.options[0]["proxies"] == {"https": "http://proxy.example:3128"}


def test_sessions_share_no_cookies() -> None:
    at = bench()
    first, second = at.session(), at.session()
    first.cookies.set("JSESSIONID", "1")
    second.get(f"{HOST}/")
    assert "Cookie" not in at.wire.sent[0].headers


def test_a_closed_session_closes_what_really_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    at = bench()
    closed: list[bool] = []
    monkeypatch.setattr(at.wire, "close", lambda: closed.append(True))
    at.session().close()
    assert closed


def test_we_say_who_we_are() -> None:
    at = bench()
    at.get()
    assert at.wire.sent[0].headers["User-Agent"] == f"watchkeeper/{__version__}"


def test_an_adopted_session_goes_the_same_guarded_way() -> None:
    at = bench(writes_allowed=False)
    session = adopt(OAuth2Session(token={"access_token": "t", "token_type": "Bearer"}), at.session())
    assert session.get(f"{HOST}/").ok
    with pytest.raises(WritesForbidden):
        session.post(f"{HOST}/")
    assert at.wire.sent[0].headers["Authorization"] == "Bearer t"
    assert session.trust_env is False


def test_pysnow_works_on_our_sessions() -> None:
    at = bench(Answer(body=b'{"result": [{"sys_id": "1"}]}'))
    client = pysnow.Client(host="acme.service-now.com", session=at.session())
    assert client.resource(api_path="/table/incident").get(query={}).all() == [{"sys_id": "1"}]


def test_azure_core_works_on_our_sessions() -> None:
    at = bench(Answer(body=b'{"value": []}'))
    transport = RequestsTransport(session=at.session("sentinel"), session_owner=False)
    answer = transport.send(HttpRequest("GET", "https://management.azure.com/incidents"))
    assert answer.json() == {"value": []}
    assert at.transport.traffic() == {"sentinel": Traffic({"GET": 1})}


def test_what_azure_core_makes_of_a_lost_answer_can_still_be_understood() -> None:
    at = bench(lost(), attempts=1)
    transport = RequestsTransport(session=at.session("sentinel"), session_owner=False)
    with pytest.raises(Exception) as caught:
        transport.send(HttpRequest("GET", "https://management.azure.com/incidents"))
    error = translate_exception(caught.value, side="sentinel", call="GET /incidents", write=True)
    assert type(error).__name__ == "Ambiguous"


@pytest.fixture(scope="module")
def served() -> Iterator[RunningWorld]:
    clock = WorldClock()
    options = WorldOptions()
    with RunningWorld(World(clock, build_servicenow(clock, options), options=options)) as running:
        yield running


def over_sockets(**policy: Any) -> Transport:
    hands = Hands()
    return Transport(
        TransportPolicy(attempts=1, **policy),
        clock=hands,
        monotonic=hands.monotonic,
        sleep=hands.sleep,
        random=Random(1),
    )


def test_tls_with_the_private_ca_of_the_policy_is_trusted(served: RunningWorld) -> None:
    session = over_sockets(ca_files={"servicenow": str(served.ca_pem_path)}).session("servicenow")
    assert session.get(f"https://localhost:{served.ports['servicenow']}/api/now/table/incident").status_code == 401


def test_tls_with_an_unknown_ca_needs_a_person(served: RunningWorld) -> None:
    session = over_sockets().session("servicenow")
    with pytest.raises(Exception) as caught:
        session.get(f"https://localhost:{served.ports['servicenow']}/", verify=False)
    error = translate_exception(caught.value, side="servicenow", call="GET /")
    assert type(error) is Operator
    assert "SERVICENOW_CA_FILE" in error.remedy


def test_old_tls_is_never_spoken() -> None:
    assert ssl.create_default_context().minimum_version >= ssl.TLSVersion.TLSv1_2

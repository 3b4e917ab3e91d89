from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
import responses
from tests.connectors.servicenow.instance import DATE, JSON, ORIGIN
from tests.contract.servicenow_connector.rig import ServiceNowRig
from tests.unit.transport.wire import Hands

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import Exchange
from watchkeeper.errors import AuthFailed, Unavailable
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper.transport import Secret, Transport, TransportPolicy
from watchkeeper_servicenow import BasicLogin, ClientCredentials, PasswordGrant, ServiceNowConfig, open_connector
from watchkeeper_servicenow.auth import login_for

REF = RecordRef(SERVICENOW, "incident", "f" * 32)
NOTHING = frozenset[str]()


def tokens(rig: ServiceNowRig) -> int:
    return sum(entry.path == "/oauth_token.do" for entry in rig.world.log.entries())


def refused(rig: ServiceNowRig) -> int:
    return sum(entry.status == 401 for entry in rig.requests())


def test_one_token_serves_many_calls() -> None:
    rig = ServiceNowRig()
    for _ in range(5):
        rig.connector.get([REF], NOTHING)
    assert tokens(rig) == 1


def test_a_token_is_renewed_before_it_ends() -> None:
    rig = ServiceNowRig()
    rig.connector.get([REF], NOTHING)
    rig.advance(timedelta(seconds=1799 * 0.79))
    rig.connector.get([REF], NOTHING)
    assert tokens(rig) == 1
    rig.advance(timedelta(seconds=1799 * 0.02))
    rig.connector.get([REF], NOTHING)
    assert (tokens(rig), refused(rig)) == (2, 0)


def test_a_token_that_the_instance_forgot_is_renewed_once_and_the_call_repeated() -> None:
    rig = ServiceNowRig()
    rig.connector.get([REF], NOTHING)
    rig.servicenow.reset()
    assert rig.connector.get([REF], NOTHING).keys() == {REF}
    assert (tokens(rig), refused(rig)) == (2, 1)


def test_workers_that_met_the_same_ended_token_share_the_next_one() -> None:
    rig = ServiceNowRig()
    login = login_for(rig.config(), rig.transport, lambda: 0.0)
    sessions = [login.open() for _ in range(3)]
    for session in sessions:
        login.authorise(session)
    assert [login.renew(session) for session in sessions] == [True, True, True]
    assert tokens(rig) == 2


def test_a_write_that_met_an_ended_token_was_not_applied_and_is_sent_again() -> None:
    rig = ServiceNowRig()
    rig.connector.get([REF], NOTHING)
    rig.servicenow.reset()
    rig.connector.create(rig.draft("contract/x", "Check licences"))
    assert len(rig.servicenow.records()) == 1


def test_an_instance_that_refuses_every_token_is_not_asked_for_ever() -> None:
    rig = ServiceNowRig()
    rig.fault("status", status=401)
    with pytest.raises(AuthFailed):
        rig.connector.get([REF], NOTHING)
    assert (tokens(rig), refused(rig)) == (2, 2)


def test_a_wrong_secret_names_the_setting() -> None:
    rig = ServiceNowRig()
    wrong = open_connector(
        rig.config(credentials=ClientCredentials("nobody", Secret("wrong"))), rig.transport, rig.clock, lambda: 0.0
    )
    with pytest.raises(AuthFailed, match="SERVICENOW_CLIENT_SECRET") as caught:
        wrong.get([REF], NOTHING)
    assert "wrong" not in repr(caught.value).replace("wrong_", "")
    assert tokens(rig) == 1


@pytest.mark.parametrize("grant", ["password grant", "basic"])
def test_a_user_can_log_in_with_a_password(grant: str) -> None:
    rig = ServiceNowRig()
    password = Secret(rig.options.servicenow_password)
    client = (rig.options.servicenow_client_id, Secret(rig.options.servicenow_client_secret))
    login = BasicLogin("ava.nguyen", password) if grant == "basic" else PasswordGrant(*client, "ava.nguyen", password)
    connector = open_connector(rig.config(credentials=login), rig.transport, rig.clock, lambda: 0.0)
    assert connector.identity().account == "ava.nguyen"
    assert tokens(rig) == (0 if grant == "basic" else 1)


def test_a_wrong_password_is_tried_once() -> None:
    rig = ServiceNowRig()
    login = BasicLogin("ava.nguyen", Secret("not-the-password"))
    with pytest.raises(AuthFailed, match=r"User Not Authenticated.*SERVICENOW_PASSWORD"):
        open_connector(rig.config(credentials=login), rig.transport, rig.clock, lambda: 0.0).get([REF], NOTHING)
    assert refused(rig) == 1


def test_workers_share_the_token_and_nothing_else() -> None:
    """However many threads there are: four calls at once, each in a session of its own, and two sessions to spare."""
    rig = ServiceNowRig()
    lock, four_at_once, arrived = threading.Lock(), threading.Barrier(4, timeout=30), itertools.count()
    under_way: list[str] = []
    sessions: set[str] = set()
    clashes: list[str] = []

    def look(exchange: Exchange) -> None:
        cookie = exchange.request.headers.get("cookie", "")
        if exchange.request.path == "/oauth_token.do":
            return
        if exchange.phase == "after":
            with lock:
                under_way.remove(cookie)
            return
        with lock:
            clashes.extend([cookie] if cookie and cookie in under_way else [])
            under_way.append(cookie)
            sessions.update([cookie] if cookie else [])
            clashes.extend(["a fifth call"] if len(under_way) > 4 else [])
        if next(arrived) < 4:
            four_at_once.wait()

    def work() -> None:
        for _ in range(4):
            rig.connector.get([REF], NOTHING)

    rig.world.listen(look)
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert next(arrived) == 8 * 4
    assert tokens(rig) == 1
    assert not clashes
    assert 1 <= len(sessions) <= 6


def test_workers_never_get_each_others_answers() -> None:
    rig = ServiceNowRig()
    drafts = [rig.draft(f"contract/{number}", f"Task {number}") for number in range(8)]
    for draft in drafts:
        rig.connector.create(draft)
    wrong: list[object] = []

    def work(number: int) -> None:
        for _ in range(25):
            found = rig.connector.find("incident", [drafts[number].marker], frozenset({"short_description"}))
            titles = [record.fields["short_description"] for record in found[drafts[number].marker]]
            if titles != [f"Task {number}"]:
                wrong.append(titles)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


@pytest.fixture
def token_endpoint() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def by_client_credentials(hands: Hands) -> ServiceNowConfig:
    del hands
    return ServiceNowConfig("acme", ClientCredentials("id", Secret("client-secret")))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"json": {"error": "invalid_client"}, "status": 400}, AuthFailed),
        ({"json": {"error": "server_error", "error_description": "access_denied"}, "status": 401}, AuthFailed),
        ({"body": "<html>", "content_type": "text/html"}, Exception),
        ({"json": {"scope": "useraccount"}}, Exception),
        ({"json": {"error": {"message": "down"}}, "status": 503}, Unavailable),
    ],
)
def test_a_token_endpoint_that_gives_no_token_stops_before_any_call(
    token_endpoint: responses.RequestsMock, answer: dict[str, object], error: type[Exception]
) -> None:
    hands = Hands()
    transport = Transport(
        TransportPolicy(attempts=1), clock=hands, monotonic=hands.monotonic, sleep=hands.sleep, random=Random(1)
    )
    token_endpoint.post(f"{ORIGIN}/oauth_token.do", **answer)  # type: ignore[arg-type]
    with pytest.raises(error) as caught:
        open_connector(by_client_credentials(hands), transport, hands, hands.monotonic).get([REF], NOTHING)
    assert type(caught.value).__module__ == "watchkeeper.errors"
    assert "client-secret" not in str(caught.value)
    assert len(token_endpoint.calls) == 1


def test_the_client_says_who_it_is_in_the_form(token_endpoint: responses.RequestsMock) -> None:
    hands = Hands()
    transport = Transport(
        TransportPolicy(attempts=1), clock=hands, monotonic=hands.monotonic, sleep=hands.sleep, random=Random(1)
    )
    token_endpoint.post(f"{ORIGIN}/oauth_token.do", json={"access_token": "abcdefgh", "token_type": "Bearer"})
    token_endpoint.get(
        f"{ORIGIN}/api/now/table/incident", json={"result": []}, headers={"Date": DATE}, content_type=JSON
    )
    open_connector(by_client_credentials(hands), transport, hands, hands.monotonic).get([REF], NOTHING)
    form, read = (call.request for call in token_endpoint.calls)
    assert sorted((form.body or "").split("&")) == [  # type: ignore[union-attr, arg-type]
        "client_id=id",
        "client_secret=client-secret",
        "grant_type=client_credentials",
    ]
    assert "Authorization" not in form.headers
    assert read.headers["Authorization"] == "Bearer abcdefgh"


def test_everything_works_over_tls_with_a_private_ca() -> None:
    rig = ServiceNowRig()
    with RunningWorld(rig.world) as running:
        hands = Hands()
        transport = Transport(
            TransportPolicy(writes_allowed=True, ca_files={SERVICENOW: str(running.ca_pem_path)}),
            clock=rig.clock,
            monotonic=hands.monotonic,
            sleep=hands.sleep,
            random=Random(1),
        )
        config = replace(rig.config(), instance=f"https://localhost:{running.ports['servicenow']}")
        connector = open_connector(config, transport, rig.clock, hands.monotonic)
        record = connector.create(rig.draft("contract/tls", "Check licences")).record
        closed = connector.close(record.ref, rig.closing, record.revision)
        *_, end = connector.scan(rig.feed(), None)
    assert closed.record.fields["state"] == "6"
    assert end.complete  # type: ignore[union-attr]

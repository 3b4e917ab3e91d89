"""Signing in with OpenID Connect: tokens and answers of a provider that is odd, mistaken or not honest."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from functools import partial
from typing import ClassVar

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from starlette.testclient import TestClient
from tests.unit.web.boards import SIGNED, Ticking, a_board, visiting
from tests.unit.web.oidc.ways import is_signed_in, refused, way_back
from tests.unit.web.openid import CLIENT, SECRET, OpenIdProvider, a_key

from watchkeeper.web.board import Board
from watchkeeper.web.provider import KEPT, LARGEST_ANSWER
from watchkeeper.web.sessions import COOKIE
from watchkeeper.web.setup import Provider


def by_the_clients_secret(claims: dict[str, object]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])


def by_the_public_key(claims: dict[str, object], key: ECKey) -> str:
    return jwt.encode(
        {"alg": "HS256", "kid": key.kid}, claims, OctKey.import_key(key.as_pem(private=False)), algorithms=["HS256"]
    )


def by_nobody(claims: dict[str, object]) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])


@pytest.mark.filterwarnings("ignore:.*key")
@pytest.mark.parametrize("forged", ["secret", "public", "nobody", "cut", "empty"])
def test_a_token_that_the_provider_did_not_sign_with_its_own_key_signs_nobody_in(
    client: TestClient, provider: OpenIdProvider, forged: str
) -> None:
    key = provider.signing
    provider.published = [key]
    provider.forge = {
        "secret": by_the_clients_secret,
        "public": partial(by_the_public_key, key=key),
        "nobody": by_nobody,
        "cut": lambda claims: jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key).rpartition(".")[0] + ".",
        "empty": lambda _: "",
    }[forged]
    assert refused(client, way_back(client, provider))


def test_an_honest_token_by_the_same_means_signs_in(client: TestClient, provider: OpenIdProvider) -> None:
    provider.forge = lambda claims: jwt.encode({"alg": "ES256", "kid": "first"}, claims, provider.signing)
    client.get(way_back(client, provider))
    assert is_signed_in(client)


class TestSomebodyInTooManyGroups:
    OVERAGE: ClassVar = {
        "groups": None,
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/TENANT/users/ID/getMemberObjects"}},
    }

    @pytest.mark.parametrize("claims", [OVERAGE, {"groups": None, "hasgroups": True}], ids=["code", "implicit"])
    def test_is_told_so_and_whoever_runs_the_board_what_to_do(
        self, client: TestClient, provider: OpenIdProvider, claims: dict[str, object], caplog: pytest.LogCaptureFixture
    ) -> None:
        provider.claims = claims
        answer = client.get(way_back(client, provider))
        assert answer.status_code == 403
        assert "more groups than" in answer.text
        assert "WATCHKEEPER_WEB_OIDC_CLAIM=roles" in caplog.text
        assert not is_signed_in(client)

    def test_is_let_in_by_an_application_role(self, url: str, provider: OpenIdProvider) -> None:
        provider.claims = {**self.OVERAGE, "roles": ["SOC viewer"]}
        by_role = Provider(provider.issuer, CLIENT, SECRET, "roles", provider.ca_file)
        with visiting(a_board(replace(SIGNED, provider=by_role), url)) as client:
            client.get(way_back(client, provider))
            assert is_signed_in(client)


def test_whoever_runs_the_board_learns_why_somebody_sees_nothing(
    client: TestClient, provider: OpenIdProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.groups = ["Everyone", "Staff"]
    client.get(way_back(client, provider))
    assert "the claim groups names 2 groups, and WATCHKEEPER_WEB_ROLES none of them" in caplog.text
    assert "Tanaka" not in caplog.text


@pytest.mark.parametrize("groups", [{"SOC admin": True}, 7, True])
def test_groups_that_are_no_list_are_not_guessed_at(
    client: TestClient, provider: OpenIdProvider, groups: object
) -> None:
    provider.claims = {"groups": groups}
    assert refused(client, way_back(client, provider))


def test_somebody_without_any_name_is_nobody(client: TestClient, provider: OpenIdProvider) -> None:
    provider.claims = {"name": None, "sub": ""}
    assert refused(client, way_back(client, provider))


ODD = (b"[]", b"null", b"7", b"<html>", b"\xff", b"[" * 100_000, b'{"keys": 7, "id_token": 7, "issuer": 7}')


@pytest.mark.parametrize("place", ["document", "keys", "token"])
def test_whatever_a_provider_answers_it_is_a_sign_in_that_failed(
    client: TestClient, provider: OpenIdProvider, place: str
) -> None:
    for answer in ODD:
        back = "/sign-in" if place == "document" else way_back(client, provider)
        provider.instead = {place: answer}
        assert client.get(back).status_code == 400, answer
        provider.instead = {}
    assert not is_signed_in(client)


def test_what_a_provider_said_by_mistake_is_not_kept(client: TestClient, provider: OpenIdProvider) -> None:
    provider.metadata = {"issuer": "https://evil.example.com"}
    assert client.get("/sign-in").status_code == 400
    provider.metadata = {}
    client.get(way_back(client, provider))
    assert is_signed_in(client)


def test_nothing_is_sent_in_the_clear(client: TestClient, provider: OpenIdProvider) -> None:
    for endpoint in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        for address in ("http://localhost/token", None, "javascript:alert(1)"):
            provider.metadata = {endpoint: address}
            assert client.get("/sign-in").status_code == 400, (endpoint, address)


def test_a_providers_metadata_do_not_say_how_it_is_asked(url: str, provider: OpenIdProvider) -> None:
    """Authlib would take `verify` and `code_challenge_method` from them."""
    provider.metadata = {
        "verify": False,
        "code_challenge_method": None,
        "proxy": "http://evil.example.com:3128",
        "scope": "",
    }
    known = Provider(provider.issuer, CLIENT, SECRET, "groups", provider.ca_file)
    with visiting(a_board(replace(SIGNED, provider=known), url)) as client:
        client.get(way_back(client, provider))
        assert is_signed_in(client)


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(
    client: TestClient, provider: OpenIdProvider
) -> None:
    provider.by_form = True
    client.get(way_back(client, provider))
    assert is_signed_in(client)


def test_a_withdrawn_key_is_not_believed_for_longer_than_an_hour(
    client: TestClient, provider: OpenIdProvider, ticking: Ticking
) -> None:
    client.get(way_back(client, provider))
    client.cookies.delete(COOKIE)
    provider.published = [a_key("another")]
    ticking.at += KEPT + 1
    assert refused(client, way_back(client, provider))
    assert provider.documents == 2


@pytest.mark.parametrize("place", ["document", "keys", "token"])
def test_an_answer_without_end_is_not_read_to_it(
    client: TestClient, provider: OpenIdProvider, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    back = "/sign-in" if place == "document" else way_back(client, provider)
    provider.instead = {place: b'{"x": "' + b"x" * LARGEST_ANSWER + b'"}'}
    assert refused(client, back)
    assert "is longer than" in caplog.text


def test_an_answer_that_would_grow_when_it_is_unpacked_is_not_read(
    client: TestClient, provider: OpenIdProvider
) -> None:
    provider.headers = {"Content-Encoding": "gzip"}
    provider.instead = {"document": gzip.compress(b" " * 1000)}
    assert refused(client, "/sign-in")


def test_a_provider_that_never_finishes_is_waited_for_so_long(
    board: Board, provider: OpenIdProvider, caplog: pytest.LogCaptureFixture
) -> None:
    assert board.provider is not None
    provider.free.clear()
    with visiting(replace(board, provider=replace(board.provider, altogether=0.2))) as client:
        assert refused(client, "/sign-in")
    provider.free.set()
    assert "TimeoutError" in caplog.text

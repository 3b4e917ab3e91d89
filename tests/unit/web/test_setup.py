"""The board is not served where others could reach it without a sign-in, or listen in."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.web.boards import LOCAL

from watchkeeper.errors import Config
from watchkeeper.settings import WebAuth, load_settings
from watchkeeper.web.access import Role
from watchkeeper.web.setup import Setup, setup_of

ELSEWHERE = {"WATCHKEEPER_WEB_BIND": "0.0.0.0:8600"}
KNOWN = ELSEWHERE | {
    "WATCHKEEPER_WEB_ORIGIN": "https://board.example.com",
    "WATCHKEEPER_WEB_ROLES": "viewer=SOC; admin=SOC Leads; admin=Platform",
}
PROXY = KNOWN | {"WATCHKEEPER_WEB_AUTH": "proxy", "WATCHKEEPER_WEB_PROXIES": "10.0.0.5, 10.1.0.0/24, fd00::/64"}
OIDC = KNOWN | {
    "WATCHKEEPER_WEB_AUTH": "oidc",
    "WATCHKEEPER_WEB_OIDC_ISSUER": "https://login.example.com/tenant",
    "WATCHKEEPER_WEB_OIDC_CLIENT_ID": "board",
    "WATCHKEEPER_WEB_OIDC_CLIENT_SECRET": "swordfish",
}


@pytest.fixture
def tls(tmp_path: Path) -> dict[str, str]:
    for name in ("board.pem", "board.key"):
        (tmp_path / name).write_text("PEM", encoding="ascii")
    return {
        "WATCHKEEPER_WEB_TLS_CERTIFICATE": str(tmp_path / "board.pem"),
        "WATCHKEEPER_WEB_TLS_KEY": str(tmp_path / "board.key"),
    }


def setup(environ: dict[str, str]) -> Setup:
    return setup_of(load_settings(environ))


def places(environ: dict[str, str]) -> list[str]:
    with pytest.raises(Config) as refused:
        setup(environ)
    return [problem.place for problem in refused.value.problems]


def test_without_settings_this_machine_alone_is_served() -> None:
    assert setup({}) == LOCAL
    assert LOCAL.address == ("127.0.0.1", 8600)


@pytest.mark.parametrize("address", ["127.0.0.1:0", "127.8.8.8:80", "[::1]:8600", "localhost:8600"])
def test_any_address_of_this_machine_needs_no_sign_in(address: str) -> None:
    assert setup({"WATCHKEEPER_WEB_BIND": address}).auth is WebAuth.NONE


@pytest.mark.parametrize("address", ["0.0.0.0:8600", "[::]:8600", "10.0.0.1:8600", "board.example.com:8600"])
def test_any_other_address_needs_one_and_the_refusal_says_how(address: str) -> None:
    with pytest.raises(Config, match=r"WATCHKEEPER_WEB_AUTH as proxy or oidc.*docs/board\.md"):
        setup({"WATCHKEEPER_WEB_BIND": address})


def test_what_others_would_need_to_reach_it_needs_a_sign_in_too() -> None:
    """A proxy on this machine would make everybody whoever sits at it."""
    open_to_all = {"WATCHKEEPER_WEB_ORIGIN": "https://board.example.com", "WATCHKEEPER_WEB_PROXIES": "127.0.0.1"}
    assert places(open_to_all) == ["WATCHKEEPER_WEB_ORIGIN", "WATCHKEEPER_WEB_PROXIES"]


def test_tls_alone_is_no_sign_in(tls: dict[str, str]) -> None:
    assert places(ELSEWHERE | tls) == ["WATCHKEEPER_WEB_BIND"]


def test_a_trusted_proxy_may_vouch_for_people() -> None:
    found = setup(PROXY)
    assert found.lets_in("10.0.0.5")
    assert found.lets_in("10.1.0.77")
    assert found.lets_in("fd00::1")
    assert not any(found.lets_in(peer) for peer in ("10.0.0.6", "127.0.0.1", "203.0.113.1", "", "nonsense"))
    assert found.roles == ((Role.VIEWER, "SOC"), (Role.ADMIN, "SOC Leads"), (Role.ADMIN, "Platform"))


def test_a_proxy_needs_an_address_that_its_word_is_taken_from(tls: dict[str, str]) -> None:
    without = {name: value for name, value in PROXY.items() if name != "WATCHKEEPER_WEB_PROXIES"}
    assert places(without | tls) == ["WATCHKEEPER_WEB_PROXIES"]


def test_a_group_that_a_proxy_cannot_name_is_refused() -> None:
    with_comma = {"WATCHKEEPER_WEB_ROLES": "viewer=CN=SOC,OU=Groups"}
    with pytest.raises(Config, match="names a group with a comma"):
        setup(PROXY | with_comma)
    assert setup(OIDC | with_comma | {"WATCHKEEPER_WEB_PROXIES": "10.0.0.5"}).roles == (
        (Role.VIEWER, "CN=SOC,OU=Groups"),
    )


def test_an_origin_is_as_browsers_send_it() -> None:
    with pytest.raises(Config, match="xn--"):
        setup(PROXY | {"WATCHKEEPER_WEB_ORIGIN": "https://b\u00fccher.example"})


def test_a_provider_is_asked_through_the_proxy_of_every_call() -> None:
    found = setup(
        OIDC | {"WATCHKEEPER_WEB_PROXIES": "10.0.0.5", "WATCHKEEPER_PROXY": "http://aiko:swordfish@egress:3128"}
    )
    assert found.provider is not None
    assert found.provider.proxy == "http://aiko:swordfish@egress:3128"
    assert "swordfish" not in repr(found)


def test_groups_say_who_speaks_for_which_owner(tls: dict[str, str]) -> None:
    found = setup(OIDC | tls | {"WATCHKEEPER_WEB_OWNERS": "finance=Finance IT; tokyo-1=Desk=A ; finance=Leads;"})
    assert found.owners == (("finance", "Finance IT"), ("tokyo-1", "Desk=A"), ("finance", "Leads"))
    assert found.groups.person("Ana", {"Leads", "Desk"}).owners == {"finance"}
    assert found.groups.person("Ana", {"Leads"}).roles == {Role.OWNER}
    assert setup(OIDC | tls).groups.person("Ana", {"Leads"}).owners == frozenset()


@pytest.mark.parametrize("everywhere", ["0.0.0.0/0", "::/0", "10.0.0.5, 0.0.0.0/0"])
def test_no_list_of_proxies_is_everybody(everywhere: str) -> None:
    with pytest.raises(Config, match="is every address"):
        setup(PROXY | {"WATCHKEEPER_WEB_PROXIES": everywhere})


def test_signing_in_here_needs_tls_or_a_proxy_that_does_it(tls: dict[str, str]) -> None:
    assert places(OIDC) == ["WATCHKEEPER_WEB_TLS_CERTIFICATE"]
    assert setup(OIDC | tls).lets_in("203.0.113.1")
    behind = setup(OIDC | {"WATCHKEEPER_WEB_PROXIES": "10.0.0.5"})
    assert not behind.lets_in("203.0.113.1")


def test_a_certificate_without_its_key_is_half_of_one(tls: dict[str, str]) -> None:
    del tls["WATCHKEEPER_WEB_TLS_KEY"]
    assert places(OIDC | tls) == ["WATCHKEEPER_WEB_TLS_KEY"]


def test_every_missing_setting_is_named_at_once() -> None:
    assert places({"WATCHKEEPER_WEB_AUTH": "oidc"}) == [
        "WATCHKEEPER_WEB_ORIGIN",
        "WATCHKEEPER_WEB_ROLES",
        "WATCHKEEPER_WEB_TLS_CERTIFICATE",
        "WATCHKEEPER_WEB_OIDC_ISSUER",
        "WATCHKEEPER_WEB_OIDC_CLIENT_ID",
        "WATCHKEEPER_WEB_OIDC_CLIENT_SECRET",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WATCHKEEPER_WEB_BIND", "8600"),
        ("WATCHKEEPER_WEB_BIND", "localhost"),
        ("WATCHKEEPER_WEB_BIND", "localhost:port"),
        ("WATCHKEEPER_WEB_AUTH", "basic"),
        ("WATCHKEEPER_WEB_ORIGIN", "http://board.example.com"),
        ("WATCHKEEPER_WEB_ORIGIN", "https://board.example.com/path"),
        ("WATCHKEEPER_WEB_PROXIES", "the proxy"),
        ("WATCHKEEPER_WEB_ROLES", "viewer"),
        ("WATCHKEEPER_WEB_ROLES", "king=SOC"),
        ("WATCHKEEPER_WEB_ROLES", "viewer="),
        ("WATCHKEEPER_WEB_OWNERS", "finance"),
        ("WATCHKEEPER_WEB_OWNERS", "finance="),
        ("WATCHKEEPER_WEB_OWNERS", "Finance IT=Group"),
        ("WATCHKEEPER_WEB_OWNERS", "unowned=Everybody"),
        ("WATCHKEEPER_WEB_USER_HEADER", "X Forwarded User"),
        ("WATCHKEEPER_WEB_OIDC_ISSUER", "http://login.example.com"),
        ("WATCHKEEPER_WEB_OIDC_ISSUER", "https://login.example.com/?tenant=1"),
        ("WATCHKEEPER_WEB_EXPECTED", "sync=soon"),
        ("WATCHKEEPER_WEB_EXPECTED", "plan=2h"),
        ("WATCHKEEPER_WEB_METRICS_TOKEN", "swordfish"),
        ("WATCHKEEPER_WEB_METRICS_TOKEN", "swordfish\nswordfish"),
        ("WATCHKEEPER_WEB_METRICS_TOKEN", "swordfish-swordfísh"),
    ],
)
def test_a_setting_of_the_wrong_shape_is_refused_by_its_name(name: str, value: str) -> None:
    assert places({name: value}) == [name]


def test_the_secret_is_not_shown() -> None:
    found = setup(OIDC | {"WATCHKEEPER_WEB_PROXIES": "10.0.0.5"})
    assert "swordfish" not in repr(found)

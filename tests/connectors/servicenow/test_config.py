from __future__ import annotations

import pytest

from watchkeeper.errors import Config
from watchkeeper.transport import Secret
from watchkeeper_servicenow import BasicLogin, ClientCredentials, PasswordGrant, ServiceNowConfig

LOGIN = BasicLogin("watchkeeper", Secret("a-long-password"))


@pytest.mark.parametrize(
    ("instance", "origin"),
    [
        ("acme", "https://acme.service-now.com"),
        ("  ACME-dev ", "https://acme-dev.service-now.com"),
        ("https://acme.service-now.com", "https://acme.service-now.com"),
        ("https://acme.service-now.com/", "https://acme.service-now.com"),
        ("https://Tickets.Example.co.jp:443", "https://tickets.example.co.jp"),
        ("https://localhost:8443", "https://localhost:8443"),
    ],
)
def test_an_instance_is_a_name_or_an_https_origin(instance: str, origin: str) -> None:
    assert ServiceNowConfig(instance, LOGIN).origin == origin


@pytest.mark.parametrize(
    "instance",
    [
        "",
        "evil.example/",
        "evil.example",
        "acme/../evil",
        "http://acme.service-now.com",
        "https://user:password@acme.service-now.com",
        "https://acme.service-now.com@evil.example",
        "https://acme.service-now.com\\@evil.example",
        "https://acme.service-now.com/nav_to.do",
        "https://acme.service-now.com?x=1",
        "https://acme.service-now.com#x",
        "https://acme..service-now.com",
        "https://acme.service-now.com:99999",
        "https://",
        "https://ａcme.service-now.com",
        "javascript:alert(1)",
        "acme\nevil",
        "-acme",
    ],
)
def test_anything_else_is_refused_before_any_call(instance: str) -> None:
    with pytest.raises(Config) as caught:
        ServiceNowConfig(instance, LOGIN)
    assert [problem.place for problem in caught.value.problems] == ["SERVICENOW_INSTANCE"]
    assert caught.value.problems[0].allowed


def test_a_password_in_the_address_is_not_repeated() -> None:
    with pytest.raises(Config) as caught:
        ServiceNowConfig("https://admin:hunter2-hunter2@acme.service-now.com", LOGIN)
    assert "hunter2" not in str(caught.value)


def test_no_secret_is_shown_with_the_configuration() -> None:
    for login in (
        LOGIN,
        ClientCredentials("id", Secret("a-long-password")),
        PasswordGrant("id", Secret("a-long-password"), "me", Secret("a-long-password")),
    ):
        assert "a-long-password" not in repr(ServiceNowConfig("acme", login))


def test_who_we_are_is_known_where_the_login_names_a_user() -> None:
    assert ServiceNowConfig("acme", LOGIN).username == "watchkeeper"
    assert ServiceNowConfig("acme", ClientCredentials("id", Secret("s"))).username == ""

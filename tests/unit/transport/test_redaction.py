from __future__ import annotations

import base64
import copy
import io
import json
import logging
import pickle
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.transport.wire import HOST, bench

from watchkeeper.transport import RedactingFilter, Redactor, Secret, quiet_libraries
from watchkeeper.transport.redaction import HIDDEN, NOISY_LOGGERS, without_secrets

PASSWORD = 'p@ss/w"örd+1&=x y'
SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="[]"), min_size=12, max_size=40).filter(
    lambda text: text.strip() == text and text not in HIDDEN
)


def test_a_secret_prints_as_nothing() -> None:
    secret = Secret(PASSWORD)
    shown = f"{secret} {secret!r} {secret!s} {[secret]} { ({'a': secret}) }"
    assert PASSWORD not in shown
    assert "ss/w" not in shown
    assert secret.reveal() == PASSWORD


def test_secrets_compare_by_value_and_are_never_written() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")
    with pytest.raises(TypeError):
        pickle.dumps(Secret("a"))
    with pytest.raises(TypeError):
        copy.deepcopy(Secret("a"))


@example(PASSWORD, "user", "")
@given(SECRETS, st.text(max_size=5), st.text(max_size=5))
def test_a_known_secret_is_hidden_in_every_spelling(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.learn(Secret(secret))
    for spelling in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        assert spelling not in redactor.text(f"{before} {spelling} {after}")


@example("client-secret-of-the-instance", "user:", "")
@given(
    st.text("abcdefghijkLMNOPQ0123456789", min_size=12),
    st.text("uvwxyz:", max_size=7),
    st.text("uvwxyz", max_size=7),
)
def test_a_known_secret_is_hidden_inside_base64(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.learn(secret)
    encoded = base64.b64encode(f"{before}{secret}{after}".encode()).decode()
    shown = redactor.text(encoded)
    assert HIDDEN in shown
    assert len(shown.replace(HIDDEN, "")) <= len(encoded) - len(secret)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer TOPSECRET.value-1",
        "{'Authorization': 'Basic TOPSECRETdmFsdWU='}",
        '{"access_token": "TOPSECRET", "expires_in": 1799}',
        "grant_type=client_credentials&client_secret=TOPSECRET&scope=x",
        "client_assertion=TOPSECRET",
        "Set-Cookie: JSESSIONID=TOPSECRET; Path=/",
        "Cookie: JSESSIONID=TOPSECRET",
        "x-sn-apikey: TOPSECRET",
        "token eyJTOPSECRETxyz.eyJzdWIiOiIxIn0.c2ln end",
        "password='TOPSECRET'",
    ],
)
def test_what_looks_like_a_credential_is_hidden_whoevers_it_is(text: str) -> None:
    assert "TOPSECRET" not in without_secrets(text)
    assert HIDDEN in without_secrets(text)


@pytest.mark.parametrize(
    "text",
    ["The password policy changed", "Basic checks", "INC0010001 moved to On Hold", "bearer of news", "token refreshed"],
)
def test_ordinary_sentences_stay(text: str) -> None:
    assert without_secrets(text) == text


def logged(redactor: Redactor) -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter(redactor))
    logger = logging.getLogger(f"tried.{id(stream)}")
    logger.propagate = False
    logger.addHandler(handler)
    return logger, stream


def test_a_log_line_loses_secrets_from_message_arguments_and_traceback() -> None:
    redactor = Redactor()
    redactor.learn(PASSWORD)
    logger, stream = logged(redactor)
    logger.warning("login with %s as %d", PASSWORD, 7)
    try:
        raise ValueError(f"wrong: {PASSWORD}")
    except ValueError:
        logger.exception("failed", stack_info=True)
    assert PASSWORD not in stream.getvalue()
    assert "login with [redacted] as 7" in stream.getvalue()
    assert "ValueError: wrong: [redacted]" in stream.getvalue()


def test_a_token_that_was_sent_is_known_from_then_on() -> None:
    at = bench()
    at.session().get(f"{HOST}/", headers={"Authorization": "Bearer opaque-token-value"})
    assert at.transport.redactor.text("the opaque-token-value leaked") == "the [redacted] leaked"


def test_libraries_that_log_secrets_at_debug_are_kept_above_it() -> None:
    levels = {name: logging.getLogger(name).level for name in NOISY_LOGGERS}
    try:
        quiet_libraries()
        assert not any(logging.getLogger(name).isEnabledFor(logging.DEBUG) for name in NOISY_LOGGERS)
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)

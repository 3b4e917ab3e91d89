"""Signing in by way of the provider, and out again."""

from __future__ import annotations

import logging
import re
import secrets
from typing import Final

from starlette.responses import RedirectResponse, Response

from watchkeeper.web.access import Person
from watchkeeper.web.answers import message
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.oidc import GroupsLeftOut, OpenIdConnect, SignInFailed
from watchkeeper.web.own_path import own_path
from watchkeeper.web.sessions import COOKIE, LONGEST, SIGN_IN_COOKIE, TO_SIGN_IN
from watchkeeper.web.visit import Visit

log = logging.getLogger(__name__)
LONGEST_CODE: Final = 4096
_A_NAME: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""As a browser is given one; no other site can give it one in our name (`__Host-`)."""


async def leave(visit: Visit) -> Response:
    """To the provider."""
    try:
        address, sent = await _provider(visit).leave(own_path(visit.request.query_params.get("to", "/")))
    except SignInFailed as error:
        return _failed(visit, error)
    answer = RedirectResponse(address, 303)
    browser = visit.request.cookies.get(SIGN_IN_COOKIE, "")
    if not _A_NAME.fullmatch(browser):
        browser = secrets.token_urlsafe(32)
    visit.board.sessions.send(sent, browser)
    _give(answer, SIGN_IN_COOKIE, browser, TO_SIGN_IN)
    return answer


async def arrive(visit: Visit) -> Response:
    """Back from the provider: what was sent is compared with what came, once."""
    try:
        person, to = await _arrived(visit, _provider(visit))
    except SignInFailed as error:
        return _failed(visit, error)
    answer = RedirectResponse(to, 303)
    before = visit.request.cookies.get(COOKIE, "")
    _give(answer, COOKIE, visit.board.sessions.open(person, before=before), LONGEST)
    return answer


async def _arrived(visit: Visit, provider: OpenIdConnect) -> tuple[Person, str]:
    given = visit.request.query_params
    sent = visit.board.sessions.back(visit.request.cookies.get(SIGN_IN_COOKIE, ""), given.get("state", ""))
    if sent is None:
        raise SignInFailed(
            "nobody was sent to the provider from this browser with this state, or too long ago, or came back already"
        )
    if given.get("iss", provider.source.provider.issuer) != provider.source.provider.issuer:
        # RFC 9207, section 2.4: an answer of another provider.
        raise SignInFailed(f"the answer is that of {given['iss']!r:.200}")
    if "error" in given or not 0 < len(given.get("code", "")) <= LONGEST_CODE:
        raise SignInFailed(f"the provider sent no code: {given.get('error', '')!r:.100}")
    return await provider.arrive(sent, given["code"]), sent.to


async def sign_out(visit: Visit) -> Response:
    visit.board.sessions.close(visit.request.cookies.get(COOKIE, ""))
    answer = message(visit, "board.signed_out")
    _take(answer, COOKIE)
    return answer


def _provider(visit: Visit) -> OpenIdConnect:
    if visit.board.provider is None:
        raise NothingHere
    return visit.board.provider


def _failed(visit: Visit, error: SignInFailed) -> Response:
    log.warning("a sign-in failed: %s", error)
    if isinstance(error, GroupsLeftOut):
        return message(visit, "board.refused.groups", 403)
    return message(visit, "board.refused.sign_in", 400)


def _give(answer: Response, name: str, value: str, seconds: float) -> None:
    answer.set_cookie(name, value, max_age=int(seconds), path="/", secure=True, httponly=True, samesite="lax")


def _take(answer: Response, name: str) -> None:
    answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")

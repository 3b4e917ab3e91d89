"""Signing in by way of the provider, and out again."""

from __future__ import annotations

import hmac
import logging
from typing import Final

from starlette.responses import RedirectResponse, Response

from watchkeeper.web.answers import message
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.oidc import OpenIdConnect, SignInFailed
from watchkeeper.web.sessions import COOKIE, LONGEST, SIGN_IN_COOKIE, TO_SIGN_IN
from watchkeeper.web.visit import Visit

log = logging.getLogger(__name__)
LONGEST_CODE: Final = 4096
LONGEST_PATH: Final = 2000


async def leave(visit: Visit) -> Response:
    """To the provider."""
    try:
        address, sent = await _provider(visit).leave(_own_path(visit.request.query_params.get("to", "/")))
    except SignInFailed as error:
        return _failed(visit, error)
    answer = RedirectResponse(address, 303)
    _give(answer, SIGN_IN_COOKIE, visit.board.sessions.send(sent), TO_SIGN_IN)
    return answer


async def arrive(visit: Visit) -> Response:
    """Back from the provider: what was sent is compared with what came, once."""
    given, cookies = visit.request.query_params, visit.request.cookies
    sent = visit.board.sessions.back(cookies.get(SIGN_IN_COOKIE, ""))
    try:
        if sent is None:
            raise SignInFailed(
                "nobody was sent to the provider from this browser, or too long ago, or came back already"
            )
        if not hmac.compare_digest(given.get("state", "").encode(), sent.state.encode()):
            raise SignInFailed("the state is another one")
        if "error" in given or not 0 < len(given.get("code", "")) <= LONGEST_CODE:
            raise SignInFailed(f"the provider sent no code: {given.get('error', '')!r:.100}")
        person = await _provider(visit).arrive(sent, given["code"])
    except SignInFailed as error:
        return _failed(visit, error)
    answer = RedirectResponse(sent.to, 303)
    _give(answer, COOKIE, visit.board.sessions.open(person, before=cookies.get(COOKIE, "")), LONGEST)
    _take(answer, SIGN_IN_COOKIE)
    return answer


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
    answer = message(visit, "board.refused.sign_in", 400)
    _take(answer, SIGN_IN_COOKIE)
    return answer


def _own_path(wanted: str) -> str:
    """A path of this site, so that nobody is led elsewhere by a link to our sign-in."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and len(wanted) <= LONGEST_PATH
    return wanted if plain and wanted.startswith("/") and not wanted.startswith("//") else "/"


def _give(answer: Response, name: str, value: str, seconds: float) -> None:
    answer.set_cookie(name, value, max_age=int(seconds), path="/", secure=True, httponly=True, samesite="lax")


def _take(answer: Response, name: str) -> None:
    answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")

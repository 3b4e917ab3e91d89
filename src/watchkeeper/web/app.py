"""The board as one ASGI application: the fence, and inside it a router that lets nobody past a route's `needs`."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route as Place
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from watchkeeper.errors import Config, WatchkeeperError
from watchkeeper.ports import Monotonic
from watchkeeper.report.document import Lead
from watchkeeper.settings import WebAuth
from watchkeeper.web.access import METRICS, Answer, may
from watchkeeper.web.answers import message
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.board import Board
from watchkeeper.web.fence import SIGN_IN, Fence
from watchkeeper.web.limits import Allowance
from watchkeeper.web.registry import MAPPINGS
from watchkeeper.web.routes import routes_of
from watchkeeper.web.scrape import Scrape, asked_for, may_scrape
from watchkeeper.web.setup import Setup
from watchkeeper.web.visit import API, Route, Visit

log = logging.getLogger(__name__)
_READING: Final = frozenset({"GET", "HEAD"})


def application(board: Board, monotonic: Monotonic) -> Fence:
    places = [
        Place(route.path, _guarded(route, board), methods=list(route.methods), name=route.name)
        for route in routes_of(board.setup.auth)
    ]

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        visit = _visit(Request(scope, receive), board)
        await refusal(visit, 404)(scope, receive, send)

    return Fence(
        Router(places, redirect_slashes=False, default=nothing),
        board.setup,
        board.identity.who,
        requests=Allowance(monotonic, burst=120, seconds=0.25),
        sign_ins=Allowance(monotonic, burst=60, seconds=1),
    )


def _visit(request: Request, board: Board) -> Visit:
    known = board.identity.who(request)
    return Visit(request, board, known.person, known.csrf)


def _guarded(route: Route, board: Board) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        visit = _visit(request, board)
        if route.needs is METRICS:
            return await _scraped(route, visit)
        match may(visit.person, route.needs, str(request.path_params.get("owner", ""))):
            case Answer.SIGN_IN:
                return _ask_who(visit)
            case Answer.FORBIDDEN:
                return refusal(visit, 403)
            case Answer.HIDDEN:
                return refusal(visit, 404)
            case Answer.ALLOWED if request.method not in _READING and not await _meant(visit):
                return refusal(visit, 403)
            case Answer.ALLOWED:
                return await _answer(route, visit)

    return endpoint


async def _scraped(route: Route, visit: Visit) -> Response:
    match may_scrape(visit.request, visit.board.setup):
        case Scrape.ALLOWED:
            return await _answer(route, visit)
        case Scrape.NOBODY:
            return refusal(visit, 404)
        case Scrape.WITHOUT:
            return asked_for()


async def _answer(route: Route, visit: Visit) -> Response:
    try:
        return await route.endpoint(visit)
    except NothingHere:
        return refusal(visit, 404)
    except Config as error:
        log.error("the mappings folder cannot be read: %s", error)
        return refusal(visit, 503, "rules", *_mappings(visit))
    except WatchkeeperError as error:
        log.error("the board could not read the state store: %s", error)
        return refusal(visit, 503)


def _ask_who(visit: Visit) -> Response:
    """A person who may sign in here is sent to do so, and comes back to the page; not to the form that was sent, which is gone."""
    request = visit.request
    if visit.board.setup.auth is not WebAuth.OIDC or request.scope["path"].startswith(API):
        return refusal(visit, 401)
    return RedirectResponse(f"{SIGN_IN}?to={quote(_address(request)) if request.method in _READING else '/'}", 303)


def _address(request: Request) -> str:
    """Path and query, as they were asked for."""
    path, query = (request.scope[part].decode("latin-1") for part in ("raw_path", "query_string"))
    return f"{path}?{query}" if query else path


def refusal(visit: Visit, status: int, why: str = "", *elsewhere: Lead) -> Response:
    """Nothing but what kind of refusal it is: `why` where its status has several."""
    if visit.request.scope["path"].startswith(API):
        return JSONResponse({"error": status}, status)
    return message(visit, f"board.refused.{why or status}", status, *elsewhere)


def _mappings(visit: Visit) -> tuple[Lead, ...]:
    """The page that names what is wrong with the mappings, for whoever may see it."""
    texts, deployment = visit.texts, quote(visit.request.path_params.get("deployment", ""))
    if not deployment or may(visit.person, MAPPINGS.needs) is not Answer.ALLOWED:
        return ()
    return (Lead(texts.say(f"board.page.{MAPPINGS.name}"), f"/{texts.language}/{deployment}/{MAPPINGS.path}"),)


async def _meant(visit: Visit) -> bool:
    """Whether a form was sent from a page of ours, by whom we gave it to: the browser says from where, and the form knows a token."""
    request = visit.request
    if request.headers.getlist("origin") != [_own_origin(request, visit.board.setup)]:
        return False
    token = _token((await request.body()).decode("utf-8", "replace"))
    return bool(visit.csrf) and hmac.compare_digest(token.encode(), visit.csrf.encode())


def _token(form: str) -> str:
    try:
        return parse_qs(form, max_num_fields=20).get("csrf", [""])[0]
    except ValueError:
        return ""


def _own_origin(request: Request, setup: Setup) -> str:
    """What browsers call us. Without an origin of its own, a board is asked for by a name of this machine: the fence has seen to it."""
    host = setup.host or request.headers["host"].casefold()
    return f"{setup.scheme}://{host}"

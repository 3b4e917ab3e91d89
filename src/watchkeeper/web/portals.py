"""Choosing the portal that incidents are opened in: kept in the browser, and nothing else is."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from watchkeeper.web.incident_pages import Portal, portal_named
from watchkeeper.web.own_path import own_path
from watchkeeper.web.visit import Visit

COOKIE: Final = "watchkeeper-portal"
CHOICE, BACK_TO = "portal", "to"
KEPT_FOR: Final = 365 * 24 * 60 * 60
"""Seconds."""


async def choose(visit: Visit) -> Response:
    """Remember it, and back to the page; what is no portal is not remembered."""
    form = parse_qs((await visit.request.body()).decode("utf-8", "replace"), max_num_fields=20)
    portal = portal_named(form.get(CHOICE, [""])[0])
    answer = RedirectResponse(own_path(form.get(BACK_TO, ["/"])[0]), 303)
    if portal is not None:
        secure = visit.board.setup.origin.startswith("https:")
        answer.set_cookie(COOKIE, portal, max_age=KEPT_FOR, path="/", secure=secure, httponly=True, samesite="lax")
    return answer


def chosen_portal(request: Request) -> Portal:
    """What the visitor chose. A cookie that holds anything else is none of ours."""
    return portal_named(request.cookies.get(COOKIE, "")) or Portal.DEFENDER

"""Every place of the board, in one table: its address, what it asks for, and who answers. Pages come from their registry."""

from __future__ import annotations

from typing import Any, Final

from watchkeeper.settings import WebAuth
from watchkeeper.web import asking, places, portals, scrape, signing, trying
from watchkeeper.web.access import ASKING, METRICS, PUBLIC, SIGNED_IN, WATCHING
from watchkeeper.web.fence import SIGN_IN
from watchkeeper.web.interface import Deployments, answered, describe
from watchkeeper.web.interface import deployments as list_deployments
from watchkeeper.web.page import Page
from watchkeeper.web.registry import MAPPING, PAGES
from watchkeeper.web.showing import shown
from watchkeeper.web.visit import API, Route


def _html(page: Page[Any]) -> Route:
    return Route(f"/{{lang}}/{{deployment}}/{page.path}", page.name, page.needs, shown(page), page=page)


def _json(page: Page[Any]) -> Route:
    return Route(
        f"{API}v1/{{deployment}}/{page.path}",
        f"api-{page.name}",
        page.needs,
        answered(page),
        summary=page.summary,
        answers=page.answers,
        page=page,
    )


_PLACES: Final = (
    Route("/healthz", "healthz", PUBLIC, places.healthz),
    Route("/metrics", "metrics", METRICS, scrape.metrics),
    Route("/assets/{name}", "asset", PUBLIC, places.asset),
    Route("/", "home", SIGNED_IN, places.home),
    Route("/portal", "portal", WATCHING, portals.choose, methods=("POST",)),
)
_ASKING: Final = (
    Route(asking.PATH, "ask", ASKING, asking.show),
    Route(asking.PATH, "ask-send", ASKING, asking.send, methods=("POST",)),
)
_TRYING: Final = (
    Route(trying.PATH, "try", MAPPING.needs, trying.show),
    Route(trying.PATH, "try-send", MAPPING.needs, trying.send, methods=("POST",)),
)
_DEPLOYMENTS: Final = Route(
    f"{API}v1/deployments",
    "api-deployments",
    WATCHING,
    list_deployments,
    summary="The deployments in the state store.",
    answers=Deployments,
)
_API: Final = (_DEPLOYMENTS, *map(_json, PAGES))
_SIGNING: Final = (
    Route(SIGN_IN, "sign-in", PUBLIC, signing.leave),
    Route(f"{SIGN_IN}/back", "sign-in-back", PUBLIC, signing.arrive),
    Route("/sign-out", "sign-out", SIGNED_IN, signing.sign_out, methods=("POST",)),
)
_DESCRIPTION: Final = Route(f"{API}openapi.json", "api-description", WATCHING, describe(_API))


def routes_of(auth: WebAuth) -> tuple[Route, ...]:
    """Signing in and out is there where people do it here."""
    return (
        *_PLACES,
        *_API,
        _DESCRIPTION,
        *map(_html, PAGES),
        *_ASKING,
        *_TRYING,
        *(_SIGNING if auth is WebAuth.OIDC else ()),
    )

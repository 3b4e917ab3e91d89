"""Every place of the board, in one table: its address, what it asks for, and who answers."""

from __future__ import annotations

from typing import Final

from watchkeeper.report.board import SyncHealth, Today
from watchkeeper.settings import WebAuth
from watchkeeper.web import places, signing
from watchkeeper.web.access import PUBLIC, SIGNED_IN, WATCHING
from watchkeeper.web.fence import SIGN_IN
from watchkeeper.web.interface import Deployments, describe, of_deployment
from watchkeeper.web.interface import deployments as list_deployments
from watchkeeper.web.visit import Route

API: Final = "/api/"

_PAGES: Final = (
    Route("/healthz", "healthz", PUBLIC, places.healthz),
    Route("/assets/{name}", "asset", PUBLIC, places.asset),
    Route("/", "home", WATCHING, places.home),
    Route("/{lang}/{deployment}/today", "today", WATCHING, places.today),
    Route("/{lang}/{deployment}/sync-health", "sync-health", WATCHING, places.sync_health),
)
_API: Final = (
    Route(
        f"{API}v1/deployments",
        "api-deployments",
        WATCHING,
        list_deployments,
        summary="The deployments in the state store.",
        answers=Deployments,
    ),
    Route(
        f"{API}v1/{{deployment}}/today",
        "api-today",
        WATCHING,
        of_deployment(lambda reader: reader.today()),
        summary="What needs a human, and what each team has to do next.",
        answers=Today,
    ),
    Route(
        f"{API}v1/{{deployment}}/sync-health",
        "api-sync-health",
        WATCHING,
        of_deployment(lambda reader: reader.sync_health()),
        summary="When the sync last worked, how long it took, what it wrote, and what stood in its way.",
        answers=SyncHealth,
    ),
)
_SIGNING: Final = (
    Route(SIGN_IN, "sign-in", PUBLIC, signing.leave),
    Route(f"{SIGN_IN}/back", "sign-in-back", PUBLIC, signing.arrive),
    Route("/sign-out", "sign-out", SIGNED_IN, signing.sign_out, methods=("POST",)),
)
_DESCRIPTION: Final = Route(f"{API}openapi.json", "api-description", WATCHING, describe(_API))


def routes_of(auth: WebAuth) -> tuple[Route, ...]:
    """Signing in and out is there where people do it here."""
    return (*_PAGES, *_API, _DESCRIPTION, *(_SIGNING if auth is WebAuth.OIDC else ()))

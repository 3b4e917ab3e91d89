"""The places of the board that are no page of a deployment: where it is entered, what pages load, and whether it lives."""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from watchkeeper.web.answers import message
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.assets import asset_named
from watchkeeper.web.registry import TODAY
from watchkeeper.web.visit import Visit

_KEEP: Final = "public, max-age=31536000, immutable"
"""What is in an asset is part of its name."""


async def healthz(visit: Visit) -> Response:  # noqa: ARG001
    """Whether this process answers; it says nothing of the store."""
    return PlainTextResponse("ok\n")


async def asset(visit: Visit) -> Response:
    found = asset_named(visit.request.path_params["name"])
    if found is None:
        raise NothingHere
    return Response(found.content, headers={"Content-Type": found.kind, "Cache-Control": _KEEP})


async def home(visit: Visit) -> Response:
    deployments = await run_in_threadpool(visit.board.memory.deployments)
    if not deployments:
        return message(visit, "board.empty")
    return RedirectResponse(f"/{visit.texts.language}/{deployments[0]}/{TODAY.path}", 303)

"""The places of the board that are no page of a deployment: where it is entered, what pages load, and whether it lives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from watchkeeper.report.board.leads import owner_page
from watchkeeper.report.document import Document, Lead, Section
from watchkeeper.web.access import WATCHING
from watchkeeper.web.answers import Frame, message, page
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.assets import asset_named
from watchkeeper.web.reading.owners import names_of
from watchkeeper.web.reading.reader import Reader
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
    """Where somebody begins: the first deployment's first page, or the page of an owner of devices."""
    person = visit.person
    if person is not None and not person.roles & WATCHING:
        return await run_in_threadpool(_own, visit)
    deployments = await run_in_threadpool(visit.board.memory.deployments)
    if not deployments:
        return message(visit, "board.empty")
    return RedirectResponse(f"/{visit.texts.language}/{quote(deployments[0])}/{TODAY.path}", 303)


def _own(visit: Visit) -> Response:
    """Where nothing has been read yet, a page says so; it is offered only where there is no other one."""
    found = list(_pages_of_owners(visit))
    pages = [lead for lead, read in found if read] or [lead for lead, _ in found]
    match pages:
        case []:
            return message(visit, "owners.none")
        case [only]:
            return RedirectResponse(only.url, 303)
        case _:
            texts = visit.texts
            listed = Section(texts.say("board.places"), leads=tuple(pages))
            document = Document(texts.say("owners.yours.title"), texts.say("owners.yours.sentence"), (listed,))
            return page(visit, document, Frame(texts.say("board.places"), ()))


def _pages_of_owners(visit: Visit) -> Iterator[tuple[Lead, bool]]:
    """Those that there are, of every deployment, and whether anything has been read there."""
    board, owners = visit.board, visit.person.owners if visit.person is not None else ()
    library = board.memory.library()
    if library is None or not owners:
        return
    deployments = library.deployments()
    for deployment in deployments:
        reader = Reader(
            library, deployment, board.clock.now(), board.setup.limits, rules=board.rules, estates=board.estates
        )
        read = board.estates.of(reader).told.as_of is not None
        for owner, name in names_of(reader, owners, visit.texts.language).items():
            text = f"{name} ({deployment})" if len(deployments) > 1 else name
            address = f"/{visit.texts.language}/{quote(deployment)}/{owner_page(owner)}"
            yield Lead(text, address), read

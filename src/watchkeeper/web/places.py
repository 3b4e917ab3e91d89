"""The pages of the board, and what they load."""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from watchkeeper.report.board import Head
from watchkeeper.report.board_health import health_document
from watchkeeper.report.board_today import today_document
from watchkeeper.report.document import Document, Lead
from watchkeeper.report.texts import LANGUAGES, Texts
from watchkeeper.report.values import moment
from watchkeeper.settings import WebAuth
from watchkeeper.web.answers import Frame, NothingHere, languages, message, page
from watchkeeper.web.assets import style
from watchkeeper.web.reading import Reader
from watchkeeper.web.visit import Visit

PAGES: Final = ("today", "sync-health")
"""Of a deployment, in the order in which they are offered."""
_KEEP: Final = "public, max-age=31536000, immutable"
"""What is in an asset is part of its name."""


async def healthz(visit: Visit) -> Response:  # noqa: ARG001
    """Whether this process answers; it says nothing of the store."""
    return PlainTextResponse("ok\n")


async def asset(visit: Visit) -> Response:
    found = style()
    if visit.request.path_params["name"] != found.name:
        raise NothingHere
    return Response(found.content, headers={"Content-Type": found.kind, "Cache-Control": _KEEP})


async def home(visit: Visit) -> Response:
    deployments = await run_in_threadpool(visit.board.memory.deployments)
    if not deployments:
        return message(visit, "board.empty")
    return RedirectResponse(f"/{visit.texts.language}/{deployments[0]}/today", 303)


async def today(visit: Visit) -> Response:
    return await run_in_threadpool(_today, visit)


async def sync_health(visit: Visit) -> Response:
    return await run_in_threadpool(_sync_health, visit)


def _today(visit: Visit) -> Response:
    found = reader_of(visit).today()
    return _page(visit, "today", today_document(found, visit.texts.language), found.head)


def _sync_health(visit: Visit) -> Response:
    found = reader_of(visit).sync_health()
    return _page(visit, "sync-health", health_document(found, visit.texts.language), found.head)


def reader_of(visit: Visit) -> Reader:
    """Raises NothingHere for a deployment or a language that there is not."""
    board, asked = visit.board, visit.request.path_params
    library = board.memory.library()
    known = library is not None and asked["deployment"] in library.deployments()
    if library is None or not known or asked.get("lang", LANGUAGES[0]) not in LANGUAGES:
        raise NothingHere
    return Reader(library, asked["deployment"], board.clock.now(), board.setup.limits)


def _page(visit: Visit, name: str, document: Document, head: Head) -> Response:
    texts = visit.texts
    deployments = visit.board.memory.deployments()
    signed_in = visit.person is not None and visit.board.setup.auth is WebAuth.OIDC
    frame = Frame(
        places_label=texts.say("board.places"),
        places=tuple((Lead(texts.say(f"board.page.{each}"), each), each == name) for each in PAGES),
        deployments_label=texts.say("board.deployments"),
        deployments=tuple(
            (Lead(each, f"/{texts.language}/{each}/{name}"), each == head.deployment) for each in deployments
        ),
        languages=languages(visit, f"{head.deployment}/{name}"),
        as_of=_as_of(head, texts),
        person=visit.person.name if visit.person is not None and signed_in else "",
        sign_out=texts.say("board.sign_out"),
        csrf=visit.csrf,
    )
    return page(visit, document, frame)


def _as_of(head: Head, texts: Texts) -> str:
    if head.as_of is None:
        return texts.say("board.as_of.never")
    return texts.say("board.as_of", at=moment(head.as_of, texts), run=head.run_id)

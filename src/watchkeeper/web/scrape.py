"""What Prometheus reads of the board, and the secret by which it may."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from enum import Enum
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from watchkeeper.settings import WebAuth
from watchkeeper.vitals.exposition import CONTENT_TYPE, Labels, exposition, labels_of
from watchkeeper.vitals.samples import STORE_METRICS, Metric
from watchkeeper.web.board import Board
from watchkeeper.web.reading.metrics import read_samples
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.setup import Setup
from watchkeeper.web.visit import Visit

_SCHEME: Final = "bearer"


class Scrape(Enum):
    ALLOWED = "allowed"
    NOBODY = "nobody"
    """There is no such place: nobody may scrape."""
    WITHOUT = "without"
    """The secret is missing or another one."""


def may_scrape(request: Request, setup: Setup) -> Scrape:
    """A secret that is set is asked for, wherever the board is. Without one a board that only this machine reaches is read freely,
    as all of it is, and one that people sign in to not at all."""
    if not setup.metrics_token:
        return Scrape.ALLOWED if setup.auth is WebAuth.NONE else Scrape.NOBODY
    said = request.headers.getlist("authorization")
    scheme, _, token = said[0].partition(" ") if len(said) == 1 else ("", "", "")
    same = hmac.compare_digest(token.strip().encode(), setup.metrics_token.encode())
    return Scrape.ALLOWED if same and scheme.casefold() == _SCHEME else Scrape.WITHOUT


def asked_for() -> Response:
    """RFC 6750, section 3: how to ask."""
    return PlainTextResponse("A token is needed\n", 401, {"WWW-Authenticate": 'Bearer realm="metrics"'})


async def metrics(visit: Visit) -> Response:
    """All deployments. Raises StateUnusable."""
    written = await run_in_threadpool(lambda: exposition(dict(_values(visit.board)), STORE_METRICS))
    return Response(written, media_type=CONTENT_TYPE)


def _values(board: Board) -> Iterator[tuple[tuple[Metric, Labels], float]]:
    library = board.memory.library()
    if library is None:
        return
    for deployment in library.deployments():
        reader = Reader(library, deployment, board.clock.now(), board.setup.limits, rules=board.rules)
        for sample in read_samples(reader):
            yield (sample.metric, labels_of({**sample.labels, "deployment": deployment})), sample.value

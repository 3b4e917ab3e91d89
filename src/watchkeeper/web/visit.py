"""One request, with what has been found out about who makes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from watchkeeper.report.texts import LANGUAGES, Texts, texts_in
from watchkeeper.web.access import Needs, Person

if TYPE_CHECKING:
    from watchkeeper.web.board import Board
    from watchkeeper.web.page import Page, Published

API: Final = "/api/"
"""What the places for programs begin with."""


@dataclass(frozen=True, slots=True)
class Visit:
    """`csrf` is what a form of this person's has to bring back."""

    request: Request
    board: Board
    person: Person | None
    csrf: str = ""

    @property
    def texts(self) -> Texts:
        """In the language that the address names, else in the first that the browser asks for and we have."""
        named = self.request.path_params.get("lang")
        return texts_in(named if named in LANGUAGES else preferred(self.request.headers.get("accept-language", "")))

    @property
    def path(self) -> str:
        """The place that was asked for, as addresses write it. (The path of `request.url` has `?` and `#` quoted and the rest not.)"""
        return quote(self.request.scope["path"])

    @property
    def query(self) -> str:
        """What was chosen there, with its `?`; empty where nothing was."""
        query = self.request.url.query
        return f"?{query}" if query else ""


def preferred(header: str) -> str:
    """The first language of an Accept-Language header that there are texts in; weights are taken for being in order."""
    tags = (part.partition(";")[0].strip().lower().partition("-")[0] for part in header[:200].split(","))
    return next((tag for tag in tags if tag in LANGUAGES), LANGUAGES[0])


Endpoint: TypeAlias = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """A place of the board. There is none without `needs`. `summary`: what the API's description says of it, which has it where it is
    not empty; `answers` is the type of such an answer, and `page` the page whose data they are."""

    path: str
    name: str
    needs: Needs
    endpoint: Endpoint
    methods: tuple[str, ...] = ("GET",)
    summary: str = ""
    answers: type | Published[Any] | None = None
    page: Page[Any] | None = None

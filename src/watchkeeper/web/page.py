"""A page of a deployment: one entry, of which its HTML, its lists as CSV and its data as JSON are made, all with the same `needs`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from watchkeeper.report.board.nouns import Head
from watchkeeper.report.document import Document
from watchkeeper.report.machine import Json
from watchkeeper.report.texts import Texts
from watchkeeper.web.access import Role
from watchkeeper.web.asked import Choice, Parameter
from watchkeeper.web.reading.reader import Reader

_PART: Final = re.compile(r"{(\w+)(?::\w+)?}")


class Answer(Protocol):
    """What every page's data begin with."""

    @property
    def head(self) -> Head: ...


T = TypeVar("T", bound=Answer)


@dataclass(frozen=True, slots=True)
class Published(Generic[T]):
    """Data for programs whose form is one of the published schemas (watchkeeper.report.machine), as a command prints them."""

    schema: str
    made: Callable[[T], Json]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`path` is what follows the deployment in its address, with `{parts}`; the data come from `read` (which raises NothingHere where
    there are none of such parts) and read as `document` says, in a language. `choices`: the form above it, of its `parameters`. A page
    with parts is not offered in the list of pages, nor is one that is not `in_menu`: other pages lead to it. `keeps_fresh`: who wants to leaves it open, and it follows what
    happens. `summary`: what the API's description says of the data (`answers`)."""

    name: str
    path: str
    needs: frozenset[Role]
    answers: type[T] | Published[T]
    read: Callable[[Reader], T]
    document: Callable[[T, str], Document]
    summary: str
    parameters: tuple[Parameter, ...] = ()
    choices: Callable[[T, Texts], tuple[Choice, ...]] | None = None
    keeps_fresh: bool = False
    in_menu: bool = True

    def found(self, reader: Reader) -> T:
        """The data as of one moment, so that a number and the list behind it agree."""
        with reader.store.view():
            return self.read(reader)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(_PART.findall(self.path))

    @property
    def offered(self) -> bool:
        return self.in_menu and not self.parts

"""Everything that can be asked of a board, from its own table of routes: pages in both languages, their lists as files, the API."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import cycle
from typing import Final
from urllib.parse import quote, urlencode

from starlette.testclient import TestClient

from watchkeeper.report.texts import LANGUAGES
from watchkeeper.settings import WebAuth
from watchkeeper.web.routes import routes_of
from watchkeeper.web.visit import Route

Parts = Mapping[str, Sequence[str]]
"""What parts of addresses may be, by name: several, so that one request is not like the next."""
MOST: Final = 12
"""Addresses of one kind that are asked in turn."""
OFFERED: Final = 4
"""Values of one choice that are tried."""
_ADDRESS: Final = re.compile(r'href="(/[^"?#]*)')
_PART: Final = re.compile(r"{(\w+)(?::\w+)?}")
_FILE: Final = re.compile(r'href="\?([^"#]*\bcsv=[^"#]*)"')
_OPTION: Final = re.compile(r'<select[^>]*name="(\w+)".*?</select>', re.DOTALL)
_VALUE: Final = re.compile(r'<option[^>]*value="([^"]+)"')


class Kind(Enum):
    ROUTE = "route"
    CHOICE = "choice"
    """A page with one of the values that it offers."""
    FILE = "file"
    """A list of a page as a file."""


@dataclass(frozen=True, slots=True)
class Question:
    """`name` as the table of routes has it, with what was chosen; `addresses` in turn, all of the same kind."""

    name: str
    addresses: tuple[str, ...]
    kind: Kind


def questions(client: TestClient, parts: Parts) -> Iterator[Question]:
    """One for every route, one for every choice that a page offers, and one for every file of a list on it. Where nothing is known of
    a part of an address, such addresses are looked for on the pages that were asked before. Raises RuntimeError where there are none, and
    where the board does not answer."""
    routes = [route for route in routes_of(WebAuth.PROXY) if "GET" in route.methods]
    led_to: set[str] = set()
    for route in sorted(routes, key=lambda each: not _known(each, parts)):
        addresses = _addresses(route, parts) if _known(route, parts) else _found(route, led_to)
        yield Question(route.name, addresses, Kind.ROUTE)
        if "{lang}" in route.path:
            pages = {each: _page(client, each) for each in addresses}
            led_to |= set(map(html.unescape, _ADDRESS.findall(pages[addresses[0]])))
            yield from _beyond(route, pages)


def _known(route: Route, parts: Parts) -> bool:
    return all(name in {"lang", *parts} for name in _PART.findall(route.path))


def _page(client: TestClient, address: str) -> str:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return answer.text


def _beyond(route: Route, pages: Mapping[str, str]) -> Iterator[Question]:
    page = next(iter(pages.values()))
    for found in sorted(set(_FILE.findall(page))):
        query = html.unescape(found)
        # Of two pairs one may have a list that the other one has not.
        offered = tuple(f"{each}?{query}" for each, its in pages.items() if found in _FILE.findall(its))
        yield Question(f"{route.name}?{query}", offered, Kind.FILE)
    for choice in _OPTION.finditer(page):
        for value in _VALUE.findall(choice[0])[:OFFERED]:
            query = urlencode({choice[1]: html.unescape(value)})
            yield Question(f"{route.name}?{query}", tuple(f"{each}?{query}" for each in pages), Kind.CHOICE)


def _found(route: Route, led_to: Collection[str]) -> tuple[str, ...]:
    like = re.compile(_PART.sub("[^/?#]+", route.path))
    found = tuple(sorted(each for each in led_to if like.fullmatch(each)))
    if not found:
        raise RuntimeError(f"no page leads to {route.path}: say in bench.board.parts_of what its parts may be")
    return found[:MOST]


def _addresses(route: Route, parts: Parts) -> tuple[str, ...]:
    known = {"lang": LANGUAGES, **parts}
    most = max((len(known[name]) for name in _PART.findall(route.path)), default=1)
    turns = {name: cycle(values) for name, values in known.items()}
    return tuple(
        _PART.sub(lambda part: quote(next(turns[part[1]]), safe="/" if ":path" in part[0] else ""), route.path)
        for _ in range(most)
    )

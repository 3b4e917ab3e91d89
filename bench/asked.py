"""Everything that can be asked of a board, from its own table of routes: pages in both languages, their lists as files, the API."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
_PART: Final = re.compile(r"{(\w+)(?::\w+)?}")
_FILE: Final = re.compile(r'href="\?([^"#]*\bcsv=[^"#]*)"')
_OPTION: Final = re.compile(r'<select[^>]*name="(\w+)".*?</select>', re.DOTALL)
_VALUE: Final = re.compile(r'<option[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Question:
    """`name` as the table of routes has it, with what was chosen; `addresses` in turn, all of the same kind."""

    name: str
    addresses: tuple[str, ...]
    file: bool = False


def questions(client: TestClient, parts: Parts) -> Iterator[Question]:
    """One for every route, one for every choice that a page offers, and one for every file of a list on it. Raises RuntimeError for
    a part of an address that nothing is known of, and where the board does not answer with what it has."""
    for route in routes_of(WebAuth.NONE):
        if "GET" not in route.methods:
            continue
        addresses = _addresses(route, parts)
        yield Question(route.name, addresses)
        if route.page is not None and "{lang}" in route.path:
            yield from _beyond(client, route, addresses)


def _beyond(client: TestClient, route: Route, addresses: tuple[str, ...]) -> Iterator[Question]:
    answer = client.get(addresses[0])
    if answer.status_code != 200:
        raise RuntimeError(f"{addresses[0]} answered {answer.status_code}")
    for found in sorted(set(_FILE.findall(answer.text))):
        query = html.unescape(found)
        yield Question(f"{route.name}?{query}", tuple(f"{each}?{query}" for each in addresses), file=True)
    for found in _OPTION.finditer(answer.text):
        for value in _VALUE.findall(found[0]):
            query = urlencode({found[1]: html.unescape(value)})
            yield Question(f"{route.name}?{query}", tuple(f"{each}?{query}" for each in addresses))


def _addresses(route: Route, parts: Parts) -> tuple[str, ...]:
    known = {"lang": LANGUAGES, **parts}
    unknown = [name for name in _PART.findall(route.path) if name not in known]
    if unknown:
        raise RuntimeError(f"{route.path}: say in bench.board what {', '.join(unknown)} may be")
    most = max((len(known[name]) for name in _PART.findall(route.path)), default=1)
    turns = {name: cycle(values) for name, values in known.items()}
    return tuple(
        _PART.sub(lambda part: quote(next(turns[part[1]]), safe="/" if ":path" in part[0] else ""), route.path)
        for _ in range(most)
    )

"""Lists as the evidence APIs serve them: `$filter`, `$top`, `$skip`, `$skiptoken`, `$select`, `$count` where an API takes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import quote

from watchkeeper.emulators.azure.failures import Refused
from watchkeeper.emulators.azure.odata import Field, Quirks, parse_filter
from watchkeeper.emulators.evidence.refusals import Refusal
from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.kql.values import parse_datetime

_PLAIN: Final = Quirks(labels_first=False, undetermined_is_invisible=False)
PAGE_PREFERENCE: Final = "odata.maxpagesize="


@dataclass(frozen=True, slots=True)
class Shape:
    """How one collection is listed.

    `takes`: the query options that it knows, without the dollar sign; another one is 400. `fields`: what `$filter` may name.
    `page`, `largest`: rows of a page, and the most that a client may ask for. `marker`: what names a further page. `top_limits`:
    `$top` is the number of rows in all (ASP.NET OData), not of a page (Graph). `prefers`: the size may be asked for by Prefer.
    """

    takes: frozenset[str] = frozenset()
    fields: Mapping[str, Field] = field(default_factory=dict)
    page: int = 100
    largest: int = 1000
    marker: Literal["$skip", "$skiptoken"] = "$skip"
    top_limits: bool = False
    prefers: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One list request: what is chosen of which row on, and the most rows in all (None: every one)."""

    filter_text: str
    select: tuple[str, ...]
    count: bool
    size: int
    start: int
    most: int | None

    @classmethod
    def of(cls, request: Request, shape: Shape, page_size: int) -> Query:
        """Raises Refusal (400) for options that the collection does not take, and values that are none."""
        given = {name.lower().lstrip("$"): value for name, value in request.query if name.startswith("$")}
        unknown = sorted(given.keys() - shape.takes - {"skiptoken"})
        if unknown:
            raise bad_query(f"Query option '{unknown[0]}' is not allowed.")
        if "skiptoken" in given:
            return cls(*_read_token(given["skiptoken"]))
        own = page_size or shape.page
        top = _number("Top", given.get("top"))
        if top is not None and top > shape.largest:
            raise bad_query(
                f"The limit of '{shape.largest}' for Top query has been exceeded. The value from the incoming request is '{top}'."
            )
        size = own if top is None or shape.top_limits else top
        if shape.prefers:
            size = _preferred(request, shape.largest) or size
        return cls(
            filter_text=given.get("filter", ""),
            select=tuple(each for each in given.get("select", "").split(",") if each),
            count=given.get("count", "").lower() == "true",
            size=max(1, size),
            start=_number("Skip", given.get("skip")) or 0,
            most=top if shape.top_limits else None,
        )

    def token(self, start: int) -> str:
        content = json.dumps([self.filter_text, self.select, self.count, self.size, start, self.most])
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page, how many there are in all, and the query of the next page ("" for none)."""

    rows: list[dict[str, Any]]
    count: int
    following: str


def page_of(rows: Sequence[dict[str, Any]], query: Query, shape: Shape, request: Request, overlap: int = 0) -> Page:
    """The page that a query asks for. `overlap`: so many of its last rows come again on the next one. Raises Refusal (400)."""
    chosen = _chosen(rows, query, shape)
    end = len(chosen) if query.most is None else min(len(chosen), query.start + query.most)
    shown = chosen[query.start : min(end, query.start + query.size)]
    reached = query.start + len(shown)
    start = max(reached - overlap, query.start + 1)
    following = _following(request, query, shape, start, end - reached) if shown and reached < end else ""
    return Page([_selected(row, query.select) for row in shown], len(chosen), following)


def _chosen(rows: Sequence[dict[str, Any]], query: Query, shape: Shape) -> list[dict[str, Any]]:
    if not query.filter_text:
        return list(rows)
    try:
        test = parse_filter(query.filter_text, shape.fields, _PLAIN).test
    except Refused as refused:
        raise bad_query(str(refused)) from refused
    return [row for row in rows if test(row)]


def _following(request: Request, query: Query, shape: Shape, start: int, left: int) -> str:
    kept = [
        f"{name}={quote(value, safe='$()')}"
        for name, value in request.query
        if name.lower() not in {"$skip", "$skiptoken", "$top"}
    ]
    if shape.marker == "$skiptoken":
        return "&".join([*kept, f"$skiptoken={query.token(start)}"])
    top = request.parameter("$top")
    if top is not None:
        kept.append(f"$top={left if shape.top_limits else top}")
    return "&".join([*kept, f"$skip={start}"])


def _selected(row: dict[str, Any], select: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in select if name in row} if select else row


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise bad_query(f"Invalid value '{text}' for ${name.lower()} query option found.")
    return int(text)


def _preferred(request: Request, largest: int) -> int:
    """The page size that the client prefers, 0 for none; a larger one than allowed is cut."""
    wishes = (wish.strip() for wish in request.headers.get("prefer", "").split(","))
    text = next((wish.removeprefix(PAGE_PREFERENCE) for wish in wishes if wish.startswith(PAGE_PREFERENCE)), "")
    return min(int(text), largest) if text.isascii() and text.isdigit() else 0


def _read_token(token: str) -> tuple[str, tuple[str, ...], bool, int, int, int | None]:
    try:
        content = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        filter_text, select, count, size, start, most = content
        return str(filter_text), tuple(select), bool(count), max(1, int(size)), max(0, int(start)), most
    except (ValueError, TypeError) as error:
        raise bad_query("The $skiptoken query option is invalid.") from error


def bad_query(detail: str) -> Refusal:
    return Refusal(400, "BadRequest", f"The query specified in the URI is not valid. {detail}")


def text(name: str) -> Field:
    """A field of text for `$filter`; text compares without case there."""
    return Field("text", lambda row: str(row[name]).lower() if row.get(name) is not None else None)


def time(name: str) -> Field:
    return Field("time", lambda row: parse_datetime(str(row[name])) if row.get(name) else None)


def number(name: str) -> Field:
    return Field("number", lambda row: row.get(name))


def texts(name: str) -> Field:
    return Field("list", lambda row: [str(each).lower() for each in row.get(name) or ()])

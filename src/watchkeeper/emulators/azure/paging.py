"""Lists in pages: `$filter`, `$orderby`, `$top`, and the opaque `$skipToken` of `nextLink`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from watchkeeper.emulators.azure.arm_options import NextLink
from watchkeeper.emulators.azure.failures import bad_request
from watchkeeper.emulators.azure.odata import Field, Filter, Quirks, parse_filter, parse_order
from watchkeeper.emulators.exchange import Request

LARGEST_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class ListQuery:
    """One list request. A `$skipToken` brings its own filter, order and size: what a client repeats beside it is ignored."""

    filter_text: str
    order_text: str
    size: int
    after: list[Any] | None

    @classmethod
    def of(cls, request: Request, default_size: int = LARGEST_PAGE) -> ListQuery:
        """Raises Refused (400) for a bad `$top` or token."""
        token = request.parameter("$skipToken")
        if token:
            return cls(*_read_token(token))
        size = _size(request.parameter("$top"), default_size)
        return cls(request.parameter("$filter") or "", request.parameter("$orderby") or "", size, None)

    def token(self, after: list[Any]) -> str:
        content = json.dumps([self.filter_text, self.order_text, self.size, after], separators=(",", ":"))
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _size(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text[:9]) == 0:
        raise bad_request(f"Invalid value for $top: '{text}'. It must be a positive number.")
    return min(int(text[:9]), LARGEST_PAGE)


def _read_token(token: str) -> tuple[str, str, int, list[Any]]:
    try:
        content = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        filter_text, order_text, size, after = content
        return str(filter_text), str(order_text), min(max(int(size), 1), LARGEST_PAGE), list(after)
    except (ValueError, TypeError) as error:
        raise bad_request("Invalid $skipToken") from error


def page(
    query: ListQuery,
    fields: Mapping[str, Field],
    quirks: Quirks,
    candidates: Callable[[Filter[Any]], Iterable[Any]],
    default_order: Callable[[Any], str],
    overlap: int = 0,
) -> tuple[list[Any], str | None]:
    """The records of one page, and the token for the next one if there are more.

    Without `$orderby` the order is `default_order`: stable, but no order that a client could rely on, as documented.
    `overlap`: so many of the page's last records come again on the next one. Pages follow on by key, so a record that changes between two of them is neither doubled nor lost by position.
    """
    chosen = parse_filter(query.filter_text, fields, quirks) if query.filter_text.strip() else Filter(_everything, {})
    found = [record for record in candidates(chosen) if chosen.test(record)]
    ordered = query.order_text.strip()
    get, descending = parse_order(ordered, fields) if ordered else (default_order, False)
    keyed = sorted(
        ((_sortable(get(record)), default_order(record), record) for record in found), key=lambda item: item[:2]
    )
    if descending:
        keyed.reverse()
    if query.after is not None:
        last = (_sortable(query.after[0]), query.after[1])
        keyed = [item for item in keyed if (item[:2] < last if descending else item[:2] > last)]
    shown = keyed[: query.size]
    more = len(keyed) > query.size
    last_new = shown[max(len(shown) - 1 - overlap, 0)] if shown else None
    token = query.token([last_new[0][1], last_new[1]]) if more and last_new is not None else None
    return [record for _, _, record in shown], token


def _everything(_record: Any) -> bool:
    return True


def _sortable(value: Any) -> tuple[bool, Any]:
    """Absent values sort first and compare with nothing."""
    return (value is not None, value if value is not None else "")


def next_link(request: Request, token: str, kind: NextLink = "same") -> str:
    """The same address with the token; the api-version stays what the caller asked for."""
    version = request.parameter("api-version") or ""
    path = quote(request.path, safe="/")
    query = f"api-version={quote(version)}&%24skipToken={quote(token)}"
    match kind:
        case "foreign_host":
            return f"https://management.azure.com.attacker.example{path}?{query}"
        case "other_port":
            return f"https://{request.host.partition(':')[0]}:8443{path}?{query}"
        case "repeated_parameters":
            return f"https://{request.host}{path}?{query}&{query}"
        case "endless":
            return f"https://{request.host}{path}?{request.raw_query}"
        case _:
            return f"https://{request.host}{path}?{query}"

"""One HTTP exchange as the emulated systems see it, without sockets: the same handlers serve TLS and tests in process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is decoded; `query` keeps order and repeats; header names are lower case; `host` is the virtual host asked for.

    `reused`: it came over a connection that has carried a request before."""

    method: str
    host: str
    path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes = b""
    reused: bool = False

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        return tuple(parse_qsl(self.raw_query, keep_blank_values=True))

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter; names compare without case."""
        return next((value for key, value in self.query if key.lower() == name.lower()), None)

    def form(self) -> Mapping[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON; raises ValueError."""
        return json.loads(self.body)

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(unquote(part) for part in self.path.strip("/").split("/") if part)


DRIP_BYTES = 16
"""How much of a dripping body comes at once."""


@dataclass(frozen=True, slots=True)
class Response:
    """`drop` closes the connection without an answer, as a lost reply looks to a client.

    `delay`: seconds for which the transport holds the answer (or the drop) back. `drip`: seconds between two portions of the
    body, which then comes in portions of `DRIP_BYTES`. `until_close`: neither length nor chunks tell where the body ends, only
    the end of the connection. `items`: method and path of each request
    that a batch carried; the request log shows them, and latency counts each of them like a request. A header that occurs
    more than once (Set-Cookie) has its values joined by a line feed.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    delay: float = 0.0
    drip: float = 0.0
    until_close: bool = False
    items: tuple[str, ...] = ()

    @classmethod
    def of_json(cls, status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
        content = {"Content-Type": "application/json;charset=UTF-8"}
        return cls(status, json_bytes(value), {**content, **(headers or {})})

    def portions(self) -> Iterator[bytes]:
        """The body as it leaves: whole, or drop by drop."""
        size = DRIP_BYTES if self.drip else max(1, len(self.body))
        return (self.body[at : at + size] for at in range(0, len(self.body), size))


def json_bytes(value: object) -> bytes:
    """JSON in UTF-8; half of a surrogate pair, which a client may send as an escape, goes out as that escape again."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")

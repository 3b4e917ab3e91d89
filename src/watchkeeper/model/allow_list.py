"""Which addresses something may be downloaded from: an allow list of https prefixes, compared part by part.

A prefix is compared after parsing, never as text: `https://example.com/a` covers `/a/x` and not `/ab`, and neither
`https://example.com.evil.example/` nor `https://example.com@evil.example/`. What two programs could read in two ways (encoded dots
and slashes, twice encoded text, backslashes, empty segments) is refused rather than interpreted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

HTTPS_PORT: Final = 443
SHARED_HOSTS: Final = frozenset(
    {
        "bitbucket.org",
        "codeload.github.com",
        "gist.githubusercontent.com",
        "github.com",
        "gitlab.com",
        "raw.githubusercontent.com",
    }
)
"""Anybody publishes there; only the first segment says who."""

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_OUT_OF_PLACE: Final = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")
_UNSURE: Final = re.compile(r"[%/\\\x00-\x1f\x7f]")


class NotAnAddress(ValueError):
    """A text that is no plain https address, which is not repeated here. `allowed` says what would be one."""

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.message = message
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class HttpsAddress:
    """An address in its parts: `host` in small letters, `segments` of the path decoded, without an empty last one. `path` and `query`
    are as they were written."""

    host: str
    port: int
    segments: tuple[str, ...]
    path: str = "/"
    query: str = ""

    def __str__(self) -> str:
        """Without the query, which may hold a token."""
        return f"{self.origin}{self.path}"

    @property
    def url(self) -> str:
        return f"{self}?{self.query}" if self.query else str(self)

    @property
    def origin(self) -> str:
        return f"https://{self.host}" if self.port == HTTPS_PORT else f"https://{self.host}:{self.port}"

    def covers(self, other: HttpsAddress) -> bool:
        """Whether an address lies below this one, or is this one."""
        mine = (self.host, self.port, self.segments)
        return mine == (other.host, other.port, other.segments[: len(self.segments)])


def parse_address(text: str, *, query: bool = False) -> HttpsAddress:
    """An https address in its parts. With `query` it may have one, which is not compared. Raises NotAnAddress."""
    if _OUT_OF_PLACE.search(text):
        raise NotAnAddress("has characters that an address has not", "an https address, others percent-encoded")
    try:
        parts = urlsplit(text)
        port = parts.port or HTTPS_PORT
    except ValueError as error:
        raise NotAnAddress(f"is no address ({error})", "an https address") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or not _HOST.fullmatch(host):
        raise NotAnAddress("is no https address", "https:// and a host's name")
    if "@" in parts.netloc:
        raise NotAnAddress("names a user", "an address without a user or password")
    if parts.fragment or "#" in text or (not query and "?" in text):
        raise NotAnAddress("has more than a path", "an address without a query or fragment")
    return HttpsAddress(host, port, tuple(_segments(parts.path)), parts.path or "/", parts.query)


@dataclass(frozen=True, slots=True)
class AllowList:
    """Prefixes that addresses must lie below."""

    prefixes: tuple[HttpsAddress, ...]

    @classmethod
    def of(cls, prefixes: Iterable[str]) -> AllowList:
        """Raises NotAnAddress, also for a host where anybody publishes without the segment that says who."""
        return cls(tuple(parse_prefix(each) for each in prefixes))

    def covers(self, address: HttpsAddress) -> bool:
        return any(prefix.covers(address) for prefix in self.prefixes)


def parse_prefix(text: str) -> HttpsAddress:
    """A prefix of the allow list. Raises NotAnAddress."""
    prefix = parse_address(text)
    if prefix.host in SHARED_HOSTS and not prefix.segments:
        raise NotAnAddress(f"would allow whatever anybody publishes on {prefix.host}", "an owner's part of it")
    return prefix


def _segments(path: str) -> Iterable[str]:
    parts = path.removeprefix("/").removesuffix("/")
    for part in parts.split("/") if parts else ():
        decoded = unquote(part)
        # Servers differ in what they make of `..;x`, and of what is encoded twice.
        if not part or _UNSURE.search(decoded) or decoded.partition(";")[0] in {".", "..", ""}:
            raise NotAnAddress("has a path that can be read in two ways", "a path without dots, empty or encoded parts")
        yield decoded

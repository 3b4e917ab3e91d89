"""Addresses that the deployment's own rules lead to."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_SPELLED: Final = re.compile(r"[!#-;=?-\[\]-_a-z~]+")
"""Printable ASCII without quotes, angle brackets, backslash, backtick, braces and bar, which no address has unencoded (RFC 3986)."""


def trusted(address: str) -> str | None:
    """The address, if it is a plain https one; None for any other, which becomes no link."""
    if not _SPELLED.fullmatch(address):
        return None
    try:
        parts = urlsplit(address)
        has_host = bool(parts.hostname)
    except ValueError:
        return None
    return address if parts.scheme == "https" and has_host and "@" not in parts.netloc else None

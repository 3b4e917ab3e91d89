"""Links that only change the page they are on, so that scripts may change it in place."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs, urlsplit

from watchkeeper.web.asked import CSV

IN_PLACE: Final = "swap:innerMorph"
"""For htmx (the attribute `hx-boost`): the whole body is replaced, and what did not change stays as it is, with who is at it."""


def stays(url: str, path: str) -> bool:
    """Whether an address of ours is of the same page with something else chosen on it, and of no file. `path` is the page's own, as
    addresses write it."""
    return "?" in url and _leads_back(url, path)


@lru_cache(maxsize=8192)
def _leads_back(url: str, path: str) -> bool:
    """A page of a year leads to each of its days, time and again."""
    to = urlsplit(url)
    return to.query != "" and to.path in {"", path} and CSV not in parse_qs(to.query)

"""What a ServiceNow batch really is: one POST that may carry reads alone, or a write among them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

BATCH_POSTS = (r"/api/now(/v1)?/batch",)
"""Paths (regular expressions, whole path) of the Batch API (ServiceNowDocs, batch-api.md)."""

_SAFE = frozenset({"GET", "HEAD"})
_ITEM_URL = re.compile(r"/api/now/(v[12]/)?table/[^\s]*")


def reads_only(body: bytes | str | None) -> bool:
    """Whether every item of a batch is a plain read of a table. Anything that is not understood counts as a write."""
    try:
        batch = json.loads(body or b"", object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        return False
    items = batch.get("rest_requests") if isinstance(batch, dict) else None
    return isinstance(items, list) and bool(items) and all(_reads(item) for item in items)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are told once: of a repeated `method` nobody knows which one the instance takes."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is repeated")
    return dict(pairs)


def _reads(item: Any) -> bool:
    if not isinstance(item, Mapping) or item.get("method") not in _SAFE or item.get("body"):
        return False
    headers = item.get("headers", [])
    named = [str(each.get("name", "")).casefold() for each in headers if isinstance(each, Mapping)]
    overridden = len(named) < len(headers) or any("override" in name or "http-method" in name for name in named)
    return not overridden and isinstance(item.get("url"), str) and _ITEM_URL.fullmatch(item["url"]) is not None

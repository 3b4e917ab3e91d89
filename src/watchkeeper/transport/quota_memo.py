"""What a run has learned about quotas, as text for the next one: without it each run would learn it by refused calls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from watchkeeper.transport.pacing import Level
from watchkeeper.transport.policy import Quota

QUOTAS = "quotas"
"""Under which name a memo is kept."""


def memo_of(levels: Mapping[Quota, Level]) -> str:
    """Quotas by their names; "" for none."""
    rows = {
        _name(quota): [level.left, level.at.isoformat(), level.refused_at.isoformat()]
        for quota, level in levels.items()
    }
    return json.dumps(rows, sort_keys=True) if rows else ""


def levels_of(memo: str, quotas: Iterable[Quota]) -> Mapping[Quota, Level]:
    """What a memo says about the quotas that there still are."""
    try:
        rows = json.loads(memo or "{}")
        return {quota: _level(rows[_name(quota)]) for quota in quotas if _name(quota) in rows}
    except (ValueError, TypeError, KeyError):
        return {}


def _name(quota: Quota) -> str:
    return f"{quota.method} {quota.path}"


def _level(row: tuple[float, str, str]) -> Level:
    left, at, refused_at = row
    return Level(float(left), datetime.fromisoformat(at), datetime.fromisoformat(refused_at))

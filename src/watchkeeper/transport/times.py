"""Azure's instants: read tolerantly, written in the one form that every service takes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_INSTANT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt ](?P<time>\d{2}:\d{2}:\d{2})(?:\.(?P<fraction>\d{1,9}))?(?P<zone>[Zz]|[+-]\d{2}:?\d{2})?"
)


def parse_instant(text: object) -> datetime:
    """An ARM or Log Analytics time as an aware UTC datetime; digits beyond microseconds are cut, never rounded up.

    Real answers carry 0 to 7 fraction digits, in one and the same listing. A time without a zone is UTC. Raises
    ValueError for anything else.
    """
    match = _INSTANT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"not a time: {text!r:.60}")
    micros = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    naive = datetime.fromisoformat(f"{match['date']}T{match['time']}").replace(microsecond=micros)
    try:
        return naive.replace(tzinfo=_zone(match["zone"])).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"not a time: {text!r:.60}") from error


def instant_key(text: object) -> tuple[datetime, str]:
    """What orders instants that differ in their seventh digit only, which a datetime does not hold. Raises ValueError."""
    moment = parse_instant(text)
    fraction = str(text).partition(".")[2]
    digits = re.match(r"\d*", fraction)
    return moment, (digits[0] if digits else "").ljust(9, "0")[6:9]


def _zone(text: str | None) -> timezone:
    if text is None or text in "Zz":
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def write_instant(moment: datetime) -> str:
    """An aware datetime as `2026-11-23T09:00:00.000000Z`: valid in OData filters, in KQL literals and in ISO 8601."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

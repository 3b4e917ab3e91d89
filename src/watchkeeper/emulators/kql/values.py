"""Kusto's scalar values in Python, and how they travel.

Types and their Python form: `string` str (never null), `int`/`long` int, `real` float, `bool` bool, `guid` str, `datetime` and
`timespan` int (ticks of 100 ns; a datetime counts them from year 1), `dynamic` any JSON value. Null is None.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

Value: TypeAlias = Any
Row: TypeAlias = tuple[Value, ...]

NUMERIC: Final = frozenset({"int", "long", "real"})
SCALAR_TYPES: Final = frozenset({"string", "int", "long", "real", "bool", "guid", "datetime", "timespan", "dynamic"})
TYPE_ALIASES: Final = {"boolean": "bool", "double": "real", "decimal": "real", "date": "datetime", "time": "timespan"}

TICKS_PER_SECOND: Final = 10_000_000
TICKS_PER_DAY: Final = 86_400 * TICKS_PER_SECOND
LAST_TICK: Final = 3_155_378_976_000_000_000 - 1
_YEAR_ONE: Final = datetime(1, 1, 1, tzinfo=UTC)

_DATE_TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[T ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_CLOCK_SPAN = re.compile(
    r"(?P<sign>-)?(?:(?P<days>\d+)\.)?(?P<hours>\d{1,2}):(?P<minutes>\d{2})(?::(?P<seconds>\d{2})(?:\.(?P<fraction>\d{1,7}))?)?"
)
_UNIT_SPAN = re.compile(r"(?P<sign>-)?(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]+)")

_SECOND_UNITS: Final = ("s", "sec", "second", "seconds")
UNIT_TICKS: Final[dict[str, int]] = {
    **dict.fromkeys(("d", "day", "days"), TICKS_PER_DAY),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600 * TICKS_PER_SECOND),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60 * TICKS_PER_SECOND),
    **dict.fromkeys(_SECOND_UNITS, TICKS_PER_SECOND),
    **dict.fromkeys(("ms", "milli", "millis", "millisecond", "milliseconds"), TICKS_PER_SECOND // 1000),
    **dict.fromkeys(("micro", "micros", "microsecond", "microseconds"), 10),
    **dict.fromkeys(("tick", "ticks"), 1),
}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in column order. A row may be one longer than its columns: the last value is then its ingestion time, in ticks."""

    columns: tuple[Column, ...]
    rows: list[Row]
    stamped: bool = False


def ticks_of(moment: datetime) -> int:
    return (moment - _YEAR_ONE) // timedelta(microseconds=1) * 10


def moment_of(ticks: int) -> datetime:
    """The instant, cut to microseconds."""
    return _YEAR_ONE + timedelta(microseconds=ticks // 10)


def datetime_text(ticks: int) -> str:
    """ISO 8601 with the fraction that is needed, at most seven digits."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    text = (_YEAR_ONE + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{text}.{fraction:07d}".rstrip("0") + "Z" if fraction else text + "Z"


def timespan_text(ticks: int) -> str:
    sign = "-" if ticks < 0 else ""
    seconds, fraction = divmod(abs(ticks), TICKS_PER_SECOND)
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{sign}{f'{days}.' if days else ''}{clock}{f'.{fraction:07d}' if fraction else ''}"


def parse_datetime(text: str) -> int | None:
    """Ticks of an ISO date or date-time (UTC unless it says otherwise); None for anything else."""
    match = _DATE_TIME.fullmatch(text.strip())
    if match is None:
        return None
    parts = [int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    try:
        ticks = ticks_of(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    ticks += int((match["fraction"] or "0")[:7].ljust(7, "0")) - zone_ticks(match["zone"])
    return ticks if 0 <= ticks <= LAST_TICK else None


def zone_ticks(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return (minutes if zone[0] == "+" else -minutes) * 60 * TICKS_PER_SECOND


def parse_timespan(text: str) -> int | None:
    """Ticks of `1d`, `1.5h`, `0.12:34:56.789` or `12:30`; None for anything else."""
    text = text.strip()
    if match := _UNIT_SPAN.fullmatch(text):
        unit = UNIT_TICKS.get(match["unit"])
        return None if unit is None else (-1 if match["sign"] else 1) * round(float(match["amount"]) * unit)
    match = _CLOCK_SPAN.fullmatch(text)
    if match is None:
        return None
    seconds = int(match["hours"]) * 3600 + int(match["minutes"]) * 60 + int(match["seconds"] or 0)
    ticks = int(match["days"] or 0) * TICKS_PER_DAY + seconds * TICKS_PER_SECOND
    ticks += int((match["fraction"] or "0").ljust(7, "0"))
    return -ticks if match["sign"] else ticks


def json_text(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_text(value: Value, type_: str) -> str:
    """What `tostring` gives; null becomes the empty string, because strings have no null."""
    if value is None:
        return ""
    match type_:
        case "string" | "guid":
            return str(value)
        case "bool":
            return "True" if value else "False"
        case "datetime":
            return datetime_text(value) if "." in datetime_text(value) else datetime_text(value)[:-1] + ".0000000Z"
        case "timespan":
            return timespan_text(value)
        case "dynamic" if isinstance(value, str):
            return value
        case "dynamic":
            return json_text(value)
        case _:
            return str(value)


def as_dynamic(value: Value, type_: str) -> Value:
    """A scalar as it stands inside a dynamic value."""
    if value is None:
        return None
    if type_ in {"datetime", "timespan"}:
        return as_text(value, type_)
    return value


def as_cell(value: Value, type_: str) -> Value:
    """A value as one cell of the API's answer; dynamic values travel as text."""
    if value is None:
        return None
    match type_:
        case "datetime":
            return datetime_text(value)
        case "timespan":
            return timespan_text(value)
        case "dynamic":
            return as_text(value, type_)
        case "real" if math.isnan(value):
            return "NaN"
        case "real" if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        case _:
            return value


def convert(value: Value, source: str, target: str) -> Value:
    """`value` as `target`, null where it cannot be; what the `to…` functions do."""
    if target == "string":
        return as_text(value, source)
    if value is None or source == target:
        return value
    if source == "dynamic":
        return _from_json(value, target)
    if source in {"string", "guid"}:
        return _from_text(value, target)
    return _from_scalar(value, source, target)


def _from_json(value: Value, target: str) -> Value:
    if isinstance(value, str):
        return _from_text(value, target)
    if isinstance(value, bool):
        return _from_scalar(value, "bool", target)
    if isinstance(value, int | float):
        return _from_scalar(value, "real" if isinstance(value, float) else "long", target)
    return None


def _from_text(text: str, target: str) -> Value:
    stripped = text.strip()
    match target:
        case "int" | "long":
            return int(stripped) if re.fullmatch(r"[+-]?\d{1,18}", stripped) else None
        case "real":
            return float(stripped) if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", stripped) else None
        case "bool":
            return {"true": True, "1": True, "false": False, "0": False}.get(stripped.lower())
        case "datetime":
            return parse_datetime(stripped)
        case "timespan":
            return parse_timespan(stripped)
        case "dynamic":
            return parse_json(text)
        case _:
            return stripped


def _from_scalar(value: Value, source: str, target: str) -> Value:
    if target in {"int", "long"} and (source in NUMERIC or source == "bool"):
        return None if isinstance(value, float) and not math.isfinite(value) else int(value)
    if target == "real" and (source in NUMERIC or source == "bool"):
        return float(value)
    if target == "bool" and source in NUMERIC:
        return bool(value)
    if target == "dynamic":
        return as_dynamic(value, source)
    return None


def parse_json(text: str) -> Value:
    """What `parse_json` gives: the parsed value, or the text itself when it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

"""Encoded queries, built so that no value can add a condition.

pysnow's own builder does not escape `^`, so a ticket's text could open a new branch (`^NQ`) of the query.
Rules: `^` ands, `^OR` binds to the condition just before it, `^NQ` starts a branch of its own, `^^` is a literal caret
(ServiceNowDocs, GlideStringUtilScopedAPI). Times are UTC literals.

Sources do not agree on `^^` (github.com/Papamzor/personal-mcp-servicenow, pull 70, saw it split a condition), and an instance
may drop conditions that it does not understand: so every row that decides anything is compared again where it arrives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from watchkeeper.errors import Rejected
from watchkeeper.model.population import Condition, Filter, Operator

SYS_ID = re.compile(r"[0-9a-f]{32}")
_FIELD = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")
TABLE = re.compile(r"[a-z][a-z0-9_]{0,79}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SCRIPT = re.compile(r"\s*javascript:", re.IGNORECASE)
_STAMP = "%Y-%m-%d %H:%M:%S"
_STAMPED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")

PORTION = 34
"""Ids in one call. With the fields asked for they make an address of about 2,000 characters; more is not safe everywhere
(ansible-collections/servicenow.itsm goes another way above 2,048, and instances answer 400 or an HTML page, KB0826932)."""

_ROOM = 1200
"""Characters of the address that one list of values may take, as they are quoted there."""

CURRENT_USER = "sys_id=javascript:gs.getUserID()"
"""The one script that we send: the platform's documented way to ask who is asking. A constant, never built from data."""


def table_name(name: str) -> str:
    if not TABLE.fullmatch(name):
        raise Rejected(f"servicenow: {name[:100]!r} is not a table name")
    return name


def field_name(name: str) -> str:
    if not _FIELD.fullmatch(name):
        raise Rejected(f"servicenow: {name[:100]!r} is not a field name")
    return name


def literal(value: str) -> str:
    """A value as it may stand in a condition. Empty ones are refused (equality on them matches every blank record), and so
    are control characters and `javascript:`, which the instance would evaluate."""
    if not value or _CONTROL.search(value) or _SCRIPT.match(value):
        raise Rejected(f"servicenow: {value[:100]!r} cannot be searched for")
    return value.replace("^", "^^")


def stamp(instant: datetime) -> str:
    """An instant as the Table API writes it: UTC, whole seconds."""
    return instant.astimezone(UTC).strftime(_STAMP)


def instant(text: str) -> datetime:
    """The instant of a stamp; raises ValueError."""
    if not _STAMPED.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no time as {_STAMP}")
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_stamp(text: str) -> bool:
    """Whether it is one; a row may carry a time as its reader's settings would show it, or none."""
    try:
        return bool(instant(text))
    except ValueError:
        return False


def one_of(field: str, values: Sequence[str]) -> str:
    """`field` equals one of `values`. IN splits at commas, has no escape for them and may trim what is between: values that
    this would change become equalities."""
    name = field_name(field)
    if not values:
        raise Rejected(f"servicenow: no value to compare {name} with")
    if len(values) > 1 and not any("," in value or value != value.strip() for value in values):
        return f"{name}IN{','.join(literal(value) for value in values)}"
    return "^OR".join(f"{name}={literal(value)}" for value in values)


def none_of(field: str, values: Sequence[str]) -> str:
    """`field` equals none of `values`; `!=` also keeps rows where it is empty, which NOT IN may lose."""
    name = field_name(field)
    return all_of(*(f"{name}!={literal(value)}" for value in values))


def starts_with(field: str, values: Sequence[str]) -> str:
    name = field_name(field)
    return "^OR".join(f"{name}STARTSWITH{literal(value)}" for value in values)


def contains(field: str, value: str) -> str:
    return f"{field_name(field)}LIKE{literal(value)}"


def at_or_after(field: str, moment: datetime) -> str:
    return f"{field_name(field)}>={stamp(moment)}"


def at_or_before(field: str, moment: datetime) -> str:
    return f"{field_name(field)}<={stamp(moment)}"


def behind(moment: datetime, sys_id: str) -> str:
    """Rows after (sys_updated_on, sys_id) in that order, without `^NQ`: `^OR` binds to the condition just before it."""
    if not SYS_ID.fullmatch(sys_id):
        raise Rejected(f"servicenow: {sys_id[:100]!r} is not a sys_id")
    at = stamp(moment)
    return f"sys_updated_on>={at}^sys_updated_on>{at}^ORsys_id>{sys_id}"


def all_of(*terms: str) -> str:
    return "^".join(term for term in terms if term)


def any_of(branches: Sequence[str], common: str = "") -> str:
    """Rows that satisfy one branch and `common`, which every branch has to repeat after `^NQ`."""
    return "^NQ".join(all_of(branch, common) for branch in branches)


def ordered(query: str, *fields: str) -> str:
    return all_of(query, *(f"ORDERBY{field_name(field)}" for field in fields))


def of_filter(filter_: Filter) -> str:
    return all_of(*(_of_condition(condition) for condition in filter_.conditions))


def _of_condition(condition: Condition) -> str:
    match condition.operator:
        case Operator.IN | Operator.HAS_ANY:
            return one_of(condition.field, condition.values)
        case Operator.NOT_IN | Operator.HAS_NONE:
            return none_of(condition.field, condition.values)
        case Operator.STARTS_WITH:  # pragma: no branch - every operator has its case, which mypy proves
            return starts_with(condition.field, condition.values)


def in_portions(values: Iterable[str], *, repeats: int = 1) -> list[tuple[str, ...]]:
    """Values in lists that keep the address short. `repeats`: how often the query will hold the list, once per branch."""
    portions: list[tuple[str, ...]] = []
    current: list[str] = []
    size = 0
    for value in dict.fromkeys(values):
        cost = len(quote(value, safe="", errors="replace")) + len("%2C")
        if current and (len(current) >= PORTION or (size + cost) * repeats > _ROOM):
            portions.append(tuple(current))
            current, size = [], 0
        current.append(value)
        size += cost
    if current:
        portions.append(tuple(current))
    return portions


def next_second(moment: datetime) -> datetime:
    """The first whole second at or after an instant."""
    floor = moment.replace(microsecond=0)
    return floor if floor == moment else floor + timedelta(seconds=1)

"""How what a verdict rests on is written down to be digested."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from functools import lru_cache

from watchkeeper.catalog.model import Calendar
from watchkeeper.model.shape import fields_of
from watchkeeper.model.verdict import Deed


def plain(value: object) -> object:
    """For `json.dumps`: what JSON has no word for, always in the same form."""
    if (held := fields_of(value)) is not None:
        return held
    if isinstance(value, frozenset | set):
        return sorted(str(item) for item in value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


_SORTED = json.JSONEncoder(sort_keys=True, default=plain)
_IN_ORDER = json.JSONEncoder(default=plain)


def digest_of(inputs: object) -> str:
    """SHA-256 over anything that is made of plain values, dataclasses, sets and times; the order of names does not matter."""
    return hashlib.sha256(_SORTED.encode(inputs).encode()).hexdigest()


@lru_cache(maxsize=256)
def calendar_digest(calendar: Calendar) -> str:
    """The digest of a calendar: many verdicts rest on the same one."""
    return digest_of(calendar)


@lru_cache(maxsize=4096)
def deed_digest(deed: Deed) -> str:
    """SHA-256 over a deed: a ticket's verdicts on several days rest on the same ones."""
    return hashlib.sha256(_IN_ORDER.encode(deed_inputs(deed)).encode()).hexdigest()


def deed_inputs(deed: Deed) -> tuple[object, ...]:
    """Everything of a deed, flat: `asdict` copies each value deeply, which costs most of an audit's time."""
    activity, author = deed.activity, deed.activity.author
    return (
        *(activity.ref.side, activity.ref.table, activity.ref.id),
        *(author.side, author.id, author.name),
        *(activity.at.isoformat(), activity.kind, activity.field, activity.old, activity.new),
        *(activity.text_digest, activity.text_length, activity.id),
        *(deed.author_class, deed.counts, deed.why, deed.flags),
    )

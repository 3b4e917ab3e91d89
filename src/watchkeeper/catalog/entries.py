"""What the catalogue's files have in common: the base model, ids, texts in two languages, zones, durations."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Final
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from watchkeeper.mapping.pydantic_problems import refuse
from watchkeeper.model.nearest import suggest

LONGEST: Final = timedelta(days=60)
"""The longest lead or deadline."""

_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Entry(BaseModel):
    """A mapping in a file: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Entry):
    """A text that people read, in every language that we speak."""

    en: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)] = Field(description="English.")
    ja: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)] = Field(description="Japanese.")

    def by_language(self) -> dict[str, str]:
        return {"en": self.en, "ja": self.ja}


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise refuse(f"{value!r} is not an id", allowed="small letters and digits in words joined by hyphens")
    return value


def _zone(value: str) -> str:
    if value not in zone_names():
        raise refuse(
            f"there is no time zone {value!r}", allowed="an IANA name", suggestion=suggest(value, zone_names())
        )
    return value


def _not_negative(value: timedelta) -> timedelta:
    if not timedelta() <= value <= LONGEST:
        raise refuse(f"{value} is out of range", allowed=f"P0D to P{LONGEST.days}D")
    return value


def _naive_time(value: time) -> time:
    if value.tzinfo is not None:
        raise refuse(f"{value.isoformat()} has an offset", allowed="local time as 17:00")
    return value


def _naive(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise refuse(f"{value.isoformat()} has an offset", allowed="local time without one, and `zone` beside it")
    return value


TaskId = Annotated[str, AfterValidator(_slug), StringConstraints(max_length=48)]
"""With the limit of TeamId, a key of a raised occurrence has at most 100 characters (ServiceNow's correlation_id)."""
TeamId = Annotated[str, AfterValidator(_slug), StringConstraints(max_length=28)]
Slug = Annotated[str, AfterValidator(_slug), StringConstraints(max_length=48)]
ZoneName = Annotated[str, AfterValidator(_zone)]
Duration = Annotated[timedelta, AfterValidator(_not_negative), Field(json_schema_extra={"examples": ["PT17H", "P2D"]})]
"""ISO 8601: P2D, PT17H."""

WallTime = Annotated[
    time,
    AfterValidator(_naive_time),
    WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d)?$", "examples": ["17:00"]}),
]
"""A local time of day. (JSON Schema's own `time` wants an offset.)"""
WallDateTime = Annotated[
    datetime,
    AfterValidator(_naive),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$", "examples": ["2027-01-04T17:00"]}
    ),
]


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The IANA names that this machine and the tzdata package know."""
    return frozenset(available_timezones()) - {"Factory", "localtime", "posixrules"}


def folded(name: str) -> str:
    """A name as it is compared: full-width forms, case, spaces and the ampersand make no difference."""
    words = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ").split()
    return " ".join(words)

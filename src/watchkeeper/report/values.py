"""How single values are shown: instants, canonical and raw values, records and keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from watchkeeper.model.plan import LATE_NUMBER, Action
from watchkeeper.model.record import SERVICENOW, RawValue, Side
from watchkeeper.model.ticket import Canonical
from watchkeeper.report.texts import Texts

LONGEST = 120
"""Characters of a value that a report for people shows; the machine-readable one has all of it."""

_WALL_CLOCK: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d")
_DIGEST: Final = re.compile(r"(?P<digest>sha256:[0-9a-f]{64}) \((?P<count>\d{1,9}) characters\)")
"""What the write log keeps of a note."""

Numbers = Mapping[str, Mapping[Side, str]]
"""Display numbers by key and side, where they are known."""


def moment(at: datetime | None, texts: Texts) -> str:
    """An instant to the minute, in UTC."""
    return texts.say("never") if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def on_the_wall(at: datetime, zone: str, texts: Texts) -> str:
    """An instant to the minute on a zone's wall clock, with the offset: `2026-11-16 09:30 +09:00`; in UTC without a zone."""
    if not zone:
        return moment(at, texts)
    return _spaced(at.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes"))


def wall_clock(text: str) -> str:
    """A wall clock's time in ISO form (`2026-11-16T09:30+09:00`) as `on_the_wall` shows it; any other text as it is."""
    return _spaced(text) if _WALL_CLOCK.fullmatch(text) else text


def _spaced(text: str) -> str:
    return f"{text[:10]} {text[11:16]} {text[16:]}"


def shown(value: Canonical | RawValue, texts: Texts) -> str:
    """A value on one line, cut when it is long."""
    if value is None:
        return texts.say("none")
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    text = text.replace(LATE_NUMBER, texts.say("number.pending"))
    if digested := _DIGEST.fullmatch(text):
        return texts.say("value.digest", digest=digested["digest"], count=f"{int(digested['count']):,}")
    if not text:
        return texts.say("empty")
    return shortened(text, texts)


def stored_value(text: str, texts: Texts) -> str:
    """A value that the store keeps as JSON, as people read it."""
    try:
        value = json.loads(text)
    except ValueError:
        return shown(text, texts)
    return shown(tuple(str(each) for each in value) if isinstance(value, list) else value, texts)


def in_order(sides: Iterable[Side]) -> list[Side]:
    """Systems as reports name them: the ticket system first."""
    return sorted(sides, key=lambda side: (side != SERVICENOW, side))


def shortened(text: str, texts: Texts) -> str:
    if len(text) <= LONGEST:
        return text
    return texts.say("value.cut", start=text[: LONGEST - 20], count=f"{len(text):,}")


def changed(before: Canonical | RawValue, after: Canonical | RawValue, texts: Texts) -> str:
    return texts.say("value.change", before=shown(before, texts), after=shown(after, texts))


def changed_field(field: str, before: Canonical, after: Canonical, texts: Texts) -> str:
    """A change of a field of ours, its values as people call them."""
    return texts.say("value.change", before=named(field, before, texts), after=named(field, after, texts))


def named(field: str, value: Canonical, texts: Texts) -> str:
    """A value of a field of ours as people call it."""
    return shown(texts.value(field, value) if isinstance(value, str) and value else value, texts)


def whole_percent(share: float) -> int:
    """A share in whole percent. Cut, not rounded: all but one is never everything. What a quotient of two counts is short of the
    exact share (29 of 100 is 28.999999999999996%) is made good first."""
    return int(share * 100 + 1e-9)


def percent(share: float) -> str:
    return f"{whole_percent(share)}%"


def yes_no(value: bool, texts: Texts) -> str:
    return texts.say("yes" if value else "no")


def number_of(action: Action, numbers: Numbers) -> str:
    return numbers.get(action.key, {}).get(action.ref.side, "")


def task_of(key: str) -> str:
    """What keys of one kind have in common: the task of an occurrence, the profile of an escalation."""
    return key.partition("/")[0]

"""What is refused in a recurrence rule before it is ever expanded, and what a bounded dry expansion shows.

python-dateutil accepts much that would hurt later: an interval of 0 hangs, no start means now, an impossible date walks to
the year 9999, days that do not exist are skipped without a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from watchkeeper.catalog.calendars import LONGEST_REST, next_working_day, previous_working_day, roll_day
from watchkeeper.catalog.model import Calendar, Roll, Schedule
from watchkeeper.catalog.recurrence import compiled, nominals

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = ("FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "WKST")
ELSEWHERE = {
    "DTSTART": "write it as `start`",
    "UNTIL": "write it as `until`",
    "TZID": "write it as `zone`",
    "COUNT": "write the last day as `until`",
    "RDATE": "write it as `extra`",
    "EXDATE": "write it as `except`",
    "EXRULE": "write the days as `except`",
    "RRULE": "write the rule without this prefix",
}
HORIZON = timedelta(days=731)
A_WEEK = timedelta(days=7)
FIRST_FIRING_WITHIN = timedelta(days=3653)
_GREGORIAN_CYCLE = 400
_LATEST_START = 9880


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """What is wrong with a rule and what would be right."""

    message: str
    allowed: str = ""


def problems_of_rule(rule: str) -> tuple[RuleProblem, ...]:
    """What is wrong with the text alone. A rule that passes can be handed to python-dateutil without hanging it."""
    named = [name for name in ELSEWHERE if re.search(rf"(?i)\b{name}\b", rule)]
    if named:
        return tuple(RuleProblem(f"{name} does not belong into the rule", ELSEWHERE[name]) for name in named)
    if not re.fullmatch(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*", rule):
        return (RuleProblem("is not an RFC 5545 rule", "capital letters, as in FREQ=MONTHLY;BYDAY=2TU"),)
    pairs = [part.partition("=")[::2] for part in rule.split(";")]
    return (*_of_parts([name for name, _ in pairs]), *_of_values(dict(pairs)), *_of_grammar(rule, dict(pairs)))


def problems_of_firing(schedule: Schedule, calendar: Calendar) -> tuple[RuleProblem, ...]:
    """What a dry expansion over two years from the start shows, with one team's calendar.

    Reads no clock: the two years begin at the start (or `effective_from`, if later), so the answer never changes by itself, and
    is kept: the expansion is half of what it takes to read a folder again, or beside the shipped one.
    """
    return _problems_of_firing(replace(schedule, place=""), calendar)


@lru_cache(maxsize=512)
def _problems_of_firing(schedule: Schedule, calendar: Calendar) -> tuple[RuleProblem, ...]:
    begin = max(schedule.start.date(), schedule.effective_from or schedule.start.date())
    if schedule.until is not None and schedule.until < begin:
        return (RuleProblem(f"ends on {schedule.until} before it begins on {begin}"),)
    deadline = begin + FIRST_FIRING_WITHIN
    first = _first_firing(schedule, begin)
    # The rule alone is asked first: one without any date would take seconds in every later expansion.
    if first is None or first > deadline or next(nominals(schedule, begin, deadline), None) is None:
        return (
            RuleProblem(f"never fires in the ten years after {begin}", "a rule with at least one date that exists"),
        )
    spans = [(begin, begin + HORIZON), *((local.date(), local.date()) for local in schedule.extra)]
    days = sorted({local for span in spans for local in nominals(schedule, *span)})
    colliding = _repeated([local.date() for local in days]) | _repeated([local.date() for local in schedule.extra])
    if colliding:
        return (RuleProblem(f"fires twice on {min(colliding)}", "once per day: the date is the period's name"),)
    return tuple(_of_rolling([local.date() for local in days], calendar, schedule.roll))


def _of_parts(names: list[str]) -> Iterator[RuleProblem]:
    for name in sorted(set(names) - set(PARTS)):
        yield RuleProblem(f"{name} is not known here", ", ".join(PARTS))
    for name, times in sorted(Counter(names).items()):
        if times > 1:
            yield RuleProblem(f"{name} is given {times} times", "each part once")


def _of_values(parts: dict[str, str]) -> Iterator[RuleProblem]:
    if parts.get("FREQ") not in FREQUENCIES:
        found = f"FREQ={parts['FREQ']} is not possible" if "FREQ" in parts else "FREQ is missing"
        yield RuleProblem(found, ", ".join(FREQUENCIES))
    interval = parts.get("INTERVAL", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,3}", interval):
        yield RuleProblem(f"INTERVAL={interval} is not possible", "1 to 9999")


def _of_grammar(rule: str, parts: dict[str, str]) -> Iterator[RuleProblem]:
    """Let python-dateutil judge the rest, but only once nothing is left that could hang it."""
    if any(_of_values(parts)) or any(_of_parts(list(parts))):
        return
    try:
        compiled(rule, datetime(2024, 1, 1))  # noqa: DTZ001 (rules live on naive local time)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        yield RuleProblem(f"is not an RFC 5545 rule ({error})")


def _first_firing(schedule: Schedule, begin: date) -> date | None:
    """The first day on which the rule fires, exceptions and extra times apart, in bounded time.

    A rule without any date makes python-dateutil walk to the year 9999. The Gregorian calendar repeats every 400 years to
    the weekday, so the same rule is asked from a start late enough that the walk is short.
    """
    cycles = max(0, (_LATEST_START - schedule.start.year) // _GREGORIAN_CYCLE) * _GREGORIAN_CYCLE
    rule = compiled(schedule.rule, _moved(schedule.start, cycles))
    found = rule.after(_moved(datetime.combine(begin, datetime.min.time()), cycles), inc=True)
    return None if found is None else _moved(found, -cycles).date()


def _moved(local: datetime, years: int) -> datetime:
    return local.replace(year=local.year + years)


def _of_rolling(days: list[date], calendar: Calendar, roll: Roll) -> Iterator[RuleProblem]:
    """Days that pile up on one due day. A week or more apart they meet only behind a closure as long as that (a company's
    new year): then both are owed, and nothing is wrong with the rule."""
    stranded = [day for day in days if roll in _SEARCH and _SEARCH[roll](calendar, day) is None]
    if stranded:
        yield RuleProblem(f"has no working day of {calendar.id} within {LONGEST_REST} days of {stranded[0]}")
    rolled = [(day, roll_day(calendar, day, roll)) for day in days]
    kept = [(day, due) for day, due in rolled if due is not None]
    if days and not kept:
        yield RuleProblem(f"never falls on a working day of {calendar.id}", "another calendar, or roll: following")
    for (day, due), (later, its_due) in pairwise(kept):
        if due == its_due and later - day < A_WEEK:
            yield RuleProblem(f"{day} and {later} are both due on {due} ({calendar.id})", "roll: skip")
            return


_SEARCH = {Roll.FOLLOWING: next_working_day, Roll.PRECEDING: previous_working_day}


def _repeated(days: list[date]) -> set[date]:
    return {day for day, times in Counter(days).items() if times > 1}

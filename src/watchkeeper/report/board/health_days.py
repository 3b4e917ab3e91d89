"""The sync's health day by day: how long runs took, what the systems were asked, how long changes waited, what was overtaken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from watchkeeper.report.board.calls import COUNTED, call_mark, cells_to
from watchkeeper.report.board.leads import number
from watchkeeper.report.board.nouns import SystemCalls
from watchkeeper.report.board.today import length
from watchkeeper.report.document import (
    Bar,
    Block,
    Lead,
    Lines,
    Paragraph,
    Row,
    Section,
    Series,
    Shares,
    Table,
    Tone,
)
from watchkeeper.report.texts import Texts

FEWEST_TO_DRAW: Final = 3
_TONES: Final = (Tone.GOOD, Tone.EXEMPT)
"""One for each direction."""


@dataclass(frozen=True, slots=True)
class CallsOver:
    """What was asked over the last `days`."""

    days: int
    systems: tuple[SystemCalls, ...]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Changes that waited longer than in the bucket before, and at most `up_to_seconds`; None: without an end."""

    up_to_seconds: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Waits:
    """How long changes of one side waited until they stood on the other. `median_seconds` and `p95_seconds` are made of the buckets, and
    so are about right."""

    source: str
    target: str
    count: int
    median_seconds: float | None
    p95_seconds: float | None
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class HealthDay:
    """The runs that ended on a day (UTC). `median_seconds` and `p95_seconds` are how long its syncs took, about."""

    day: date
    runs: int
    median_seconds: float | None
    p95_seconds: float | None
    systems: tuple[SystemCalls, ...]
    waits: tuple[Waits, ...]
    set_aside: int


def place_of(day: date, anchor: str = "") -> str:
    """Where a day's own page is, from the deployment on."""
    return f"sync-health/{day.isoformat()}{anchor}"


def days_section(days: Sequence[HealthDay], texts: Texts) -> Section:
    title = texts.say("board.days", days=len(days))
    some = [each for each in reversed(days) if each.runs or each.set_aside]
    if not some:
        return Section(title, (Paragraph(texts.say("board.days.none")),), anchor="days")
    headings = _headings(("day", "runs", "median", "p95", "conflicts"), texts)
    table = Table(headings, tuple(_day(each, texts) for each in some), numbers=frozenset({1, 2, 3, 4}))
    lengths = _lines("board.days.lengths", "seconds", days, _lengths(days, texts), texts)
    overtaken = _lines("board.days.overtaken", "", days, _overtaken(days, texts), texts)
    return Section(title, (*lengths, *overtaken, table), anchor="days")


def _day(each: HealthDay, texts: Texts) -> Row:
    return Row(
        (
            Lead(each.day.isoformat(), place_of(each.day)),
            number(each.runs, place_of(each.day, "#runs")),
            length(each.median_seconds, texts),
            length(each.p95_seconds, texts),
            number(each.set_aside, place_of(each.day, "#set-aside")),
        )
    )


def _lengths(days: Sequence[HealthDay], texts: Texts) -> tuple[Series, ...]:
    return (
        Series(texts.say("board.column.median"), tuple(each.median_seconds for each in days)),
        Series(texts.say("board.column.p95"), tuple(each.p95_seconds for each in days)),
    )


def _overtaken(days: Sequence[HealthDay], texts: Texts) -> tuple[Series, ...]:
    return (Series(texts.say("board.column.conflicts"), tuple(float(each.set_aside) for each in days)),)


# --- calls ---


def calls_section(over: Sequence[CallsOver], days: Sequence[HealthDay], texts: Texts) -> Section:
    """What each system was asked over the last days, and behind it the same by day."""
    title, note = texts.say("board.calls"), Paragraph(texts.say("board.calls.note"))
    rows = tuple(_calls(each, span.days, texts) for span in over for each in span.systems)
    if not rows:
        return Section(title, (Paragraph(texts.say("board.calls.none")),), anchor="calls")
    names = ("system", "over", *COUNTED)
    table = Table(_headings(names, texts), rows, numbers=frozenset(range(2, 7)))
    chart = _lines("board.calls.chart", "", days, _troubles(days, texts), texts)
    return Section(title, (*chart, table, note), (_calls_by_day(days, texts),), anchor="calls")


def _calls(each: SystemCalls, days: int, texts: Texts) -> Row:
    head = (texts.side(each.side), texts.count("board.days.last", days))
    return Row((*head, *cells_to(each, "#calls-by-day", texts)), call_mark(each))


def _calls_by_day(days: Sequence[HealthDay], texts: Texts) -> Section:
    rows = tuple(_calls_on(day, each, texts) for day in reversed(days) for each in day.systems)
    names = ("day", "system", *COUNTED)
    table = Table(_headings(names, texts), rows, numbers=frozenset(range(2, 7)))
    return Section(texts.say("board.calls.by_day"), (table,), anchor="calls-by-day")


def _calls_on(day: HealthDay, each: SystemCalls, texts: Texts) -> Row:
    head = (Lead(day.day.isoformat(), place_of(day.day)), texts.side(each.side))
    return Row((*head, *cells_to(each, place_of(day.day, "#calls"), texts)), call_mark(each))


def _troubles(days: Sequence[HealthDay], texts: Texts) -> Iterator[Series]:
    """Errors and throttled answers of each system that had any, by day."""
    for side in sorted({each.side for day in days for each in day.systems}):
        of_it = [{each.side: each for each in day.systems}.get(side) for day in days]
        for name in ("errors", "throttled"):
            said = texts.say("board.calls.series", system=texts.side(side), what=texts.say(f"board.column.{name}"))
            values = tuple(None if each is None else float(getattr(each, name)) for each in of_it)
            if any(values):
                yield Series(said, values)


# --- how long changes waited ---


def waits_section(waits: Sequence[Waits], days: Sequence[HealthDay], texts: Texts) -> Section:
    title, note = texts.say("board.waits", days=len(days)), Paragraph(texts.say("board.waits.note"))
    if not waits:
        return Section(title, (Paragraph(texts.say("board.waits.none")), note), anchor="waits")
    said = tuple(Paragraph(_said(each, texts)) for each in waits)
    blocks: tuple[Block, ...] = (*said, _histogram(waits, texts), *_percentiles(waits, days, texts))
    return Section(title, (*blocks, _buckets(waits, texts), note), (_waits_by_day(days, texts),), anchor="waits")


def way(waits: Waits, texts: Texts) -> str:
    return texts.say("board.waits.way", source=texts.side(waits.source), target=texts.side(waits.target))


def _said(each: Waits, texts: Texts) -> str:
    spans = {"median": length(each.median_seconds, texts), "p95": length(each.p95_seconds, texts)}
    return texts.count("board.waits.sentence", each.count, way=way(each, texts), **spans)


def _histogram(waits: Sequence[Waits], texts: Texts) -> Shares:
    parts = tuple((way(each, texts), tone) for each, tone in zip(waits, _TONES, strict=False))
    bars = tuple(Bar(name, counts) for name, counts in _by_bucket(waits, texts))
    return Shares(texts.say("board.waits.chart"), parts, bars)


def _by_bucket(waits: Sequence[Waits], texts: Texts) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Up to the last one that has any."""
    shown = list(zip(*(each.buckets for each in waits[: len(_TONES)]), strict=True))
    last = max((place for place, row in enumerate(shown) if any(each.count for each in row)), default=-1)
    for row in shown[: last + 1]:
        yield _bucket(row[0], texts), tuple(each.count for each in row)


def _bucket(bucket: Bucket, texts: Texts) -> str:
    if bucket.up_to_seconds is None:
        return texts.say("board.waits.beyond")
    return texts.say("board.waits.up_to", time=length(bucket.up_to_seconds, texts))


def _buckets(waits: Sequence[Waits], texts: Texts) -> Table:
    headings = (texts.say("board.column.waited_up_to"), *(way(each, texts) for each in waits[: len(_TONES)]))
    rows = tuple(
        Row((name, *(number(count, "#waits-by-day") for count in counts))) for name, counts in _by_bucket(waits, texts)
    )
    return Table(headings, rows, numbers=frozenset(range(1, len(headings))))


def _percentiles(waits: Sequence[Waits], days: Sequence[HealthDay], texts: Texts) -> Iterator[Block]:
    """Median and p95 by day in minutes, of each direction."""
    series: list[Series] = []
    for each in waits[: len(_TONES)]:
        of_it = [next((one for one in day.waits if way(one, texts) == way(each, texts)), None) for day in days]
        for name in ("median", "p95"):
            said = texts.say("board.calls.series", system=way(each, texts), what=texts.say(f"board.column.{name}"))
            seconds = (None if one is None else getattr(one, f"{name}_seconds") for one in of_it)
            series.append(Series(said, tuple(None if one is None else one / 60 for one in seconds)))
    yield from _lines("board.waits.by_time", "minutes", days, series, texts)


def _waits_by_day(days: Sequence[HealthDay], texts: Texts) -> Section:
    rows = tuple(_waits_on(day, each, texts) for day in reversed(days) for each in day.waits)
    table = Table(_headings(("day", "way", "changes", "median", "p95"), texts), rows, numbers=frozenset({2, 3, 4}))
    return Section(texts.say("board.waits.by_day"), (table,), anchor="waits-by-day")


def _waits_on(day: HealthDay, each: Waits, texts: Texts) -> Row:
    return Row(
        (
            Lead(day.day.isoformat(), place_of(day.day)),
            way(each, texts),
            number(each.count, place_of(day.day, "#runs")),
            length(each.median_seconds, texts),
            length(each.p95_seconds, texts),
        )
    )


# --- of all of them ---


def _headings(names: Iterable[str], texts: Texts) -> tuple[str, ...]:
    return tuple(texts.say(f"board.column.{name}") for name in names)


def _lines(text: str, unit: str, days: Sequence[HealthDay], series: Iterable[Series], texts: Texts) -> Iterator[Lines]:
    """A picture from the first day on of which something is known, where there is something to draw on enough days."""
    drawn = tuple(series)
    told = [place for place, each in enumerate(days) if each.runs or each.set_aside]
    if len(told) < FEWEST_TO_DRAW or not any(value for each in drawn for value in each.values):
        return
    first = told[0]
    since = tuple(Series(each.name, each.values[first:]) for each in drawn)
    named = texts.say(f"board.unit.{unit}") if unit else ""
    labels = tuple(each.day.isoformat() for each in days[first:])
    yield Lines(texts.say(text), labels, since, unit=named, digits=1 if unit == "minutes" else 0, from_zero=True)

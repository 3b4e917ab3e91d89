"""What a month's phishing and data loss incidents tell those who plan the next campaign. Pure.

A month is counted by when its incidents were closed, for then their classification is known; a week of a wave by when they were
created, for then it came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from watchkeeper.evidence.spelling import folded
from watchkeeper.model.workspace import ClosedIncident

REPEATED: Final = 2
"""Incidents of a month from which on an account is a repeat target."""
_WEEK: Final = timedelta(days=7)


class Topic(StrEnum):
    """The words of a ClosedIncident."""

    PHISHING = "phishing"
    DLP = "dlp"


class Classification(StrEnum):
    """How an incident was closed (table SecurityIncident); one that says nothing is undetermined."""

    TRUE_POSITIVE = "truepositive"
    BENIGN_POSITIVE = "benignpositive"
    FALSE_POSITIVE = "falsepositive"
    UNDETERMINED = "undetermined"


_TOPICS: Final = frozenset(each.value for each in Topic)
_CLASSES: Final = {each.value: each for each in Classification}


@dataclass(frozen=True, slots=True)
class MonthCount:
    """The incidents about a topic that were closed in a month (its first day)."""

    month: date
    topic: Topic
    true_positive: int
    benign_positive: int
    false_positive: int
    undetermined: int

    @property
    def counts(self) -> tuple[int, ...]:
        """In the order of Classification."""
        return self.true_positive, self.benign_positive, self.false_positive, self.undetermined

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class WeekCount:
    """Phishing incidents, false positives apart, that were created in the week of a Monday."""

    monday: date
    incidents: int


@dataclass(frozen=True, slots=True)
class Target:
    """An account, and in how many incidents of the month it was named, false positives apart."""

    account: str
    phishing: int
    dlp: int

    @property
    def total(self) -> int:
        return self.phishing + self.dlp


@dataclass(frozen=True, slots=True)
class Campaigns:
    """`months`: every month that is known as a whole, the oldest first, `month` last, each with both topics; None where the
    incidents could not be read. `weeks`: as many as are known, the oldest first; the last one is not over. `targets`: accounts of
    `month` that were hit more than once, the most hit first. `incidents`: those of `month`."""

    as_of: datetime
    month: date
    months: tuple[MonthCount, ...] | None
    weeks: tuple[WeekCount, ...]
    targets: tuple[Target, ...]
    incidents: tuple[ClosedIncident, ...]

    def of(self, topic: Topic) -> tuple[MonthCount, ...]:
        return tuple(each for each in self.months or () if each.topic is topic)


def campaigns(
    incidents: Iterable[ClosedIncident] | None,
    *,
    month: date,
    known_from: date,
    now: datetime,
    zone: tzinfo = UTC,
) -> Campaigns:
    """What the incidents that were closed since `known_from` tell of a month (any day of it) and of those before. `incidents` may
    reach into the days since; None where they could not be read. Days are those of `zone`."""
    first = month.replace(day=1)
    if incidents is None:
        return Campaigns(now, first, None, (), (), ())
    about = sorted((each for each in incidents if each.about in _TOPICS), key=_in_order)
    found = sorted({each.number: each for each in about}.values(), key=_in_order)
    within = tuple(each for each in found if _month_of(each, zone) == first)
    return Campaigns(
        as_of=now,
        month=first,
        months=_counted(found, _months(known_from, first), zone),
        weeks=_weeks(found, known_from, now.astimezone(zone).date(), zone),
        targets=_targets(within),
        incidents=within,
    )


def known_since(incidents: Iterable[ClosedIncident], until: date, zone: tzinfo) -> date:
    """The first day (of `zone`) that a workspace still has a closed incident of, `until` where it has none. What lies before it may have
    been deleted with its retention: no incident there is none that is known of, and no proof that there was none."""
    return min((each.closed_at.astimezone(zone).date() for each in incidents), default=until)


def classification_of(incident: ClosedIncident) -> Classification:
    return _CLASSES.get(folded(incident.classification), Classification.UNDETERMINED)


def _in_order(incident: ClosedIncident) -> tuple[datetime, str]:
    return incident.closed_at, incident.number


def _month_of(incident: ClosedIncident, zone: tzinfo) -> date:
    return incident.closed_at.astimezone(zone).date().replace(day=1)


def _months(known_from: date, last: date) -> list[date]:
    """From the first month that is known from its first day on; the last one in any case."""
    first = known_from if known_from.day == 1 else _next(known_from)
    months = [min(first, last)]
    while months[-1] < last:
        months.append(_next(months[-1]))
    return months


def _next(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def _counted(incidents: Iterable[ClosedIncident], months: Sequence[date], zone: tzinfo) -> tuple[MonthCount, ...]:
    counts = Counter((_month_of(each, zone), each.about, classification_of(each)) for each in incidents)
    return tuple(
        MonthCount(month, topic, *(counts[month, topic.value, each] for each in Classification))
        for month in months
        for topic in Topic
    )


def _weeks(incidents: Sequence[ClosedIncident], known_from: date, today: date, zone: tzinfo) -> tuple[WeekCount, ...]:
    counts = Counter(_monday(each.created_at.astimezone(zone).date()) for each in incidents if _is_phishing(each))
    return tuple(WeekCount(monday, counts[monday]) for monday in _mondays(known_from, today))


def _mondays(known_from: date, today: date) -> Iterator[date]:
    monday = _monday(known_from + timedelta(days=6))
    while monday <= today:
        yield monday
        monday += _WEEK


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _is_phishing(incident: ClosedIncident) -> bool:
    return incident.about == Topic.PHISHING.value and classification_of(incident) is not Classification.FALSE_POSITIVE


def _targets(incidents: Iterable[ClosedIncident]) -> tuple[Target, ...]:
    hits: Counter[tuple[str, str]] = Counter()
    for incident in incidents:
        if classification_of(incident) is not Classification.FALSE_POSITIVE:
            hits.update((account, incident.about) for account in set(incident.targets))
    accounts = {account for account, _ in hits}
    found = [Target(each, hits[each, Topic.PHISHING.value], hits[each, Topic.DLP.value]) for each in accounts]
    repeated = (each for each in found if each.total >= REPEATED)
    return tuple(sorted(repeated, key=lambda each: (-each.total, -each.phishing, each.account)))

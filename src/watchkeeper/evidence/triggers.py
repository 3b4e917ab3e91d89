"""Which duties the data asks for besides their schedule. Pure.

A trigger names a fact and the day of the fact, never the day on which it was noticed: so the same fact has the same key on every
day that it is seen, and after a lost state store; what is measured against the days or weeks before is left alone until enough of them are
known, because a guess from fewer would name another day. News that is older than a fortnight raises nothing any more; a licence that
is used up and an exercise that is overdue stay facts for as long as they are so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Final, TypeAlias

from watchkeeper.evidence.automation_review import AutomationReview
from watchkeeper.evidence.campaigns import Campaigns, WeekCount
from watchkeeper.evidence.escalation_day import EscalationDay
from watchkeeper.evidence.exercises import Exercises
from watchkeeper.evidence.portal import Headroom, Supply
from watchkeeper.evidence.portal_round import PortalRound
from watchkeeper.evidence.service_administration import CoverageDay, ServiceAdministration

Found: TypeAlias = ServiceAdministration | Campaigns | AutomationReview | PortalRound | EscalationDay | Exercises

ALL_TEAMS: Final = "all"
RECENT: Final = timedelta(days=14)
"""For how long a fact may raise a duty: longer than a weekend or a short outage hides it."""

USUAL_WEEKS: Final = 8
"""Whole weeks that tell how many phishing incidents are usual."""
WAVE: Final = 2.0
"""So many times the usual number make a wave,"""
WAVE_LEAST: Final = 10
"""and at least so many incidents, where the rules say nothing else."""

WINDOW: Final = timedelta(days=7)
"""A fall of coverage is measured against the best of so many days before,"""
FALL: Final = 0.05
"""in parts of the devices in use,"""
FALL_LEAST: Final = 5
"""and at least so many devices more without a sensor."""

_NAMED: Final = 3
_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Trigger:
    """Why a task (its id) is needed now. `team`: a team's id, or "all" for every team that has the duty. `reason` by language ("en",
    "ja"), on one line. `on`: the day of the fact, the key's date."""

    task: str
    team: str
    reason: Mapping[str, str]
    dedupe_key: str
    on: date


def triggers(found: Found, today: date, *, wave: int = WAVE_LEAST) -> tuple[Trigger, ...]:
    """What a finding asks for, by day and key. `today` only tells which facts are recent. `wave`: so many phishing incidents of a week at
    least make a wave."""
    match found:
        case ServiceAdministration():
            raised = _coverage(found, today)
        case Campaigns():
            raised = _wave(found, today, wave)
        case AutomationReview():
            raised = _content(found, today)
        case PortalRound():
            raised = _licences(found, today)
        case Exercises():
            raised = _exercises(found, today)
        case EscalationDay():
            raised = iter(())
    return tuple(sorted(raised, key=lambda each: (each.on, each.dedupe_key)))


def _coverage(found: ServiceAdministration, today: date) -> Iterator[Trigger]:
    """The first day of each fall of sensor coverage."""
    days = found.history
    for before, day in pairwise(days):
        is_known = days[0].day <= before.day - WINDOW
        if is_known and _is_recent(day.day, today) and _fell(days, day) and not _fell(days, before):
            key = f"sensor-coverage/{day.day.isoformat()}"
            yield Trigger("service-administration", ALL_TEAMS, _coverage_reason(_best(days, day), day), key, day.day)


def _best(days: Sequence[CoverageDay], day: CoverageDay) -> CoverageDay | None:
    """The best of the days before one, the latest of equals; None where nothing is known of them."""
    window = (each for each in days if day.day - WINDOW <= each.day < day.day and each.share is not None)
    return max(window, key=lambda each: (each.share or 0.0, each.day), default=None)


def _fell(days: Sequence[CoverageDay], day: CoverageDay) -> bool:
    best = _best(days, day)
    if best is None or best.share is None or day.share is None:
        return False
    bare = (day.used - day.covered) - (best.used - best.covered)
    return round(best.share - day.share, 9) >= FALL and bare >= FALL_LEAST


def _coverage_reason(best: CoverageDay | None, day: CoverageDay) -> Mapping[str, str]:
    before, now = (_percent(each.share if each else None) for each in (best, day))
    bare = day.used - day.covered
    return {
        "en": f"Sensor coverage fell from {before} to {now} on {day.day.isoformat()}: {bare} devices in use are without a sensor",
        "ja": f"{day.day.isoformat()} にセンサーの網羅率が {before} から {now} に低下した（使用中でセンサーのないデバイス {bare} 台）",
    }


def _percent(share: float | None) -> str:
    return f"{int((share or 0.0) * 100 + 1e-9)}%"


def _wave(found: Campaigns, today: date, least: int) -> Iterator[Trigger]:
    """The first week of each wave."""
    for number in range(USUAL_WEEKS + 1, len(found.weeks)):
        week = found.weeks[number]
        is_recent = _is_recent(week.monday + timedelta(days=6), today)
        if is_recent and _is_wave(found.weeks, number, least) and not _is_wave(found.weeks, number - 1, least):
            key = f"phishing-wave/{week.monday.isoformat()}"
            yield Trigger(
                "anti-phishing-dlp", ALL_TEAMS, _wave_reason(week, _usual(found.weeks, number)), key, week.monday
            )


def _wave_reason(week: WeekCount, usual: float) -> Mapping[str, str]:
    day, count = week.monday.isoformat(), week.incidents
    return {
        "en": f"A wave of phishing in the week of {day}: {count} incidents, {usual:g} are usual",
        "ja": f"{day} の週にフィッシングが急増した（{count} 件、通常は {usual:g} 件）",
    }


def _usual(weeks: Sequence[WeekCount], number: int) -> float:
    """The median of the weeks before one: the wave before does not become the new usual."""
    return median(each.incidents for each in weeks[number - USUAL_WEEKS : number])


def _is_wave(weeks: Sequence[WeekCount], number: int, least: int) -> bool:
    return weeks[number].incidents >= max(WAVE * _usual(weeks, number), least)


def _content(found: AutomationReview, today: date) -> Iterator[Trigger]:
    """The days on which versions were released that the workspace does not have: one trigger a day, however many there were."""
    by_day: dict[date, list[str]] = {}
    for update in found.updates or ():
        if update.published is not None and _is_recent(update.published, today):
            by_day.setdefault(update.published, []).append(f"{_named(update.name)} {_named(update.available)}")
    for day, found_names in by_day.items():
        names = sorted(found_names)
        reason = {
            "en": f"New content was released on {day.isoformat()}: {_listed(names, ', ', 'and {count} more')}",
            "ja": f"{day.isoformat()} に新しいコンテンツが公開された：{_listed(names, '、', 'ほか {count} 件')}",
        }
        yield Trigger("automation-scripts", ALL_TEAMS, reason, f"content/{day.isoformat()}", day)


def _licences(found: PortalRound, today: date) -> Iterator[Trigger]:
    """Each licence that is used up or overdrawn, once a month: nothing tells since when it is."""
    month = today.replace(day=1)
    for each in found.licences or ():
        if each.supply in {Supply.USED_UP, Supply.OVERDRAWN}:
            key = f"licence/{_named(each.licence.id)}/{month:%Y-%m}"
            yield Trigger("portal-licences", ALL_TEAMS, _licence_reason(each), key, month)


def _licence_reason(headroom: Headroom) -> Mapping[str, str]:
    licence, name = headroom.licence, _named(headroom.licence.name)
    used, units = licence.consumed, licence.enabled + licence.warning
    return {
        "en": f"Licence headroom of {name} is used up: {used} in use, {units} available",
        "ja": f"{name} のライセンスの余裕がなくなった（使用数 {used}、利用可能数 {units}）",
    }


def _exercises(found: Exercises, today: date) -> Iterator[Trigger]:
    """One for all teams, as the exercise is one for all: since the day on which the first of them was due for it."""
    stale = [(each.stale_on, each.team) for each in found.teams if each.stale_on is not None and each.stale_on <= today]
    if stale:
        day, months = min(stale)[0], found.stale_after
        names = [_named(team) for _, team in sorted(stale)]
        reason = {
            "en": f"Last exercise more than {months} months ago: {_listed(names, ', ', 'and {count} more')}",
            "ja": f"前回の演習から {months} か月を超えている：{_listed(names, '、', 'ほか {count} チーム')}",
        }
        yield Trigger("tabletop-exercise", ALL_TEAMS, reason, f"stale-exercise/{day.isoformat()}", day)


def _is_recent(day: date, today: date) -> bool:
    return today - RECENT <= day


def _named(name: str) -> str:
    """A name that others gave, on one line, not too long, and of characters that every encoding has."""
    shown = " ".join(name.encode(errors="replace").decode().split())
    return shown if len(shown) <= _NAME else f"{shown[: _NAME - 1]}…"


def _listed(names: Sequence[str], between: str, more: str) -> str:
    shown = list(names[:_NAMED])
    rest = len(names) - len(shown)
    return between.join([*shown, more.format(count=rest)] if rest else shown)

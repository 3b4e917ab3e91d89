"""What the state store holds of a period's audits, as far as a report needs it: never every verdict, unless each is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.report.headline import STALE
from watchkeeper.report.period import Period
from watchkeeper.state_ports import StateStore

DAYS_SHOWN: Final = 10
"""Judged days of one ticket that its history names one by one."""
HISTORIES: Final = 200
"""Tickets whose history is told; those that missed most come first."""

Judgement: TypeAlias = tuple[str, date, str, VerdictKind]
"""Ticket, day, team and what came out: a verdict without its evidence."""


@dataclass(frozen=True, slots=True)
class History:
    """One ticket over the period: how often it was judged, updated, missed, and how its latest days were judged, oldest first.
    `last` is its latest verdict."""

    last: Verdict
    days: int
    fresh: int
    missed: int
    latest: tuple[VerdictKind, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """`latest_days`: each team's latest judged day; `unsettled`: the teams of whose latest day a verdict may still change. `standing`
    are the verdicts of these days: what was closed before them is not among them, nor what another team has been judged for since.
    `tickets`: how many were judged in the period, of which `histories` has those that missed most. `verdicts` are all of the period,
    where they were asked for."""

    deployment: str
    as_of: datetime
    period: Period
    latest_days: Mapping[str, date]
    unsettled: frozenset[str]
    standing: tuple[Verdict, ...]
    histories: tuple[History, ...]
    tickets: int
    verdicts: tuple[Verdict, ...] = ()


def judged(store: StateStore, deployment: str, as_of: datetime, period: Period, *, every: bool) -> Judged:
    """From the state store. Without `every` only the verdicts are read that the report shows: for a year of a thousand tickets that is
    some hundredth of them."""
    first, last = period.first.isoformat(), period.until.isoformat()
    if every:
        return of_verdicts(deployment, as_of, period, store.verdicts(first, last))
    rows = _grouped(store.judgements(first, last))
    days = _latest_days(rows)
    lately = [
        verdict
        for day in sorted(set(days.values()))
        for verdict in store.verdicts(day.isoformat(), day.isoformat())
        if verdict.key in rows and days.get(verdict.team) == verdict.day  # an audit may have gone on meanwhile
    ]
    worst = _worst(rows)
    lasts = _last_verdicts(store, {key: rows[key][-1][1] for key in worst})
    return Judged(
        deployment,
        as_of,
        period,
        latest_days=days,
        unsettled=_unsettled(lately),
        standing=_standing(lately, rows),
        histories=tuple(_history(lasts[key], rows[key]) for key in worst if key in lasts),
        tickets=len(rows),
    )


def of_verdicts(deployment: str, as_of: datetime, period: Period, verdicts: Sequence[Verdict]) -> Judged:
    """From every verdict of the period."""
    rows = _grouped((each.key, each.day, each.team, each.kind) for each in verdicts)
    days = _latest_days(rows)
    lately = [verdict for verdict in verdicts if days[verdict.team] == verdict.day]
    lasts = {verdict.key: verdict for verdict in sorted(verdicts, key=lambda each: each.day)}
    return Judged(
        deployment,
        as_of,
        period,
        latest_days=days,
        unsettled=_unsettled(lately),
        standing=_standing(lately, rows),
        histories=tuple(_history(lasts[key], rows[key]) for key in _worst(rows)),
        tickets=len(rows),
        verdicts=tuple(verdicts),
    )


def _grouped(judgements: Iterable[Judgement]) -> Mapping[str, list[Judgement]]:
    """By ticket, each in order of days."""
    rows: dict[str, list[Judgement]] = defaultdict(list)
    for row in judgements:
        rows[row[0]].append(row)
    for its in rows.values():
        its.sort(key=lambda row: row[1])
    return rows


def _latest_days(rows: Mapping[str, Sequence[Judgement]]) -> dict[str, date]:
    days: dict[str, date] = {}
    for its in rows.values():
        for _, day, team, _ in its:
            days[team] = max(days.get(team, day), day)
    return days


def _unsettled(lately: Iterable[Verdict]) -> frozenset[str]:
    return frozenset(verdict.team for verdict in lately if not verdict.final)


def _standing(lately: Iterable[Verdict], rows: Mapping[str, Sequence[Judgement]]) -> tuple[Verdict, ...]:
    """Of the verdicts of each team's latest day those that are their ticket's latest, too."""
    return tuple(verdict for verdict in lately if rows[verdict.key][-1][1] == verdict.day)


def _worst(rows: Mapping[str, Sequence[Judgement]]) -> list[str]:
    missed = {key: sum(row[3] in STALE for row in its) for key, its in rows.items()}
    return sorted(rows, key=lambda key: (-missed[key], key))[:HISTORIES]


def _last_verdicts(store: StateStore, days: Mapping[str, date]) -> Mapping[str, Verdict]:
    by_day: dict[date, list[str]] = defaultdict(list)
    for key, day in days.items():
        by_day[day].append(key)
    return {
        verdict.key: verdict
        for day, keys in sorted(by_day.items())
        for verdict in store.verdicts(day.isoformat(), day.isoformat(), keys)
    }


def _history(last: Verdict, its: Sequence[Judgement]) -> History:
    kinds = [row[3] for row in its]
    missed = sum(kind in STALE for kind in kinds)
    return History(last, len(kinds), kinds.count(VerdictKind.FRESH), missed, tuple(kinds[-DAYS_SHOWN:]))

"""How many of the updates that were owed were made: per team and day, and over 7, 30 and 90 days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Final

from watchkeeper.model.audit import compliance_of
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.audit import TONES, WORST_FIRST
from watchkeeper.report.document import Bar, Document, Mark, Pairs, Point, Row, Section, Shares, Table, Trend
from watchkeeper.report.grouped import grouped
from watchkeeper.report.junit import Case, Outcome, Suite
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.period import Period
from watchkeeper.report.standing import period_facts
from watchkeeper.report.teams import TeamNames, team_called
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.updates import Updates, by_team, share_of, together, updates_by_team, updates_on
from watchkeeper.report.values import percent

SPANS: Final = (7, 30, 90)
"""Days, up to the last one of the period, over which a share is given."""
AIM: Final = 0.95
"""The share that reports draw a line at. It decides nothing."""


def _summed(days: Iterable[DaySheet]) -> dict[VerdictKind, int]:
    totals = dict.fromkeys(VerdictKind, 0)
    for day in days:
        for kind, count in day.totals.items():
            totals[kind] += count
    return totals


@dataclass(frozen=True)
class Compliance:
    """`days` are those of the period and, where the longest span begins before it, those from there on. `teams`: what they are called,
    as far as somebody has looked. A year has thousands of days, which are gone through once."""

    deployment: str
    as_of: datetime
    period: Period
    days: tuple[DaySheet, ...]
    teams: TeamNames = field(default_factory=dict)

    @cached_property
    def within(self) -> tuple[DaySheet, ...]:
        first = self.period.first
        return tuple([day for day in self.days if first <= day.day])

    @cached_property
    def before(self) -> tuple[DaySheet, ...]:
        """Those of the period before, as many days."""
        before, first = self.period.before, self.period.first
        return tuple([day for day in self.days if before <= day.day < first])

    @cached_property
    def updates(self) -> Mapping[str, Updates]:
        """Of each team that has a day in the period."""
        return updates_by_team(self.within)

    @cached_property
    def updates_before(self) -> Mapping[str, Updates]:
        """Of each team that has a day in the period before."""
        return updates_by_team(self.before)

    @property
    def total(self) -> Updates:
        return together(self.updates.values())

    @property
    def total_before(self) -> Updates:
        return together(self.updates_before.values())

    def lately(self, days: Sequence[DaySheet], span: int) -> list[DaySheet]:
        """Those of the last `span` days of the period."""
        since = self.period.since(span)
        return [day for day in days if since <= day.day]


def looked_back(period: Period) -> date:
    """The first day that the report needs."""
    return min(period.before, period.since(max(SPANS)))


def compliance_document(compliance: Compliance, lang: str = "en") -> Document:
    texts = texts_in(lang)
    within, share = compliance.within, compliance.total.share
    sections = (
        trend_section(within, texts),
        _spans(compliance, texts),
        _teams(compliance, texts),
        _days(compliance, texts),
    )
    facts = Pairs(period_facts(compliance.deployment, compliance.period, texts))
    return Document(
        title=texts.say("compliance.title"),
        sentence=compliance_sentence(compliance, texts),
        sections=(*(each for each in sections if each is not None), Section(texts.say("period.facts"), (facts,))),
        mark=Mark.WARN if share is None else _mark(share),
        listing=_listing(within, texts),
    )


def _mark(share: float | None) -> Mark:
    if share is None:
        return Mark.NONE
    return Mark.GOOD if share >= AIM else Mark.BAD


def compliance_sentence(compliance: Compliance, texts: Texts) -> str:
    """The whole report in a sentence."""
    period, total, before = compliance.period, compliance.total, compliance.total_before.share
    names = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    share = total.share
    if share is None:
        return texts.say("compliance.nothing", **names)
    key = "compliance.sentence" if before is None else "compliance.compared"
    said = texts.say(
        key,
        fresh=f"{total.made:,}",
        duties=f"{total.owed:,}",
        percent=percent(share),
        before=_shown(before),
        **names,
    )
    shares = {team: its for team, each in compliance.updates.items() if (its := each.share) is not None}
    lowest = min(shares, key=lambda team: (shares[team], team))
    if shares[lowest] >= AIM:
        return texts.say("compliance.reached", said=said, aim=percent(AIM))
    called = team_called(lowest, compliance.teams, texts)
    return texts.say("compliance.lowest", said=said, team=called, percent=percent(shares[lowest]))


def trend_section(within: Sequence[DaySheet], texts: Texts) -> Section | None:
    """All teams together, day by day."""
    if not within:
        return None
    points = []
    for each, its in grouped(within, lambda sheet: sheet.day).items():
        points.append(Point(each.isoformat(), compliance_of(_summed(its)), open=not all(day.over for day in its)))
    aim = texts.say("compliance.aim", percent=percent(AIM))
    chart = Trend(texts.say("compliance.trend"), tuple(points), AIM, aim)
    rows = tuple(
        Row(
            (point.label, _shown(point.share), texts.say("no" if point.open else "yes")),
            Mark.OPEN if point.open else _mark(point.share),
        )
        for point in points
    )
    table = Table(
        tuple(texts.say(f"column.{name}") for name in ("day", "share", "final")), rows, numbers=frozenset({1})
    )
    return Section(
        texts.say("compliance.by_day"),
        (chart,),
        (Section(texts.say("compliance.table"), (table,), folded=True, anchor="by-day"),),
    )


def _shown(share: float | None) -> str:
    return "–" if share is None else percent(share)


def _spans(compliance: Compliance, texts: Texts) -> Section | None:
    days = compliance.days
    if not days:
        return None
    headings = (texts.say("column.team"), *(texts.say("compliance.span", days=span) for span in SPANS))
    named = [(team_called(team, compliance.teams, texts), its) for team, its in by_team(days).items()]
    rows = tuple(
        Row((called, *(_of_span(compliance.lately(its, span), texts) for span in SPANS)))
        for called, its in (*named, (texts.say("audit.all"), days))
    )
    return Section(texts.say("compliance.spans"), (Table(headings, rows, numbers=frozenset({1, 2, 3})),))


def _of_span(days: Sequence[DaySheet], texts: Texts) -> str:
    updates = updates_on(days)
    share = updates.share
    if share is None:
        return "–"
    return texts.say("compliance.part", percent=percent(share), fresh=f"{updates.made:,}", duties=f"{updates.owed:,}")


def _teams(compliance: Compliance, texts: Texts) -> Section | None:
    within, before = compliance.within, compliance.updates_before
    if not within:
        return None
    kinds = tuple(reversed(WORST_FIRST))
    summed = {team: _summed(its) for team, its in by_team(within).items()}
    shares = {team: each.share for team, each in compliance.updates.items()}
    parts = tuple((texts.say(f"verdict.{kind.value}"), TONES[kind]) for kind in kinds)
    called = {team: team_called(team, compliance.teams, texts) for team in summed}
    bars = tuple(Bar(called[team], tuple(totals[kind] for kind in kinds)) for team, totals in summed.items())
    rows = tuple(
        Row(
            (
                called[team],
                *(f"{totals[kind]:,}" for kind in kinds),
                _shown(shares[team]),
                _shown(before[team].share if team in before else None),
            ),
            _mark(shares[team]),
        )
        for team, totals in summed.items()
    )
    headings = (
        texts.say("column.team"),
        *(texts.say(f"verdict.{kind.value}") for kind in kinds),
        texts.say("column.share"),
        texts.say("compliance.before"),
    )
    table = Table(headings, rows, numbers=frozenset(range(1, len(headings))))
    return Section(texts.say("compliance.teams"), (Shares(texts.say("compliance.chart"), parts, bars), table))


_COLUMNS: Final = tuple(reversed(WORST_FIRST))


def _cells(day: DaySheet, texts: Texts) -> tuple[str, ...]:
    counts = (str(day.totals[kind]) for kind in _COLUMNS)
    share = compliance_of(day.totals)
    return (day.team, day.day.isoformat(), *counts, _shown(share), texts.say("yes" if day.over else "no"))


def _headings(texts: Texts) -> tuple[str, ...]:
    kinds = (texts.say(f"verdict.{kind.value}") for kind in _COLUMNS)
    return (
        texts.say("column.team"),
        texts.say("column.day"),
        *kinds,
        texts.say("column.share"),
        texts.say("column.final"),
    )


def _listing(within: Sequence[DaySheet], texts: Texts) -> Table:
    return Table(_headings(texts), tuple(Row(_cells(day, texts)) for day in within))


def _days(compliance: Compliance, texts: Texts) -> Section | None:
    within = compliance.within
    if not within:
        return None
    rows = tuple(
        Row(
            (team_called(day.team, compliance.teams, texts), *_cells(day, texts)[1:]),
            _mark(compliance_of(day.totals)) if day.over else Mark.OPEN,
        )
        for day in within
    )
    table = Table(_headings(texts), rows, numbers=frozenset(range(2, len(_headings(texts)) - 1)))
    return Section(texts.say("compliance.days"), (table,), folded=True)


def compliance_suites(compliance: Compliance, lang: str = "en") -> tuple[Suite, ...]:
    """A suite per team, a case per day: failed where an update that was owed was not made, an error where nobody can tell."""
    texts = texts_in(lang)
    within = compliance.within
    return tuple(Suite(team, tuple(_case(day, texts) for day in its)) for team, its in by_team(within).items())


def _case(day: DaySheet, texts: Texts) -> Case:
    stale = day.totals[VerdictKind.STALE] + day.totals[VerdictKind.VERY_STALE]
    if stale:
        outcome = Outcome.FAILED
    elif day.totals[VerdictKind.UNKNOWN]:
        outcome = Outcome.ERROR
    else:
        outcome = Outcome.PASSED if day.over and day.duties else Outcome.SKIPPED
    counted = [
        texts.say(f"audit.kind.{kind.value}", count=f"{day.totals[kind]:,}") for kind in WORST_FIRST if day.totals[kind]
    ]
    return Case(day.day.isoformat(), day.team, outcome, "stale" if stale else "unknown", texts.join(counted))


def compliance_json(compliance: Compliance) -> Json:
    within = compliance.within
    return payload(
        "report compliance",
        0,
        (),
        deployment=compliance.deployment,
        as_of=compliance.as_of,
        first=compliance.period.first,
        last=compliance.period.last,
        compliance=compliance.total.share,
        before=compliance.total_before.share,
        days=[
            {
                "team": day.team,
                "day": day.day.isoformat(),
                "final": day.over,
                "totals": {kind.value: count for kind, count in day.totals.items()},
                "compliance": compliance_of(day.totals),
            }
            for day in within
        ],
        spans=[
            {"team": team, "days": span, "compliance": share_of(compliance.lately(its, span))}
            for team, its in {**by_team(compliance.days), "": compliance.days}.items()
            for span in SPANS
        ],
    )

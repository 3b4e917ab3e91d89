"""How many of the updates that were owed were made: per team and day, and over 7, 30 and 90 days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from watchkeeper.model.audit import compliance_of, totals_of
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.report.audit import TONES, WORST_FIRST
from watchkeeper.report.document import Bar, Document, Mark, Pairs, Point, Row, Section, Shares, Table, Trend
from watchkeeper.report.junit import Case, Outcome, Suite
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.period import Period
from watchkeeper.report.standing import Judged, period_facts
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import percent

SPANS: Final = (7, 30, 90)
"""Days, up to the last one of the period, over which a share is given."""
AIM: Final = 0.95
"""The share that reports draw a line at. It decides nothing."""


@dataclass(frozen=True, slots=True)
class TeamDayCount:
    """One team on one local day: how many tickets got each verdict. `final` once none of them can change."""

    team: str
    day: date
    totals: Mapping[VerdictKind, int]
    final: bool

    @property
    def fresh(self) -> int:
        return self.totals[VerdictKind.FRESH]

    @property
    def duties(self) -> int:
        """Tickets that owed an update that day."""
        return sum(self.totals.values()) - self.totals[VerdictKind.EXEMPT]


def days_of(verdicts: Iterable[Verdict]) -> list[TeamDayCount]:
    """Verdicts counted per team and day, in order of both."""
    grouped: dict[tuple[str, date], list[Verdict]] = {}
    for verdict in verdicts:
        grouped.setdefault((verdict.team, verdict.day), []).append(verdict)
    return [
        TeamDayCount(team, day, totals_of(its), all(verdict.final for verdict in its))
        for (team, day), its in sorted(grouped.items())
    ]


def share_of(days: Sequence[TeamDayCount]) -> float | None:
    """The part of all updates owed that was made. Days that may still change are left out; None where nothing was owed."""
    return compliance_of(_summed(day for day in days if day.final))


def _summed(days: Iterable[TeamDayCount]) -> dict[VerdictKind, int]:
    totals = dict.fromkeys(VerdictKind, 0)
    for day in days:
        for kind, count in day.totals.items():
            totals[kind] += count
    return totals


@dataclass(frozen=True, slots=True)
class Compliance:
    """`judged` holds the verdicts of the period and, where the longest span begins before it, those from there on."""

    judged: Judged

    @property
    def all_days(self) -> list[TeamDayCount]:
        return days_of(self.judged.verdicts)

    def lately(self, days: Sequence[TeamDayCount], span: int) -> list[TeamDayCount]:
        """Those of the last `span` days of the period."""
        since = self.judged.period.since(span)
        return [day for day in days if since <= day.day]

    def within(self, days: Sequence[TeamDayCount]) -> list[TeamDayCount]:
        return [day for day in days if self.judged.period.first <= day.day]


def looked_back(period: Period) -> date:
    """The first day whose verdicts the report needs."""
    return min(period.first, period.since(max(SPANS)))


def compliance_document(compliance: Compliance, lang: str = "en") -> Document:
    texts = texts_in(lang)
    days = compliance.all_days
    within = compliance.within(days)
    share = share_of(within)
    sections = (_trend(within, texts), _spans(compliance, days, texts), _teams(within, texts), _days(within, texts))
    facts = Pairs(period_facts(compliance.judged.deployment, compliance.judged.period, texts))
    return Document(
        title=texts.say("compliance.title"),
        sentence=_sentence(compliance.judged, within, texts),
        sections=(*(each for each in sections if each is not None), Section(texts.say("period.facts"), (facts,))),
        mark=Mark.WARN if share is None else _mark(share),
        listing=_listing(within, texts),
    )


def _mark(share: float | None) -> Mark:
    if share is None:
        return Mark.NONE
    return Mark.GOOD if share >= AIM else Mark.BAD


def _sentence(judged: Judged, within: Sequence[TeamDayCount], texts: Texts) -> str:
    names = {"first": judged.period.first.isoformat(), "last": judged.period.last.isoformat()}
    final = [day for day in within if day.final]
    share = share_of(final)
    if share is None:
        return texts.say("compliance.nothing", **names)
    said = texts.say(
        "compliance.sentence",
        fresh=f"{sum(day.fresh for day in final):,}",
        duties=f"{sum(day.duties for day in final):,}",
        percent=percent(share),
        **names,
    )
    shares = {team: its for team, days in _by_team(final).items() if (its := share_of(days)) is not None}
    lowest = min(shares, key=lambda team: (shares[team], team))
    if shares[lowest] >= AIM:
        return texts.say("compliance.reached", said=said, aim=percent(AIM))
    return texts.say("compliance.lowest", said=said, team=lowest, percent=percent(shares[lowest]))


def _by_team(days: Sequence[TeamDayCount]) -> dict[str, list[TeamDayCount]]:
    teams = sorted({day.team for day in days})
    return {team: [day for day in days if day.team == team] for team in teams}


def _trend(within: Sequence[TeamDayCount], texts: Texts) -> Section | None:
    """All teams together, day by day."""
    dates = sorted({day.day for day in within})
    if not dates:
        return None
    points = []
    for each in dates:
        its = [day for day in within if day.day == each]
        points.append(Point(each.isoformat(), compliance_of(_summed(its)), open=not all(day.final for day in its)))
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
        texts.say("compliance.by_day"), (chart,), (Section(texts.say("compliance.table"), (table,), folded=True),)
    )


def _shown(share: float | None) -> str:
    return "–" if share is None else percent(share)


def _spans(compliance: Compliance, days: Sequence[TeamDayCount], texts: Texts) -> Section | None:
    if not days:
        return None
    headings = (texts.say("column.team"), *(texts.say("compliance.span", days=span) for span in SPANS))
    named = {**_by_team(days), texts.say("audit.all"): list(days)}
    rows = tuple(
        Row((team, *(_of_span(compliance.lately(its, span), texts) for span in SPANS))) for team, its in named.items()
    )
    return Section(texts.say("compliance.spans"), (Table(headings, rows, numbers=frozenset({1, 2, 3})),))


def _of_span(days: Sequence[TeamDayCount], texts: Texts) -> str:
    share = share_of(days)
    if share is None:
        return "–"
    final = [day for day in days if day.final]
    fresh, duties = sum(day.fresh for day in final), sum(day.duties for day in final)
    return texts.say("compliance.part", percent=percent(share), fresh=f"{fresh:,}", duties=f"{duties:,}")


def _teams(within: Sequence[TeamDayCount], texts: Texts) -> Section | None:
    if not within:
        return None
    kinds = tuple(reversed(WORST_FIRST))
    summed = {team: _summed(its) for team, its in _by_team(within).items()}
    parts = tuple((texts.say(f"verdict.{kind.value}"), TONES[kind]) for kind in kinds)
    bars = tuple(Bar(team, tuple(totals[kind] for kind in kinds)) for team, totals in summed.items())
    rows = tuple(
        Row(
            (team, *(f"{totals[kind]:,}" for kind in kinds), _shown(share_of(_by_team(within)[team]))),
            _mark(share_of(_by_team(within)[team])),
        )
        for team, totals in summed.items()
    )
    headings = (
        texts.say("column.team"),
        *(texts.say(f"verdict.{kind.value}") for kind in kinds),
        texts.say("column.share"),
    )
    table = Table(headings, rows, numbers=frozenset(range(1, len(headings))))
    return Section(texts.say("compliance.teams"), (Shares(texts.say("compliance.chart"), parts, bars), table))


_COLUMNS: Final = tuple(reversed(WORST_FIRST))


def _cells(day: TeamDayCount, texts: Texts) -> tuple[str, ...]:
    counts = (str(day.totals[kind]) for kind in _COLUMNS)
    share = compliance_of(day.totals)
    return (day.team, day.day.isoformat(), *counts, _shown(share), texts.say("yes" if day.final else "no"))


def _headings(texts: Texts) -> tuple[str, ...]:
    kinds = (texts.say(f"verdict.{kind.value}") for kind in _COLUMNS)
    return (
        texts.say("column.team"),
        texts.say("column.day"),
        *kinds,
        texts.say("column.share"),
        texts.say("column.final"),
    )


def _listing(within: Sequence[TeamDayCount], texts: Texts) -> Table:
    return Table(_headings(texts), tuple(Row(_cells(day, texts)) for day in within))


def _days(within: Sequence[TeamDayCount], texts: Texts) -> Section | None:
    if not within:
        return None
    rows = tuple(
        Row(_cells(day, texts), _mark(compliance_of(day.totals)) if day.final else Mark.OPEN) for day in within
    )
    table = Table(_headings(texts), rows, numbers=frozenset(range(2, len(_headings(texts)) - 1)))
    return Section(texts.say("compliance.days"), (table,), folded=True)


def compliance_suites(compliance: Compliance, lang: str = "en") -> tuple[Suite, ...]:
    """A suite per team, a case per day: failed where an update that was owed was not made, an error where nobody can tell."""
    texts = texts_in(lang)
    within = compliance.within(compliance.all_days)
    return tuple(Suite(team, tuple(_case(day, texts) for day in its)) for team, its in _by_team(within).items())


def _case(day: TeamDayCount, texts: Texts) -> Case:
    stale = day.totals[VerdictKind.STALE] + day.totals[VerdictKind.VERY_STALE]
    if stale:
        outcome = Outcome.FAILED
    elif day.totals[VerdictKind.UNKNOWN]:
        outcome = Outcome.ERROR
    else:
        outcome = Outcome.PASSED if day.final and day.duties else Outcome.SKIPPED
    counted = [
        texts.say(f"audit.kind.{kind.value}", count=f"{day.totals[kind]:,}") for kind in WORST_FIRST if day.totals[kind]
    ]
    return Case(day.day.isoformat(), day.team, outcome, "stale" if stale else "unknown", texts.join(counted))


def compliance_json(compliance: Compliance) -> Json:
    days = compliance.all_days
    within = compliance.within(days)
    judged = compliance.judged
    return payload(
        "report compliance",
        0,
        (),
        deployment=judged.deployment,
        as_of=judged.as_of,
        first=judged.period.first,
        last=judged.period.last,
        compliance=share_of(within),
        days=[
            {
                "team": day.team,
                "day": day.day.isoformat(),
                "final": day.final,
                "totals": {kind.value: count for kind, count in day.totals.items()},
                "compliance": compliance_of(day.totals),
            }
            for day in within
        ],
        spans=[
            {"team": team, "days": span, "compliance": share_of(compliance.lately(its, span))}
            for team, its in {**_by_team(days), "": days}.items()
            for span in SPANS
        ],
    )

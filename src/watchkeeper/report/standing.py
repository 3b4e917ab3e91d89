"""Where the escalations stand, from the verdicts that the audits of a period left: told first in one sentence for a manager."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from watchkeeper.model.audit import AuditReport, compliance_of, totals_of
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.report.audit import MARKS, WORST_FIRST, ticket_link, totals_section, verdict_section
from watchkeeper.report.document import Document, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.junit import Suite
from watchkeeper.report.machine import Json, payload, verdict_json
from watchkeeper.report.period import Period
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import on_the_wall
from watchkeeper.report.verdict_rows import verdict_listing
from watchkeeper.report.verdict_suites import verdict_suites

OLDEST: Final = 10
DAYS_SHOWN: Final = 10
"""Judged days of one ticket that its row shows as signs."""
ON_HOLD: Final = "on-hold"
_STALE: Final = (VerdictKind.STALE, VerdictKind.VERY_STALE)
_NAMED_TEAMS: Final = 3
BUCKETS: Final = ((0, 0), (1, 5), (6, 10), (11, 30), (31, None))
"""Days since a person's last update, from and to: what ServiceNow's own dashboard of incidents not updated counts, so that both can be
compared."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the state store holds of a period: the verdicts of its days."""

    deployment: str
    as_of: datetime
    period: Period
    verdicts: tuple[Verdict, ...]

    @property
    def standing(self) -> tuple[Verdict, ...]:
        """Those of each team's latest judged day: what was closed before it is not among them, nor what another team has
        been judged for since."""
        latest = self.latest_days
        last = {verdict.key: verdict for verdict in sorted(self.verdicts, key=lambda each: each.day)}
        return tuple(
            verdict
            for verdict in self.verdicts
            if verdict.day.isoformat() == latest[verdict.team] and last[verdict.key] is verdict
        )

    @property
    def latest_days(self) -> dict[str, str]:
        days: dict[str, str] = {}
        for verdict in self.verdicts:
            days[verdict.team] = max(days.get(verdict.team, ""), verdict.day.isoformat())
        return days


def standing_document(judged: Judged, lang: str = "en") -> Document:
    """The report, with pictures; what a reader may want to sort is its listing."""
    texts = texts_in(lang)
    report = AuditReport("", judged.deployment, judged.as_of, days=(), verdicts=judged.standing)
    sections = (
        totals_section(report, texts),
        _oldest(report.verdicts, texts),
        _ages(report.verdicts, texts),
        *(verdict_section(report, kind, texts) for kind in WORST_FIRST if kind is not VerdictKind.FRESH),
        _histories(judged.verdicts, texts),
        _facts(judged, texts),
    )
    kinds = {verdict.kind for verdict in report.verdicts}
    return Document(
        title=texts.say("standing.title"),
        sentence=sentence(report.verdicts, texts) if report.verdicts else _nothing(judged, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=next((MARKS[kind] for kind in WORST_FIRST if kind in kinds), Mark.WARN),
        next_steps=(texts.say("audit.next.stale"),) if kinds & set(_STALE) else (),
        next_title=texts.say("next.title"),
        listing=verdict_listing(judged.verdicts, texts),
    )


def standing_suites(judged: Judged, lang: str = "en") -> tuple[Suite, ...]:
    return verdict_suites(judged.standing, texts_in(lang))


def standing_json(judged: Judged) -> Json:
    standing = judged.standing
    totals = totals_of(standing)
    return payload(
        "report escalations",
        0,
        (),
        deployment=judged.deployment,
        as_of=judged.as_of,
        first=judged.period.first,
        last=judged.period.last,
        judged_days=judged.latest_days,
        totals={kind.value: count for kind, count in totals.items()},
        on_hold=sum(verdict.reason_code == ON_HOLD for verdict in standing),
        compliance=compliance_of(totals),
        ages=[{"from": first, "to": last, "count": count} for (first, last), count in ages(standing).items()],
        never_updated=sum(verdict.last_human_update is None for verdict in standing),
        oldest=[verdict.key for verdict in oldest(standing)],
        standing=[verdict.key for verdict in standing],
        verdicts=[verdict_json(verdict) for verdict in judged.verdicts],
    )


def sentence(standing: Sequence[Verdict], texts: Texts) -> str:
    """All of it for somebody who reads one line: how many of how many, what is late and with whom, what is excused."""
    totals = totals_of(standing)
    stale = [verdict for verdict in standing if verdict.kind in _STALE]
    held = sum(verdict.kind is VerdictKind.EXEMPT and verdict.reason_code == ON_HOLD for verdict in standing)
    duties = len(standing) - totals[VerdictKind.EXEMPT]
    parts = [texts.say("standing.updated", fresh=f"{totals[VerdictKind.FRESH]:,}", duties=f"{duties:,}")]
    if stale:
        parts.append(texts.say("standing.stale", count=f"{len(stale):,}", teams=_with_whom(stale, texts)))
    counted = (
        ("standing.unknown", totals[VerdictKind.UNKNOWN]),
        ("standing.due", totals[VerdictKind.DUE]),
        ("standing.held", held),
        ("standing.exempt", totals[VerdictKind.EXEMPT] - held),
    )
    parts += [texts.say(key, count=f"{count:,}") for key, count in counted if count]
    return texts.say("standing.sentence", parts=texts.say("standing.between").join(parts))


def _with_whom(stale: Sequence[Verdict], texts: Texts) -> str:
    teams = Counter(verdict.group or verdict.team for verdict in stale)
    ((first, count), *others) = teams.most_common()
    if not others:
        key = {1: "standing.only", 2: "standing.both"}.get(count, "standing.all")
        return texts.say(key, team=first)
    if len(teams) > _NAMED_TEAMS:
        return texts.say("standing.teams", count=f"{len(teams):,}")
    return texts.join(
        [texts.say("standing.some", count=f"{count:,}", team=team) for team, count in teams.most_common()]
    )


def _nothing(judged: Judged, texts: Texts) -> str:
    return texts.say("standing.nothing", first=judged.period.first.isoformat(), last=judged.period.last.isoformat())


def age(verdict: Verdict) -> int | None:
    """Days from a person's last update to the judged day, both of the team's zone; None where none is known."""
    last = verdict.last_human_update
    zone = ZoneInfo(verdict.zone) if verdict.zone else UTC
    return None if last is None else max((verdict.day - last.astimezone(zone).date()).days, 0)


def ages(standing: Sequence[Verdict]) -> dict[tuple[int, int | None], int]:
    """How many tickets are in each bucket; every bucket is present."""
    known = [days for verdict in standing if (days := age(verdict)) is not None]
    return {
        (first, last): sum(first <= days and (last is None or days <= last) for days in known)
        for first, last in BUCKETS
    }


def oldest(standing: Sequence[Verdict]) -> list[Verdict]:
    """The tickets that have waited longest for a person, those that nobody ever updated first."""
    waiting = [verdict for verdict in standing if verdict.kind is not VerdictKind.FRESH]
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(waiting, key=lambda each: (each.last_human_update or never, each.key))[:OLDEST]


def _oldest(standing: Sequence[Verdict], texts: Texts) -> Section | None:
    found = oldest(standing)
    if not found:
        return None
    rows = tuple(
        Row(
            (
                ticket_link(verdict),
                verdict.group or verdict.team,
                texts.say(f"verdict.{verdict.kind.value}"),
                "" if (days := age(verdict)) is None else f"{days:,}",
                on_the_wall(verdict.last_human_update, verdict.zone, texts),
            ),
            MARKS[verdict.kind],
        )
        for verdict in found
    )
    headings = tuple(texts.say(f"column.{name}") for name in ("ticket", "team", "verdict", "age", "last"))
    title = texts.say("standing.oldest", count=f"{len(found):,}")
    return Section(title, (Table(headings, rows, numbers=frozenset({3})),))


def _ages(standing: Sequence[Verdict], texts: Texts) -> Section | None:
    if not standing:
        return None
    rows = [Row((_bucket(first, last, texts), f"{count:,}")) for (first, last), count in ages(standing).items()]
    never = sum(verdict.last_human_update is None for verdict in standing)
    rows.append(Row((texts.say("never"), f"{never:,}")))
    headings = (texts.say("column.age"), texts.say("column.tickets"))
    return Section(texts.say("standing.ages"), (Table(headings, tuple(rows), numbers=frozenset({1})),))


def _bucket(first: int, last: int | None, texts: Texts) -> str:
    if last is None:
        return texts.say("standing.beyond", last=first - 1)
    return texts.say("standing.age", first=first, last=last) if last else texts.say("standing.today")


def _histories(verdicts: Sequence[Verdict], texts: Texts) -> Section | None:
    """A row per ticket of the period: how often it was updated, and its latest days as signs, oldest first."""
    by_key: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in sorted(verdicts, key=lambda each: each.day):
        by_key[verdict.key].append(verdict)
    if not by_key:
        return None
    rows = tuple(_history(its) for its in sorted(by_key.values(), key=lambda its: (_missed(its) * -1, its[0].key)))
    names = ("ticket", "team", "judged", "verdict.fresh", "missed", "latest")
    headings = tuple(texts.say(name if "." in name else f"column.{name}") for name in names)
    table = Table(headings, rows, numbers=frozenset({2, 3, 4}))
    title = texts.count("standing.histories", len(rows))
    signs = texts.join([f"{_sign(kind)} {texts.say(f'verdict.{kind.value}')}" for kind in reversed(WORST_FIRST)])
    return Section(title, (Paragraph(texts.say("standing.signs", signs=signs)), table), folded=True)


def _sign(kind: VerdictKind) -> str:
    return MARKS[kind].value or "·"


def _history(its: Sequence[Verdict]) -> Row:
    last = its[-1]
    signs = " ".join(_sign(verdict.kind) for verdict in its[-DAYS_SHOWN:])
    fresh = sum(verdict.kind is VerdictKind.FRESH for verdict in its)
    numbers = (f"{len(its):,}", f"{fresh:,}", f"{_missed(its):,}")
    cells = (ticket_link(last), last.group or last.team, *numbers, f"{signs} {last.day.isoformat()}")
    return Row(cells, MARKS[last.kind])


def _missed(its: Sequence[Verdict]) -> int:
    return sum(verdict.kind in _STALE for verdict in its)


def _facts(judged: Judged, texts: Texts) -> Section:
    latest = judged.latest_days
    unsettled = {
        verdict.team
        for verdict in judged.verdicts
        if verdict.day.isoformat() == latest[verdict.team] and not verdict.final
    }
    days = tuple(
        (team, texts.say("period.day.open" if team in unsettled else "period.day.final", day=day))
        for team, day in sorted(latest.items())
    )
    return Section(texts.say("period.facts"), (Pairs((*period_facts(judged.deployment, judged.period, texts), *days)),))


def period_facts(deployment: str, period: Period, texts: Texts) -> tuple[tuple[str, str], ...]:
    """What every report over a period says of itself."""
    days = texts.say("period.days", first=period.first.isoformat(), last=period.last.isoformat())
    return ((texts.say("audit.fact.deployment"), deployment), (texts.say("period.fact.days"), days))

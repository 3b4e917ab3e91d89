"""Where the escalations stand, from the verdicts that the audits of a period left: told first in one sentence for a manager."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from watchkeeper.model.audit import AuditReport, compliance_of, totals_of
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.report.audit import MARKS, WORST_FIRST, ticket_link, totals_section, verdict_section
from watchkeeper.report.document import Cell, Document, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.headline import ON_HOLD, STALE, sentence
from watchkeeper.report.judged import History, Judged
from watchkeeper.report.junit import Suite
from watchkeeper.report.machine import Json, payload, verdict_json
from watchkeeper.report.period import Period
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.verdict_rows import last_update, verdict_listing
from watchkeeper.report.verdict_suites import verdict_suites

OLDEST: Final = 10
_COUNTED: Final = (VerdictKind.DUE, *STALE)
_AT_LEAST: Final = "at-least"
"""How the code of a reason ends that knows of no beginning."""
Bucket: TypeAlias = tuple[int, int | None]
NEVER: Final = "never"
"""Where a ticket is that no person is known to have updated."""
BUCKETS: Final[tuple[Bucket, ...]] = ((0, 0), (1, 5), (6, 10), (10, 30), (30, None))
"""Days since a person's last update, from and to, under the names that ServiceNow's own dashboard of incidents not updated gives them,
so that both can be compared. The first bucket that has a day counts it: the 10th is in 6 to 10, the 30th in 10 to 30."""


def standing_document(judged: Judged, lang: str = "en") -> Document:
    """The report, with pictures; what a reader may want to sort is its listing."""
    texts = texts_in(lang)
    report = AuditReport("", judged.deployment, judged.as_of, days=(), verdicts=judged.standing)
    sections = (
        totals_section(report, texts),
        _oldest(report.verdicts, texts),
        ages_section(ages(report.verdicts), _never(report.verdicts), texts) if report.verdicts else None,
        *(verdict_section(report, kind, texts) for kind in WORST_FIRST if kind is not VerdictKind.FRESH),
        _histories(judged, texts),
        _facts(judged, texts),
    )
    kinds = {verdict.kind for verdict in report.verdicts}
    return Document(
        title=texts.say("standing.title"),
        sentence=sentence(report.verdicts, texts) if report.verdicts else _nothing(judged, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=next((MARKS[kind] for kind in WORST_FIRST if kind in kinds), Mark.WARN),
        next_steps=(texts.say("audit.next.stale"),) if kinds & set(STALE) else (),
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
        judged_days={team: day.isoformat() for team, day in judged.latest_days.items()},
        totals={kind.value: count for kind, count in totals.items()},
        on_hold=sum(verdict.reason_code == ON_HOLD for verdict in standing),
        compliance=compliance_of(totals),
        ages=[{"from": first, "to": last, "count": count} for (first, last), count in ages(standing).items()],
        never_updated=_never(standing),
        oldest=[verdict.key for verdict in oldest(standing)],
        standing=[verdict.key for verdict in standing],
        verdicts=[verdict_json(verdict) for verdict in judged.verdicts],
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
    counted = Counter(next(each for each in BUCKETS if each[1] is None or days <= each[1]) for days in known)
    return {bucket: counted[bucket] for bucket in BUCKETS}


def oldest(standing: Sequence[Verdict]) -> list[Verdict]:
    """The tickets that have waited longest for a person, those first of which nobody knows how long."""
    waiting = [verdict for verdict in standing if verdict.kind is not VerdictKind.FRESH]
    return sorted(waiting, key=lambda each: (_waits_since(each), each.key))[:OLDEST]


def _waits_since(verdict: Verdict) -> datetime:
    """A ticket that nobody has updated yet may be new: it waits for as many days as its verdict counts."""
    if verdict.last_human_update is not None:
        return verdict.last_human_update
    if verdict.kind not in _COUNTED or verdict.reason_code.endswith(_AT_LEAST):
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(verdict.day, time(), UTC) - timedelta(days=verdict.working_days)


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
                last_update(verdict, texts),
            ),
            MARKS[verdict.kind],
        )
        for verdict in found
    )
    headings = tuple(texts.say(f"column.{name}") for name in ("ticket", "team", "verdict", "age", "last"))
    title = texts.say("standing.oldest", count=f"{len(found):,}")
    return Section(title, (Table(headings, rows, numbers=frozenset({3})),))


def _never(standing: Sequence[Verdict]) -> int:
    """How many tickets no update of a person is known of."""
    return sum(verdict.last_human_update is None for verdict in standing)


def ages_section(
    counts: Mapping[Bucket, int], never: int, texts: Texts, shown: Callable[[int, str], Cell] | None = None
) -> Section:
    """How many tickets are in each bucket, and of how many nobody knows. `shown`: such a number as a cell, by the name of its bucket."""
    cell = shown or (lambda count, _: f"{count:,}")
    rows = [Row((bucket_text(each, texts), cell(count, bucket_name(each)))) for each, count in counts.items()]
    rows.append(Row((texts.say("last.unknown"), cell(never, NEVER))))
    headings = (texts.say("column.age"), texts.say("column.tickets"))
    return Section(texts.say("standing.ages"), (Table(headings, tuple(rows), numbers=frozenset({1})),), anchor="ages")


def bucket_name(bucket: Bucket) -> str:
    """Such as `1-5` or `30-`."""
    first, last = bucket
    return f"{first}-{'' if last is None else last}"


def bucket_of(verdict: Verdict) -> str:
    """The name of the bucket that a ticket is in, or NEVER."""
    days = age(verdict)
    return NEVER if days is None else bucket_name(next(each for each in BUCKETS if each[1] is None or days <= each[1]))


def bucket_text(bucket: Bucket, texts: Texts) -> str:
    first, last = bucket
    if last is None:
        return texts.say("standing.beyond", last=first)
    return texts.say("standing.age", first=first, last=last) if last else texts.say("standing.today")


def _histories(judged: Judged, texts: Texts) -> Section | None:
    """A row per ticket of the period: how often it was updated, and its latest days as signs, oldest first."""
    if not judged.histories:
        return None
    names = ("ticket", "team", "judged", "verdict.fresh", "missed", "latest")
    headings = tuple(texts.say(name if "." in name else f"column.{name}") for name in names)
    table = Table(headings, tuple(_history(each) for each in judged.histories), numbers=frozenset({2, 3, 4}))
    told = len(judged.histories)
    title = texts.count("standing.histories", told)
    if told < judged.tickets:
        title = texts.say("standing.worst", count=f"{told:,}", tickets=f"{judged.tickets:,}")
    signs = texts.join([f"{_sign(kind)} {texts.say(f'verdict.{kind.value}')}" for kind in reversed(WORST_FIRST)])
    return Section(title, (Paragraph(texts.say("standing.signs", signs=signs)), table), folded=True)


def _sign(kind: VerdictKind) -> str:
    return MARKS[kind].value or "·"


def _history(its: History) -> Row:
    last = its.last
    signs = " ".join(map(_sign, its.latest))
    numbers = (f"{its.days:,}", f"{its.fresh:,}", f"{its.missed:,}")
    cells = (ticket_link(last), last.group or last.team, *numbers, f"{signs} {last.day.isoformat()}")
    return Row(cells, MARKS[last.kind])


def _facts(judged: Judged, texts: Texts) -> Section:
    days = tuple(
        (team, texts.say("period.day.open" if team in judged.unsettled else "period.day.final", day=day.isoformat()))
        for team, day in sorted(judged.latest_days.items())
    )
    return Section(texts.say("period.facts"), (Pairs((*period_facts(judged.deployment, judged.period, texts), *days)),))


def period_facts(deployment: str, period: Period, texts: Texts) -> tuple[tuple[str, str], ...]:
    """What every report over a period says of itself."""
    days = texts.say("period.days", first=period.first.isoformat(), last=period.last.isoformat())
    return ((texts.say("audit.fact.deployment"), deployment), (texts.say("period.fact.days"), days))

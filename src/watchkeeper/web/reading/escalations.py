"""Where the escalations stand, from the verdicts that the audits left: of each team's latest judged day, or of a day that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from watchkeeper.escalation.waivers import waiver_uses
from watchkeeper.model.audit import WaiverUse, totals_of
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.nudge import NudgeMode
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.nudges.deciding import climbed
from watchkeeper.report.audit import WORST_FIRST, told_of
from watchkeeper.report.board.escalations import Age, Bucket, Chosen, Escalation, Escalations
from watchkeeper.report.board.nouns import BEHIND, OWED, Names
from watchkeeper.report.board.tasks import Called, called_in
from watchkeeper.report.headline import STALE, sentence
from watchkeeper.report.standing import BUCKETS, NEVER, ages, bucket_name, bucket_of
from watchkeeper.report.texts import texts_in
from watchkeeper.report.verdict_rows import ticket_names
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.reading.plan import Plan
from watchkeeper.web.reading.reader import Reader

BACK: Final = timedelta(days=30)
MOST_SPOTS: Final = 500
"""Tickets on the axis of ages; more would be a smear."""
_WAITING: Final = frozenset({*STALE, VerdictKind.DUE, VerdictKind.UNKNOWN})
"""What is listed where no kind is chosen."""
_ENGLISH, _JAPANESE = texts_in("en"), texts_in("ja")


def read_escalations(reader: Reader) -> Escalations:
    chosen = _chosen(reader)
    last = reader.now.date() + timedelta(days=1)
    sheets = reader.store.day_sheets((last - BACK).isoformat(), last.isoformat())
    standing = _standing(reader, sheets, chosen)
    listed = sorted((each for each in standing if _is_listed(each, chosen)), key=_worst_first)
    plan = Plan(reader.mappings.catalog if reader.mappings else None, reader.now)
    known = {each.key: hours for each in standing if (hours := _hours(each, reader)) is not None}
    counted = ages(standing) if standing else {}
    teams = tuple(Called(team, plan.team_name(team)) for team in _teams(sheets, standing))
    return Escalations(
        head=reader.head(),
        chosen=chosen,
        said=_said(standing, teams),
        teams=teams,
        totals=totals_of(standing),
        count=len(listed),
        tickets=tuple(_escalation(each, known.get(each.key), reader) for each in listed[: reader.asked.most]),
        buckets=tuple(Bucket(*bucket, count) for bucket, count in counted.items()),
        never_updated=sum(each.last_human_update is None for each in standing),
        ages=tuple(_oldest(standing, known)),
        sheets=tuple(sheets),
        waivers=_waivers(reader, standing),
    )


def _chosen(reader: Reader) -> Chosen:
    """Raises NothingHere where it is no day, kind or age that there can be."""
    team, kind, day, old = (reader.asked.get(name) for name in ("team", "kind", "day", "age"))
    if old not in ("", NEVER, *map(bucket_name, BUCKETS)):
        raise NothingHere
    try:
        return Chosen(
            team,
            kind if kind in ("", BEHIND, OWED) else VerdictKind(kind).value,
            date.fromisoformat(day) if day else None,
            old,
        )
    except ValueError as error:
        raise NothingHere from error


def _standing(reader: Reader, sheets: Sequence[DaySheet], chosen: Chosen) -> list[Verdict]:
    """Of each team's latest judged day, or the chosen one; a ticket that went to another team meanwhile counts once, with the latter."""
    days = {sheet.team: sheet.day for sheet in sheets}
    latest: dict[str, Verdict] = {}
    for day in sorted(set(days.values())) if chosen.day is None else (chosen.day,):
        for verdict in reader.store.verdicts(day.isoformat(), day.isoformat()):
            if chosen.day is not None or days.get(verdict.team) == day:
                latest[verdict.key] = verdict
    return [each for each in latest.values() if not chosen.team or each.team == chosen.team]


def _teams(sheets: Sequence[DaySheet], standing: Sequence[Verdict]) -> list[str]:
    return sorted({*(each.team for each in sheets), *(each.team for each in standing)})


def _is_listed(verdict: Verdict, chosen: Chosen) -> bool:
    if chosen.age and bucket_of(verdict) != chosen.age:
        return False
    if chosen.kind == BEHIND:
        return verdict.kind in STALE
    if chosen.kind == OWED:
        return verdict.kind is not VerdictKind.EXEMPT
    if chosen.kind:
        return verdict.kind.value == chosen.kind
    return chosen.day is not None or bool(chosen.age) or verdict.kind in _WAITING


def _worst_first(verdict: Verdict) -> tuple[int, int, str]:
    return WORST_FIRST.index(verdict.kind), -verdict.working_days, verdict.key


def _hours(verdict: Verdict, reader: Reader) -> int | None:
    last = verdict.last_human_update
    if last is None:
        return None
    return max(0, int((reader.now - last).total_seconds() // 3600))


def _said(standing: Sequence[Verdict], teams: Sequence[Called]) -> Names:
    if not standing:
        return Names()
    return Names(*(sentence(standing, texts, called_in(texts.language, teams)) for texts in (_ENGLISH, _JAPANESE)))


def _escalation(verdict: Verdict, hours: int | None, reader: Reader) -> Escalation:
    return Escalation(
        key=verdict.key,
        number=ticket_names(verdict),
        url=reader.page_of(verdict.refs[0], verdict.urls[0]) if verdict.urls else "",
        title=verdict.title,
        team=verdict.team,
        group=verdict.group,
        severity=verdict.severity,
        assignee=verdict.assignee,
        day=verdict.day,
        kind=verdict.kind,
        final=verdict.final,
        last_human_update=verdict.last_human_update,
        zone=verdict.zone,
        age_hours=hours,
        working_days=verdict.working_days,
        rung=_rung(verdict, reader),
        why=Names(told_of(verdict, _ENGLISH), told_of(verdict, _JAPANESE)),
    )


def _rung(verdict: Verdict, reader: Reader) -> int:
    """Whom the rules have told of a ticket that is late by now; 0 where they tell nobody."""
    policy = reader.mappings.nudges if reader.mappings else None
    if policy is None or policy.mode is not NudgeMode.SEND or verdict.kind not in STALE:
        return 0
    return climbed(verdict, policy.ladder)


def _oldest(standing: Iterable[Verdict], known: Mapping[str, int]) -> list[Age]:
    found = [each for each in standing if each.key in known]
    found.sort(key=lambda each: (-known[each.key], each.key))
    return [Age(each.severity, ticket_names(each), known[each.key], each.kind) for each in found[:MOST_SPOTS]]


def _waivers(reader: Reader, standing: Sequence[Verdict]) -> tuple[WaiverUse, ...]:
    return waiver_uses(reader.mappings.catalog.waivers, standing, reader.now.date()) if reader.mappings else ()

"""The board's page on escalations: who updates them, how old the rest is, which tickets wait for a person, and what is waived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from watchkeeper.model.audit import WaiverUse, compliance_of
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.ticket import Severity
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.audit import MARKS, TONES, WORST_FIRST
from watchkeeper.report.audit_waivers import waivers_section
from watchkeeper.report.board.duties import team_text, ticket_cell
from watchkeeper.report.board.leads import filtered, key_lead, number
from watchkeeper.report.board.nouns import BEHIND, ESCALATIONS, OWED, Head, Names
from watchkeeper.report.board.tasks import Called, called_in
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.compliance import AIM, trend_section
from watchkeeper.report.document import (
    Cell,
    Document,
    Grid,
    GridRow,
    Lead,
    Mark,
    Paragraph,
    Row,
    Section,
    Spot,
    Square,
    Strip,
    StripRow,
    Table,
    Tone,
)
from watchkeeper.report.headline import STALE
from watchkeeper.report.standing import BUCKETS, ages_section, bucket_name, bucket_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import on_the_wall, whole_percent

LOW: Final = 0.8
"""A share below which a field of the heat map is as bad as it gets."""
_TICKS: Final = ((0, "0"), (8, "8"), (24, "24"), (72, "72"), (168, "168"), (720, "720"))
"""Hours, in steps that people think in: a shift, a day, three, a week, a month."""
_DAY: Final = 24.0
_SEVERITIES: Final = ("high", "medium", "low", "informational")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the page is asked for; empty where nothing is. `kind`: a verdict, BEHIND or OWED; `age`: the name of a bucket of days
    (watchkeeper.report.standing)."""

    team: str = ""
    kind: str = ""
    day: date | None = None
    age: str = ""


@dataclass(frozen=True, slots=True)
class Escalation:
    """A ticket on the day that it was judged for. `age_hours`: since a person last updated it, None where no update is known. `rung`: how
    far the reminders' ladder goes for it: 1 the assignee, 2 the lead, 3 the manager, 0 where nobody is reminded. `group`: its assignment
    group where no team of the catalogue has it. `why`: what it is about and why it is judged so."""

    key: str
    number: str
    url: str
    title: str
    team: str
    group: str
    severity: str
    assignee: str
    day: date
    kind: VerdictKind
    final: bool
    last_human_update: datetime | None
    zone: str
    age_hours: int | None
    working_days: int
    rung: int
    why: Names


@dataclass(frozen=True, slots=True)
class Age:
    """One ticket on the axis of ages."""

    severity: str
    number: str
    hours: int
    kind: VerdictKind


@dataclass(frozen=True, slots=True)
class Bucket:
    """Days since a person's last update, from and to (None: and more), and how many tickets are there."""

    first: int
    last: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Escalations:
    """`said`: all of it in one sentence, empty where nothing was judged. `totals` and what follows are of each team's latest judged day
    (or of the day that was chosen); `tickets` those of the chosen kind, the worst first, cut, of `count`. `ages` has the oldest where
    there are very many. `sheets` are the counted days of the last weeks."""

    head: Head
    chosen: Chosen
    said: Names
    teams: tuple[Called, ...]
    totals: Mapping[VerdictKind, int]
    count: int
    tickets: tuple[Escalation, ...]
    buckets: tuple[Bucket, ...]
    never_updated: int
    ages: tuple[Age, ...]
    sheets: tuple[DaySheet, ...]
    waivers: tuple[WaiverUse, ...]


def escalations_document(found: Escalations, lang: str = "en") -> Document:
    texts = texts_in(lang)
    sections = (
        _totals(found, texts),
        _heat(found, texts),
        _trend(found, texts),
        _ages(found, texts),
        _tickets(found, texts),
        waivers_section(found.waivers, texts),
    )
    kinds = {kind for kind, count in found.totals.items() if count}
    return Document(
        title=texts.say("board.escalations", deployment=found.head.deployment),
        sentence=found.said.in_language(lang, texts.say("board.escalations.nothing")),
        sections=tuple(section for section in sections if section is not None),
        mark=next((MARKS[kind] for kind in WORST_FIRST if kind in kinds), Mark.WARN),
        next_steps=(texts.say("audit.next.stale"),) if kinds & set(STALE) else (),
        next_title=texts.say("next.title"),
    )


def _address(chosen: Chosen, **other: str) -> str:
    """The page with another choice, at its list of tickets."""
    day = chosen.day.isoformat() if chosen.day else ""
    asked = {"team": chosen.team, "kind": chosen.kind, "day": day, "age": chosen.age, **other}
    return f"{filtered(ESCALATIONS, **asked)}#tickets"


def _totals(found: Escalations, texts: Texts) -> Section | None:
    """How many tickets got which verdict; each number leads to them."""
    if not any(found.totals.values()):
        return None
    rows = tuple(
        Row(
            (
                texts.say(f"verdict.{kind.value}"),
                number(found.totals[kind], _address(found.chosen, kind=kind.value, age="")),
            ),
            MARKS[kind] if found.totals[kind] else Mark.NONE,
        )
        for kind in WORST_FIRST
    )
    headings = (texts.say("column.verdict"), texts.say("column.tickets"))
    day = found.chosen.day
    title = texts.say("board.escalations.day", day=day.isoformat()) if day else texts.say("board.escalations.totals")
    return Section(title, (Table(headings, rows, frozenset({1})),), anchor="totals")


# --- team by day ---


def _heat(found: Escalations, texts: Texts) -> Section | None:
    if not found.sheets:
        return None
    days = sorted({sheet.day for sheet in found.sheets})
    sheets = {(sheet.team, sheet.day): sheet for sheet in found.sheets}
    names = called_in(texts.language, found.teams)
    rows = tuple(
        GridRow((name,), tuple(_square(sheets.get((team, day)), name, texts) for day in days))
        for team in sorted({sheet.team for sheet in found.sheets})
        for name in (names.get(team, team),)
    )
    grid = Grid(
        texts.say("board.escalations.heat"),
        (texts.say("column.team"),),
        tuple(f"{day:%m-%d}" for day in days),
        rows,
        tuple((texts.say(f"board.escalations.tone.{tone.value}"), tone) for tone in Tone),
    )
    return Section(texts.say("board.escalations.by_day"), (grid,), anchor="days")


def _square(sheet: DaySheet | None, team: str, texts: Texts) -> Square | None:
    if sheet is None:
        return None
    share = compliance_of(sheet.totals)
    said = texts.say(
        "board.escalations.square",
        team=team,
        day=sheet.day.isoformat(),
        fresh=f"{sheet.fresh:,}",
        duties=f"{sheet.duties:,}",
    )
    link = Lead(said, _address(Chosen(sheet.team, "", sheet.day)))
    return Square(_tone(sheet, share), said, "" if share is None else str(whole_percent(share)), link)


def _tone(sheet: DaySheet, share: float | None) -> Tone:
    if share is None:
        return Tone.EXEMPT
    if not sheet.over:
        return Tone.OPEN
    if sheet.totals[VerdictKind.UNKNOWN] and not sheet.stale:
        return Tone.UNKNOWN
    return Tone.GOOD if share >= AIM else Tone.BAD if share >= LOW else Tone.WORST


def _trend(found: Escalations, texts: Texts) -> Section | None:
    team = found.chosen.team
    return trend_section([sheet for sheet in found.sheets if not team or sheet.team == team], texts)


# --- how long they wait ---


def _ages(found: Escalations, texts: Texts) -> Section | None:
    if not found.buckets:
        return None
    counts = {(each.first, each.last): each.count for each in found.buckets}
    table = ages_section(
        counts,
        found.never_updated,
        texts,
        lambda count, name: number(count, _address(found.chosen, kind="", age=name)),
    )
    return Section(table.title, (*_strip(found, texts), *table.blocks), anchor="ages")


def _strip(found: Escalations, texts: Texts) -> tuple[Strip, ...]:
    if not found.ages:
        return ()
    named = [*_SEVERITIES, *sorted({each.severity for each in found.ages} - set(_SEVERITIES))]
    rows = tuple(
        StripRow(_severity(severity, texts), tuple(_spot(each, texts) for each in its))
        for severity in named
        if (its := [each for each in found.ages if each.severity == severity])
    )
    legend = tuple((texts.say(f"verdict.{kind.value}"), TONES[kind]) for kind in reversed(WORST_FIRST))
    return (
        Strip(
            texts.say("board.escalations.strip"),
            texts.say("board.escalations.hours"),
            tuple((float(at), label) for at, label in _TICKS),
            rows,
            legend,
            (_DAY, texts.say("board.escalations.a_day")),
        ),
    )


def _spot(age: Age, texts: Texts) -> Spot:
    said = texts.say("board.escalations.spot", number=age.number, hours=f"{age.hours:,}")
    return Spot(float(age.hours), said, TONES[age.kind])


def _severity(severity: str, texts: Texts) -> str:
    return texts.say(f"severity.{severity}") if severity in set(Severity) else severity


# --- which wait ---


def _tickets(found: Escalations, texts: Texts) -> Section:
    title = _title(found, texts)
    if not found.tickets:
        return Section(title, (Paragraph(texts.say("board.escalations.none")),), anchor="tickets")
    names = ("ticket", "team", "severity", "verdict", "age_hours", "last", "assignee", "told", "key")
    headings = tuple(texts.say(f"board.column.{name}" if name in _OWN else f"column.{name}") for name in names)
    called = {each.id: each.name for each in found.teams}
    rows = tuple(_ticket(each, called.get(each.team, Names()), texts) for each in found.tickets)
    table = Table(headings, rows, frozenset({4}), texts.say("column.reason"))
    return Section(title, cut_blocks((table,), found.count, len(rows), texts), anchor="tickets")


def kind_text(kind: str, texts: Texts) -> str:
    return texts.say(f"board.escalations.{kind}" if kind in (BEHIND, OWED) else f"verdict.{kind}")


def age_text(name: str, texts: Texts) -> str:
    """A bucket of days in words."""
    buckets = {bucket_name(each): bucket_text(each, texts) for each in BUCKETS}
    return buckets.get(name, texts.say("last.unknown"))


def _title(found: Escalations, texts: Texts) -> str:
    chosen, count = found.chosen, f"{found.count:,}"
    if chosen.kind:
        return texts.say("board.escalations.of", kind=kind_text(chosen.kind, texts), count=count)
    if chosen.age:
        return texts.say("board.escalations.aged", age=age_text(chosen.age, texts), count=count)
    if chosen.day:
        return texts.say("board.escalations.on", day=chosen.day.isoformat(), count=count)
    return texts.say("board.escalations.waiting", count=count)


_OWN: Final = frozenset({"age_hours", "told", "key"})


def _ticket(each: Escalation, name: Names, texts: Texts) -> Row:
    last = each.last_human_update
    cells: tuple[Cell, ...] = (
        ticket_cell(each.number, each.url),
        each.group or team_text(each.team, name, texts),
        _severity(each.severity, texts),
        texts.say(f"verdict.{each.kind.value}"),
        "" if each.age_hours is None else f"{each.age_hours:,}",
        texts.say("last.unknown") if last is None else on_the_wall(last, each.zone, texts),
        each.assignee,
        texts.say(f"board.escalations.rung.{each.rung}"),
        key_lead(each.key),
    )
    return Row(cells, MARKS[each.kind], each.why.in_language(texts.language, ""))

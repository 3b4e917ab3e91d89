"""A period for whoever oversees the SOC, as a document: counts, what needs a look, and where to read on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.report.compliance import AIM
from watchkeeper.report.document import (
    Cell,
    Document,
    Later,
    Link,
    Mark,
    Pairs,
    Paragraph,
    Row,
    Section,
    Table,
)
from watchkeeper.report.figures import NOTHING
from watchkeeper.report.oversight import Duty, Gap, Lack, Oversight, counted
from watchkeeper.report.oversight_compliance import compliance_section
from watchkeeper.report.oversight_counts import MARKS, PARTS, tasks_section, teams_section
from watchkeeper.report.oversight_evidence import NOWHERE, Onward
from watchkeeper.report.oversight_exercises import exercises_section
from watchkeeper.report.oversight_packs import packs_section
from watchkeeper.report.oversight_round import round_section
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.remediation_document import remediation_summary
from watchkeeper.report.secure_score_document import score_summary
from watchkeeper.report.standing import period_facts
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment

MOST: Final = 10
"""Rows of a list; the spreadsheet has every duty."""
_TROUBLES: Final = (DutyEnd.MISSED, DutyEnd.NOT_OPENED, DutyEnd.GONE, DutyEnd.OVERDUE, DutyEnd.LATE)


_TOLD: Final = frozenset({DutyEnd.MISSED, DutyEnd.LATE})


def oversight_document(oversight: Oversight, lang: str = "en", onward: Onward = NOWHERE) -> Document:
    texts = texts_in(lang)
    sections = (
        tasks_section(oversight, texts),
        teams_section(oversight, texts),
        _bare(oversight, texts),
        _missing(oversight, texts),
        _troubles(oversight, texts),
        compliance_section(oversight.compliance, texts),
        packs_section(oversight, texts, onward),
        exercises_section(oversight, texts, onward),
        round_section(oversight, texts, onward),
        _evidence(oversight, texts),
        _facts(oversight, texts),
    )
    return Document(
        title=texts.say("oversight.title"),
        sentence=_sentence(oversight, texts),
        sections=tuple(each for each in sections if each is not None),
        mark=_mark(oversight),
        next_steps=tuple(_next_steps(oversight, texts)),
        next_title=texts.say("next.title"),
        listing=Later(lambda: _listing(oversight, texts)),
    )


def end_words(duty: Duty, texts: Texts) -> str:
    """How a duty stands, and without which evidence it was closed."""
    said = texts.say(f"oversight.end.{duty.end.value}")
    return texts.say("oversight.lacks", said=said, gaps=lacking(duty, texts)) if duty.gaps else said


def lacking(duty: Duty, texts: Texts) -> str:
    return texts.join([gap_text(each, texts) for each in duty.gaps])


def gap_text(gap: Gap, texts: Texts) -> str:
    return texts.say(f"oversight.lack.{gap.lack.value}", subject=gap.subject)


def _mark(oversight: Oversight) -> Mark:
    if not oversight.duties:
        return Mark.WARN
    counts = counted(oversight.duties)
    if oversight.bare or any(counts[each] for each in _TROUBLES if MARKS[each] is Mark.BAD):
        return Mark.BAD
    share = oversight.compliance.total.share
    return Mark.WARN if counts[DutyEnd.LATE] or (share is not None and share < AIM) else Mark.GOOD


def _sentence(oversight: Oversight, texts: Texts) -> str:
    period = oversight.period
    days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    if not oversight.duties:
        return texts.say("oversight.nothing", **days)
    counts = counted(oversight.duties)
    parts = [
        texts.count(f"oversight.count.{name}", count)
        for name, _, ends in PARTS
        if (count := sum(counts[each] for each in ends))
    ]
    said = texts.count("oversight.due", len(oversight.duties), parts=texts.join(parts), **days)
    if oversight.bare:
        return texts.count("oversight.bare", len(oversight.bare), said=said)
    return texts.say("oversight.sentence", said=said)


def _next_steps(oversight: Oversight, texts: Texts) -> Iterator[str]:
    counts = counted(oversight.duties)
    if oversight.bare:
        yield texts.say("oversight.next.bare")
    if counts[DutyEnd.OVERDUE]:
        yield texts.say("oversight.next.overdue")
    if not oversight.collected:
        yield texts.say("oversight.next.collect")


def _bare(oversight: Oversight, texts: Texts) -> Section | None:
    if not oversight.bare:
        return None
    title = texts.count("oversight.bare.title", len(oversight.bare))
    if not oversight.collected:
        return Section(title, (Paragraph(texts.say("oversight.uncollected"), Mark.BAD),), anchor="bare")
    rows = tuple(
        Row(
            (
                _ticket(each),
                each.task,
                moment(each.record.closed_at, texts),
                lacking(each, texts),
            ),
            Mark.BAD,
        )
        for each in oversight.bare[:MOST]
    )
    table = _table(("ticket", "task", "closed", "lacks"), rows, (), texts)
    return Section(
        title, (Paragraph(texts.say("oversight.bare.note")), table, *_more(len(oversight.bare), texts)), anchor="bare"
    )


def _missing(oversight: Oversight, texts: Texts) -> Section | None:
    """Each reason once, with how many tickets were closed without the evidence because of it."""
    reasons = Counter(gap for each in oversight.bare for gap in each.gaps if gap.lack is not Lack.NOT_GATHERED)
    if not reasons:
        return None
    ordered = sorted(reasons.items(), key=lambda each: (-each[1], each[0].subject, each[0].why))
    rows = tuple(
        Row((gap.subject, texts.say(f"oversight.why.{gap.lack.value}"), gap.why or NOTHING, f"{count:,}"))
        for gap, count in ordered[:MOST]
    )
    table = _table(("subject", "lack", "why", "tickets"), rows, (3,), texts)
    return Section(texts.say("oversight.missing"), (table, *_more(len(ordered), texts)), anchor="missing")


def _troubles(oversight: Oversight, texts: Texts) -> Section | None:
    found = oversight.having(*_TROUBLES)
    if not found:
        return None
    rows = tuple(
        Row(
            (
                _ticket(each),
                each.task,
                each.record.decided.occurrence.local_due.strftime("%Y-%m-%d %H:%M %Z"),
                _how(each, texts),
            ),
            MARKS[each.end],
        )
        for each in found[:MOST]
    )
    table = _table(("ticket", "task", "due_at", "end"), rows, (), texts)
    title = texts.count("oversight.troubles", len(found))
    return Section(title, (table, *_more(len(found), texts)), anchor="troubles")


def _how(duty: Duty, texts: Texts) -> str:
    """How a duty stands, and since when or why where that is known."""
    said, closed = texts.say(f"oversight.end.{duty.end.value}"), duty.record.closed_at
    more = moment(closed, texts) if closed else reason_text(duty.record.decided.reason, texts)
    return texts.say("oversight.stands", said=said, more=more) if more and duty.end in _TOLD else said


def _ticket(duty: Duty) -> Cell:
    ticket = duty.record.ticket
    if ticket is None or not ticket.number:
        return duty.record.decided.occurrence.key
    return Link(ticket.number, ticket.url) if ticket.url else ticket.number


def _more(count: int, texts: Texts) -> tuple[Paragraph, ...]:
    return (Paragraph(texts.count("oversight.more", count - MOST)),) if count > MOST else ()


def _evidence(oversight: Oversight, texts: Texts) -> Section:
    """Two other reports in a sentence each, which are never added up."""
    told = (
        ("score.title", score_summary(oversight.score, texts), "watchkeeper report secure-score"),
        ("remediation.title", remediation_summary(oversight.remediation, texts), "watchkeeper report remediation"),
    )
    parts = tuple(
        Section(texts.say(title), (summary, Paragraph(texts.say("oversight.read", command=command))))
        for title, summary, command in told
    )
    return Section(texts.say("oversight.evidence"), sections=parts, anchor="evidence")


def _facts(oversight: Oversight, texts: Texts) -> Section:
    rows = (
        *period_facts(oversight.deployment, oversight.period, texts),
        (texts.say("oversight.fact.as_of"), moment(oversight.as_of, texts)),
        (texts.say("oversight.fact.late"), texts.say("oversight.late")),
    )
    return Section(texts.say("period.facts"), (Pairs(rows),))


def _listing(oversight: Oversight, texts: Texts) -> Table:
    names = ("key", "task", "team", "due_at", "end", "ticket", "url", "closed", "lacks")
    rows = tuple(
        Row(
            (
                each.record.decided.occurrence.key,
                each.task,
                each.record.decided.occurrence.team,
                moment(each.record.decided.occurrence.due, texts),
                texts.say(f"oversight.end.{each.end.value}"),
                each.record.ticket.number if each.record.ticket else "",
                each.record.ticket.url if each.record.ticket else "",
                moment(each.record.closed_at, texts) if each.record.closed_at else "",
                lacking(each, texts),
            )
        )
        for each in oversight.duties
    )
    return _table(names, rows, (), texts)


def _table(names: Sequence[str], rows: tuple[Row, ...], numbers: Sequence[int], texts: Texts) -> Table:
    return Table(tuple(texts.say(f"oversight.column.{name}") for name in names), rows, numbers=frozenset(numbers))

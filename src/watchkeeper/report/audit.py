"""The escalation audit as people read it: how many, then the worst tickets first, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from watchkeeper.model.audit import AuditReport, AuthorCount, TeamDay
from watchkeeper.model.verdict import AuthorClass, Verdict, VerdictKind
from watchkeeper.report.audit_waivers import waivers_section
from watchkeeper.report.document import (
    Bar,
    Block,
    Bullets,
    Cell,
    Document,
    Link,
    Mark,
    Pairs,
    Paragraph,
    Row,
    Section,
    Shares,
    Table,
    Tone,
)
from watchkeeper.report.headline import sentence
from watchkeeper.report.nudges import nudge_section
from watchkeeper.report.reasons import problem_text, reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment, percent, shortened, yes_no
from watchkeeper.report.verdict_rows import (
    author_basis,
    author_name,
    flag_names,
    last_update,
    reason_of,
    severity_text,
    ticket_names,
    verdict_listing,
)

WORST_FIRST = (
    VerdictKind.VERY_STALE,
    VerdictKind.STALE,
    VerdictKind.UNKNOWN,
    VerdictKind.DUE,
    VerdictKind.EXEMPT,
    VerdictKind.FRESH,
)

MARKS: Mapping[VerdictKind, Mark] = MappingProxyType(
    {
        VerdictKind.VERY_STALE: Mark.BAD,
        VerdictKind.STALE: Mark.BAD,
        VerdictKind.UNKNOWN: Mark.WARN,
        VerdictKind.DUE: Mark.OPEN,
        VerdictKind.EXEMPT: Mark.NONE,
        VerdictKind.FRESH: Mark.GOOD,
    }
)

TONES: Mapping[VerdictKind, Tone] = MappingProxyType(
    {
        VerdictKind.VERY_STALE: Tone.WORST,
        VerdictKind.STALE: Tone.BAD,
        VerdictKind.UNKNOWN: Tone.UNKNOWN,
        VerdictKind.DUE: Tone.OPEN,
        VerdictKind.EXEMPT: Tone.EXEMPT,
        VerdictKind.FRESH: Tone.GOOD,
    }
)


def audit_document(report: AuditReport, lang: str = "en") -> Document:
    """The report of an audit; `report.problems` and unreadable systems are said, never hidden."""
    texts = texts_in(lang)
    sections = (
        _notes(report, texts),
        totals_section(report, texts),
        *(verdict_section(report, kind, texts) for kind in WORST_FIRST),
        _rejudged(report, texts),
        waivers_section(report.waivers, texts),
        nudge_section(report.nudges, texts),
        _authors("audit.unclassified", report.unclassified, texts),
        _unreadable(report, texts),
        _problems(report, texts),
        _sides(report, texts),
        _days(report.days, texts),
        _exclusions(report.exclusions, texts),
        _facts(report, texts),
    )
    return Document(
        title=texts.say("audit.title"),
        sentence=_sentence(report, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=_mark(report),
        next_steps=_next_steps(report, texts),
        next_title=texts.say("next.title"),
        listing=verdict_listing(report.verdicts, texts),
    )


def authors_document(report: AuditReport, lang: str = "en") -> Document:
    """Everybody who wrote to audited tickets, for a person to confirm."""
    texts = texts_in(lang)
    ordered = sorted(report.authors, key=lambda each: (each.author_class.value, -each.activities, each.actor.id))
    section = _authors("audit.authors", ordered, texts)
    return Document(
        title=texts.say("audit.title"),
        sentence=texts.say("audit.authors", count=f"{len(ordered):,}"),
        sections=(section,) if section else (),
        mark=Mark.WARN if report.unclassified else Mark.GOOD,
        next_steps=(texts.say("audit.next.authors"),) if report.unclassified else (),
        next_title=texts.say("next.title"),
        listing=_author_table(ordered, texts),
    )


def _mark(report: AuditReport) -> Mark:
    worst = next((MARKS[kind] for kind in WORST_FIRST if report.totals[kind]), Mark.GOOD)
    return Mark.WARN if worst in (Mark.NONE, Mark.GOOD) and (report.problems or not _all_read(report)) else worst


def _all_read(report: AuditReport) -> bool:
    return not report.unreadable and all(side.readable for side in report.sides)


def _sentence(report: AuditReport, texts: Texts) -> str:
    at = moment(report.as_of, texts)
    if not report.verdicts:
        return texts.say("audit.sentence.none" if _all_read(report) else "audit.sentence.dark", at=at)
    if report.compliance is None:
        counted = [
            texts.say(f"audit.kind.{kind.value}", count=f"{report.totals[kind]:,}")
            for kind in WORST_FIRST
            if report.totals[kind]
        ]
        return texts.say("audit.sentence.exempt", at=at, parts=texts.join(counted))
    return texts.say(
        "audit.sentence", sentence=sentence(report.verdicts, texts), at=at, percent=percent(report.compliance)
    )


def totals_section(report: AuditReport, texts: Texts) -> Section | None:
    """One row per team (and per group that no team has), and their sum."""
    if not report.verdicts:
        return None
    headings = (
        texts.say("column.team"),
        *(texts.say(f"verdict.{kind.value}") for kind in WORST_FIRST),
        texts.say("column.total"),
    )
    rows = [_total_row(_row_name(team, group, texts), counts) for (team, group), counts in report.totals_by_row.items()]
    rows.append(_total_row(texts.say("audit.all"), report.totals))
    table = Table(headings, tuple(rows), numbers=frozenset(range(1, len(headings))))
    parts = tuple((texts.say(f"verdict.{kind.value}"), TONES[kind]) for kind in reversed(WORST_FIRST))
    bars = tuple(
        Bar(_row_name(team, group, texts), tuple(counts[kind] for kind in reversed(WORST_FIRST)))
        for (team, group), counts in report.totals_by_row.items()
    )
    return Section(texts.say("audit.totals"), (Shares(texts.say("audit.chart"), parts, bars), table))


def _row_name(team: str, group: str, texts: Texts) -> str:
    return texts.say("audit.group", team=team, group=group) if group else team


def _total_row(name: str, counts: Mapping[VerdictKind, int]) -> Row:
    return Row((name, *(f"{counts[kind]:,}" for kind in WORST_FIRST), f"{sum(counts.values()):,}"))


def verdict_section(report: AuditReport, kind: VerdictKind, texts: Texts) -> Section | None:
    found = [verdict for verdict in report.verdicts if verdict.kind is kind]
    if not found:
        return None
    names = ("ticket", "team", "severity", "assignee", "days", "last")
    ordered = sorted(found, key=lambda each: (-each.working_days, each.team, each.numbers, each.key))
    rows = tuple(_verdict_row(verdict, texts) for verdict in ordered)
    headings = tuple(texts.say(f"column.{name}") for name in names)
    table = Table(headings, rows, numbers=frozenset({4}), note_heading=texts.say("column.reason"))
    title = texts.say("audit.verdicts", verdict=texts.say(f"verdict.{kind.value}"), count=f"{len(found):,}")
    return Section(title, (table,), mark=MARKS[kind])


def _verdict_row(verdict: Verdict, texts: Texts) -> Row:
    cells: tuple[Cell, ...] = (
        ticket_link(verdict),
        verdict.group or verdict.team,
        severity_text(verdict, texts),
        verdict.assignee,
        f"{verdict.working_days:,}",
        last_update(verdict, texts),
    )
    return Row(cells, MARKS[verdict.kind], told_of(verdict, texts))


def ticket_link(verdict: Verdict) -> Link:
    return Link(ticket_names(verdict), verdict.urls[0] if verdict.urls else "")


def told_of(verdict: Verdict, texts: Texts) -> str:
    """What the ticket is about, why it is judged so, and what else a person should look at."""
    reason = reason_of(verdict, texts)
    if verdict.title:
        reason = texts.say("audit.titled", title=shortened(verdict.title, texts), reason=reason)
    # Where no side can tell, the reason itself says why not.
    for side, why in verdict.unread if verdict.reason_code != "sides-cannot-tell" else ():
        said = shortened(reason_text(why, texts), texts)
        reason = texts.say("audit.unread", reason=reason, side=texts.side(side), why=said)
    if not verdict.flags:
        return reason
    return texts.say("audit.flags", reason=reason, flags=texts.join(flag_names(verdict, texts)))


def _rejudged(report: AuditReport, texts: Texts) -> Section | None:
    if not report.rejudged:
        return None
    names = ("ticket", "day", "stored", "recomputed", "reason")
    rows = tuple(
        Row(
            (
                ticket_link(pair.stored),
                pair.stored.day.isoformat(),
                texts.say(f"verdict.{pair.stored.kind.value}"),
                texts.say(f"verdict.{pair.recomputed.kind.value}"),
                reason_of(pair.recomputed, texts),
            ),
            Mark.WARN,
        )
        for pair in report.rejudged
    )
    table = Table(tuple(texts.say(f"column.{name}") for name in names), rows)
    return Section(texts.say("audit.rejudged", count=f"{len(rows):,}"), (table,))


def _authors(title: str, authors: Sequence[AuthorCount], texts: Texts) -> Section | None:
    if not authors:
        return None
    return Section(texts.say(title, count=f"{len(authors):,}"), (_author_table(authors, texts),))


def _author_table(authors: Sequence[AuthorCount], texts: Texts) -> Table:
    names = ("author", "side", "class", "reason", "confirmed", "count")
    rows = tuple(
        Row(
            (
                author_name(author),
                texts.side(author.actor.side),
                texts.say(f"author.{author.author_class.value}"),
                author_basis(author, texts),
                yes_no(author.confirmed, texts),
                f"{author.activities:,}",
            ),
            Mark.WARN if author.author_class is AuthorClass.UNCLASSIFIED else Mark.NONE,
        )
        for author in authors
    )
    return Table(tuple(texts.say(f"column.{name}") for name in names), rows, numbers=frozenset({5}))


def _unreadable(report: AuditReport, texts: Texts) -> Section | None:
    if not report.unreadable:
        return None
    rows = tuple(
        Row((texts.side(row.ref.side), row.ref.id, reason_text(row.reason, texts)), Mark.WARN)
        for row in report.unreadable
    )
    headings = tuple(texts.say(f"column.{name}") for name in ("side", "record", "reason"))
    return Section(texts.say("audit.unreadable", count=f"{len(rows):,}"), (Table(headings, rows),))


def _notes(report: AuditReport, texts: Texts) -> Section | None:
    if not report.notes:
        return None
    lines = tuple(Paragraph(reason_text(note, texts), Mark.WARN) for note in report.notes)
    return Section(texts.say("notes.title"), lines)


def _problems(report: AuditReport, texts: Texts) -> Section | None:
    lines = dict.fromkeys((*report.reasons, *report.problems))
    if not lines:
        return None
    items: tuple[Block, ...] = (
        Bullets(tuple(Paragraph(shortened(problem_text(line, texts), texts), Mark.WARN) for line in lines)),
    )
    return Section(texts.say("audit.problems", count=f"{len(lines):,}"), items)


def _sides(report: AuditReport, texts: Texts) -> Section | None:
    if not report.sides:
        return None
    rows = tuple(
        Row(
            (
                texts.side(side.side),
                yes_no(side.listed, texts),
                yes_no(side.told, texts),
                texts.say("audit.comments", read=f"{side.comments_read:,}", left=f"{side.comments_left:,}"),
                texts.join([reason_text(reason, texts) for reason in side.reasons]),
            ),
            Mark.NONE if side.readable else Mark.WARN,
        )
        for side in report.sides
    )
    headings = tuple(texts.say(f"column.{name}") for name in ("side", "listed", "told", "single", "reason"))
    return Section(texts.say("audit.sides"), (Table(headings, rows),))


def _days(days: Sequence[TeamDay], texts: Texts) -> Section | None:
    if not days:
        return None
    rows = tuple((day.team, _day(day, texts)) for day in days)
    return Section(texts.say("audit.days"), (Pairs(rows),))


def _day(day: TeamDay, texts: Texts) -> str:
    key = "audit.day.off" if not day.working else "audit.day.closed" if day.final else "audit.day.open"
    return texts.say(key, day=day.day.isoformat(), zone=day.zone)


def _exclusions(exclusions: Mapping[str, int], texts: Texts) -> Section | None:
    if not exclusions:
        return None
    rows = tuple(
        (texts.say(f"exclusion.{reason}") if texts.has(f"exclusion.{reason}") else reason, f"{count:,}")
        for reason, count in sorted(exclusions.items())
    )
    return Section(texts.say("audit.exclusions", count=f"{sum(exclusions.values()):,}"), (Pairs(rows),))


def _facts(report: AuditReport, texts: Texts) -> Section:
    facts = (("run", report.run_id), ("deployment", report.deployment), ("config", report.config_fingerprint))
    rows = tuple((texts.say(f"audit.fact.{name}"), value) for name, value in facts if value)
    return Section(texts.say("audit.facts"), (Pairs(rows),))


def _next_steps(report: AuditReport, texts: Texts) -> tuple[str, ...]:
    steps = []
    if report.totals[VerdictKind.STALE] or report.totals[VerdictKind.VERY_STALE]:
        steps.append(texts.say("audit.next.stale"))
    if report.unclassified:
        steps.append(texts.say("audit.next.authors"))
    if report.totals[VerdictKind.UNKNOWN]:
        steps.append(texts.say("audit.next.unknown"))
    return tuple(steps)

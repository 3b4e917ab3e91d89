"""What the ticket of the daily update of escalations is told: each team's verdicts."""

from __future__ import annotations

from typing import Final

from watchkeeper.evidence.escalation_day import EscalationDay, TeamCount
from watchkeeper.report.briefings.brevity import data_as_of, items_of, named, rows_of
from watchkeeper.report.document import Bar, Block, Document, Mark, Paragraph, Row, Section, Shares, Table, Tone
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import percent, yes_no

_VERDICTS: Final = (
    ("fresh", Tone.GOOD),
    ("due", Tone.OPEN),
    ("stale", Tone.BAD),
    ("exempt", Tone.EXEMPT),
    ("unknown", Tone.UNKNOWN),
)


def escalation_document(found: EscalationDay, language: str = "en") -> Document:
    """Each team's tickets by verdict, the share that was updated, and who has not been judged."""
    texts = texts_in(language)
    teams = _teams(found, texts)
    return Document(
        title=texts.say("escalation.title"),
        sentence=_sentence(found, texts),
        sections=(
            *((Section(texts.say("escalation.teams"), teams),) if teams else ()),
            *_unjudged(found, texts),
            data_as_of(found.as_of, texts),
        ),
        mark=Mark.WARN if found.unjudged and found.total.stale == 0 else _mark(found.total),
        listing=_listing(found, texts),
    )


def _sentence(found: EscalationDay, texts: Texts) -> str:
    total, day = found.total, found.day.isoformat()
    if not found.teams:
        return texts.say("escalation.nothing", day=day)
    if not total.duties:
        return texts.say("escalation.none", day=day)
    said = {"fresh": f"{total.fresh:,}", "duties": f"{total.duties:,}", "share": _share(total), "day": day}
    return texts.say("escalation.final" if total.over else "escalation.provisional", **said)


def _mark(count: TeamCount) -> Mark:
    if count.stale:
        return Mark.BAD
    if count.unknown:
        return Mark.WARN
    return Mark.GOOD if count.over else Mark.OPEN


def _teams(found: EscalationDay, texts: Texts) -> tuple[Block, ...]:
    if not found.teams:
        return ()
    parts = tuple((texts.say(f"verdict.{name}"), tone) for name, tone in _VERDICTS)
    bars = tuple(Bar(each.team, _counts(each)) for each in found.teams)
    teams = sorted(found.teams, key=_worst_first)
    chart = Shares(texts.say("escalation.chart"), parts, bars)
    return chart, *rows_of(
        _headings(texts), teams, lambda each: Row(_cells(each, texts), _mark(each)), texts, 1, 2, 3, 4, 5, 6
    )


def _worst_first(count: TeamCount) -> tuple[int, int, str]:
    return -count.stale, -count.unknown, count.team


def _counts(count: TeamCount) -> tuple[int, ...]:
    return count.fresh, count.due, count.stale, count.exempt, count.unknown


def _headings(texts: Texts) -> tuple[str, ...]:
    return (
        texts.say("briefing.column.team"),
        *(texts.say(f"verdict.{name}") for name, _ in _VERDICTS),
        texts.say("briefing.column.share"),
        texts.say("briefing.column.final"),
    )


def _cells(count: TeamCount, texts: Texts) -> tuple[str, ...]:
    final = yes_no(count.over and count.whole, texts)
    return named(count.team), *(f"{each:,}" for each in _counts(count)), _share(count), final


def _share(count: TeamCount) -> str:
    return "–" if count.share is None else percent(count.share)


def _unjudged(found: EscalationDay, texts: Texts) -> tuple[Section, ...]:
    if not found.unjudged:
        return ()
    items = items_of(found.unjudged, lambda team: Paragraph(named(team), Mark.WARN), texts)
    return (Section(texts.say("escalation.unjudged"), items),)


def _listing(found: EscalationDay, texts: Texts) -> Table:
    return Table(_headings(texts), tuple(Row(_cells(each, texts)) for each in found.teams))

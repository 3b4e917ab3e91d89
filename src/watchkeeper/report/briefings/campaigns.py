"""What the ticket of the campaigns against phishing and data loss is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from watchkeeper.evidence.campaigns import Campaigns, Classification, MonthCount, Target, Topic, classification_of
from watchkeeper.model.workspace import ClosedIncident
from watchkeeper.report.briefings.brevity import data_as_of, headings, named, rows_of, unread
from watchkeeper.report.document import Bar, Block, Document, Mark, Paragraph, Row, Section, Shares, Table, Tone
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment

MONTHS: Final = 12
"""Months that a picture has room for; the listing has every one."""
_TONES: Final = {
    Classification.TRUE_POSITIVE: Tone.WORST,
    Classification.BENIGN_POSITIVE: Tone.OPEN,
    Classification.FALSE_POSITIVE: Tone.EXEMPT,
    Classification.UNDETERMINED: Tone.UNKNOWN,
}


def campaigns_document(found: Campaigns, language: str = "en") -> Document:
    """The month's incidents by classification beside those of the months before, and who was hit repeatedly."""
    texts = texts_in(language)
    return Document(
        title=texts.say("campaigns.title"),
        sentence=_sentence(found, texts),
        sections=(
            *(Section(texts.say(f"topic.{topic.value}"), _months(found, topic, texts)) for topic in Topic),
            Section(texts.say("campaigns.targets"), _targets(found, texts)),
            data_as_of(found.as_of, texts),
        ),
        mark=_mark(found),
        listing=_listing(found, texts),
    )


def _mark(found: Campaigns) -> Mark:
    if found.months is None or found.targets:
        return Mark.WARN
    return Mark.OPEN if found.incidents else Mark.GOOD


def _sentence(found: Campaigns, texts: Texts) -> str:
    if found.months is None:
        return texts.say("campaigns.unread", month=_name(found.month))
    said = [_compared(found.of(topic), topic, texts) for topic in Topic]
    targets = texts.count("campaigns.said.targets", len(found.targets))
    return texts.say("campaigns.sentence", month=_name(found.month), parts=texts.join([*said, targets]))


def _compared(months: tuple[MonthCount, ...], topic: Topic, texts: Texts) -> str:
    """The month's number, beside that of the month before where it is known."""
    count = months[-1].total
    if len(months) == 1:
        return texts.count(f"campaigns.said.{topic.value}", count)
    return texts.count(f"campaigns.compared.{topic.value}", count, before=f"{months[-2].total:,}")


def _months(found: Campaigns, topic: Topic, texts: Texts) -> tuple[Block, ...]:
    if found.months is None:
        return unread(texts)
    months = found.of(topic)
    shown = headings(("month",), texts) + _classes(texts) + headings(("total", "difference"), texts)
    befores: list[MonthCount | None] = [None, *months]
    compared = [*zip(months, befores, strict=False)][::-1]
    parts = tuple(zip(_classes(texts), _TONES.values(), strict=True))
    bars = tuple(Bar(_name(each.month), each.counts) for each in months[-MONTHS:])
    chart = Shares(texts.say("campaigns.chart"), parts, bars)
    return chart, *rows_of(shown, compared, lambda each: _month(*each), texts, 1, 2, 3, 4, 5, 6)


def _classes(texts: Texts) -> tuple[str, ...]:
    return tuple(texts.say(f"classification.{each.value}") for each in Classification)


def _month(count: MonthCount, before: MonthCount | None) -> Row:
    difference = None if before is None else count.total - before.total
    shown = "–" if difference is None else f"{difference:+,}" if difference else "0"
    return Row((_name(count.month), *(f"{each:,}" for each in count.counts), f"{count.total:,}", shown))


def _name(month: date) -> str:
    return month.strftime("%Y-%m")


def _targets(found: Campaigns, texts: Texts) -> tuple[Block, ...]:
    if found.months is None:
        return unread(texts)
    if not found.targets:
        return (Paragraph(texts.say("campaigns.targets.none"), Mark.GOOD),)
    shown = headings(("account", "phishing", "dlp", "total"), texts)
    return rows_of(shown, found.targets, _target, texts, 1, 2, 3)


def _target(target: Target) -> Row:
    numbers = (target.phishing, target.dlp, target.total)
    return Row((named(target.account), *(f"{each:,}" for each in numbers)), Mark.WARN)


_COLUMNS: Final = (
    "kind",
    "number",
    "topic",
    "title",
    "severity",
    "classification",
    "reason",
    "created",
    "closed",
    "account",
    "total",
    "url",
)


def _listing(found: Campaigns, texts: Texts) -> Table:
    rows = (*_incident_lines(found, texts), *_target_lines(found, texts), *_month_lines(found, texts))
    return Table(headings(_COLUMNS, texts), rows, frozenset({10}))


def _incident_lines(found: Campaigns, texts: Texts) -> Iterator[Row]:
    for each in found.incidents:
        kind, about = texts.say("campaigns.line.incident"), _topic(each, texts)
        said = (kind, each.number, about, each.title, each.severity, _class(each, texts), each.reason)
        times = (moment(each.created_at, texts), moment(each.closed_at, texts))
        yield Row((*said, *times, ", ".join(each.targets), "", each.url))


def _topic(incident: ClosedIncident, texts: Texts) -> str:
    return texts.say(f"topic.{Topic(incident.about).value}")


def _class(incident: ClosedIncident, texts: Texts) -> str:
    return texts.say(f"classification.{classification_of(incident).value}")


def _target_lines(found: Campaigns, texts: Texts) -> Iterator[Row]:
    for each in found.targets:
        kind = texts.say("campaigns.line.target")
        yield Row((kind, *("",) * 8, each.account, str(each.total), ""))


def _month_lines(found: Campaigns, texts: Texts) -> Iterator[Row]:
    for each in found.months or ():
        about = texts.say(f"topic.{each.topic.value}")
        for name, count in zip(_classes(texts), each.counts, strict=True):
            start = (texts.say("campaigns.line.month"), _name(each.month), about, "", "", name)
            yield Row((*start, "", "", "", "", str(count), ""))

"""What the ticket of the review of service administration is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from watchkeeper.evidence.service_administration import (
    CoverageDay,
    DeviceGap,
    GapKind,
    KindCount,
    PlannedChange,
    SensorCoverage,
    ServiceAdministration,
)
from watchkeeper.model.administration import ConfigurationItem
from watchkeeper.report.briefings.brevity import (
    data_as_of,
    day_of,
    headings,
    hour_of,
    items_of,
    named,
    rows_of,
    unread,
)
from watchkeeper.report.briefings.portal import SUPPLY_MARKS, licence_blocks
from watchkeeper.report.document import Block, Document, Link, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment, percent

_GAP_MARKS: Final = {
    GapKind.BARE: Mark.BAD,
    GapKind.SILENT: Mark.WARN,
    GapKind.UNSURE: Mark.WARN,
    GapKind.UNMANAGED: Mark.OPEN,
}


def administration_document(found: ServiceAdministration, language: str = "en") -> Document:
    """Planned and made changes to judge, devices without a sensor, licences."""
    texts = texts_in(language)
    return Document(
        title=texts.say("administration.title"),
        sentence=texts.say("administration.sentence", parts=texts.join(tuple(_said(found, texts)))),
        sections=(
            Section(texts.say("administration.changes"), _changes(found, texts)),
            Section(texts.say("administration.items"), _items(found, texts)),
            Section(texts.say("administration.coverage"), _coverage(found.coverage, texts)),
            Section(texts.say("administration.licences"), licence_blocks(found.licences, texts)),
            data_as_of(found.as_of, texts, found.since),
        ),
        mark=_mark(found),
        listing=_listing(found, texts),
    )


def _is_partial(found: ServiceAdministration) -> bool:
    return None in (found.items, found.changes, found.coverage, found.licences)


def _said(found: ServiceAdministration, texts: Texts) -> Iterator[str]:
    if found.changes is not None:
        pressing = sum(each.pressing for each in found.changes)
        yield texts.count("administration.said.changes", len(found.changes), pressing=f"{pressing:,}")
    if found.items is not None:
        yield texts.count("administration.said.items", len(found.items))
    if found.coverage is not None:
        yield texts.count("administration.said.bare", len(found.coverage.of(GapKind.BARE)))
    if found.licences is not None:
        yield texts.count("licences.said", len(found.scarce))
    if _is_partial(found):
        yield texts.say("briefing.said.unread")


def _mark(found: ServiceAdministration) -> Mark:
    marks = {SUPPLY_MARKS[each.supply] for each in found.scarce} | {_mark_of(each) for each in found.changes or ()}
    if found.coverage is not None:
        marks |= {_GAP_MARKS[each.kind] for each in found.coverage.gaps}
    if Mark.BAD in marks:
        return Mark.BAD
    if Mark.WARN in marks or _is_partial(found):
        return Mark.WARN
    return Mark.OPEN if found.changes or found.items else Mark.GOOD


def _changes(found: ServiceAdministration, texts: Texts) -> tuple[Block, ...]:
    if found.changes is None:
        return unread(texts)
    if not found.changes:
        return (Paragraph(texts.say("administration.changes.none"), Mark.GOOD),)
    shown = headings(("number", "change", "window", "risk", "effect"), texts)
    rows = rows_of(shown, found.changes, lambda each: _change(each, texts), texts)
    return Paragraph(texts.say("administration.how")), *rows


def _change(planned: PlannedChange, texts: Texts) -> Row:
    change = planned.change
    title = named(change.title, 60)
    if planned.tenant_wide:
        title = texts.say("administration.tenant_wide", title=title)
    cells = (named(change.number, 12), title, _window(planned, texts), named(change.risk, 12))
    number = Link(cells[0], change.url)
    return Row((number, *cells[1:], texts.say("briefing.blank")), _mark_of(planned))


def _mark_of(planned: PlannedChange) -> Mark:
    return Mark.BAD if planned.over else Mark.WARN if planned.pressing else Mark.OPEN


def _window(planned: PlannedChange, texts: Texts) -> str:
    change = planned.change
    if change.starts_at is None and change.ends_at is None:
        return texts.say("administration.unplanned")
    key = "administration.window.over" if planned.over else "administration.window"
    return texts.say(key, first=hour_of(change.starts_at), last=hour_of(change.ends_at))


def _items(found: ServiceAdministration, texts: Texts) -> tuple[Block, ...]:
    if found.items is None:
        return unread(texts)
    if not found.items:
        return (Paragraph(texts.say("administration.items.none"), Mark.GOOD),)
    shown = headings(("item", "kind", "changed", "by", "effect"), texts)
    kinds = items_of(found.kinds, lambda each: _kind(each, texts), texts)
    return *kinds, *rows_of(shown, found.items, lambda each: _item(each, texts), texts)


def _kind(count: KindCount, texts: Texts) -> Paragraph:
    numbers = {"created": f"{count.created:,}", "changed": f"{count.changed:,}"}
    return Paragraph(texts.say("administration.kind", kind=named(count.kind), **numbers))


def _item(item: ConfigurationItem, texts: Texts) -> Row:
    name = Link(named(item.name, 32), item.url)
    cells = (named(item.kind, 24), hour_of(item.changed_at), named(item.changed_by, 16))
    return Row((name, *cells, texts.say("briefing.blank")), Mark.ADD if item.created else Mark.CHANGE)


def _coverage(coverage: SensorCoverage | None, texts: Texts) -> tuple[Block, ...]:
    if coverage is None:
        return unread(texts)
    counts = tuple((texts.say(f"gap.{kind.value}"), f"{len(coverage.of(kind)):,}") for kind in GapKind)
    pairs = Pairs(
        (
            (texts.say("administration.share"), _share(coverage.now, texts)),
            (texts.say("administration.share.before"), _share(coverage.before, texts)),
            *counts,
            (texts.say("administration.idle"), f"{coverage.idle:,}"),
        )
    )
    if not coverage.gaps:
        return (pairs,)
    shown = headings(("device", "gap", "system", "last_seen"), texts)
    return pairs, *rows_of(shown, coverage.gaps, lambda each: _gap(each, texts), texts)


def _share(day: CoverageDay | None, texts: Texts) -> str:
    if day is None or day.share is None:
        return "–"
    numbers = {"covered": f"{day.covered:,}", "used": f"{day.used:,}"}
    return texts.say("administration.of", share=percent(day.share), day=day_of(day.day), **numbers)


def _gap(gap: DeviceGap, texts: Texts) -> Row:
    cells = (named(gap.name, 32), texts.say(f"gap.{gap.kind.value}"), named(gap.system, 20), day_of(gap.last_seen))
    return Row(cells, _GAP_MARKS[gap.kind])


_COLUMNS: Final = (
    "kind",
    "number",
    "title",
    "class",
    "state",
    "risk",
    "from",
    "until",
    "by",
    "last_seen",
    "effect",
    "owner",
    "follow_up",
    "url",
)
_TO_FILL_IN: Final = ("", "", "")


def _listing(found: ServiceAdministration, texts: Texts) -> Table:
    coverage = found.coverage
    rows = (
        *(_change_line(each, texts) for each in found.changes or ()),
        *(_item_line(each, texts) for each in found.items or ()),
        *(_gap_line(each, texts) for each in (coverage.gaps if coverage else ())),
        *(_licence_lines(found, texts)),
    )
    return Table(headings(_COLUMNS, texts), rows)


def _change_line(planned: PlannedChange, texts: Texts) -> Row:
    change, kind = planned.change, "administration.line.tenant" if planned.tenant_wide else "administration.line.change"
    window = tuple("" if at is None else moment(at, texts) for at in (change.starts_at, change.ends_at))
    said = (texts.say(kind), change.number, change.title, change.kind, change.state, change.risk, *window)
    return Row((*said, change.group, "", *_TO_FILL_IN, change.url))


def _item_line(item: ConfigurationItem, texts: Texts) -> Row:
    kind = texts.say("administration.line.created" if item.created else "administration.line.changed")
    said = (kind, "", item.name, item.kind, item.status, "", moment(item.changed_at, texts), "", item.changed_by, "")
    return Row((*said, *_TO_FILL_IN, item.url))


def _gap_line(gap: DeviceGap, texts: Texts) -> Row:
    said = (texts.say(f"gap.{gap.kind.value}"), "", gap.name, gap.system, gap.group, "", "", "", gap.user)
    return Row((*said, day_of(gap.last_seen), *_TO_FILL_IN, ""))


def _licence_lines(found: ServiceAdministration, texts: Texts) -> Iterator[Row]:
    for each in found.licences or ():
        numbers = texts.say(
            "administration.units", used=each.licence.consumed, units=each.licence.enabled + each.licence.warning
        )
        kind = texts.say("administration.line.licence")
        said = (kind, "", each.licence.name, numbers, texts.say(f"supply.{each.supply.value}"))
        yield Row((*said, *("",) * 9))

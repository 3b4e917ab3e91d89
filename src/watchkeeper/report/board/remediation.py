"""The report of remediation as a page: the same with its long lists cut, and from its numbers to the devices, the owners' pages and what
each owner has to mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from watchkeeper.evidence.kept import name_of_task
from watchkeeper.evidence.remediation import Progress, Standing
from watchkeeper.report.board.devices import task_devices_at
from watchkeeper.report.board.leading import leading_to, with_rows
from watchkeeper.report.board.leads import filtered, owner_page
from watchkeeper.report.board.remediation_items import RemediationOfPeriod, items_place, items_section
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Document, Row, Section, Table
from watchkeeper.report.remediation import RemediationReport
from watchkeeper.report.remediation_document import BY_DAY, LEFT_AT, OWNED, OWNERS_LEFT_AT, remediation_document
from watchkeeper.report.texts import Texts, texts_in

_ANCHORS: Final = {each.value: each for each in Progress if each is not Progress.DONE}
_LISTS: Final = frozenset(each.value for each in Progress)
_OPEN: Final = "open"
_OPEN_LISTS: Final = frozenset(each.value for each in Progress if each not in {Progress.DONE, Progress.EXEMPT})
"""The lists of what somebody has to do still."""
_LISTS_OF_DAY: Final = {
    "open": _OPEN,
    "overdue": Progress.OVERDUE.value,
    "left": _OPEN,
    "exempt": Progress.EXEMPT.value,
}


def remediation_page(found: RemediationOfPeriod, lang: str = "en") -> Document:
    """An earlier period leads neither to devices nor to owners' pages."""
    document, report, texts = remediation_document(found.report, lang), found.report, texts_in(lang)
    sections = tuple(_cut(each, found.most, texts) for each in document.sections)
    sections = tuple(_by_owner(each, found) for each in sections)
    if found.is_of_today:
        sections = tuple(_to_lists_of_devices(each, report) for each in sections)
    sections = tuple(_by_day(each, report) for each in sections)
    return replace(document, sections=tuple(_with_items(_together(sections, texts), found, texts)))


def _together(sections: Sequence[Section], texts: Texts) -> Iterator[Section]:
    """The lists of what is open still one after the other, in one place that numbers can lead to."""
    still = tuple(each for each in sections if each.anchor in _OPEN_LISTS)
    for each in sections:
        if each.anchor not in _OPEN_LISTS:
            yield each
        elif each is still[0]:
            yield Section("", sections=still, anchor=_OPEN, label=texts.say("remediation.column.open"))


def _with_items(sections: Iterable[Section], found: RemediationOfPeriod, texts: Texts) -> Iterator[Section]:
    for each in sections:
        yield each
        if each.anchor == "owners":
            yield from items_section(found, texts)


def _cut(section: Section, most: int, texts: Texts) -> Section:
    """The lists of tasks alone: what else there is a row for, a day or an owner, is there once."""
    if section.anchor == "changes":
        return replace(section, sections=tuple(_short(each, most, texts) for each in section.sections))
    return _short(section, most, texts) if section.anchor in _LISTS else section


def _short(section: Section, most: int, texts: Texts) -> Section:
    count = max((len(each.rows) for each in section.blocks if isinstance(each, Table)), default=0)
    blocks = tuple(replace(each, rows=each.rows[:most]) if isinstance(each, Table) else each for each in section.blocks)
    return replace(section, blocks=cut_blocks(blocks, count, min(count, most), texts))


def _to_lists_of_devices(section: Section, report: RemediationReport) -> Section:
    if section.anchor not in _ANCHORS:
        return section
    standings = report.standing(_ANCHORS[section.anchor])
    return with_rows(section, lambda row, number: _to_devices(row, standings[number]))


def _by_day(section: Section, report: RemediationReport) -> Section:
    """A day's numbers lead to the lists of that day."""
    if section.anchor != "numbers":
        return section
    days = [each.day.isoformat() for each in report.burned]
    return with_rows(section, lambda row, number: _to_day(row, filtered("", period=days[number])))


def _to_day(row: Row, place: str) -> Row:
    for at, name in enumerate(BY_DAY):
        anchor = _LISTS_OF_DAY.get(name, "")
        if str(row.cells[at]) != "0":
            row = leading_to(row, at, f"{place}#{anchor}" if anchor else place)
    return row


def _by_owner(section: Section, found: RemediationOfPeriod) -> Section:
    if section.anchor != "owners":
        return section
    owners = [each.owner.id for each in found.report.workloads]
    return with_rows(section, lambda row, number: _to_owner(row, owners[number], found))


def _to_devices(row: Row, standing: Standing) -> Row:
    if not standing.task.left:
        return row
    return leading_to(row, LEFT_AT, task_devices_at(name_of_task(standing.task.id)))


def _to_owner(row: Row, owner: str, found: RemediationOfPeriod) -> Row:
    """Its name and its devices lead to its page; what is counted, to the items of the period's end."""
    places = {at: items_place(found, owner, part) for at, part in enumerate(OWNED, 1)}
    if found.is_of_today:
        places |= {0: owner_page(owner), OWNERS_LEFT_AT: owner_page(owner)}
    for at, place in places.items():
        if str(row.cells[at]) != "0":
            row = leading_to(row, at, place)
    return row

"""The report of remediation as a page: the same with its long lists cut, and from its numbers of devices to the devices, and to the owners'
pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from watchkeeper.evidence.kept import name_of_task
from watchkeeper.evidence.remediation import Progress, Standing
from watchkeeper.report.board.devices import task_devices_at
from watchkeeper.report.board.leads import owner_page
from watchkeeper.report.board.nouns import MOST
from watchkeeper.report.board.of_period import OfPeriod
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Cell, Document, Lead, Row, Section, Table
from watchkeeper.report.remediation import RemediationReport
from watchkeeper.report.remediation_document import LEFT_AT, OWNERS_LEFT_AT, remediation_document
from watchkeeper.report.texts import Texts, texts_in

_ANCHORS: Final = {each.value: each for each in Progress if each is not Progress.DONE}
_LISTS: Final = frozenset(each.value for each in Progress)


@dataclass(frozen=True, slots=True)
class RemediationOfPeriod(OfPeriod[RemediationReport]):
    """`most`: how many tasks of a list are shown."""

    most: int = MOST


def remediation_page(found: RemediationOfPeriod, lang: str = "en") -> Document:
    """Which devices wait is kept of the latest day alone, so an earlier period leads to none."""
    document, report, texts = remediation_document(found.report, lang), found.report, texts_in(lang)
    sections = tuple(_cut(each, found.most, texts) for each in document.sections)
    if report.period.until >= report.as_of.date():
        sections = tuple(_leading(each, report) for each in sections)
    return replace(document, sections=sections)


def _cut(section: Section, most: int, texts: Texts) -> Section:
    """The lists of tasks alone: what else there is a row for, a day or an owner, is there once."""
    if section.anchor == "changes":
        return replace(section, sections=tuple(_short(each, most, texts) for each in section.sections))
    return _short(section, most, texts) if section.anchor in _LISTS else section


def _short(section: Section, most: int, texts: Texts) -> Section:
    count = max((len(each.rows) for each in section.blocks if isinstance(each, Table)), default=0)
    blocks = tuple(replace(each, rows=each.rows[:most]) if isinstance(each, Table) else each for each in section.blocks)
    return replace(section, blocks=cut_blocks(blocks, count, min(count, most), texts))


def _leading(section: Section, report: RemediationReport) -> Section:
    if section.anchor in _ANCHORS:
        standings = report.standing(_ANCHORS[section.anchor])
        return _with_rows(section, lambda row, number: _to_devices(row, standings[number]))
    if section.anchor == "owners":
        owners = [each.owner.id for each in report.workloads]
        return _with_rows(section, lambda row, number: _to_owner(row, owners[number]))
    return section


def _with_rows(section: Section, changed: Callable[[Row, int], Row]) -> Section:
    blocks = tuple(
        replace(each, rows=tuple(changed(row, number) for number, row in enumerate(each.rows)))
        if isinstance(each, Table)
        else each
        for each in section.blocks
    )
    return replace(section, blocks=blocks)


def _to_devices(row: Row, standing: Standing) -> Row:
    if not standing.task.left:
        return row
    return _with_cell(row, LEFT_AT, task_devices_at(name_of_task(standing.task.id)))


def _to_owner(row: Row, owner: str) -> Row:
    page = owner_page(owner)
    named = _with_cell(row, 0, page)
    return named if str(row.cells[OWNERS_LEFT_AT]) == "0" else _with_cell(named, OWNERS_LEFT_AT, page)


def _with_cell(row: Row, place: int, url: str) -> Row:
    cells: list[Cell] = list(row.cells)
    cells[place] = Lead(str(cells[place]), url)
    return replace(row, cells=tuple(cells))

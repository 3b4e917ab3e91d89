"""The report of remediation as a page: the same, and from its numbers of devices to the devices, and to the owners' pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from watchkeeper.evidence.kept import name_of_task
from watchkeeper.evidence.remediation import Progress, Standing
from watchkeeper.report.board.devices import task_devices_at
from watchkeeper.report.board.leads import owner_page
from watchkeeper.report.board.of_period import OfPeriod
from watchkeeper.report.document import Cell, Document, Lead, Row, Section, Table
from watchkeeper.report.remediation import RemediationReport
from watchkeeper.report.remediation_document import LEFT_AT, OWNERS_LEFT_AT, remediation_document

_ANCHORS = {each.value: each for each in Progress if each is not Progress.DONE}


def remediation_page(found: OfPeriod[RemediationReport], lang: str = "en") -> Document:
    """Which devices wait is kept of the latest day alone, so an earlier period leads to none."""
    document, report = remediation_document(found.report, lang), found.report
    if report.period.until < report.as_of.date():
        return document
    return replace(document, sections=tuple(_leading(each, report) for each in document.sections))


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

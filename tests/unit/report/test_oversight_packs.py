"""The report for SOC Oversight on packs: which of their tasks are in use, why others are not, and what became of their duties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from jsonschema import Draft202012Validator
from tests.unit.report.test_oversight import MONDAY, SCORE, Kept, at, kept

from watchkeeper.catalog.pack_coverage import PackCoverage, PackTask, Use
from watchkeeper.model.occurrence import Decision
from watchkeeper.report import machine
from watchkeeper.report.document import Document, Mark, Row, Table
from watchkeeper.report.oversight import Oversight
from watchkeeper.report.oversight_document import oversight_document
from watchkeeper.report.oversight_forms import oversight_json

__all__ = ["kept"]
PACKS = (
    PackCoverage(
        "soc",
        {"en": "Maintenance of the SOC", "ja": "SOC の保守"},
        True,
        (
            PackTask(SCORE, Use.SCHEDULED),
            PackTask("tabletop-exercise", Use.AS_NEEDED),
            PackTask("weekly-look", Use.SERVED, SCORE),
            PackTask("later", Use.NOT_YET),
        ),
    ),
    PackCoverage("mde", {"en": "Defender", "ja": "Defender"}, False, (PackTask("asr", Use.OFF),)),
)


@pytest.fixture
def month(kept: Kept) -> Oversight:
    kept.duty(MONDAY, closed=at(MONDAY))
    kept.duty(MONDAY - timedelta(days=7), closed=at(MONDAY - timedelta(days=5)))
    kept.duty(MONDAY - timedelta(days=14), decision=Decision.MISSED)
    kept.duty(date(2026, 11, 20), "tabletop-exercise")
    kept.duty(MONDAY, "of-no-pack", closed=at(MONDAY))
    return replace(kept.report(), packs=PACKS)


def rows(document: Document, anchor: str) -> list[Row]:
    packs = next(each for each in document.sections if each.anchor == "packs")
    (section,) = [each for each in (packs, *packs.sections) if each.anchor == anchor]
    return [row for block in section.blocks if isinstance(block, Table) for row in block.rows]


def test_each_pack_stands_with_its_tasks_by_use_and_with_its_duties(month: Oversight) -> None:
    found = rows(oversight_document(month), "packs")
    assert [(row.cells, row.mark) for row in found] == [
        (("Maintenance of the SOC", "4", "1", "1", "1", "1", "4", "2"), Mark.GOOD),
        (("Defender", "1", "0", "0", "0", "1", "0", "0"), Mark.NONE),
    ]
    assert all(int(str(row.cells[1])) == sum(int(str(cell)) for cell in row.cells[2:6]) for row in found)


def test_it_says_why_a_task_of_a_pack_in_use_does_not_fall_due(month: Oversight) -> None:
    found = rows(oversight_document(month), "unscheduled")
    assert [(row.cells[0], *row.cells[2:]) for row in found] == [
        ("tabletop-exercise", "raised as needed", "1", "0"),
        ("weekly-look", f"served by the ticket of {SCORE}", "0", "0"),
        ("later", "its rule begins later", "0", "0"),
    ]


def test_packs_stand_by_their_titles_in_each_language(month: Oversight) -> None:
    assert rows(oversight_document(month, "ja"), "packs")[0].cells[0] == "SOC の保守"


def test_programs_get_what_the_schema_says(month: Oversight) -> None:
    payload = oversight_json(month)
    Draft202012Validator(machine.schema("report-oversight")).validate(payload)
    soc = payload["packs"][0]
    assert soc["tasks"][0] == {"task": SCORE, "use": "scheduled", "served_by": "", "due": 3, "done": 2}
    assert [each["use"] for each in soc["tasks"]] == ["scheduled", "as-needed", "served", "not-yet"]

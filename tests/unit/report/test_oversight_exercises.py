"""The report for SOC Oversight on exercises: as they were collected, by team, with what is still to be mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from jsonschema import Draft202012Validator
from tests.unit.report.examples import HOSTILE
from tests.unit.report.exercise_days import DONE, NOW, OLD, URL, a_day, action
from tests.unit.report.pages import Page
from tests.unit.report.test_html import is_safe
from tests.unit.report.test_neutralise import is_inert
from tests.unit.report.test_oversight import Kept, kept

from watchkeeper.evidence.exercise_day import ExerciseDay
from watchkeeper.evidence.kept import EXERCISES
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report import html, machine, text
from watchkeeper.report.document import Link, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.oversight_document import oversight_document
from watchkeeper.report.oversight_forms import oversight_json
from watchkeeper.report.texts import texts_in

__all__ = ["kept"]
DAY = NOW.date()
DUE = datetime(2026, 11, 1, 8, tzinfo=UTC)


def collected(kept: Kept, day: ExerciseDay, on: date = DAY) -> None:
    kept.store.keep_snapshots([Snapshot(EXERCISES, on, NOW, day)])


def section(kept: Kept, days: str = "2026-11", lang: str = "en") -> Section:
    sections = oversight_document(kept.report(days), lang).sections
    return next(each for each in sections if each.anchor == "exercises")


def rows(section: Section) -> list[Row]:
    return [row for each in section.blocks if isinstance(each, Table) for row in each.rows]


def said(section: Section) -> list[Paragraph]:
    return [each for each in section.blocks if isinstance(each, Paragraph)]


def test_each_team_stands_with_its_last_exercise_and_from_when_on_that_is_too_long_ago(kept: Kept) -> None:
    collected(kept, a_day())
    assert [(row.cells, row.mark) for row in rows(section(kept))] == [
        (("csirt", "2026-02-23", Link(DONE.number, URL), DONE.key, "2027-02-24", "recent enough"), Mark.GOOD),
        (("intelligence", "2025-01-23", Link(OLD.number, URL), OLD.key, "2026-01-24", "too long ago"), Mark.BAD),
        (("SOC Monitoring", "2026-02-23", Link(DONE.number, URL), DONE.key, "2027-02-24", "recent enough"), Mark.GOOD),
        (("oversight", "–", "–", "–", "–", "none is known"), Mark.WARN),
    ]


def test_open_actions_stand_with_the_exercise_that_they_come_from_the_most_overdue_first(kept: Kept) -> None:
    collected(kept, a_day([action(1), action(2, DUE), replace(action(3), open=False), action(4, parent="elsewhere")]))
    (actions,) = section(kept).sections
    assert [(row.cells[0], row.cells[2], row.cells[3], row.mark) for row in rows(actions)] == [
        (Link("TASK0000002", URL), DONE.key, "2026-11-01", Mark.BAD),
        (Link("TASK0000001", URL), DONE.key, "–", Mark.OPEN),
        (Link("TASK0000004", URL), "–", "–", Mark.OPEN),
    ]
    (first, *_) = said(section(kept))
    assert first == Paragraph(
        "Of exercises: 1 of 4 teams has had none for more than 12 months and 3 corrective actions are open (1 overdue).",
        Mark.BAD,
    )


@pytest.mark.parametrize(("teams", "mark"), [(("csirt", "monitoring"), Mark.GOOD), (("oversight",), Mark.WARN)])
def test_that_a_team_has_had_none_at_all_is_no_good_news(kept: Kept, teams: tuple[str, ...], mark: Mark) -> None:
    day = a_day()
    collected(kept, replace(day, teams=tuple(each for each in day.teams if each.team in teams)))
    assert said(section(kept))[0].mark is mark


def test_a_long_list_is_cut_and_programs_get_all_of_it(kept: Kept) -> None:
    collected(kept, a_day([action(number) for number in range(14)]))
    (actions,) = section(kept).sections
    assert (len(rows(actions)), said(actions)[-1].text) == (10, "and 4 more: see `--format json`")
    assert len(oversight_json(kept.report())["exercises"]["open_actions"]) == 14


def test_actions_that_could_not_be_read_are_no_good_news(kept: Kept) -> None:
    collected(kept, a_day(None))
    (actions,) = section(kept).sections
    assert [each.mark for each in said(actions)] == [Mark.WARN]
    assert oversight_json(kept.report())["exercises"]["open_actions"] is None


def test_without_a_day_to_count_from_no_team_is_told_to_be_late(kept: Kept) -> None:
    nobody = replace(a_day(), teams=tuple(each for each in a_day().teams if each.last is None), tickets=())
    collected(kept, nobody)
    assert said(section(kept))[0].text.startswith("Of exercises: no completed one is known")


@pytest.mark.parametrize(("days", "mark"), [("2026-11-16..2026-11-24", Mark.NONE), ("2026-11", Mark.WARN)])
def test_the_day_of_the_data_is_told_and_marked_where_collecting_has_ended_since(
    kept: Kept, days: str, mark: Mark
) -> None:
    collected(kept, a_day())
    assert said(section(kept, days))[-1] == Paragraph("As it was collected on 2026-11-23 09:00 UTC", mark)


def test_a_past_period_is_told_as_it_was_known_at_its_end(kept: Kept) -> None:
    collected(kept, a_day([action(1)]), DAY - timedelta(days=40))
    collected(kept, a_day())
    assert len(oversight_json(kept.report("2026-10"))["exercises"]["open_actions"]) == 1
    assert len(oversight_json(kept.report("2026-11"))["exercises"]["open_actions"]) == 0


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_store_of_before_says_that_nothing_was_collected_yet(kept: Kept, lang: str) -> None:
    (paragraph,) = said(section(kept, lang=lang))
    assert (paragraph.mark, "`watchkeeper evidence collect`" in paragraph.text) == (Mark.WARN, True)
    assert oversight_json(kept.report())["exercises"] is None


def test_programs_get_what_the_schema_says(kept: Kept) -> None:
    collected(kept, a_day([action(1, DUE)]))
    payload = oversight_json(kept.report())
    Draft202012Validator(machine.schema("report-oversight")).validate(payload)
    assert [(each["team"], each["key"], each["stale"]) for each in payload["exercises"]["teams"]][:2] == [
        ("csirt", DONE.key, False),
        ("intelligence", OLD.key, True),
    ]
    assert [(each["exercise"], each["overdue"]) for each in payload["exercises"]["open_actions"]] == [(DONE.key, True)]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_others_wrote_is_inert(kept: Kept, hostile: str) -> None:
    written = replace(action(1, title=hostile), number=hostile, state=hostile, url=f"javascript:{hostile}")
    collected(kept, a_day([written]))
    document = oversight_document(kept.report())
    page = html.render(document, texts=texts_in("en"), hosts=["example.service-now.com"])
    assert is_inert(page)
    assert is_safe(Page(page))
    assert is_inert(text.render(document))

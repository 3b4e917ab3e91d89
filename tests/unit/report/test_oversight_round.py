"""The report for SOC Oversight on licences and the Message center, as they were collected, and on the rounds that judge them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from jsonschema import Draft202012Validator
from tests.unit.report.briefings.findings import NOW, a_portal_round
from tests.unit.report.examples import HOSTILE
from tests.unit.report.pages import Page
from tests.unit.report.test_html import is_safe
from tests.unit.report.test_neutralise import is_inert
from tests.unit.report.test_oversight import Kept, at, kept

from watchkeeper.evidence.kept import PORTAL_ROUND
from watchkeeper.evidence.portal_round import PortalRound
from watchkeeper.model.occurrence import Decision
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report import html, machine, text
from watchkeeper.report.document import Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.oversight_document import oversight_document
from watchkeeper.report.oversight_forms import oversight_json
from watchkeeper.report.texts import texts_in

__all__ = ["kept"]
TASK = "portal-licences"
MONDAYS = [date(2026, 11, 2) + timedelta(days=7 * number) for number in range(4)]


def collected(kept: Kept, found: PortalRound) -> None:
    kept.store.keep_snapshots([Snapshot(PORTAL_ROUND, NOW.date(), NOW, found)])


def section(kept: Kept, lang: str = "en") -> Section:
    sections = oversight_document(kept.report(), lang).sections
    return next(each for each in sections if each.anchor == "round")


def part(kept: Kept, anchor: str) -> Section:
    return next(each for each in section(kept).sections if each.anchor == anchor)


def rows(section: Section) -> list[Row]:
    return [row for each in section.blocks if isinstance(each, Table) for row in each.rows]


def said(section: Section) -> list[Paragraph]:
    return [each for each in section.blocks if isinstance(each, Paragraph)]


def test_every_licence_stands_with_what_is_free_the_scarcest_first(kept: Kept) -> None:
    collected(kept, a_portal_round(3))
    assert [(row.cells[1:], row.mark) for row in rows(part(kept, "licences"))] == [
        (("overdrawn", "120", "100", "−20"), Mark.BAD),
        (("used up", "100", "100", "0"), Mark.BAD),
        (("enough", "80", "100", "20"), Mark.GOOD),
    ]
    assert said(section(kept))[0].text.startswith("Of portals and licences: 2 licences are low or used up, 3 messages")


def test_posts_stand_with_their_date_and_whether_they_are_new(kept: Kept) -> None:
    collected(kept, a_portal_round(3))
    posts = rows(part(kept, "posts"))
    assert [(str(row.cells[2]), row.cells[3]) for row in posts] == [
        ("2026-11-19 (3 days left)", "new or changed"),
        ("2026-12-09 (23 days left)", "new or changed"),
        ("–", "new or changed"),
    ]
    known = replace(
        a_portal_round(3), messages=tuple(replace(each, fresh=False) for each in a_portal_round(3).messages or ())
    )
    collected(kept, known)
    assert {row.cells[3] for row in rows(part(kept, "posts"))} == {"to be done by its date"}


def test_the_rounds_tell_what_became_of_the_verdicts(kept: Kept) -> None:
    collected(kept, a_portal_round(3))
    kept.duty(MONDAYS[0], TASK, closed=at(MONDAYS[0]))
    kept.duty(MONDAYS[1], TASK, Decision.MISSED)
    kept.duty(MONDAYS[2], TASK, closed=at(MONDAYS[2] + timedelta(days=1)))
    kept.duty(MONDAYS[3], TASK)
    (pairs,) = [each for each in section(kept).blocks if isinstance(each, Pairs)]
    assert [(label, cell if isinstance(cell, str) else cell.text) for label, cell in pairs.rows] == [
        ("rounds that fell due", "4"),
        ("closed in time", "1"),
        ("closed late", "1"),
        ("open after its day", "1"),
        ("missed or without a ticket", "1"),
        ("latest round", f"{TASK}/monitoring@{MONDAYS[3]}"),
        ("its ticket", "INC0000003"),
    ]


def test_a_period_without_a_round_says_so(kept: Kept) -> None:
    collected(kept, a_portal_round(3))
    assert "No round of portals and licences fell due." in [each.text for each in said(section(kept))]


def test_a_long_list_is_cut_and_programs_get_all_of_it(kept: Kept) -> None:
    collected(kept, a_portal_round(30))
    for anchor in ("licences", "posts"):
        found = part(kept, anchor)
        assert (len(rows(found)), said(found)[-1].text) == (10, "and 20 more: see `--format json`")
    told = oversight_json(kept.report())["portal_round"]
    assert (len(told["licences"]), len(told["posts"])) == (30, 30)


def test_what_could_not_be_read_is_no_good_news(kept: Kept) -> None:
    collected(kept, replace(a_portal_round(3), licences=None, messages=None))
    assert [[each.mark for each in said(part(kept, anchor))] for anchor in ("licences", "posts")] == [[Mark.WARN]] * 2
    assert said(section(kept))[0].mark is Mark.WARN
    told = oversight_json(kept.report())
    Draft202012Validator(machine.schema("report-oversight")).validate(told)
    assert (told["portal_round"]["licences"], told["portal_round"]["posts"]) == (None, None)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_store_of_before_says_that_nothing_was_collected_yet_and_tells_of_its_rounds(kept: Kept, lang: str) -> None:
    kept.duty(MONDAYS[0], TASK)
    told = section(kept, lang)
    assert (said(told)[0].mark, "`watchkeeper evidence collect`" in said(told)[0].text) == (Mark.WARN, True)
    assert [each for each in told.blocks if isinstance(each, Pairs)]
    assert oversight_json(kept.report())["portal_round"] is None


def test_programs_get_what_the_schema_says(kept: Kept) -> None:
    collected(kept, a_portal_round(3))
    told = oversight_json(kept.report())
    Draft202012Validator(machine.schema("report-oversight")).validate(told)
    assert [each["free"] for each in told["portal_round"]["licences"]] == [-20, 0, 20]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_others_wrote_is_inert(kept: Kept, hostile: str) -> None:
    collected(kept, a_portal_round(3, hostile))
    document = oversight_document(kept.report())
    page = html.render(document, texts=texts_in("en"))
    assert is_inert(page)
    assert is_safe(Page(page))
    assert is_inert(text.render(document))

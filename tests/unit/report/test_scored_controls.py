"""The controls behind the numbers of Secure Score's categories, on the board's page."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.evidence_history import TODAY, half_a_year
from tests.unit.report.examples import HOSTILE
from tests.unit.report.kept_evidence import NOW, SKIPPED, store_of
from tests.unit.report.pages import Page
from tests.unit.report.test_html import HOST, is_safe
from tests.unit.report.test_neutralise import is_inert
from tests.unit.report.test_secure_score_categories import a_profile, a_score

from watchkeeper.evidence.score_categories import by_category, controls_of, unprofiled
from watchkeeper.model.evidence import ControlPoints
from watchkeeper.model.sources import GRAPH
from watchkeeper.report import html
from watchkeeper.report.board.nouns import Head
from watchkeeper.report.board.secure_score import ScoresOfPeriod, score_page
from watchkeeper.report.document import Document, Lead, Section, Table
from watchkeeper.report.period import period
from watchkeeper.report.secure_score import ScoreReport, score_report
from watchkeeper.report.secure_score_categories import BY_CATEGORY
from watchkeeper.report.secure_score_forms import score_json
from watchkeeper.report.texts import LANGUAGES, texts_in

HEAD = Head("production", NOW, None, "")
PROFILES = {
    "a": a_profile("a", "data", 4.0),
    "b": a_profile("b", "data", 9.0),
    "c": a_profile("c", "apps", 2.0),
    "worthless": a_profile("worthless", "data", 0.0),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ScoreReport:
    """Of a tenant whose latest score has a control, under two categories, that nobody knows the worth of."""
    with store_of(half_a_year(GRAPH, skipped=SKIPPED), tmp_path_factory.mktemp("evidence")) as store:
        found = score_report(store, "production", NOW, period("180d", TODAY))
    assert found.latest is not None
    unknown = (ControlPoints("nobody-knows", "data", 1.5), ControlPoints("nobody-knows", "apps", 2.0))
    latest = replace(found.latest, controls=(*found.latest.controls, *unknown))
    return replace(found, scores=(*found.scores[:-1], latest))


def of_anchor(document: Document, anchor: str) -> Section:
    (found,) = [each for each in document.sections if each.anchor == anchor]
    return found


def table_of(section: Section) -> Table:
    (found,) = [each for each in section.blocks if isinstance(each, Table)]
    return found


def chosen_by(place: str) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(place).query).items()}


class TestWhatACategoryCounts:
    def test_is_listed_on_the_last_day_that_something_could_be_won_in_it_the_most_first(self) -> None:
        first = a_score(1, ControlPoints("a", "data", 1.0), ControlPoints("c", "apps", 2.0))
        second = a_score(
            2, ControlPoints("a", "data", 3.0), ControlPoints("b", "data", 2.0), ControlPoints("worthless", "data", 0.0)
        )
        categories = by_category((first, second), PROFILES)
        found = [
            (each.scored.category, each.scored.control, each.day.day, each.left)
            for each in controls_of(categories, (first, second), PROFILES)
        ]
        assert found == [("apps", "c", 1, 0.0), ("data", "b", 2, 7.0), ("data", "a", 2, 1.0)]
        counted = {each.name: each.by_day[each.latest].controls for each in categories}
        assert counted == {"apps": 1, "data": 2}

    def test_one_with_more_points_than_it_is_worth_by_now_has_nothing_left(self) -> None:
        score = a_score(1, ControlPoints("a", "data", 5.0))
        [found] = controls_of(by_category([score], PROFILES), [score], PROFILES)
        assert found.left == 0.0

    def test_leaves_out_those_of_unknown_worth_each_of_which_is_told_once(self) -> None:
        score = a_score(
            1, ControlPoints("x", "data", 1.5), ControlPoints("x", "apps", 2.0), ControlPoints("a", "data", 1)
        )
        [found] = unprofiled(score, PROFILES)
        assert (found.scored.control, found.scored.points, found.profile, found.left) == ("x", 3.5, None, 0.0)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_number_of_a_category_leads_to_as_many_controls(report: ScoreReport, lang: str) -> None:
    found = ScoresOfPeriod(HEAD, "180d", report, most=1_000)
    rows = table_of(of_anchor(score_page(found, lang), "categories")).rows
    assert len(rows) == len(report.categories) > 2
    listed = 0
    for row, category in zip(rows, report.categories, strict=True):
        lead = row.cells[BY_CATEGORY.index("controls")]
        assert isinstance(lead, Lead)
        assert [cell.url for cell in row.cells if isinstance(cell, Lead)] == [lead.url] * 3
        assert chosen_by(lead.url) == {"period": "180d", "category": category.name}
        assert lead.url.endswith("#controls")
        section = of_anchor(score_page(replace(found, category=category.name), lang), "controls")
        assert f"{len(table_of(section).rows):,}" == lead.text
        assert {row.cells[1] for row in table_of(section).rows} == {row.cells[0]}
        listed += len(table_of(section).rows)
    assert len(table_of(of_anchor(score_page(found, lang), "controls")).rows) == listed


def test_those_of_unknown_worth_are_a_list_of_their_own(report: ScoreReport) -> None:
    document = score_page(ScoresOfPeriod(HEAD, "180d", report))
    [lead] = of_anchor(document, "categories").leads
    assert chosen_by(lead.url) == {"period": "180d", "worth": "unknown"}
    section = of_anchor(score_page(ScoresOfPeriod(HEAD, "180d", report, worth="unknown")), "controls")
    assert section.title == "Controls: Worth not known (2)"
    row = next(each for each in table_of(section).rows if each.cells[0] == "nobody-knows")
    assert (row.cells[0], *row.cells[2:6]) == ("nobody-knows", "3.5", "–", "–", "–")
    assert [lead.url for lead in section.leads] == ["?period=180d#controls"]


def test_a_long_list_is_cut_and_says_so(report: ScoreReport) -> None:
    section = of_anchor(score_page(ScoresOfPeriod(HEAD, "180d", report, most=2)), "controls")
    assert len(table_of(section).rows) == 2
    assert f"({len(report.controls):,})" in section.title
    assert "first 2 of" in str(section.blocks[-1])


def test_a_category_that_there_is_not_has_nothing(report: ScoreReport) -> None:
    section = of_anchor(score_page(ScoresOfPeriod(HEAD, "180d", report, category="zoo")), "controls")
    assert section.title == "Controls: zoo (0)"
    assert not [each for each in section.blocks if isinstance(each, Table)]


def test_without_a_score_there_is_no_list(report: ScoreReport) -> None:
    document = score_page(ScoresOfPeriod(HEAD, "180d", replace(report, scores=(), categories=())))
    assert not {"controls", "categories"} & {each.anchor for each in document.sections}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_are_inert(report: ScoreReport, hostile: str) -> None:
    score = a_score(20, ControlPoints(hostile, hostile, 1.0))
    profile = replace(a_profile(hostile, hostile, 2.0), title=hostile, address=hostile)
    named = replace(
        report,
        scores=(score,),
        categories=by_category([score], {hostile: profile}),
        profiles={hostile: profile},
        since_start=None,
        since_week=None,
        maximum=None,
        actions=(),
    )
    for category in ("", hostile):
        page = html.render(score_page(ScoresOfPeriod(HEAD, "180d", named, category)), texts=texts_in("en"))
        assert 'href="?period=180d&amp;category=' in page
        assert is_inert(page)
        assert is_safe(Page(page.replace('href="?period=', f'href="https://{HOST}/?period=')))


def test_programs_get_all_of_them(report: ScoreReport) -> None:
    told = score_json(report)["controls"]
    assert len(told) == len(report.controls) + 2
    assert told[-1] == {
        "control": "nobody-knows",
        "title": "",
        "category": "apps",
        "day": TODAY.isoformat(),
        "points": 3.5,
        "most": None,
        "owner": "",
    }
    by_name = {each["category"]: each["days"][-1]["controls"] for each in score_json(report)["categories"]}
    counted = [each["category"] for each in told if each["most"] is not None]
    assert {name: counted.count(name) for name in by_name} == by_name

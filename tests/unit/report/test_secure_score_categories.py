"""Secure Score by category on half a year of a tenant's life, worked out anew from what the source said, and its small pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.evidence_history import TODAY, EvidenceHistory, Raw, half_a_year
from tests.unit.report.examples import HOSTILE
from tests.unit.report.kept_evidence import NOW, SKIPPED, store_of
from tests.unit.report.pages import Page
from tests.unit.report.test_html import is_safe

from watchkeeper.evidence.score_categories import ORDER, by_category
from watchkeeper.model.evidence import ControlPoints, ControlProfile, DailyScore
from watchkeeper.model.sources import GRAPH
from watchkeeper.report import html, text
from watchkeeper.report.document import Document, Multiples, Section, Series, Table
from watchkeeper.report.period import period
from watchkeeper.report.secure_score import ScoreReport, score_report
from watchkeeper.report.secure_score_document import score_document
from watchkeeper.report.secure_score_forms import score_json
from watchkeeper.report.small_drawing import HEIGHT, WIDTH, draw_multiples
from watchkeeper.report.texts import texts_in


@pytest.fixture(scope="module")
def history() -> EvidenceHistory:
    return half_a_year(GRAPH, skipped=SKIPPED)


@pytest.fixture(scope="module")
def report(history: EvidenceHistory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScoreReport]:
    with store_of(history, tmp_path_factory.mktemp("evidence")) as store:
        yield score_report(store, "production", NOW, period("180d", TODAY))


def expected(raw: Raw, day: date) -> dict[str, tuple[float, float]]:
    """Points and maximum by category, of the controls that have a profile today."""
    found: dict[str, tuple[float, float]] = {}
    for each in raw.scores[day]["controlScores"]:
        profile = raw.profiles[TODAY].get(each["controlName"])
        if profile is not None and profile["maxScore"]:
            name = each["controlCategory"].lower()
            points, most = found.get(name, (0.0, 0.0))
            found[name] = (points + each["score"], most + profile["maxScore"])
    return found


def section(document: Document, title: str) -> Section:
    (found,) = [each for each in document.sections if each.title == title]
    return found


def a_profile(control: str, category: str, most: float) -> ControlProfile:
    return ControlProfile(
        id=control, title=control, category=category, service="", most=most, rank=None, cost="", user_impact="", tier="",
        threats=(), deprecated=False, remediation="", address="", changed_at=None, decision=None,
    )  # fmt: skip


def a_score(day: int, *controls: ControlPoints) -> DailyScore:
    at = datetime(2026, 11, day, tzinfo=UTC)
    return DailyScore(f"s-{day}", at, sum(each.points for each in controls), 10.0, 1, 1, (), (), controls)


def test_every_day_s_points_and_maximum_are_those_of_its_controls(
    report: ScoreReport, history: EvidenceHistory
) -> None:
    told = {each["category"]: {day["day"]: day for day in each["days"]} for each in score_json(report)["categories"]}
    for day in report.by_day:
        for name, (points, most) in expected(history.raw, day).items():
            found = told[name][day.isoformat()]
            assert (found["points"], found["most"]) == (pytest.approx(points), pytest.approx(most))
            assert found["share"] == pytest.approx(min(points / most, 1))
    assert all(set(days) <= {day.isoformat() for day in report.by_day} for days in told.values())


def test_categories_stand_as_microsoft_lists_them_and_others_after(report: ScoreReport) -> None:
    names = [each.name for each in report.categories]
    assert names == [name for name in ORDER if name in names]
    assert len(names) > 2
    scores = [a_score(1, ControlPoints("a", "Zoo", 1.0), ControlPoints("b", "data", 1.0))]
    profiles = {"a": a_profile("a", "Zoo", 2.0), "b": a_profile("b", "data", 2.0)}
    assert [each.name for each in by_category(scores, profiles)] == ["data", "Zoo"]


def test_a_control_without_a_known_worth_counts_on_neither_side_and_is_told(report: ScoreReport) -> None:
    scores = [a_score(1, ControlPoints("a", "Data", 1.0), ControlPoints("b", "Data", 5.0))]
    [data] = by_category(scores, {"a": a_profile("a", "Data", 4.0)})
    [held] = data.by_day.values()
    assert (held.points, held.most, held.controls, held.share) == (1.0, 4.0, 1, 0.25)
    latest = report.latest
    assert latest is not None
    more = replace(latest, controls=(*latest.controls, ControlPoints("nobody-knows", "Data", 1.0)))
    told = score_document(replace(report, scores=(*report.scores[:-1], more)))
    said = [each.text for each in section(told, "By category").blocks if hasattr(each, "text")]
    assert any("scored control" in each and "left out" in each for each in said)


def test_a_control_that_is_worth_less_by_now_makes_no_more_than_all_of_it() -> None:
    [data] = by_category([a_score(1, ControlPoints("a", "Data", 5.0))], {"a": a_profile("a", "Data", 4.0)})
    assert [each.share for each in data.by_day.values()] == [1.0]


def test_the_numbers_stand_beside_the_pictures_and_day_by_day_as_a_file(report: ScoreReport) -> None:
    document = score_document(report)
    picture, table, *_ = section(document, "By category").blocks
    assert isinstance(picture, Multiples)
    assert isinstance(table, Table)
    assert [row.cells[0] for row in table.rows] == [each.name for each in picture.series]
    listing = document.listed()
    assert listing is not None
    assert listing.headings == (
        "Day",
        "Secure Score",
        "Points",
        "Maximum",
        *(each.name for each in picture.series),
    )
    last = listing.rows[-1].cells
    assert last[4:] == tuple(row.cells[2] for row in table.rows)


def test_the_page_has_a_small_picture_for_each_that_says_what_it_shows(report: ScoreReport) -> None:
    page = html.render(score_document(report), texts=texts_in("en"))
    figure = page[page.index('<figure class="small">') :].partition("</figure>")[0]
    assert figure.count("<svg ") == figure.count("<title>") == len(report.categories)
    for each in report.categories:
        name = each.name.capitalize()
        assert f'<span class="name">{name}</span>' in figure
        assert re.search(rf'aria-label="{name}: [\d.]+% on \d{{4}}-', figure)
    assert "style=" not in figure
    assert "By category" in text.render(score_document(report), columns=100)
    assert "カテゴリ別" in html.render(score_document(report, "ja"), texts=texts_in("ja"))


def test_without_a_score_or_a_profile_there_is_no_section(report: ScoreReport) -> None:
    document = score_document(replace(report, categories=()))
    assert "By category" not in [each.title for each in document.sections]
    listing = document.listed()
    assert listing is not None
    assert len(listing.headings) == 4


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_category_is_inert(report: ScoreReport, hostile: str) -> None:
    named = tuple(replace(each, name=hostile) for each in report.categories[:1])
    page = html.render(score_document(replace(report, categories=named)), texts=texts_in("en"))
    assert is_safe(Page(page))


class TestSmallPictures:
    DAYS = tuple((date(2026, 11, 1) + timedelta(days=each)).isoformat() for each in range(4))

    def drawn(
        self, *values: tuple[float | None, ...]
    ) -> list[tuple[str, tuple[str, ...], tuple[tuple[float, float], ...]]]:
        series = tuple(Series(f"s{number}", each) for number, each in enumerate(values))
        found = draw_multiples(Multiples("c", self.DAYS, series, "%", 1), texts_in("en"))
        return [(each.ending, each.runs, each.dots) for each in found.lines]

    def test_all_stand_on_one_axis(self) -> None:
        (_, low, _), (_, high, _) = self.drawn((10.0, 10.0, 10.0, 10.0), (50.0, 50.0, 50.0, 50.0))
        assert low[0] != high[0]
        heights = [float(point.split(",")[1]) for run in (low[0], high[0]) for point in run.split()]
        assert all(0 <= height <= HEIGHT for height in heights)
        assert heights[0] > heights[-1]

    def test_a_day_without_a_value_breaks_the_line_and_one_alone_is_a_dot(self) -> None:
        [(ending, runs, dots)] = self.drawn((1.0, None, 2.0, 3.0))
        assert ending == "1.0% → 3.0%"
        assert len(runs) == 1
        assert len(runs[0].split()) == 2
        assert len(dots) == 2
        assert max(x for x, _ in dots) <= WIDTH

    def test_nothing_known_is_said_and_draws_nothing(self) -> None:
        assert self.drawn((None, None, None, None)) == [("", (), ())]

    def test_every_line_has_a_value_for_every_day(self) -> None:
        with pytest.raises(ValueError, match="every day"):
            Multiples("c", self.DAYS, (Series("s", (1.0,)),))


def test_half_a_year_of_a_large_estate_has_every_day() -> None:
    controls = tuple(ControlPoints(f"c{number}", ORDER[number % 5], 1.0) for number in range(600))
    profiles = {each.control: a_profile(each.control, each.category, 2.0) for each in controls}
    at = datetime(2026, 6, 1, tzinfo=UTC)
    scores = [replace(a_score(1, *controls), at=at + timedelta(days=day)) for day in range(180)]
    assert [len(each.by_day) for each in by_category(scores, profiles)] == [180] * 5

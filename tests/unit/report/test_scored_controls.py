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

from watchkeeper.evidence.score_categories import by_category, counted_in, scored_on
from watchkeeper.model.evidence import ControlDecision, ControlPoints
from watchkeeper.model.sources import GRAPH
from watchkeeper.report import html
from watchkeeper.report.board.nouns import Head
from watchkeeper.report.board.secure_score import ScoresOfPeriod, score_page
from watchkeeper.report.document import Document, Lead, Link, Mark, Section, Table
from watchkeeper.report.period import period
from watchkeeper.report.secure_score import ScoreReport, score_report
from watchkeeper.report.secure_score_categories import BY_CATEGORY
from watchkeeper.report.secure_score_forms import score_json
from watchkeeper.report.texts import LANGUAGES, texts_in

HEAD = Head("production", NOW, None, "")
ACCEPTED = ControlDecision("riskAccepted", "Break-glass", "ana@corp.example", "liam@corp.example", NOW)
PROFILES = {
    "a": a_profile("a", "data", 4.0),
    "b": a_profile("b", "data", 9.0),
    "c": replace(a_profile("c", "apps", 2.0), decision=replace(ACCEPTED, state="default")),
    "left": replace(a_profile("left", "apps", 50.0), decision=ACCEPTED),
    "retired": replace(a_profile("retired", "apps", 60.0), deprecated=True),
    "worthless": a_profile("worthless", "data", 0.0),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ScoreReport:
    """Of a tenant whose latest score has a control, under two categories, that nobody knows the worth of."""
    with store_of(half_a_year(GRAPH, skipped=SKIPPED), tmp_path_factory.mktemp("evidence")) as store:
        found = score_report(store, "production", NOW, period("180d", TODAY))
    assert found.latest is not None
    unknown = (ControlPoints("nobody-knows", "data", 1.5), ControlPoints("nobody-knows", "apps", 2.0))
    latest = replace(found.latest, controls=(*found.latest.controls, *unknown), points=found.latest.points + 3.5)
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
    def test_is_listed_on_the_last_day_that_something_could_be_won_in_it(self) -> None:
        first = a_score(1, ControlPoints("a", "data", 1.0), ControlPoints("c", "apps", 2.0))
        second = a_score(
            2, ControlPoints("a", "data", 3.0), ControlPoints("b", "data", 2.0), ControlPoints("worthless", "data", 0.0)
        )
        categories = by_category((first, second), PROFILES)
        found = [
            (each.scored.category, each.scored.control, each.day.day, each.left)
            for each in counted_in(categories, (first, second), PROFILES)
        ]
        assert found == [("data", "b", 2, 7.0), ("data", "a", 2, 1.0), ("apps", "c", 1, 0.0)]
        counted = {each.name: each.by_day[each.latest].controls for each in categories}
        assert counted == {"apps": 1, "data": 2}

    def test_one_with_more_points_than_it_is_worth_by_now_has_nothing_left(self) -> None:
        score = a_score(1, ControlPoints("a", "data", 5.0))
        [found] = counted_in(by_category([score], PROFILES), [score], PROFILES)
        assert (found.left, found.is_asked_for) == (0.0, False)


class TestADaysControls:
    SCORE = a_score(
        1,
        ControlPoints("x", "data", 1.5),
        ControlPoints("x", "apps", 2.0),
        *(ControlPoints(each, "apps", 1.0) for each in ("worthless", "left", "retired", "c", "b", "a")),
    )

    def test_are_all_of_them_what_is_asked_for_first_and_what_nobody_knows_the_worth_of_last(self) -> None:
        found = scored_on(self.SCORE, PROFILES)
        assert [each.scored.control for each in found] == ["b", "a", "c", "retired", "left", "worthless", "x", "x"]
        assert [each.is_asked_for for each in found] == [True] * 3 + [False] * 5
        assert sum(each.scored.points for each in found) == self.SCORE.points

    def test_say_what_was_decided_who_has_them_and_whether_something_is_to_be_done(self, report: ScoreReport) -> None:
        named = replace(
            report, scores=(self.SCORE,), profiles=PROFILES, categories=(), since_start=None, since_week=None
        )
        section = of_anchor(
            score_page(ScoresOfPeriod(HEAD, "180d", replace(named, maximum=None, actions=()))), "controls"
        )
        rows = {str(row.cells[0]): row for row in table_of(section).rows}
        assert table_of(section).numbers == frozenset({2, 3, 4})
        assert rows["b"].cells[2:7] == ("1", "9", "8", "–", "–")
        assert rows["c"].cells[2:7] == ("1", "2", "1", "–", "ana@corp.example")
        assert rows["left"].cells[2:7] == ("1", "50", "49", "risk accepted", "ana@corp.example")
        assert rows["x"].cells[2:7] == ("1.5", "–", "–", "–", "–")
        marks = {name: row.mark for name, row in rows.items()}
        none, open_ = Mark.NONE, Mark.OPEN
        assert marks == {
            "b": open_,
            "a": open_,
            "c": open_,
            "left": none,
            "retired": none,
            "x": none,
            "worthless": Mark.GOOD,
        }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_number_of_a_category_leads_to_as_many_controls(report: ScoreReport, lang: str) -> None:
    found = ScoresOfPeriod(HEAD, "180d", report, most=1_000)
    rows = table_of(of_anchor(score_page(found, lang), "categories")).rows
    assert len(rows) == len(report.categories) > 2
    for row, category in zip(rows, report.categories, strict=True):
        lead = row.cells[BY_CATEGORY.index("controls")]
        assert isinstance(lead, Lead)
        assert [cell.url for cell in row.cells if isinstance(cell, Lead)] == [lead.url] * 3
        assert chosen_by(lead.url) == {"period": "180d", "category": category.name, "worth": "known"}
        assert lead.url.endswith("#controls")
        listed = table_of(
            of_anchor(score_page(replace(found, category=category.name, worth="known"), lang), "controls")
        )
        assert f"{len(listed.rows):,}" == lead.text
        assert {row.cells[1] for row in listed.rows} == {row.cells[0]}


def test_a_day_leads_to_everything_that_was_scored_on_it(report: ScoreReport) -> None:
    rows = table_of(of_anchor(score_page(ScoresOfPeriod(HEAD, "180d", report)), "days")).rows
    for row, score in zip(rows, report.within, strict=True):
        place = f"?period={score.day}#controls"
        assert [cell.url for cell in row.cells if isinstance(cell, Lead)] == [place] * 2
        on_it = replace(report, scores=(score,), categories=by_category([score], report.profiles or {}))
        assert sum(each.scored.points for each in ScoresOfPeriod(HEAD, "", on_it).listed) == pytest.approx(score.points)


def test_a_day_from_before_profiles_were_kept_has_its_controls(report: ScoreReport) -> None:
    unread = replace(report, profiles={}, categories=(), maximum=None, actions=())
    listed = table_of(of_anchor(score_page(ScoresOfPeriod(HEAD, "180d", unread, most=1_000)), "controls")).rows
    assert report.latest is not None
    assert len(listed) == len(report.latest.controls)
    assert {row.cells[3] for row in listed} == {"–"}


def test_those_of_unknown_worth_can_be_listed_alone(report: ScoreReport) -> None:
    document = score_page(ScoresOfPeriod(HEAD, "180d", report))
    [lead] = of_anchor(document, "categories").leads
    assert chosen_by(lead.url) == {"period": "180d", "worth": "unknown"}
    section = of_anchor(score_page(ScoresOfPeriod(HEAD, "180d", report, worth="unknown")), "controls")
    assert section.title == f"Controls: Worth not known ({report.unprofiled})"
    names = [row.cells[0] for row in table_of(section).rows]
    assert len(names) == report.unprofiled == 3
    assert names.count("nobody-knows") == 2
    assert [lead.url for lead in section.leads] == ["?period=180d#controls"]


def test_nothing_leads_to_them_where_each_is_known(report: ScoreReport) -> None:
    profiles = report.profiles or {}
    known = [each for each in report.scores[-1].controls if each.control in profiles]
    sound = replace(report, scores=(*report.scores[:-1], replace(report.scores[-1], controls=tuple(known))))
    assert of_anchor(score_page(ScoresOfPeriod(HEAD, "180d", sound)), "categories").leads == ()


@pytest.mark.parametrize("name", ["", "x" * 513])
def test_a_category_that_no_address_could_name_leads_nowhere(report: ScoreReport, name: str) -> None:
    named = replace(report, categories=(replace(report.categories[0], name=name),))
    [row] = table_of(of_anchor(score_page(ScoresOfPeriod(HEAD, "180d", named, worth="unknown")), "categories")).rows
    assert not [cell for cell in row.cells if isinstance(cell, Lead)]


def test_a_control_without_a_title_is_called_by_its_id(report: ScoreReport) -> None:
    score = a_score(20, ControlPoints("the-id", "data", 1.0))
    profile = replace(a_profile("the-id", "data", 2.0), title="", address="https://security.microsoft.com/x")
    named = replace(
        report, scores=(score,), profiles={"the-id": profile}, categories=(), since_start=None, since_week=None
    )
    section = of_anchor(score_page(ScoresOfPeriod(HEAD, "180d", replace(named, maximum=None, actions=()))), "controls")
    [row] = table_of(section).rows
    assert row.cells[0] == Link("the-id", "https://security.microsoft.com/x")


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
    assert report.latest is not None
    assert len(told) == len(report.latest.controls)
    assert {
        "control": "nobody-knows",
        "title": "",
        "category": "apps",
        "day": TODAY.isoformat(),
        "points": 2.0,
        "most": None,
    } | {
        "counted": False,
        "decision": "",
        "owner": "",
    } in told
    by_name = {each["category"]: each["days"][-1]["controls"] for each in score_json(report)["categories"]}
    counted = [each["category"] for each in told if each["counted"]]
    assert {name: counted.count(name) for name in by_name} == by_name
    profiles = {each.id: each for each in (report.profiles or {}).values()}
    for each in told:
        decision = profiles[each["control"]].decision if each["control"] in profiles else None
        assert (each["decision"], each["owner"]) == ((decision.state, decision.assigned_to) if decision else ("", ""))
    assert any(each["owner"] for each in told)

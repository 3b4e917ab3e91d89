"""The report of Secure Score on half a year of a tenant's life. Every figure is worked out anew from what the source said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.evidence_history import TODAY, EvidenceHistory, Raw, days_from, half_a_year
from tests.unit.report.examples import HOSTILE
from tests.unit.report.junit_rules import read
from tests.unit.report.kept_evidence import NOW, SKIPPED, store_of
from tests.unit.report.pages import Page
from tests.unit.report.test_html import is_safe
from tests.unit.report.test_neutralise import is_inert
from tests.unit.report.test_spreadsheet import cells_of

from watchkeeper.evidence.kept import SCORES
from watchkeeper.evidence.secure_score import Cause, compared
from watchkeeper.model.evidence import ControlDecision
from watchkeeper.model.sources import GRAPH
from watchkeeper.report import html, junit, machine, markdown, spreadsheet, text
from watchkeeper.report.document import Document, Lines, Mark, Section, Table
from watchkeeper.report.period import period
from watchkeeper.report.secure_score import ScoreReport, score_report
from watchkeeper.report.secure_score_document import score_document
from watchkeeper.report.secure_score_forms import score_json, score_suites
from watchkeeper.report.texts import texts_in
from watchkeeper.state import SqlStateStore

BEGAN = TODAY - timedelta(days=179)


@pytest.fixture(scope="module")
def history() -> EvidenceHistory:
    return half_a_year(GRAPH, skipped=SKIPPED)


@pytest.fixture(scope="module")
def store(history: EvidenceHistory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStateStore]:
    with store_of(history, tmp_path_factory.mktemp("evidence")) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(store: SqlStateStore) -> ScoreReport:
    return score_report(store, "production", NOW, period("180d", TODAY))


@pytest.fixture
def raw(history: EvidenceHistory) -> Raw:
    return history.raw


def controls(score: dict[str, Any]) -> dict[str, float]:
    return {each["controlName"]: each["score"] for each in score["controlScores"]}


def section(document: Document, key: str, lang: str = "en") -> Section:
    (found,) = [each for each in document.sections if each.title == texts_in(lang).say(key)]
    return found


def rows(document: Document, key: str) -> list[tuple[str, ...]]:
    (table,) = [each for each in section(document, key).blocks if isinstance(each, Table)]
    return [tuple(cell if isinstance(cell, str) else cell.text for cell in row.cells) for row in table.rows]


class TestFigures:
    def test_the_sentence_says_percent_first_then_points_then_what_changed(self, report: ScoreReport, raw: Raw) -> None:
        now, then = raw.scores[TODAY], raw.scores[BEGAN]
        share, before = (round(each["currentScore"] / each["maxScore"] * 100, 2) for each in (now, then))
        assert score_document(report).sentence == (
            f"Secure Score on {TODAY}: {share:.2f}% ({now['currentScore']:g} of {now['maxScore']:g} points), "
            f"{share - before:.2f} percentage points more than on {BEGAN}; 3 regressions without a known cause need an owner."
        )

    @pytest.mark.parametrize(("which", "then"), [("since_week", TODAY - timedelta(days=7)), ("since_start", BEGAN)])
    def test_a_change_is_split_into_what_points_did_and_what_the_maximum_did(
        self, report: ScoreReport, raw: Raw, which: str, then: date
    ) -> None:
        now, before = raw.scores[TODAY], raw.scores[then]
        told = score_json(report)[which]
        assert told["before"]["day"] == then.isoformat()
        assert told["points"] == pytest.approx(now["currentScore"] - before["currentScore"])
        assert told["most"] == pytest.approx(now["maxScore"] - before["maxScore"])
        with_old_maximum = now["currentScore"] / before["maxScore"]
        assert told["share_by_points"] == pytest.approx(with_old_maximum - before["currentScore"] / before["maxScore"])
        assert told["share_by_maximum"] == pytest.approx(now["currentScore"] / now["maxScore"] - with_old_maximum)

    def test_what_is_shown_of_a_change_adds_up(self, store: SqlStateStore) -> None:
        for days in range(2, 180, 23):
            found = score_report(store, "d", NOW, period(f"{days}d", TODAY))
            for row in rows(score_document(found), "score.changes"):
                change, by_points, by_maximum = (float(each.replace("−", "-")) for each in row[2:5])
                assert round(by_points + by_maximum, 2) == change

    def test_every_control_that_moved_is_told_with_what_it_had(self, report: ScoreReport, raw: Raw) -> None:
        then, now = controls(raw.scores[BEGAN]), controls(raw.scores[TODAY])
        moved = {name: (then.get(name), now.get(name)) for name in then | now if then.get(name, 0) != now.get(name, 0)}
        told = score_json(report)["movers"]
        assert {each["control"]: (each["before"], each["after"]) for each in told} == moved
        assert len(rows(score_document(report), "score.gains")) == sum(
            (after or 0) > (before or 0) for before, after in moved.values()
        )

    def test_a_cause_is_what_the_source_shows(self, report: ScoreReport, raw: Raw) -> None:
        before, after = raw.profiles[BEGAN], raw.profiles[TODAY]
        then, now = controls(raw.scores[BEGAN]), controls(raw.scores[TODAY])
        for mover in score_json(report)["movers"]:
            name = mover["control"]
            if name not in then:
                expected = "added"
            elif after[name]["deprecated"]:
                expected = "deprecated"
            elif now[name] == then[name] / before[name]["maxScore"] * after[name]["maxScore"]:
                expected = "worth" if before[name]["maxScore"] != after[name]["maxScore"] else "nothing"
            else:
                expected = "state"
            assert (name, mover["cause"]) == (name, expected)

    def test_the_maximum_s_change_is_told_control_by_control(self, report: ScoreReport, raw: Raw) -> None:
        told = score_json(report)
        moves = {each["control"]: (each["after"] or 0) - (each["before"] or 0) for each in told["maximum_moves"]}
        then, now = controls(raw.scores[BEGAN]), controls(raw.scores[TODAY])
        worth = {}
        for name in then | now:
            old = raw.profiles[BEGAN][name]["maxScore"] if name in then and name in raw.profiles[BEGAN] else 0
            new = raw.profiles[TODAY][name]["maxScore"] if name in now and name in raw.profiles[TODAY] else 0
            if old != new:
                worth[name] = new - old
        assert moves == worth
        assert sum(moves.values()) == raw.scores[TODAY]["maxScore"] - raw.scores[BEGAN]["maxScore"]
        assert told["maximum_unexplained"] == 0

    def test_next_actions_are_those_that_would_win_most(self, report: ScoreReport, raw: Raw) -> None:
        held = controls(raw.scores[TODAY])
        left = [
            (profile["maxScore"] - held[name], -profile["rank"], name)
            for name, profile in raw.profiles[TODAY].items()
            if name in held
            and not profile["deprecated"]
            and profile["controlStateUpdates"][-1]["state"] not in {"ignored", "thirdParty", "riskAccepted"}
        ]
        best = [(name, gain) for gain, _, name in sorted(left, reverse=True)[:5]]
        assert [(each["control"], each["gain"]) for each in score_json(report)["next_actions"]] == best

    def test_accepted_risks_are_listed_with_who_said_so(self, report: ScoreReport, raw: Raw) -> None:
        said = {
            name: profile["controlStateUpdates"][-1]
            for name, profile in raw.profiles[TODAY].items()
            if profile["controlStateUpdates"][-1]["state"] == "riskAccepted"
        }
        told = score_json(report)["accepted"]
        assert {each["control"]: (each["by"], each["comment"]) for each in told} == {
            name: (each["updatedBy"], each["comment"]) for name, each in said.items()
        }
        assert told

    def test_others_are_compared_with_by_each_basis(self, report: ScoreReport, raw: Raw) -> None:
        told = {each["basis"]: each["average"] for each in score_json(report)["comparisons"]}
        averages = {each["basis"]: each["averageScore"] for each in raw.scores[TODAY]["averageComparativeScores"]}
        assert told == {f"{basis[0].lower()}{basis[1:]}": average for basis, average in averages.items()}

    def test_weeks_win_and_lose_what_their_controls_did(self, report: ScoreReport, raw: Raw) -> None:
        sevenths = [TODAY - timedelta(days=7 * number) for number in range(26)]
        known = sorted({max(day for day in raw.scores if day <= each) for each in sevenths})
        expected = []
        for before, day in pairwise(known):
            then, now = controls(raw.scores[before]), controls(raw.scores[day])
            moved = [now.get(name, 0) - then.get(name, 0) for name in then | now]
            expected.append((day.isoformat(), sum(max(each, 0) for each in moved), sum(min(each, 0) for each in moved)))
        told = rows(score_document(report), "score.weeks")
        assert [(row[0], float(row[3]), float(row[4].replace("−", "-"))) for row in told] == expected


class TestDays:
    def test_a_day_that_the_source_skipped_is_a_gap_and_no_zero(self, report: ScoreReport, raw: Raw) -> None:
        share, won = (each for each in section(score_document(report), "score.days").blocks if isinstance(each, Lines))
        assert {day for day, value in zip(share.days, share.series[0].values, strict=True) if value is None} == {
            each.isoformat() for each in SKIPPED
        }
        for number, day in enumerate(days_from(BEGAN, TODAY)):
            if day not in SKIPPED:
                assert won.series[0].values[number] == raw.scores[day]["maxScore"]
                assert won.series[1].values[number] == raw.scores[day]["currentScore"]
        assert [each["day"] for each in score_json(report)["days"]] == [
            day.isoformat() for day in days_from(BEGAN, TODAY) if day not in SKIPPED
        ]
        assert "no score for 3 days" in text.render(score_document(report))

    def test_points_and_percent_have_a_picture_each(self, report: ScoreReport) -> None:
        units = [each.unit for each in section(score_document(report), "score.days").blocks if isinstance(each, Lines)]
        assert units == ["%", ""]

    def test_a_skipped_day_is_compared_by_the_one_before_it(self, store: SqlStateStore) -> None:
        found = score_report(store, "d", NOW, period(f"{TODAY - timedelta(days=20)}..{TODAY}", TODAY))
        assert score_json(found)["since_start"]["before"]["day"] == (TODAY - timedelta(days=22)).isoformat()

    def test_a_period_of_a_week_is_explained_against_a_week_before(self, store: SqlStateStore) -> None:
        found = score_report(store, "d", NOW, period("7d", TODAY))
        assert score_json(found)["explained"] == "week"
        assert f"less than on {TODAY - timedelta(days=7)}" in score_document(found).sentence

    @pytest.mark.parametrize(
        ("after", "before", "said"),
        [(0, 7, "a week before"), (13, 22, "the last one at least a week before"), (0, 3, "the oldest one known")],
    )
    def test_only_what_is_a_week_before_is_called_so(
        self, report: ScoreReport, after: int, before: int, said: str
    ) -> None:
        by_day = {each.day: each for each in report.scores}
        change = compared(by_day[TODAY - timedelta(days=before)], by_day[TODAY - timedelta(days=after)], {}, {})
        document = score_document(replace(report, since_week=change))
        assert rows(document, "score.changes")[0][0] == f"{said}: {TODAY - timedelta(days=before)}"

    def test_a_day_on_which_nothing_could_be_won_is_a_gap_and_no_fall(
        self, history: EvidenceHistory, tmp_path: Path
    ) -> None:
        scores = [each for each in history.kept if each.kind is SCORES]
        empty = [
            replace(each, document=replace(each.document, points=0.0, most=0.0))
            for each in scores
            if each.day == TODAY - timedelta(days=1)
        ]
        assert empty
        with store_of(replace(history, kept=(*scores, *empty)), tmp_path) as store:
            found = score_report(store, "d", NOW, period("7d", TODAY))
        assert TODAY - timedelta(days=1) not in found.by_day
        assert "no score for 1 day" in text.render(score_document(found))

    def test_a_period_that_is_over_is_told_as_it_was(self, store: SqlStateStore, raw: Raw) -> None:
        found = score_report(store, "d", NOW, period("2026-08", TODAY))
        last = raw.scores[date(2026, 8, 31)]
        assert score_json(found)["latest"]["points"] == last["currentScore"]
        assert score_json(found)["profiles_read"] == "2026-08-31"


class TestRegressions:
    def test_one_without_a_known_cause_needs_an_owner(self, report: ScoreReport) -> None:
        flagged = {each.mover.cause for each in report.unowned}
        assert flagged == {Cause.STATE}
        document = score_document(report)
        assert document.mark is Mark.BAD
        assert [row[-1] for row in rows(document, "score.regressions")] == [*["needs an owner"] * 3, "–"]
        assert document.next_steps[0].startswith("Find out why controls lost points")

    def test_one_that_somebody_has_is_in_good_hands(self, report: ScoreReport) -> None:
        owned = {}
        for name, profile in (report.profiles or {}).items():
            assert profile.decision is not None
            owned[name] = replace(profile, decision=replace(profile.decision, assigned_to="keiko.tanaka"))
        document = score_document(replace(report, profiles=owned))
        assert document.mark is Mark.GOOD
        assert document.sentence.endswith("; every regression has a cause or an owner.")
        assert {row[-1] for row in rows(document, "score.regressions")} == {"keiko.tanaka"}

    def test_tests_fail_by_those_that_need_an_owner(self, report: ScoreReport) -> None:
        known, regressions, actions = read(junit.render("x", score_suites(report)))
        assert [child.tag for case in regressions for child in case] == ["failure"] * 3
        assert len(actions) == 5
        assert not list(known[0])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_the_source_calls_a_control_is_inert(report: ScoreReport, hostile: str) -> None:
    said = ControlDecision("riskAccepted", hostile, hostile, hostile, None)
    named = {name: replace(each, title=hostile, address=hostile, cost=hostile, decision=said) for name, each in (report.profiles or {}).items()}  # fmt: skip
    change = report.since_start
    assert change is not None
    movers = tuple(replace(each, title=hostile) for each in change.movers)
    actions = tuple(replace(each, profile=named[each.profile.id]) for each in report.actions)
    found = replace(report, profiles=named, since_start=replace(change, movers=movers), actions=actions)
    document = score_document(found)
    written = html.render(document, texts=texts_in("en"))
    assert is_inert(written)
    assert is_safe(Page(written))
    assert is_inert(text.render(document))
    assert is_inert(markdown.render(document, texts=texts_in("en")))
    assert is_inert(spreadsheet.render(document))
    assert is_inert(junit.render("x", score_suites(found)))


class TestNothing:
    def test_without_a_score_nothing_is_said_to_be_well(self, store: SqlStateStore) -> None:
        found = score_report(store, "d", NOW, period("2025", TODAY))
        document = score_document(found)
        assert document.mark is Mark.WARN
        assert document.sentence == (
            "No Secure Score is known from 2025-01-01 to 2025-12-31: see `watchkeeper evidence collect`."
        )
        (suite,) = read(junit.render("x", score_suites(found)))
        assert [child.tag for case in suite for child in case] == ["error"]
        Draft202012Validator(machine.schema("report-secure-score")).validate(score_json(found))

    def test_a_first_score_has_nothing_to_be_compared_with(self, history: EvidenceHistory, tmp_path: Path) -> None:
        first = next(each for each in history.kept if each.kind is SCORES and each.day == TODAY)
        with store_of(EvidenceHistory((first,), history.raw), tmp_path) as store:
            document = score_document(score_report(store, "d", NOW, period("30d", TODAY)))
        assert document.sentence.endswith("; there is no earlier one to compare it with.")
        assert [each.title for each in document.sections if each.title == "What changed"] == []

    def test_causes_are_said_to_be_unsure_where_no_profiles_of_the_earlier_day_were_kept(
        self, history: EvidenceHistory, tmp_path: Path
    ) -> None:
        late = tuple(each for each in history.kept if each.kind is SCORES or each.day == TODAY)
        with store_of(EvidenceHistory(late, history.raw), tmp_path) as store:
            found = score_report(store, "d", NOW, period("180d", TODAY))
        assert "cannot be told from one of settings" in " ".join(text.render(score_document(found)).split())
        assert score_json(found)["maximum_unexplained"] == pytest.approx(
            score_json(found)["since_start"]["most"]
            - sum((each["after"] or 0) - (each["before"] or 0) for each in score_json(found)["maximum_moves"])
        )


@pytest.mark.parametrize("lang", ["en", "ja"])
class TestForms:
    def test_every_form_says_the_sentence_first(self, report: ScoreReport, lang: str) -> None:
        document = score_document(report, lang)
        start = document.sentence[:12]
        assert text.render(document).startswith(start)
        assert document.sentence.split()[0] in markdown.render(document, texts=texts_in(lang)).splitlines()[2]
        page = Page(html.render(document, texts=texts_in(lang)))
        assert is_safe(page)
        assert len(page.all("figure")) == 3
        assert [each.attributes["href"] for each in page.all("a")]

    def test_a_spreadsheet_has_a_row_for_every_day(self, report: ScoreReport, lang: str) -> None:
        table = cells_of(spreadsheet.render(score_document(report, lang)))
        assert len(table) == 1 + 180 - len(SKIPPED)
        assert table[-1][0] == TODAY.isoformat()

    def test_its_parts_are_named_in_its_language(self, report: ScoreReport, lang: str) -> None:
        written = text.render(score_document(report, lang))
        assert "{" not in written
        assert (texts_in("ja").say("score.accepted") in written) == (lang == "ja")


def test_programs_get_what_the_schema_says(report: ScoreReport) -> None:
    Draft202012Validator(machine.schema("report-secure-score")).validate(score_json(report))

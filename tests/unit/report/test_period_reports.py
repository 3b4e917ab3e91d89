"""Reports over a period: what they count, and the one line that a manager reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.unit.report.examples import MONDAY, RUNS, a_verdict, an_audit
from tests.unit.report.junit_rules import read
from tests.unit.report.months import TEAMS, TODAY, compliance, judged, sheets_of
from tests.unit.report.pages import Page
from tests.unit.report.test_html import is_safe
from tests.unit.report.test_renderers import quickly
from tests.unit.report.test_spreadsheet import cells_of

from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.report import html, junit, machine, markdown, spreadsheet, text
from watchkeeper.report.audit import audit_document
from watchkeeper.report.ci.outputs import outputs_of_audit
from watchkeeper.report.compliance import (
    Compliance,
    compliance_document,
    compliance_json,
    compliance_suites,
    looked_back,
    share_of,
)
from watchkeeper.report.document import Block, Document, Mark, Paragraph, Row, Table
from watchkeeper.report.headline import sentence
from watchkeeper.report.judged import HISTORIES, of_verdicts
from watchkeeper.report.oversight_compliance import TeamUpdates, updates_of_teams
from watchkeeper.report.past_runs import PastRuns, began_in, runs_document, runs_json, runs_suites
from watchkeeper.report.period import Period, period
from watchkeeper.report.standing import (
    BUCKETS,
    OLDEST,
    age,
    ages,
    oldest,
    standing_document,
    standing_json,
    standing_suites,
)
from watchkeeper.report.texts import texts_in

ENGLISH, JAPANESE = texts_in("en"), texts_in("ja")
DAY = date(2026, 11, 23)
F, D, S, V, E, U = (
    VerdictKind.FRESH,
    VerdictKind.DUE,
    VerdictKind.STALE,
    VerdictKind.VERY_STALE,
    VerdictKind.EXEMPT,
    VerdictKind.UNKNOWN,
)
PAST = PastRuns("production", MONDAY, Period(date(2026, 11, 20), date(2026, 11, 30)), RUNS)


def standing(*kinds: tuple[VerdictKind, str, str]) -> list[Verdict]:
    """Verdicts of these kinds, teams and reasons."""
    return [a_verdict(kind, team, number, reason_code=code) for number, (kind, team, code) in enumerate(kinds, start=1)]


class TestTheFirstLine:
    def test_it_is_what_a_manager_wants_to_know(self) -> None:
        document = standing_document(judged())
        assert document.sentence == "57 of 59 updated; 2 stale, both CSIRT; 3 on approved hold."
        assert standing_document(judged(), "ja").sentence == (
            "59 件中 57 件が更新済み、未更新 2 件（いずれも CSIRT）、承認済みの保留 3 件。"
        )

    @pytest.mark.parametrize(
        ("kinds", "said"),
        [
            ([(F, "a", "")], "1 of 1 updated."),
            ([(S, "a", "")], "0 of 1 updated; 1 stale, a."),
            ([(S, "a", ""), (V, "a", "")], "0 of 2 updated; 2 stale, both a."),
            ([(S, "a", "")] * 3, "0 of 3 updated; 3 stale, all a."),
            ([(S, "a", ""), (S, "b", ""), (V, "a", "")], "0 of 3 updated; 3 stale, 2 a and 1 b."),
            ([(S, team, "") for team in "abcd"], "0 of 4 updated; 4 stale, in 4 teams."),
            ([(U, "a", ""), (D, "a", "")], "0 of 2 updated; 1 unknown; 1 still due."),
            ([(E, "a", "on-hold")], "0 of 0 updated; 1 on approved hold."),
            ([(E, "a", "not-yet"), (F, "a", "")], "1 of 1 updated; 1 exempt for other reasons."),
        ],
    )
    def test_it_says_only_what_there_is(self, kinds: list[tuple[VerdictKind, str, str]], said: str) -> None:
        assert sentence(standing(*kinds), ENGLISH) == said

    def test_a_period_without_an_audit_is_not_good_news(self) -> None:
        document = standing_document(of_verdicts("production", MONDAY, judged().period, ()))
        assert document.mark is Mark.WARN
        assert document.sentence.startswith("No escalation was judged from 2026-11-01 to 2026-11-30")

    def test_a_group_that_no_team_has_is_named_by_itself(self) -> None:
        stale = [a_verdict(S, "SOC Oversight", 1, group="Network")]
        assert sentence(stale, ENGLISH) == "0 of 1 updated; 1 stale, Network."


class TestStanding:
    def test_only_a_teams_latest_judged_day_counts(self) -> None:
        old, new = a_verdict(S, "a", 1), a_verdict(F, "a", 2, day=DAY + timedelta(days=1))
        other = a_verdict(S, "b", 3)
        assert of_verdicts("d", MONDAY, period("30d", TODAY), (old, new, other)).standing == (new, other)

    @pytest.mark.parametrize("lang", ["en", "ja"])
    def test_every_sign_of_a_ticket_s_days_is_said_in_words(self, lang: str) -> None:
        verdicts = tuple(a_verdict(kind, day=DAY + timedelta(days=n)) for n, kind in enumerate(VerdictKind))
        sections = standing_document(of_verdicts("d", MONDAY, period("30d", TODAY), verdicts), lang).sections
        (history,) = [each for each in sections if each.folded]
        said, table = history.blocks
        assert isinstance(said, Paragraph)
        assert isinstance(table, Table)
        *signs, _ = str(table.rows[0].cells[-1]).split()
        assert len(signs) == len(VerdictKind)
        names = [texts_in(lang).say(f"verdict.{kind.value}") for kind in VerdictKind]
        assert all(f"{sign} {name}" in said.text for sign, name in zip(signs, names, strict=True))

    def test_a_ticket_that_changed_teams_stands_with_the_new_one_alone(self) -> None:
        before, after = a_verdict(S, "a", 1), a_verdict(F, "b", 1, day=DAY + timedelta(days=1))
        found = of_verdicts("d", MONDAY, period("30d", TODAY), (before, after))
        assert found.standing == (after,)
        assert found.latest_days == {"a": before.day, "b": after.day}
        assert standing_document(found).sentence == "1 of 1 updated."

    @pytest.mark.parametrize(
        ("zone", "at", "days"),
        [
            ("Asia/Tokyo", "2026-11-22T23:30:00Z", 0),
            ("Asia/Tokyo", "2026-11-22T14:59:00Z", 1),
            ("America/Los_Angeles", "2026-11-23T01:00:00Z", 1),
            ("America/Los_Angeles", "2026-11-24T01:00:00Z", 0),
            ("", "2026-11-22T23:30:00Z", 1),
        ],
    )
    def test_days_since_are_days_of_the_team_s_zone(self, zone: str, at: str, days: int) -> None:
        verdict = a_verdict(S, last_human_update=datetime.fromisoformat(at), zone=zone)
        assert age(verdict) == days

    @quickly
    @given(st.lists(st.integers(0, 400), max_size=30), st.integers(0, 3))
    def test_every_ticket_is_in_one_bucket_or_was_never_updated(self, days: list[int], never: int) -> None:
        known = [a_verdict(S, last_human_update=MONDAY - timedelta(days=each)) for each in days]
        counted = ages([*known, *[a_verdict(S, last_human_update=None)] * never])
        assert list(counted) == list(BUCKETS)
        assert sum(counted.values()) == len(days)

    @pytest.mark.parametrize(
        ("days", "bucket"), [(0, (0, 0)), (1, (1, 5)), (5, (1, 5)), (6, (6, 10)), (10, (6, 10)), (11, (10, 30)), (30, (10, 30)), (31, (30, None))]
    )  # fmt: skip
    def test_buckets_have_the_edges_that_are_usual(self, days: int, bucket: tuple[int, int | None]) -> None:
        counted = ages([a_verdict(S, last_human_update=MONDAY - timedelta(days=days))])
        assert [each for each, count in counted.items() if count] == [bucket]

    def test_the_ten_oldest_come_oldest_first_and_never_updated_before_them(self) -> None:
        verdicts = [a_verdict(S, number=n, last_human_update=MONDAY - timedelta(days=n)) for n in range(1, 20)]
        found = oldest([*verdicts, a_verdict(U, number=40, last_human_update=None), a_verdict(F, number=41)])
        assert len(found) == OLDEST
        assert found[0].last_human_update is None
        assert [each.last_human_update for each in found[1:]] == [MONDAY - timedelta(days=n) for n in range(19, 10, -1)]

    def test_a_new_ticket_that_nobody_has_updated_yet_is_not_among_those_that_have_waited_longest(self) -> None:
        new = a_verdict(S, number=1, last_human_update=None, working_days=1, reason_code="no-update")
        old = a_verdict(S, number=2, last_human_update=MONDAY - timedelta(days=9))
        older = a_verdict(S, number=3, last_human_update=None, working_days=16, reason_code="no-update-at-least")
        assert oldest([new, old, older]) == [older, old, new]


class TestHistories:
    def test_those_that_missed_most_come_first_and_the_rest_is_counted(self) -> None:
        days = [DAY + timedelta(days=number) for number in range(3)]
        verdicts = tuple(a_verdict(S if number < 3 and day > DAY else F, number=number, day=day) for day in days for number in range(HISTORIES + 5))  # fmt: skip
        found = of_verdicts("d", MONDAY, period("30d", TODAY), verdicts)
        assert [each.missed for each in found.histories[:4]] == [2, 2, 2, 0]
        assert (len(found.histories), found.tickets) == (HISTORIES, HISTORIES + 5)
        assert found.histories[0].latest == (F, S, S)
        (section,) = [each for each in standing_document(found).sections if each.title.startswith("History")]
        assert section.title == "History of the 200 tickets that missed most, of 205"


class TestCompliance:
    @quickly
    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4), st.sampled_from(VerdictKind)), max_size=40))
    def test_every_verdict_is_counted_once(self, drawn: list[tuple[str, int, VerdictKind]]) -> None:
        verdicts = [
            a_verdict(kind, team, number, day=DAY + timedelta(days=day))
            for number, (team, day, kind) in enumerate(drawn)
        ]
        days = sheets_of(verdicts)
        assert sum(sum(day.totals.values()) for day in days) == len(verdicts)
        assert sum(day.duties for day in days) == sum(kind is not E for _, _, kind in drawn)
        share = share_of(days)
        assert (share is None) == all(kind is E for _, _, kind in drawn)
        assert share is None or 0 <= share <= 1

    def test_unknown_is_never_compliant_and_a_day_that_is_not_over_does_not_count(self) -> None:
        final = [a_verdict(F, number=1), a_verdict(U, number=2)]
        open_day = [a_verdict(D, number=3, day=DAY + timedelta(days=1), final=False)]
        assert share_of(sheets_of([*final, *open_day])) == 0.5

    def test_a_team_s_share_stands_beside_that_of_the_period_before(self) -> None:
        before = DAY - timedelta(days=1)
        verdicts = [
            a_verdict(F, "csirt", 1),
            a_verdict(S, "csirt", 2),
            a_verdict(F, "csirt", 3, day=before),
            a_verdict(S, "other", 4, day=before),
        ]
        found = Compliance("d", MONDAY, Period(DAY, DAY), sheets_of(verdicts))
        assert updates_of_teams(found) == (TeamUpdates("csirt", 2, 1, 0.5, 1.0),)
        assert (found.total.share, found.total_before.share) == (0.5, 0.5)
        [teams] = [
            each for each in compliance_document(found).sections if each.title == ENGLISH.say("compliance.teams")
        ]
        [table] = [block for block in teams.blocks if isinstance(block, Table)]
        assert [row.cells[-2:] for row in table.rows] == [("50%", "100%")]

    def test_a_full_share_is_only_said_of_all(self) -> None:
        verdicts = (*(a_verdict(F, number=n) for n in range(999)), a_verdict(S, number=999))
        document = compliance_document(Compliance("d", MONDAY, period("30d", DAY), sheets_of(verdicts)))
        assert document.sentence == (
            "999 of 1,000 daily updates were made from 2026-10-25 to 2026-11-23 (99%); every team reached 95%."
        )

    def test_it_names_the_team_that_is_furthest_from_the_aim(self) -> None:
        assert "; lowest: CSIRT with 88%." in compliance_document(compliance()).sentence

    @pytest.mark.parametrize("fresh", [29, 57, 58, 99, 100])
    def test_every_report_says_the_same_of_the_same_share(self, fresh: int) -> None:
        verdicts = tuple(a_verdict(F if number < fresh else S, number=number) for number in range(100))
        audit, said = an_audit(verdicts=verdicts), f"{fresh}%"
        assert said in audit_document(audit).sentence
        assert said in compliance_document(Compliance("d", MONDAY, period("30d", DAY), sheets_of(verdicts))).sentence
        assert outputs_of_audit(audit, audit_document(audit), 0)["compliance"] == str(fresh)

    @pytest.mark.parametrize("text", ["0001-01-05", "0001", "9999"])
    def test_the_ends_of_the_calendar_are_periods_like_any_other(self, text: str) -> None:
        chosen = period(text, TODAY)
        assert looked_back(chosen) <= chosen.first
        assert "has been judged for good" in compliance_document(Compliance("d", MONDAY, chosen, ())).sentence
        assert began_in(chosen, RUNS) == ()

    def test_it_looks_back_as_far_as_its_longest_span(self) -> None:
        assert looked_back(period("7d", TODAY)) == TODAY - timedelta(days=89)
        assert looked_back(period("2026", TODAY)) == date(2025, 1, 1)

    def test_a_week_is_told_beside_the_week_before(self) -> None:
        days = [DAY - timedelta(days=number) for number in range(14)]
        kinds = [S if number in {0, 7, 8} else F for number in range(14)]
        verdicts = [
            a_verdict(kind, number=number, day=day) for number, (day, kind) in enumerate(zip(days, kinds, strict=True))
        ]
        found = Compliance("d", MONDAY, Period(days[6], DAY), sheets_of(verdicts))
        assert compliance_document(found).sentence.startswith(
            "6 of 7 daily updates were made from 2026-11-17 to 2026-11-23 (85%, after 71% in as many days before)"
        )
        payload = compliance_json(found)
        assert (round(payload["compliance"], 2), round(payload["before"], 2)) == (0.86, 0.71)

    def test_spans_end_with_the_period_and_the_period_begins_where_it_says(self) -> None:
        payload = compliance_json(compliance("7d"))
        assert {each["day"] >= "2026-11-24" for each in payload["days"]} == {True}
        spans = {(each["team"], each["days"]) for each in payload["spans"]}
        assert spans == {(team, span) for team in (*TEAMS, "") for span in (7, 30, 90)}

    def test_two_teams_of_one_name_are_two_in_every_table(self) -> None:
        days = sheets_of([a_verdict(F, team="csirt"), a_verdict(S, team="csirt-night", number=2)])
        names = {key: {"en": "Response", "ja": "対応"} for key in ("csirt", "csirt-night")}
        document = compliance_document(Compliance("d", MONDAY, period("30d", DAY), days, names))
        tables = [each for section in document.sections for each in section.blocks if isinstance(each, Table)]
        named = [[row.cells[0] for row in each.rows].count("Response") for each in tables]
        assert set(named) == {2}

    def test_nothing_judged_is_no_good_news(self) -> None:
        document = compliance_document(replace(compliance(), days=()))
        assert document.mark is Mark.WARN
        assert "has been judged for good" in document.sentence


class TestRuns:
    def test_the_first_line_counts_them_by_how_they_ended(self) -> None:
        assert runs_document(PAST).sentence == (
            "0 of 2 runs ended well; 1 failed; 1 never ended; 3 writes; latest good one: never."
        )

    def test_a_run_that_was_put_off_or_broken_off_is_no_failure_and_no_success(self) -> None:
        later = tuple({**RUNS[1], "exit_code": code, "reasons": [f"{code}: not now"]} for code in (75, 130, 143))
        past = replace(PAST, runs=({**RUNS[1], "exit_code": 0, "reasons": []}, *later))
        document = runs_document(past)
        assert document.sentence.startswith("1 of 4 runs ended well; 3 were put off; ")
        assert document.mark is Mark.WARN
        assert "3 回は先送り" in runs_document(past, "ja").sentence
        marks = [row.mark for section in document.sections for each in section.blocks for row in _rows(each)]
        assert Mark.BAD not in marks
        assert (runs_json(past)["put_off"], runs_json(past)["fine"]) == (3, 1)
        (suite,) = read(junit.render("x", runs_suites(past)))
        assert [child.tag for case in suite for child in case] == ["skipped"] * 3

    def test_only_runs_that_began_in_the_period_are_told_of(self) -> None:
        assert [run["run_id"] for run in began_in(Period(DAY, DAY), RUNS)] == ["run-2"]

    def test_a_valve_that_stopped_several_runs_is_one_problem(self) -> None:
        stopped = tuple(
            {
                **RUNS[1],
                "exit_code": 7,
                "reasons": [
                    f"7: valve first-import: {n} records (limit: 0); look at the plan, then --open-valve x:{n}"
                ],
            }
            for n in range(3)
        )
        sections = runs_document(replace(PAST, runs=(*stopped, *RUNS)), "ja").sections
        (problems,) = [each for each in sections if each.title == JAPANESE.say("runs.problems")]
        (table,) = [each for each in problems.blocks if isinstance(each, Table)]
        assert table.rows[0].cells == ("安全弁 first-import が閉じています", "3")

    def test_none_is_no_good_news(self) -> None:
        assert runs_document(replace(PAST, runs=())).mark is Mark.WARN

    def test_a_run_that_never_ended_is_an_error(self) -> None:
        (suite,) = read(junit.render("x", runs_suites(PAST)))
        assert sorted(child.tag for case in suite for child in case) == ["error", "failure"]


def _rows(block: Block) -> Sequence[Row]:
    return block.rows if isinstance(block, Table) else ()


DOCUMENTS = {
    "report-escalations": lambda lang: standing_document(judged(), lang),
    "report-compliance": lambda lang: compliance_document(compliance(), lang),
    "report-run": lambda lang: runs_document(PAST, lang),
}
SUITES = {
    "report-escalations": lambda lang: standing_suites(judged(), lang),
    "report-compliance": lambda lang: compliance_suites(compliance(), lang),
    "report-run": lambda lang: runs_suites(PAST, lang),
}
PAYLOADS = {
    "report-escalations": lambda: standing_json(judged("7d")),
    "report-compliance": lambda: compliance_json(compliance()),
    "report-run": lambda: runs_json(PAST),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("lang", ["en", "ja"])
class TestForms:
    def document(self, kind: str, lang: str) -> Document:
        return DOCUMENTS[kind](lang)

    def test_every_form_says_the_sentence_first(self, kind: str, lang: str) -> None:
        document = self.document(kind, lang)
        start = document.sentence[:20]
        assert text.render(document).startswith(start)
        assert start.split()[0] in markdown.render(document, texts=texts_in(lang)).splitlines()[2]
        page = Page(html.render(document, texts=texts_in(lang)))
        (lead,) = [each for each in page.all("p") if each.attributes.get("class") == "lead"]
        assert document.sentence in lead.text

    def test_it_is_a_page_with_its_pictures(self, kind: str, lang: str) -> None:
        page = Page(html.render(self.document(kind, lang), texts=texts_in(lang)))
        assert is_safe(page)
        assert page.all("figure")

    def test_it_is_a_spreadsheet(self, kind: str, lang: str) -> None:
        document = self.document(kind, lang)
        rows = cells_of(spreadsheet.render(document))
        assert len(rows) > 2
        assert len({len(row) for row in rows}) == 1
        assert len(set(rows[0])) == len(rows[0])

    def test_it_is_a_test_result(self, kind: str, lang: str) -> None:
        assert len(read(junit.render("x", SUITES[kind](lang)))) > 0


@pytest.mark.parametrize("kind", PAYLOADS)
def test_programs_get_what_the_schema_says(kind: str) -> None:
    Draft202012Validator(machine.schema(kind)).validate(PAYLOADS[kind]())

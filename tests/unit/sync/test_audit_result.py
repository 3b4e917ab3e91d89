"""What a duty's ticket is told of its day, and when that is good enough to resolve it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from tests.unit.sync.make import MAPPINGS, agreed, case, found, in_sentinel, in_servicenow

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.model import Team
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.plan import Operation
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.sync.audit_result import WAIT, DayResult, day_result
from watchkeeper.sync.audit_text import closing_text, result_text
from watchkeeper.sync.reconcile import reconcile

MONDAY = date(2026, 11, 16)
LABOUR_THANKSGIVING = date(2026, 11, 23)
"""A public holiday in Japan alone."""
F, D, S, V, E, U = (
    VerdictKind.FRESH,
    VerdictKind.DUE,
    VerdictKind.STALE,
    VerdictKind.VERY_STALE,
    VerdictKind.EXEMPT,
    VerdictKind.UNKNOWN,
)


@cache
def teams() -> Mapping[str, Team]:
    return load_catalog(MAPPINGS, deployment="test").teams


def sheet(team: str = "csirt", day: date = MONDAY, *, over: bool = True, whole: bool = True, **counts: int) -> DaySheet:
    totals = {kind: counts.get(kind.name.lower(), 0) for kind in VerdictKind}
    return DaySheet(team, day, totals, over, whole, run_id="run-7", digest=f"{team}{counts}")


def result(*sheets: DaySheet, of: tuple[str, ...] = ("csirt", "monitoring"), day: date = MONDAY) -> DayResult:
    return day_result([teams()[team] for team in of], day, {(each.team, each.day): each for each in sheets})


class TestTheDay:
    @pytest.mark.parametrize(
        ("counts", "kept"),
        [
            ({"fresh": 3}, True),
            ({"fresh": 3, "exempt": 2}, True),
            ({"exempt": 2}, True),
            ({}, True),
            ({"fresh": 3, "stale": 1}, False),
            ({"fresh": 3, "very_stale": 1}, False),
            ({"fresh": 3, "unknown": 1}, False),
            ({"fresh": 3, "due": 1}, False),
        ],
    )
    def test_it_is_kept_when_everything_that_was_owed_was_done(self, counts: dict[str, int], kept: bool) -> None:
        found = result(sheet("csirt", **counts), sheet("monitoring", fresh=1))
        assert found.over
        assert found.kept is kept

    @pytest.mark.parametrize(
        "other",
        [None, sheet("monitoring", fresh=1, over=False), sheet("monitoring", fresh=1, whole=False)],
        ids=["no audit", "not over yet", "not everything could be listed"],
    )
    def test_what_no_audit_can_vouch_for_is_neither_over_nor_kept(self, other: DaySheet | None) -> None:
        sheets = [sheet("csirt", fresh=2), *([other] if other else [])]
        assert (result(*sheets).over, result(*sheets).kept) == (False, False)

    def test_a_team_that_does_not_work_that_day_owes_nothing(self) -> None:
        found = result(sheet(day=LABOUR_THANKSGIVING, fresh=2), day=LABOUR_THANKSGIVING)
        assert found.kept
        assert "監視：休業日" in result_text(found, "ja")
        assert not result(day=LABOUR_THANKSGIVING, of=("monitoring",)).kept

    def test_it_is_told_once_it_is_over(self) -> None:
        whole = result(sheet("csirt", fresh=2), sheet("monitoring"))
        assert whole.is_told(whole.ends)

    def test_gaps_are_told_a_day_later_and_named_as_such(self) -> None:
        found = result(sheet("csirt", fresh=2))
        assert not found.is_told(found.ends + WAIT - timedelta(seconds=1))
        assert found.is_told(found.ends + WAIT)
        assert "- Monitoring: not audited" in result_text(found, "en").splitlines()

    def test_where_nobody_audits_nothing_is_said(self) -> None:
        assert not result().is_told(datetime(2027, 1, 1, tzinfo=UTC))
        open_day = result(sheet("csirt", fresh=2, over=False))
        assert not open_day.is_told(datetime(2027, 1, 1, tzinfo=UTC))

    def test_it_ends_with_the_last_team_s_day(self) -> None:
        assert result(of=("monitoring", "threat-intelligence")).ends == datetime(2026, 11, 17, 8, tzinfo=UTC)

    def test_the_same_result_is_the_same_whoever_found_it(self) -> None:
        found = sheet("csirt", fresh=2)
        again = replace(found, run_id="run-8", digest="other inputs")
        assert result(found).digest == result(again).digest
        assert result(found).evidence != result(again).evidence
        assert result(found).digest != result(sheet("csirt", fresh=2, stale=1)).digest
        assert result(found).digest != result(replace(found, whole=False)).digest


class TestTheWords:
    FOUND = result(sheet("csirt", fresh=17, stale=1, very_stale=1, exempt=3), sheet("monitoring", fresh=40))

    def test_a_sentence_then_a_row_for_each_team_then_the_evidence(self) -> None:
        assert result_text(self.FOUND, "en").splitlines() == [
            "Escalation audit of 2026-11-16: 57 of 59 updated.",
            "- Computer Security Incident Response Team: 19 owed, 17 updated, 0 due, 2 stale, 0 unknown, 3 exempt; 89%",
            "- Monitoring: 40 owed, 40 updated, 0 due, 0 stale, 0 unknown, 0 exempt; 100%",
            f"Evidence: audit run-7, digest {self.FOUND.evidence}.",
        ]

    def test_all_but_one_is_never_a_hundred_per_cent(self) -> None:
        assert "; 99%" in result_text(result(sheet("csirt", fresh=999, stale=1)), "en")

    def test_a_day_that_could_not_be_read_in_full_says_so(self) -> None:
        assert "; 100% (not everything could be read)" in result_text(result(sheet(fresh=2, whole=False)), "en")

    def test_in_japanese(self) -> None:
        said = result_text(self.FOUND, "ja").splitlines()
        assert said[0] == "2026-11-16 のエスカレーション監査：59 件中 57 件が更新済み。"
        assert "- 監視：対象 40 件、更新済み 40 件、期限前 0 件、未更新 0 件、不明 0 件、免除 0 件、更新率 100%" in said

    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_what_a_ticket_is_resolved_with_names_the_evidence_before_the_rows(self, language: str) -> None:
        said, head, evidence, *rows = closing_text(self.FOUND, language).splitlines()
        assert "Watchkeeper" in said
        assert self.FOUND.evidence in evidence
        assert [head, *rows, evidence] == result_text(self.FOUND, language).splitlines()


class TestResolving:
    """What follows for a pair whose duty the audit found done."""

    def test_both_records_are_resolved_with_the_words_and_the_codes_of_a_close_that_says_nothing(self) -> None:
        ticket, incident = agreed("active")
        both = case(found(SERVICENOW, ticket, ticket), found(SENTINEL, incident, incident), conclusion="All was done.")
        written = {action.ref.side: action for action in reconcile(both).actions}
        assert {action.operation for action in written.values()} == {Operation.CLOSE}
        assert written[SERVICENOW].body == {
            "state": "6",
            "close_code": "Solution provided",
            "close_notes": "All was done.",
        }
        assert written[SENTINEL].body["status"] == "Closed"
        assert written[SENTINEL].body["classification"] == "Undetermined"
        assert written[SENTINEL].body["classificationComment"] == "All was done."

    def test_a_ticket_that_lives_in_servicenow_alone_is_resolved_there(self) -> None:
        ticket, _ = agreed()
        (action,) = reconcile(case(found(SERVICENOW, ticket, ticket), conclusion="All was done.")).actions
        assert action.operation is Operation.CLOSE

    def test_what_a_person_has_put_on_hold_stays_with_that_person(self) -> None:
        ticket, incident = in_servicenow("on-hold"), in_sentinel("active")
        both = case(found(SERVICENOW, ticket, ticket), found(SENTINEL, incident, incident), conclusion="All was done.")
        assert reconcile(both).actions == ()

    def test_what_a_person_has_just_closed_is_carried_over_as_that_person_s_close(self) -> None:
        ticket, incident = agreed("active")
        closed = {**in_sentinel("closed"), "classificationComment": "Checked by hand."}
        both = case(found(SERVICENOW, ticket, ticket), found(SENTINEL, closed, incident), conclusion="All was done.")
        (action,) = reconcile(both).actions
        assert "Checked by hand." in str(action.body["close_notes"])

    def test_a_change_of_another_field_goes_into_the_same_call(self) -> None:
        ticket, incident = agreed("active")
        raised = in_sentinel("active", "high")
        both = case(found(SERVICENOW, ticket, ticket), found(SENTINEL, raised, incident), conclusion="All was done.")
        written = {action.ref.side: action for action in reconcile(both).actions}
        assert (written[SERVICENOW].body["impact"], written[SERVICENOW].body["state"]) == ("1", "6")
        assert [change.field for change in written[SERVICENOW].changes] == ["severity", "status"]

    def test_where_one_side_cannot_be_closed_neither_is(self) -> None:
        ticket, incident = agreed("active")
        both = case(found(SERVICENOW, ticket, ticket), found(SENTINEL, incident, incident), conclusion="All was done.")
        status = replace(both.profile.field("status"), lenses={**both.profile.field("status").lenses})
        barred = replace(status.lenses[SERVICENOW], transitions={"2": frozenset()})  # type: ignore[call-arg]
        rule = replace(status, lenses={**status.lenses, SERVICENOW: barred})
        fields = tuple(rule if each.name == "status" else each for each in both.profile.fields)
        outcome = reconcile(replace(both, profile=replace(both.profile, fields=fields)))
        assert outcome.actions == ()
        assert [row.field for row in outcome.parked] == ["status"]

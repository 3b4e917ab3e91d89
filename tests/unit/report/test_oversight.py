"""The report for SOC Oversight: what became of the duties of a period, and which were closed without their evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.evidence_history import EvidenceHistory, Raw
from tests.state.examples import a_link, a_result, an_action
from tests.unit.report.examples import HOSTILE, a_verdict
from tests.unit.report.junit_rules import read
from tests.unit.report.kept_evidence import store_of
from tests.unit.report.months import sheets_of
from tests.unit.report.pages import Page
from tests.unit.report.test_html import is_safe
from tests.unit.report.test_neutralise import is_inert
from tests.unit.report.test_spreadsheet import cells_of

from watchkeeper.evidence.kept import EXERCISES, PORTAL_ROUND, gathering_of
from watchkeeper.evidence.owners import Ownership
from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.model.evidence_rules import REQUIRED, Evidence
from watchkeeper.model.gathering import Found, Gathering, Piece
from watchkeeper.model.link import LinkState
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.plan import Intent, Operation
from watchkeeper.model.reasons import Because, Reason, because
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report import html, junit, machine, markdown, spreadsheet, text
from watchkeeper.report.compliance import Compliance
from watchkeeper.report.document import Document, Mark, Table
from watchkeeper.report.oversight import Gap, Lack, Oversight, Required, duties_of
from watchkeeper.report.oversight_document import MOST, oversight_document
from watchkeeper.report.oversight_forms import oversight_json, oversight_suites
from watchkeeper.report.period import period
from watchkeeper.report.remediation import remediation_report
from watchkeeper.report.secure_score import score_report
from watchkeeper.report.texts import texts_in
from watchkeeper.state import SqlStateStore

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
SCORE, REMEDY = "secure-score", "vulnerability-remediation"
TEAMS = {"monitoring": {"en": "SOC Monitoring", "ja": "監視"}}
THERE = Piece("graph/secure-scores", Found.COLLECTED, NOW)
REFUSED = Piece("graph/control-profiles", Found.MISSING, None, "403 Forbidden")
UNSET = Piece("defender/machines", Found.NOT_ASKED)


@dataclass
class Kept:
    """A store, filled by what happened to duties."""

    store: SqlStateStore
    number: int = 0

    def duty(
        self,
        day: date = MONDAY,
        task: str = SCORE,
        decision: Decision = Decision.CREATE,
        closed: datetime | None = None,
        state: LinkState = LinkState.LIVE,
        opened: bool = True,
        team: str = "monitoring",
    ) -> str:
        """Due at 17:00 in Tokyo, decided on at nine o'clock there."""
        key = f"{task}/{team}@{day}"
        due, decided = datetime.combine(day, time(8), UTC), datetime.combine(day, time(0), UTC)
        occurrence = Occurrence(key, task, team, day.isoformat(), day, due, "Asia/Tokyo")
        self.store.put_decisions([Decided(occurrence, decision, "", decided)])
        if decision is Decision.CREATE and opened:
            self.number += 1
            link = a_link(key, self.number, closed=closed is not None, confirmed_at=closed or decided, state=state)
            self.store.put_links([link])
        return key

    def closed_by_a_run(self, day: date, reason: Reason) -> None:
        """A duty whose ticket a run closed a day later."""
        key, closed = self.duty(day), at(day + timedelta(days=1))
        intent = Intent(replace(an_action(key, operation=Operation.CLOSE), reason=reason), "run", closed)
        self.store.intend(intent, closed)
        link = a_link(key, self.number, closed=True, confirmed_at=closed)
        self.store.settle(intent, a_result(intent), closed, links=[link])

    def gathered(self, day: date, *pieces: Piece, task: str = SCORE) -> None:
        at = datetime.combine(day, time(3), UTC)
        self.store.keep_snapshots([Snapshot(gathering_of(task), day, at, Gathering(task, at, pieces))])

    def report(self, days: str = "2026-11", required: Required = REQUIRED) -> Oversight:
        chosen = period(days, NOW.date())
        duties, collected = duties_of(self.store, chosen, NOW, required)
        fresh = [a_verdict(VerdictKind.FRESH, "SOC Monitoring", number) for number in range(19)]
        sheets = sheets_of([*fresh, a_verdict(VerdictKind.STALE, "SOC Monitoring", 20)])
        return Oversight(
            "production",
            NOW,
            chosen,
            duties,
            collected,
            Compliance("production", NOW, chosen, sheets),
            score_report(self.store, "production", NOW, chosen),
            remediation_report(self.store, "production", NOW, chosen, Ownership(())),
            TEAMS,
            exercises=self.store.latest_snapshot(EXERCISES, chosen.until),
            round=self.store.latest_snapshot(PORTAL_ROUND, chosen.until),
        )


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with store_of(EvidenceHistory((), Raw({}, {}, {}, {}, [])), tmp_path) as store:
        yield Kept(store)


def at(day: date, hour: int = 7) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def ends(report: Oversight) -> list[DutyEnd]:
    return [each.end for each in report.duties]


def gaps(report: Oversight) -> list[tuple[Gap, ...]]:
    return [each.gaps for each in report.duties]


class TestEnds:
    @pytest.mark.parametrize(
        ("closed", "end"),
        [
            (at(MONDAY, 7), DutyEnd.IN_TIME),
            (at(MONDAY, 14), DutyEnd.IN_TIME),
            (at(MONDAY, 15), DutyEnd.LATE),
            (None, DutyEnd.OVERDUE),
        ],
    )
    def test_a_ticket_is_late_after_the_local_day_on_which_it_was_due(
        self, kept: Kept, closed: datetime | None, end: DutyEnd
    ) -> None:
        kept.duty(closed=closed)
        assert ends(kept.report()) == [end]

    def test_when_it_was_due_is_told_in_its_own_zone(self, kept: Kept) -> None:
        kept.duty()
        assert "2026-11-23 17:00 JST" in text.render(oversight_document(kept.report()))

    def test_one_that_is_due_today_is_open(self, kept: Kept) -> None:
        kept.duty(NOW.date())
        assert ends(kept.report()) == [DutyEnd.OPEN]

    @pytest.mark.parametrize(
        ("decision", "end"),
        [
            (Decision.MISSED, DutyEnd.MISSED),
            (Decision.CARRIED, DutyEnd.CARRIED),
            (Decision.SKIPPED, DutyEnd.SKIPPED),
        ],
    )
    def test_what_has_no_ticket_by_decision_ended_as_decided(
        self, kept: Kept, decision: Decision, end: DutyEnd
    ) -> None:
        kept.duty(decision=decision)
        assert ends(kept.report()) == [end]

    def test_what_a_run_cancelled_for_a_newer_ticket_is_neither_late_nor_lacking(self, kept: Kept) -> None:
        kept.closed_by_a_run(MONDAY, because(Because.SUPERSEDED, period="2026-11-24"))
        report = kept.report()
        assert (ends(report), gaps(report)) == ([DutyEnd.SUPERSEDED], [()])
        assert [each.tag for case in read(junit.render("x", oversight_suites(report)))[0] for each in case] == [
            "skipped"
        ]
        Draft202012Validator(machine.schema("report-oversight")).validate(oversight_json(report))

    def test_a_ticket_that_was_never_made_and_one_that_is_gone_are_told_apart(self, kept: Kept) -> None:
        kept.duty(opened=False)
        kept.duty(MONDAY + timedelta(days=1), state=LinkState.GONE)
        assert ends(kept.report()) == [DutyEnd.NOT_OPENED, DutyEnd.GONE]

    def test_a_pair_is_closed_when_both_sides_are(self, kept: Kept) -> None:
        key = kept.duty(closed=at(MONDAY))
        kept.store.put_links([a_link(key, 9, "sentinel", closed=False)])
        assert ends(kept.report()) == [DutyEnd.OVERDUE]
        kept.store.put_links([a_link(key, 9, "sentinel", closed=True, confirmed_at=at(MONDAY, 9))])
        report = kept.report()
        assert (ends(report), report.duties[0].record.closed_at) == ([DutyEnd.IN_TIME], at(MONDAY))

    def test_only_duties_that_fell_due_within_the_period_are_told(self, kept: Kept) -> None:
        for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)):
            kept.duty(day, closed=at(day))
        assert [each.record.decided.occurrence.period for each in kept.report().duties] == ["2026-11-01", "2026-11-30"]


class TestEvidence:
    def test_a_ticket_that_was_closed_with_its_evidence_lacks_nothing(self, kept: Kept) -> None:
        kept.duty(closed=at(MONDAY))
        kept.gathered(MONDAY, THERE)
        assert gaps(kept.report()) == [()]

    def test_one_whose_evidence_could_not_be_read_says_what_and_why(self, kept: Kept) -> None:
        kept.duty(closed=at(MONDAY))
        kept.gathered(MONDAY, THERE, REFUSED, UNSET)
        assert gaps(kept.report()) == [
            (
                Gap(SCORE, "graph/control-profiles", Lack.MISSING, "403 Forbidden"),
                Gap(SCORE, "defender/machines", Lack.NOT_ASKED),
            )
        ]

    def test_evidence_that_was_there_on_one_day_while_it_was_open_is_enough(self, kept: Kept) -> None:
        kept.duty(closed=at(MONDAY + timedelta(days=3)))
        kept.gathered(MONDAY + timedelta(days=1), THERE)
        kept.gathered(MONDAY + timedelta(days=3), REFUSED)
        assert gaps(kept.report()) == [()]

    @pytest.mark.parametrize(("days", "flagged"), [(-3, True), (-1, False), (1, True)])
    def test_evidence_of_another_time_is_none(self, kept: Kept, days: int, flagged: bool) -> None:
        kept.duty(closed=at(MONDAY))
        kept.gathered(MONDAY + timedelta(days=days), THERE)
        kept.gathered(MONDAY, THERE, task=REMEDY)
        assert gaps(kept.report()) == [(Gap(SCORE, SCORE, Lack.NOT_GATHERED),) if flagged else ()]

    def test_only_closed_tickets_are_flagged(self, kept: Kept) -> None:
        kept.duty()
        kept.duty(MONDAY + timedelta(days=1), decision=Decision.MISSED)
        assert gaps(kept.report()) == [(), ()]

    @pytest.mark.parametrize(
        ("reason", "flagged"),
        [(because(Because.KEPT), False), (because(Because.COUNTERPART_GONE, side="sentinel"), True)],
    )
    def test_what_a_run_closed_has_its_proof_where_the_audit_is_why(
        self, kept: Kept, reason: Reason, flagged: bool
    ) -> None:
        kept.closed_by_a_run(MONDAY, reason)
        report = kept.report()
        assert (ends(report), bool(report.bare)) == ([DutyEnd.LATE], flagged)

    def test_the_rules_say_what_a_task_requires(self, kept: Kept) -> None:
        kept.duty(closed=at(MONDAY), task="of-the-house")
        kept.gathered(MONDAY, THERE)
        assert gaps(kept.report()) == [()]
        both = {"of-the-house": (Evidence.SECURE_SCORE, Evidence.VULNERABILITY_REMEDIATION)}
        assert gaps(kept.report(required=both)) == [(Gap(REMEDY, REMEDY, Lack.NOT_GATHERED),)]

    def test_where_nothing_was_ever_collected_that_is_said_once(self, kept: Kept) -> None:
        for number in range(5):
            kept.duty(MONDAY + timedelta(days=number), closed=at(MONDAY + timedelta(days=number)))
        document = oversight_document(kept.report())
        told = text.render(document)
        assert document.sentence.endswith("; 5 tickets were closed without their required evidence.")
        assert told.count("No evidence was collected in this period") == 1
        assert document.next_steps[-1].startswith("Run `watchkeeper evidence collect` daily")


@pytest.fixture
def month(kept: Kept) -> Oversight:
    """Something of everything."""
    days = [MONDAY + timedelta(days=number) for number in range(5)]
    for day in days:
        kept.gathered(day, THERE, task=REMEDY)
        kept.duty(day, REMEDY, closed=at(day))
    kept.gathered(MONDAY, THERE, REFUSED)
    kept.duty(MONDAY, closed=at(MONDAY + timedelta(days=1)))
    kept.duty(MONDAY - timedelta(days=7), decision=Decision.MISSED)
    kept.duty(MONDAY, "portal-licences")
    kept.duty(MONDAY + timedelta(days=7), "portal-licences")
    kept.duty(MONDAY, "retired-task", decision=Decision.SKIPPED)
    return kept.report()


def titles(document: Document) -> list[str]:
    return [each.title for each in document.sections]


def rows_of(report: Oversight, anchor: str, lang: str = "en") -> dict[str, list[int]]:
    """The numbers of a section's table, by what its rows are called."""
    (section,) = [each for each in oversight_document(report, lang).sections if each.anchor == anchor]
    (table,) = [each for each in section.blocks if isinstance(each, Table)]
    return {str(row.cells[0]): [int(str(cell)) for cell in row.cells[1:]] for row in table.rows}


class TestDocument:
    def test_the_first_line_counts_what_fell_due(self, month: Oversight) -> None:
        document = oversight_document(month)
        assert document.sentence == (
            "10 duties fell due from 2026-11-01 to 2026-11-30: 5 closed in time, 1 late, 1 open, 1 open after their day, "
            "1 missed and 1 carried, superseded or skipped; 1 ticket was closed without its required evidence."
        )
        assert document.mark is Mark.BAD

    def test_every_task_has_its_row_and_they_add_up(self, month: Oversight) -> None:
        rows = rows_of(month, "tasks")
        assert all(due == sum(counts[1:-1]) for due, *counts in rows.values())
        assert sum(due for due, *_ in rows.values()) == 10
        assert rows["retired-task"] == [1, 0, 0, 0, 0, 0, 0, 1, 0]
        assert rows[SCORE] == [2, 1, 0, 1, 0, 0, 1, 0, 1]

    def test_every_team_has_its_row_by_its_name_and_they_add_up(self, kept: Kept) -> None:
        for number, team in enumerate(("monitoring", "csirt", "all", "monitoring")):
            kept.duty(
                MONDAY + timedelta(days=number), "of-the-house", closed=at(MONDAY + timedelta(days=number)), team=team
            )
        kept.duty(MONDAY, SCORE, Decision.MISSED)
        rows = rows_of(kept.report(), "teams")
        assert rows == {
            "All teams": [1, 1, 1, 0, 0, 0, 0, 0, 0],
            "csirt": [1, 1, 1, 0, 0, 0, 0, 0, 0],
            "SOC Monitoring": [3, 2, 2, 0, 0, 0, 1, 0, 0],
        }
        assert "監視" in rows_of(kept.report(), "teams", "ja")

    def test_it_names_the_ticket_that_was_closed_and_what_was_not_there(self, month: Oversight) -> None:
        told = " ".join(text.render(oversight_document(month)).split())
        assert "Closed without required evidence (1)" in told
        assert "graph/control-profiles could not be read" in told
        assert "403 Forbidden" in told
        assert "These tickets are closed and stay so" in told

    def test_what_was_not_done_in_time_is_listed_the_worst_first(self, month: Oversight) -> None:
        section = next(each for each in oversight_document(month).sections if each.title == "Not done in time (3)")
        (table,) = [each for each in section.blocks if isinstance(each, Table)]
        assert [row.cells[3] for row in table.rows] == [
            "missed",
            "open after its day",
            "closed late: 2026-11-24 07:00 UTC",
        ]

    def test_a_long_list_is_cut_and_says_so(self, kept: Kept) -> None:
        for number in range(MOST + 5):
            kept.duty(date(2026, 11, 1) + timedelta(days=number))
        told = text.render(oversight_document(kept.report()))
        assert "and 5 more: see the spreadsheet (`--format csv`)" in told

    def test_the_compliance_of_escalations_is_that_of_its_own_report(self, month: Oversight) -> None:
        told = " ".join(text.render(oversight_document(month)).split())
        assert "19 of 20 daily updates were made from 2026-11-01 to 2026-11-30 (95%)" in told
        assert "Read on: `watchkeeper report compliance`" in told

    def test_scores_are_a_sentence_each_with_the_way_to_their_reports(self, month: Oversight) -> None:
        told = " ".join(text.render(oversight_document(month)).split())
        assert "No Secure Score is known from 2026-11-01 to 2026-11-30" in told
        assert "Read on: `watchkeeper report secure-score`" in told
        assert "Read on: `watchkeeper report remediation`" in told

    def test_a_month_in_which_all_was_done_is_well(self, kept: Kept) -> None:
        kept.duty(closed=at(MONDAY))
        kept.gathered(MONDAY, THERE)
        document = oversight_document(kept.report())
        assert document.mark is Mark.GOOD
        assert document.sentence == "1 duty fell due from 2026-11-01 to 2026-11-30: 1 closed in time."
        assert document.next_steps == ()

    def test_no_duty_is_no_good_news(self, kept: Kept) -> None:
        report = kept.report("2025")
        assert oversight_document(report).mark is Mark.WARN
        (suite,) = read(junit.render("x", oversight_suites(report)))
        assert [child.tag for case in suite for child in case] == ["error"]
        Draft202012Validator(machine.schema("report-oversight")).validate(oversight_json(report))

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_what_a_source_said_is_inert_on_every_page(self, kept: Kept, hostile: str) -> None:
        kept.duty(closed=at(MONDAY))
        kept.gathered(MONDAY, replace(REFUSED, subject=hostile, why=hostile))
        document = oversight_document(kept.report())
        written = html.render(document, texts=texts_in("en"))
        assert is_inert(written)
        assert is_safe(Page(written))
        assert is_inert(text.render(document))
        assert is_inert(junit.render("x", oversight_suites(kept.report())))


@pytest.mark.parametrize("lang", ["en", "ja"])
class TestForms:
    def test_every_form_says_the_sentence_first(self, month: Oversight, lang: str) -> None:
        document = oversight_document(month, lang)
        assert text.render(document).startswith(document.sentence[:12])
        assert document.sentence.split()[0] in markdown.render(document, texts=texts_in(lang)).splitlines()[2]
        page = Page(html.render(document, texts=texts_in(lang)))
        assert is_safe(page)
        assert page.all("figure")
        assert "{" not in text.render(document)

    def test_a_spreadsheet_has_a_row_for_every_duty(self, month: Oversight, lang: str) -> None:
        table = cells_of(spreadsheet.render(oversight_document(month, lang)))
        assert [row[0] for row in table[1:]] == [each.record.decided.occurrence.key for each in month.duties]
        assert len(set(table[0])) == len(table[0])

    def test_tests_fail_by_what_was_not_done_or_not_shown(self, month: Oversight, lang: str) -> None:
        suites = read(junit.render("x", oversight_suites(month, lang)))
        found = sorted(child.attrib.get("type", child.tag) for suite in suites for case in suite for child in case)
        assert found == ["missed", "overdue", "skipped", "skipped", "without-evidence"]


def test_programs_get_what_the_schema_says(month: Oversight) -> None:
    payload = oversight_json(month)
    Draft202012Validator(machine.schema("report-oversight")).validate(payload)
    assert payload["without_evidence"] == [f"{SCORE}/monitoring@{MONDAY}"]
    assert sum(payload["totals"].values()) == len(payload["duties"])
    assert [(each["team"], each["name"]) for each in payload["teams"]] == [("monitoring", TEAMS["monitoring"])]
    assert payload["teams"][0]["totals"] == payload["totals"]

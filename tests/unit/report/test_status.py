from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.state.examples import SERIES, a_request
from tests.unit.report.examples import DECIDED, KEY, LEAST, PROBES, RUNS, a_key_view, a_status

from watchkeeper.catalog.load import load_catalog
from watchkeeper.errors import Problem
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe
from watchkeeper.report import text
from watchkeeper.report.checks import (
    check_text,
    doctor_document,
    due_document,
    finding_text,
    problems_document,
    remedy_text,
    tasks_document,
)
from watchkeeper.report.document import Mark
from watchkeeper.report.permissions import permissions_document
from watchkeeper.report.status import KeyView, history_document, show_document, status_document
from watchkeeper.report.texts import texts_in
from watchkeeper.report.width import width

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class TestHistory:
    def test_runs_are_listed_with_what_they_wrote_and_what_failed(self) -> None:
        shown = text.render(history_document(RUNS))
        assert shown.startswith("The latest 2 runs, newest first.\n")
        assert "✗ 2026-11-22 09:00 UTC  sync     run-1  4                  3       2     3" in shown

    def test_what_was_left_for_later_is_not_counted_as_failed(self) -> None:
        deferred = {**RUNS[1], "exit_code": 75, "counts": {"planned": 9, "done": 4, "skipped": 5}}
        assert "run-1  75          4       0     5" in text.render(history_document([deferred]))

    def test_a_run_that_never_ended_says_so(self) -> None:
        assert "did not end" in text.render(history_document(RUNS[:1]))

    def test_no_run_is_said_in_one_sentence(self) -> None:
        assert text.render(history_document(())) == "No run is on record.\n"


class TestStatus:
    def test_what_waits_is_counted_and_listed(self) -> None:
        shown = text.render(status_document(a_status()))
        assert shown.startswith(
            "production: 1 key is linked, 1 key waits for the next run, 2 writes have an unknown effect.\n"
        )
        assert f"! {KEY}: Waits for the next run: failed: 403" in shown

    def test_who_runs_now_is_named(self) -> None:
        assert "sync run run-3 of ci on runner-1, since 2026-11-23 09:00 UTC" in text.render(
            status_document(a_status())
        )
        assert "Running now" not in text.render(status_document(replace(a_status(), holder=None)))


class TestShow:
    def test_a_key_is_shown_link_by_link_the_ticket_first(self) -> None:
        titles = [section.title for section in show_document(a_key_view()).sections if section.title]
        assert titles[:2] == ["ServiceNow: INC0010001", "Sentinel: 42"]

    def test_conflicting_values_read_as_people_write_them(self) -> None:
        shown = text.render(show_document(a_key_view()))
        assert "status  Sentinel  closed  on-hold    furthest" in shown
        assert "labels  Sentinel  a, b    (none)     union" in shown

    def test_left_out_and_empty_values_are_told_apart(self) -> None:
        view = a_key_view()
        link = replace(view.links["servicenow"], base={"left_out": None, "cleared": ""})
        shown = text.render(show_document(replace(view, links={"servicenow": link})))
        assert "cleared   (empty)" in shown
        assert "left_out  (none)" in shown

    def test_what_an_owner_asked_for_is_told_with_who_it_was_and_whose_the_devices_were_taken_for(self) -> None:
        view = KeyView(SERIES, {}, request=a_request(until=date(2027, 1, 31), role="owner", address="10.0.0.9"))
        shown = text.render(show_document(view))
        for said in (
            "Not ours, says an owner",
            "Finance IT (finance)",
            "ana@corp.example",
            "board, owner, 10.0.0.9",
            "2027-01-31",
        ):
            assert said in shown, said
        assert "Finance       owners.yaml" in shown

    def test_an_unknown_key_says_how_keys_look(self) -> None:
        shown = text.render(show_document(KeyView("nothing", {})))
        assert shown.startswith("nothing is not known.\n")
        assert "TASK/TEAM@DATE" in shown


class TestDoctor:
    def test_failures_come_first_and_the_numbers_add_up(self) -> None:
        document = doctor_document(PROBES)
        assert document.sentence == "1 of 4 checks passed; 1 failed, 1 warning and 1 skipped."
        assert document.mark is Mark.BAD
        shown = text.render(document)
        assert shown.index("the account may read only") < shown.index("+90 s from ours") < shown.index("answers")

    def test_a_finding_is_told_in_the_reader_s_language_with_what_to_do(self) -> None:
        japanese = texts_in("ja")
        assert finding_text(PROBES[1], japanese).startswith(
            "読み取り専用のアカウントですが、モード full は書き込みます"
        )
        assert remedy_text(PROBES[2], japanese).startswith("このマシンの時計を合わせてください")
        assert remedy_text(PROBES[0], japanese) == ""

    def test_values_that_are_words_of_ours_are_translated_and_others_left_as_they_are(self) -> None:
        args = {"table": "sys_audit", "count": "7", "consequence": "sys_audit"}
        probe = Probe("servicenow", Check.READ, ProbeOutcome.FAIL, Finding.READ_HIDDEN, args, "sys_audit")
        assert "sys_audit has rows (7 match)" in finding_text(probe, texts_in("en"))
        assert "cannot be told to their authors" in finding_text(probe, texts_in("en"))
        assert check_text(probe, texts_in("ja")) == "表示されるフィールド：sys_audit"

    def test_the_least_rights_are_a_table_of_rights_and_fields(self) -> None:
        shown = text.render(permissions_document(LEAST))
        assert "What the accounts need in mode maintenance, and no more." in shown
        assert re.search(r"incident +query_match +number +keeping in step", shown)
        assert "create" not in shown

    def test_a_fit_deployment_is_said_to_be_fit(self) -> None:
        fit = [probe for probe in PROBES if probe.outcome is ProbeOutcome.OK]
        assert doctor_document(fit).sentence == "1 of 1 checks passed; no warnings, no failures."
        assert doctor_document(fit).mark is Mark.GOOD


def test_due_occurrences_are_listed_with_their_decisions() -> None:
    shown = text.render(due_document(DECIDED, NOON))
    assert shown.startswith("3 occurrences are due as of 2026-11-23 12:00 UTC.\n")
    assert "secure-score/monitoring@2026-11-23  create" in shown
    shown = [text.render(due_document((), NOON, standing=standing)) for standing in (0, 1, 7)]
    assert shown == [
        f"Nothing more to open as of 2026-11-23 12:00 UTC; {said}.\n"
        for said in ("0 duties are open", "1 duty is open", "7 duties are open")
    ]


def test_without_a_store_the_status_says_where_it_was_looked_for() -> None:
    empty = replace(a_status(), born=None, lineage="", store="postgresql://watch:***@db/x")
    shown = text.render(status_document(empty))
    assert shown.startswith(
        "production: there is no state store yet; it was looked for at postgresql://watch:***@db/x.\n"
    )
    assert "Kept since" not in shown


def test_problems_are_listed_with_place_what_is_allowed_and_what_was_meant() -> None:
    problem = Problem("teams.yaml:3:5", "teams.0.zone", "no such zone", "an IANA name", "Asia/Tokyo")
    shown = text.render(problems_document([problem]))
    assert shown.startswith("1 problem in settings or mappings.\n")
    assert "no such zone; did you mean Asia/Tokyo?" in shown
    assert text.render(problems_document([])) == "Settings and mappings are fine.\n"


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_line_fits_a_hundred_columns_in_both_languages(lang: str) -> None:
    documents = (
        history_document(RUNS, lang),
        status_document(a_status(), lang),
        show_document(a_key_view(), lang),
        doctor_document(PROBES, lang),
        permissions_document(LEAST, lang),
        due_document(DECIDED, NOON, lang),
    )
    assert all(width(line) <= 100 for document in documents for line in text.render(document).splitlines())


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_shipped_tasks_are_listed_in_the_language_of_the_report(lang: str) -> None:
    catalog = load_catalog(Path(__file__).parents[3] / "mappings", deployment="test")
    document = tasks_document(catalog, lang)
    shown = "".join(text.render(document).split())
    assert all("".join(task.title[lang].split())[:4] in shown for task in catalog.tasks.values())
    assert all(width(line) <= 100 for line in text.render(document).splitlines())

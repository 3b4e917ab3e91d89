"""The report of remediation on half a year of an estate's life. Every figure is worked out anew from what the source said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

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

from watchkeeper.evidence.kept import REMEDIATION
from watchkeeper.evidence.owners import Allotment, Owner, Ownership, workloads
from watchkeeper.evidence.remediation import Bounds, Day, Progress, standings
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.model.sources import DEFENDER
from watchkeeper.report import html, junit, machine, markdown, spreadsheet, text
from watchkeeper.report.board.nouns import Head
from watchkeeper.report.board.remediation import remediation_page
from watchkeeper.report.board.remediation_items import RemediationOfPeriod
from watchkeeper.report.document import Document, Lead, Lines, Mark, Paragraph, Section, Table
from watchkeeper.report.period import period
from watchkeeper.report.remediation import RemediationReport, remediation_report
from watchkeeper.report.remediation_document import remediation_document
from watchkeeper.report.remediation_forms import remediation_json, remediation_suites
from watchkeeper.report.texts import texts_in
from watchkeeper.state import SqlStateStore

BEGAN = TODAY - timedelta(days=180)
"""The day before a period of 180 days."""
OWNERS = Ownership(
    (
        Owner("tokyo", "Tokyo workplace", device_groups=("Tokyo clients",), names=(("ja", "東京ワークプレイス"),)),
        Owner("dublin", "Dublin workplace", device_groups=("DUBLIN clients ",)),
        Owner("seattle", "Seattle", device_groups=("Seattle clients",)),
    )
)


@pytest.fixture(scope="module")
def history() -> EvidenceHistory:
    return half_a_year(DEFENDER, skipped=SKIPPED)


@pytest.fixture(scope="module")
def store(history: EvidenceHistory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStateStore]:
    with store_of(history, tmp_path_factory.mktemp("evidence")) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(store: SqlStateStore) -> RemediationReport:
    return remediation_report(store, "production", NOW, period("180d", TODAY), OWNERS)


@pytest.fixture
def raw(history: EvidenceHistory) -> Raw:
    return history.raw


def left(task: dict[str, Any]) -> int:
    return int(task["targetDevices"]) - int(task["fixedDevices"])


def is_open(task: dict[str, Any]) -> bool:
    return bool(task["status"] == "Active")


def due(task: dict[str, Any]) -> date | None:
    return datetime.fromisoformat(task["dueOn"]).date() if task["dueOn"] else None


def asked(raw: Raw, day: date) -> list[dict[str, Any]]:
    """Open tasks without an exception."""
    exempt = raw.exempt(day)
    return [each for each in raw.tasks[day] if is_open(each) and each["productId"] not in exempt]


def overdue(raw: Raw, day: date) -> list[dict[str, Any]]:
    return [each for each in asked(raw, day) if (on := due(each)) is not None and on < day]


def section(document: Document, title: str) -> Section:
    (found,) = [each for each in document.sections if each.title == title]
    return found


def rows(section: Section) -> list[tuple[str, ...]]:
    (table,) = [each for each in section.blocks if isinstance(each, Table)]
    return [tuple(cell if isinstance(cell, str) else cell.text for cell in row.cells) for row in table.rows]


class TestFigures:
    def test_the_sentence_counts_tasks_and_devices(self, report: RemediationReport, raw: Raw) -> None:
        waiting, before = (sum(map(left, asked(raw, day))) for day in (TODAY, BEGAN))
        exempt = sum(map(is_open, raw.tasks[TODAY])) - len(asked(raw, TODAY))
        assert exempt == 3
        assert remediation_document(report).sentence == (
            f"{len(asked(raw, TODAY))} remediation tasks are open on {TODAY}: {len(overdue(raw, TODAY))} overdue, 1 without "
            f"progress for 14 days and 2 due within 30 days; {waiting} devices wait, {waiting - before} more than on {BEGAN}. "
            "3 more tasks have an approved exception."
        )

    def test_the_burn_down_is_every_day_s_open_tasks_and_their_devices(
        self, report: RemediationReport, raw: Raw
    ) -> None:
        expected = [
            {
                "day": day.isoformat(),
                "open_tasks": len(asked(raw, day)),
                "overdue_tasks": len(overdue(raw, day)),
                "devices_left": sum(map(left, asked(raw, day))),
                "exempt_tasks": sum(map(is_open, raw.tasks[day])) - len(asked(raw, day)),
            }
            for day in days_from(BEGAN + timedelta(days=1), TODAY)
            if day not in SKIPPED
        ]
        assert remediation_json(report)["burndown"] == expected

    def test_a_task_stands_where_its_date_and_its_devices_put_it(self, report: RemediationReport, raw: Raw) -> None:
        seen = {day: {each["id"]: each for each in tasks} for day, tasks in sorted(raw.tasks.items())}
        for told in remediation_json(report)["tasks"]:
            task = seen[TODAY][told["id"]]
            its = [(day, left(tasks[told["id"]])) for day, tasks in seen.items() if told["id"] in tasks]
            moved = [day for (_, before), (day, after) in pairwise(its) if after < before]
            still = (TODAY - (moved[-1] if moved else its[0][0])).days
            on = due(task)
            if not is_open(task):
                expected = "done"
            elif task["productId"] in raw.exempt(TODAY):
                expected = "exempt"
            elif on is not None and on < TODAY:
                expected = "overdue"
            elif still >= 14:
                expected = "stuck"
            elif on is None:
                expected = "undated"
            else:
                expected = "due-soon" if (on - TODAY).days <= 30 else "on-track"
            assert (told["id"], told["standing"], told["left"]) == (told["id"], expected, left(task))

    def test_the_projected_end_follows_the_pace_of_four_weeks(self, report: RemediationReport, raw: Raw) -> None:
        first = TODAY - timedelta(days=28)
        then = {each["id"]: left(each) for each in raw.tasks[first]}
        checked = 0
        for told in remediation_json(report)["tasks"]:
            mended = then.get(told["id"], 0) - told["left"]
            if told["standing"] != "done" and mended > 0:
                expected = TODAY + timedelta(days=ceil(told["left"] * 28 / mended))
                assert told["ends"] == expected.isoformat()
                checked += 1
        assert checked

    def test_what_changed_is_told_task_by_task(self, report: RemediationReport, raw: Raw) -> None:
        then, now = ({each["id"]: each for each in raw.tasks[day]} for day in (BEGAN, TODAY))
        told = remediation_json(report)["changes"]
        assert told["opened"] == sorted(now.keys() - then.keys())
        assert told["completed"] == sorted(
            name for name, each in now.items() if not is_open(each) and (name not in then or is_open(then[name]))
        )
        assert told["forgotten"] == sorted(name for name in then.keys() - now.keys() if not is_open(then[name]))
        assert told["exempted"] == sorted(
            each["id"] for each in now.values() if is_open(each) and each not in asked(raw, TODAY)
        )
        assert told["resumed"] == []
        assert told["removed"] == sorted(name for name in then.keys() - now.keys() if is_open(then[name]))
        mended = [
            each["fixedDevices"] - then.get(name, {"fixedDevices": 0})["fixedDevices"] for name, each in now.items()
        ]
        assert told["devices_mended"] == sum(max(0, each) for each in mended)
        assert [each["devices"] for each in told["mended"]] == sorted(
            (each for each in mended if each > 0), reverse=True
        )

    def test_every_owner_has_what_its_device_groups_are_asked_for(self, report: RemediationReport, raw: Raw) -> None:
        owner_of = {"Tokyo clients": "tokyo", "Dublin clients": "dublin", "Seattle clients": "seattle"}
        waiting: Counter[str] = Counter()
        late: dict[str, set[str]] = {}
        for task in raw.tasks[TODAY]:
            owner = owner_of.get(task["rbacGroupNames"][0], "unowned")
            if task in asked(raw, TODAY):
                waiting[owner] += left(task)
            if task in overdue(raw, TODAY):
                late.setdefault(owner, set()).add(task["nameId"] or task["productId"])
        owners = {each["id"]: each for each in remediation_json(report)["owners"]}
        assert {name: each["devices_left"] for name, each in owners.items()} == dict(waiting)
        assert {name: each["totals"]["overdue"] for name, each in owners.items() if each["totals"]["overdue"]} == {
            name: len(products) for name, products in late.items()
        }

    def test_the_exposure_score_is_told_by_its_own_name_and_picture(self, report: RemediationReport, raw: Raw) -> None:
        exposure = section(remediation_document(report), "Exposure score")
        (chart,) = [each for each in exposure.blocks if isinstance(each, Lines)]
        assert len(chart.series) == 1
        known = [each for each in chart.series[0].values if each is not None]
        assert known == [raw.exposure[day]["score"] for day in days_from(BEGAN + timedelta(days=1), TODAY) if day not in SKIPPED]  # fmt: skip
        assert "neither Microsoft Secure Score nor" in text.render(remediation_document(report))


@pytest.mark.parametrize("lang", ["en", "ja"])
class TestListsBehindNumbers:
    def test_every_count_of_tasks_leads_to_as_many(self, report: RemediationReport, lang: str) -> None:
        document = remediation_document(report, lang)
        lists = {each.anchor: each for part in document.sections for each in (part, *part.sections)}
        counts = [
            (cell, place)
            for name in ("totals", "changes")
            for table in lists[name].blocks
            if isinstance(table, Table)
            for row in table.rows
            for place, cell in enumerate(row.cells)
            if isinstance(cell, Lead)
        ]
        assert {"#done", "#change-completed", "#change-fixed"} <= {each.url for each, _ in counts}
        for lead, place in counts:
            listed = rows(lists[lead.url[1:]])
            if lead.url == "#change-fixed":
                shown = sum(int(row[2]) for row in listed)
            else:
                shown = sum(int(row[4].partition(" ")[0]) for row in listed) if place == 2 else len(listed)
            assert (lead.url, int(lead.text.replace(",", ""))) == (lead.url, shown)

    def test_a_completed_task_says_when_and_by_whom(self, report: RemediationReport, raw: Raw, lang: str) -> None:
        done = [each for each in raw.tasks[TODAY] if not is_open(each)]
        (listed,) = [each for each in remediation_document(report, lang).sections if each.anchor == "done"]
        assert Counter(row[2] for row in rows(listed)) == Counter(each["statusLastModifiedOn"][:10] for each in done)
        automatic = texts_in(lang).say("remediation.automatic")
        assert Counter(row[3] for row in rows(listed)) == Counter(each["completerEmail"] or automatic for each in done)

    def test_a_number_of_nothing_leads_nowhere(self, report: RemediationReport, lang: str) -> None:
        assert report.changes is not None
        quiet = replace(report, changes=replace(report.changes, mended=(), completed=()), standings=())
        document = remediation_document(quiet, lang)
        anchors = {each.anchor for part in document.sections for each in (part, *part.sections)}
        assert anchors.isdisjoint({"done", "change-fixed"})
        assert not {"#done", "#change-fixed"} & {
            cell.url
            for part in document.sections
            for table in part.blocks
            if isinstance(table, Table)
            for row in table.rows
            for cell in row.cells
            if isinstance(cell, Lead)
        }


def test_the_page_shows_the_first_of_a_long_list_and_says_how_many_there_are(report: RemediationReport) -> None:
    head = Head("test", NOW, None, "")
    shown = remediation_page(RemediationOfPeriod(head, "180d", report, most=2))
    whole = remediation_page(RemediationOfPeriod(head, "180d", report, most=1_000))
    for part, full in zip(shown.sections, whole.sections, strict=True):
        for short, long in ((part, full), *zip(part.sections, full.sections, strict=True)):
            if short.anchor in {each.value for each in Progress} or short.anchor.startswith("change-"):
                count = len(rows(long))
                assert rows(short) == rows(long)[:2]
                assert (Paragraph(f"The first 2 of {count}.") in short.blocks) == (count > 2)
            else:
                assert short.blocks == long.blocks
    assert len(rows(next(each for each in whole.sections if each.anchor == "done"))) > 2


def test_a_day_s_numbers_lead_to_that_day_but_for_what_is_none(report: RemediationReport) -> None:
    quiet = replace(report.burned[-1], open_tasks=0, left=0, overdue=0, exempt=0)
    busy = replace(report.burned[-2], open_tasks=4, left=3, overdue=2, exempt=1)
    page = remediation_page(
        RemediationOfPeriod(Head("test", NOW, None, ""), "180d", replace(report, burned=(busy, quiet)))
    )
    (numbers,) = (each for each in page.sections if each.anchor == "numbers")
    (table,) = (each for each in numbers.blocks if isinstance(each, Table))
    led = [[cell.url for cell in row.cells if isinstance(cell, Lead)] for row in table.rows]
    then = f"?period={busy.day.isoformat()}"
    assert led == [
        [then, f"{then}#open", f"{then}#overdue", f"{then}#open", f"{then}#exempt"],
        [f"?period={quiet.day.isoformat()}"],
    ]


def test_each_number_of_an_owner_leads_to_as_many_items(report: RemediationReport) -> None:
    head = Head("test", NOW, None, "")
    owners = next(
        each for each in remediation_page(RemediationOfPeriod(head, "180d", report)).sections if each.anchor == "owners"
    )
    (table,) = (each for each in owners.blocks if isinstance(each, Table))
    led = [
        (cell.text, cell.url)
        for row in table.rows
        for cell in row.cells
        if isinstance(cell, Lead) and "#items" in cell.url
    ]
    assert len(led) > len(report.workloads)
    for shown, url in led:
        asked = parse_qs(url[1:].partition("#")[0])
        chosen = RemediationOfPeriod(head, "180d", report, asked["owner"][0], asked["part"][0], most=1_000)
        (listed,) = (each for each in remediation_page(chosen).sections if each.anchor == "items")
        assert len(rows(listed)) == int(shown.replace(",", ""))
        assert f"({shown})" in listed.title
    assert not [
        each
        for each in remediation_page(RemediationOfPeriod(head, "180d", report, "nobody")).sections
        if each.anchor == "items"
    ]


class TestPictures:
    def test_a_day_without_a_reading_is_a_gap(self, report: RemediationReport) -> None:
        burned = section(remediation_document(report), "Burn-down")
        for chart in (each for each in burned.blocks if isinstance(each, Lines)):
            for series in chart.series:
                missing = {day for day, value in zip(chart.days, series.values, strict=True) if value is None}
                assert missing == {each.isoformat() for each in SKIPPED}
        assert "on 3 days between these" in text.render(remediation_document(report))

    def test_quantities_begin_at_nothing_and_devices_share_no_axis_with_tasks(self, report: RemediationReport) -> None:
        charts = [each for each in section(remediation_document(report), "Burn-down").blocks if isinstance(each, Lines)]
        assert [[each.name for each in chart.series] for chart in charts] == [["devices"], ["open", "overdue"]]
        assert all(chart.from_zero for chart in charts)


class TestOwners:
    def test_what_nobody_owns_is_said_with_its_device_groups(self, report: RemediationReport) -> None:
        assert report.unowned_groups == ("Servers",)
        document = remediation_document(report)
        owners = rows(section(document, "By owner"))
        assert owners[-1][0] == "unowned"
        assert "Nobody owns: Servers." in text.render(document)
        assert document.next_steps[-1] == "Name an owner for these device groups (owners.yaml): Servers."

    def test_owners_are_called_as_their_language_has_it(self, report: RemediationReport) -> None:
        assert [row[0] for row in rows(section(remediation_document(report, "ja"), "所有者別"))] == [
            "東京ワークプレイス",
            "Dublin workplace",
            "Seattle",
            "所有者なし",
        ]

    def test_without_any_owner_everything_is_unowned(self, store: SqlStateStore) -> None:
        found = remediation_report(store, "d", NOW, period("30d", TODAY), Ownership(()))
        assert [each["id"] for each in remediation_json(found)["owners"]] == ["unowned"]


class TestPeriods:
    def test_a_short_period_knows_what_stood_still_before_it(self, store: SqlStateStore) -> None:
        found = remediation_report(store, "d", NOW, period("7d", TODAY), OWNERS)
        assert found.counts[Progress.STUCK] == 1
        assert [each.day for each in found.burned] == list(days_from(TODAY - timedelta(days=6), TODAY))

    def test_a_day_s_changes_are_those_since_the_day_before(self, store: SqlStateStore, raw: Raw) -> None:
        day = TODAY - timedelta(days=4)
        found = remediation_json(remediation_report(store, "d", NOW, period(day.isoformat(), TODAY), OWNERS))
        before, after = ({each["id"] for each in raw.tasks[each]} for each in (day - timedelta(days=1), day))
        assert found["changes"]["opened"] == sorted(after - before)
        assert found["began"]["day"] == (day - timedelta(days=1)).isoformat()

    def test_other_rules_judge_otherwise(self, store: SqlStateStore) -> None:
        found = remediation_report(
            store, "d", NOW, period("30d", TODAY), OWNERS, RemediationRules(due_days=5, stuck_days=400)
        )
        assert (found.counts[Progress.STUCK], found.counts[Progress.DUE_SOON]) == (0, 1)
        assert found.counts[Progress.ON_TRACK] == 1

    def test_nothing_read_is_no_good_news(self, store: SqlStateStore) -> None:
        found = remediation_report(store, "d", NOW, period("2025", TODAY), OWNERS)
        document = remediation_document(found)
        assert document.mark is Mark.WARN
        assert document.sentence.startswith("Nothing is known of remediation from 2025-01-01 to 2025-12-31")
        (suite,) = read(junit.render("x", remediation_suites(found)))
        assert [child.tag for case in suite for child in case] == ["error"]
        Draft202012Validator(machine.schema("report-remediation")).validate(remediation_json(found))

    def test_an_estate_without_tasks_is_well(self, history: EvidenceHistory, tmp_path: Path) -> None:
        kept = next(each for each in history.kept if each.kind is REMEDIATION and each.day == TODAY)
        empty = replace(kept, document=replace(kept.document, tasks=(), exposure=None))
        with store_of(EvidenceHistory((empty,), history.raw), tmp_path) as store:
            document = remediation_document(remediation_report(store, "d", NOW, period("7d", TODAY), OWNERS))
        assert document.mark is Mark.GOOD
        assert document.sentence == f"0 remediation tasks are open on {TODAY}; 0 devices wait."


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_the_source_calls_a_task_or_a_device_group_is_inert(report: RemediationReport, hostile: str) -> None:
    named = [
        replace(each, task=replace(each.task, title=hostile, product=hostile, groups=(hostile,), requester=hostile))
        for each in report.standings
    ]
    found = replace(report, standings=tuple(named), workloads=workloads(named, OWNERS, Allotment()))
    document = remediation_document(found)
    written = html.render(document, texts=texts_in("en"))
    assert is_inert(written)
    assert is_safe(Page(written))
    assert is_inert(text.render(document))
    assert is_inert(markdown.render(document, texts=texts_in("en")))
    assert is_inert(spreadsheet.render(document))
    assert is_inert(junit.render("x", remediation_suites(found)))


@pytest.mark.parametrize("lang", ["en", "ja"])
class TestForms:
    def test_every_form_says_the_sentence_first(self, report: RemediationReport, lang: str) -> None:
        document = remediation_document(report, lang)
        assert text.render(document).startswith(document.sentence[:12])
        assert document.sentence.split()[0] in markdown.render(document, texts=texts_in(lang)).splitlines()[2]
        page = Page(html.render(document, texts=texts_in(lang)))
        assert is_safe(page)
        assert len(page.all("figure")) == 4
        assert "{" not in text.render(document)

    def test_a_spreadsheet_has_a_row_for_every_task(self, report: RemediationReport, raw: Raw, lang: str) -> None:
        table = cells_of(spreadsheet.render(remediation_document(report, lang)))
        assert {row[0] for row in table[1:]} == {each["id"] for each in raw.tasks[TODAY]}
        assert len(set(table[0])) == len(table[0])

    def test_tests_fail_by_what_is_overdue_or_stuck(self, report: RemediationReport, lang: str) -> None:
        suites = read(junit.render("x", remediation_suites(report, lang)))
        told = {each["id"]: each["totals"] for each in remediation_json(report)["owners"]}
        failed = [len([child for case in suite for child in case if child.tag == "failure"]) for suite in suites]
        assert failed == [each["overdue"] + each["stuck"] for each in told.values()]


class TestThingsToMend:
    """As tests and in spreadsheets."""

    @pytest.fixture
    def found(self, report: RemediationReport) -> RemediationReport:
        """Two tasks about one product, the one of the later date with the smaller id."""
        one = replace(report.standings[0].task, product="x", groups=("Tokyo clients",), completed=False)
        tasks = (
            replace(one, id="a", target=7, fixed=4, due_at=NOW - timedelta(days=1)),
            replace(one, id="b", target=4, fixed=0, due_at=NOW - timedelta(days=335)),
        )
        told = standings([Day(TODAY, {each.id: each for each in tasks})], Bounds())
        return replace(report, standings=told, workloads=workloads(told, OWNERS, Allotment()))

    def test_a_case_tells_of_all_the_tasks_and_of_the_first_date(self, found: RemediationReport) -> None:
        [[case]] = read(junit.render("x", remediation_suites(found)))
        assert [child.get("message") for child in case] == ["overdue for 335 days; 7 of 11 devices left"]

    def test_one_day_is_no_days(self, found: RemediationReport) -> None:
        yesterday = [each for each in found.standings if each.task.id == "a"]
        alone = replace(found, workloads=workloads(yesterday, OWNERS, Allotment()))
        [[case]] = read(junit.render("x", remediation_suites(alone)))
        assert [child.get("message") for child in case] == ["overdue for 1 day; 3 of 7 devices left"]

    def test_a_spreadsheet_can_calculate_with_days_that_are_over(self, found: RemediationReport) -> None:
        headings, *rows = cells_of(spreadsheet.render(remediation_document(found)))
        assert [row[headings.index("Days left")] for row in rows] == ["-335", "-1"]


def test_programs_get_what_the_schema_says(report: RemediationReport) -> None:
    Draft202012Validator(machine.schema("report-remediation")).validate(remediation_json(report))

"""The catalogue that ships: the eight tasks as Microsoft's step 6 has them, in two languages, for five teams."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from tests.unit.catalog.make import keys, utc

from watchkeeper.catalog import due, is_working_day, load_catalog, raise_occurrence
from watchkeeper.catalog.model import Catalog, FanOut, LocalText, Overlap, SentinelMode, Task
from watchkeeper.catalog.schema import schemas
from watchkeeper.mapping.documents import load_document
from watchkeeper.model.occurrence import Decision

MAPPINGS = Path(__file__).parents[3] / "mappings"
TEAM_IDS = ("soc-oversight", "threat-intelligence", "monitoring", "engineering-secops", "csirt")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(MAPPINGS, deployment="demo")


@pytest.mark.parametrize(
    ("task", "cadence", "as_needed", "teams"),
    [
        ("service-administration", "weekly", True, ("engineering-secops",)),
        ("anti-phishing-dlp", "monthly", True, ("soc-oversight",)),
        ("automation-scripts", "weekly", True, ("engineering-secops",)),
        ("portal-licences", "weekly", True, ("soc-oversight",)),
        ("escalation-tickets", "daily", False, TEAM_IDS),
        ("vulnerability-remediation", "daily", False, ("monitoring",)),
        ("secure-score", "weekly", False, ("monitoring",)),
        ("tabletop-exercise", "as-needed", True, TEAM_IDS),
    ],
)
def test_cadence_and_teams_are_those_of_the_source(
    catalog: Catalog, task: str, cadence: str, as_needed: bool, teams: tuple[str, ...]
) -> None:
    found = catalog.tasks[task]
    assert (found.cadence, bool(found.as_needed), found.teams) == (cadence, as_needed, teams)


def test_there_are_eight_tasks_and_five_teams_and_the_source_is_named(catalog: Catalog) -> None:
    assert (len(catalog.tasks), tuple(catalog.teams)) == (8, TEAM_IDS)
    pack = catalog.packs["defender-xdr"]
    assert (pack.url.rpartition("/")[2], pack.date) == (
        "integrate-microsoft-365-defender-secops-tasks",
        date(2026, 6, 15),
    )


def test_shared_tasks_have_one_ticket_for_all_teams(catalog: Catalog) -> None:
    assert {task.id for task in catalog.tasks.values() if task.fan_out is FanOut.SINGLE} == {
        "escalation-tickets",
        "tabletop-exercise",
    }


def test_daily_tasks_never_pile_up_and_every_task_appears_as_an_incident(catalog: Catalog) -> None:
    daily = [task for task in catalog.tasks.values() if task.cadence == "daily"]
    assert {task.overlap for task in daily} == {Overlap.FORBID}
    assert {task.sentinel_mode for task in catalog.tasks.values()} == {SentinelMode.INCIDENT}


def texts(task: Task) -> Iterator[LocalText]:
    yield from (task.title, task.summary, *task.as_needed, *task.checklist, *task.evidence, *task.done_when)


def test_every_text_is_there_in_english_and_japanese(catalog: Catalog) -> None:
    found = [text for task in catalog.tasks.values() for text in texts(task)]
    found += [team.name for team in catalog.teams.values()] + [pack.title for pack in catalog.packs.values()]
    assert len(found) > 120
    for text in found:
        assert text["en"].isascii(), text
        assert text["ja"] != text["en"] or len(text["ja"]) < 8, text
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", text["ja"]), text


def test_no_japanese_text_has_the_space_of_a_folded_line_or_half_width_brackets(catalog: Catalog) -> None:
    """Katakana compounds may be spaced (as Microsoft spells them), kanji and kana sentences are not."""
    for text in (text["ja"] for task in catalog.tasks.values() for text in texts(task)):
        assert not re.search(r"[ぁ-ん一-龠、。（）「」] [ぁ-んァ-ヶ一-龠（「]", text), text
        assert not re.search(r"[()]", text), text


def test_no_english_or_japanese_text_is_used_twice_within_a_task(catalog: Catalog) -> None:
    for task in catalog.tasks.values():
        for language in ("en", "ja"):
            said = [text[language] for text in (*task.checklist, *task.evidence, *task.done_when)]
            assert len(said) == len(set(said)), task.id


def test_title_team_and_period_fit_a_short_description(catalog: Catalog) -> None:
    period = "2026-11-16~0123456789"
    names = [team.name for team in catalog.teams.values()]
    for task in catalog.tasks.values():
        for language in ("en", "ja"):
            longest = max((name[language] for name in names), key=len)
            assert len(f"【SOC】{task.title[language]} - {longest} ({period})") <= 160


def test_keys_fit_a_correlation_id(catalog: Catalog) -> None:
    for task in catalog.tasks.values():
        for team in (*task.teams, "all"):
            assert len(f"{task.id}/{team}@2026-11-16~0123456789") <= 100


MONDAY = utc(2026, 11, 16, 0, 30)


def test_on_a_first_monday_morning_each_scheduled_task_is_opened_once_per_team(catalog: Catalog) -> None:
    assert sorted(keys(due(catalog, MONDAY, (), ()), Decision.CREATE)) == [
        "anti-phishing-dlp/soc-oversight@2026-11-16",
        "automation-scripts/engineering-secops@2026-11-16",
        "escalation-tickets/all@2026-11-16",
        "portal-licences/soc-oversight@2026-11-16",
        "secure-score/monitoring@2026-11-16",
        "service-administration/engineering-secops@2026-11-16",
        "vulnerability-remediation/monitoring@2026-11-16",
    ]


@pytest.mark.parametrize("days", range(7))
def test_a_first_run_on_any_day_of_the_week_opens_something_and_a_second_one_nothing(
    catalog: Catalog, days: int
) -> None:
    now = MONDAY + timedelta(days=days)
    rows = due(catalog, now, (), ())
    created = keys(rows, Decision.CREATE)
    assert created
    assert due(catalog, now, keys(rows), created) == ()
    assert {row.decision for row in rows} <= {Decision.CREATE, Decision.SKIPPED}


def a_year(catalog: Catalog, year: int, *, hours: int) -> dict[str, datetime]:
    """Key → when it was opened, polling all year with everybody closing tickets in time."""
    opened: dict[str, datetime] = {}
    known: set[str] = set()
    now = utc(year, 1, 1)
    while now.year == year:
        rows = due(catalog, now, known, ())
        assert Decision.MISSED not in {row.decision for row in rows}
        known.update(keys(rows))
        opened.update(dict.fromkeys(keys(rows, Decision.CREATE), now))
        now += timedelta(hours=hours)
    return opened


def test_over_a_year_of_polling_each_team_gets_exactly_its_working_days(catalog: Catalog) -> None:
    opened = a_year(catalog, 2026, hours=24)
    monitoring = catalog.teams["monitoring"].calendar
    worked = {
        f"vulnerability-remediation/monitoring@{day}"
        for day in (date(2026, 1, 2) + timedelta(days=n) for n in range(363))
        if is_working_day(monitoring, day)
    }
    assert worked <= set(opened)
    assert "vulnerability-remediation/monitoring@2026-05-05" not in opened  # こどもの日
    assert "escalation-tickets/all@2026-05-05" in opened  # others work


def test_the_tabletop_exercise_is_raised_for_all_teams(catalog: Catalog) -> None:
    raised = raise_occurrence(catalog, "tabletop-exercise", "all", reason="New playbook", dedupe_key="pb-7", now=MONDAY)
    (row,) = [row for row in due(catalog, MONDAY, (), (), [raised]) if row.occurrence.raised]
    assert (row.decision, row.reason) == (Decision.CREATE, "raised: New playbook")


@pytest.mark.parametrize(
    ("closed", "day"),
    [
        (True, "2026-12-29"),
        (True, "2027-01-03"),
        (False, "2027-01-04"),
        (True, "2026-08-13"),
        (True, "2026-10-01"),
        (True, "2026-05-06"),
        (False, "2027-03-27"),
    ],
)
def test_the_japanese_company_calendar_closes_over_new_year_obon_and_foundation_day(
    catalog: Catalog, closed: bool, day: str
) -> None:
    assert is_working_day(catalog.calendars["japan-company"], date.fromisoformat(day)) is not closed


class TestSchemas:
    @pytest.mark.parametrize("name", sorted(schemas()))
    def test_the_shipped_schema_is_the_one_that_the_models_give(self, name: str) -> None:
        shipped = json.loads((MAPPINGS / "schema" / name).read_text(encoding="utf-8"))
        assert shipped == schemas()[name], "run: python -m watchkeeper.catalog.reference mappings"

    @pytest.mark.parametrize(
        ("file", "schema"),
        [
            ("calendars.yaml", "calendars.schema.json"),
            ("teams.yaml", "teams.schema.json"),
            ("waivers.yaml", "waivers.schema.json"),
            ("nudges.yaml", "nudges.schema.json"),
            ("packs/defender-xdr.yaml", "pack.schema.json"),
        ],
    )
    def test_an_editor_finds_nothing_wrong_with_the_shipped_file(self, file: str, schema: str) -> None:
        validator = jsonschema.Draft202012Validator(schemas()[schema], format_checker=jsonschema.FormatChecker())
        assert list(validator.iter_errors(load_document(MAPPINGS / file).data)) == []

    def test_an_editor_finds_a_typing_error(self) -> None:
        data = load_document(MAPPINGS / "teams.yaml").data
        assert isinstance(data, dict)
        validator = jsonschema.Draft202012Validator(schemas()["teams.schema.json"])
        assert list(validator.iter_errors(data | {"tems": []}))

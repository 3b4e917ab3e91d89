"""What the files of a new deployment say: settings, ignored files, calendars, single words of YAML."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from watchkeeper.catalog.calendar_file import CalendarsFile
from watchkeeper.cli.init.env_file import IGNORED, OFFERED, env_text, ignoring, values_in
from watchkeeper.cli.init.mapping_files import mapping_files
from watchkeeper.cli.init.shapes import Unfit, calendar, country_of, taken
from watchkeeper.cli.init.shipped import needed_teams, settings_list, shipped_calendars, shipped_teams
from watchkeeper.cli.init.teams import TeamAnswer
from watchkeeper.cli.init.yaml_scalar import flow, scalar
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.settings import VARIABLES, load_settings

ROOT = Path(__file__).parents[3]
SEEN = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=30)


@given(SEEN)
def test_a_word_of_yaml_reads_back_as_the_same_text_in_either_style(text: str) -> None:
    problems = ProblemList()
    document = problems.parse(f"a: {scalar(text)}\nb: {flow([text, 'x'])}\nc: {{d: {scalar(text)}}}\n", name="x.yaml")
    assert document is not None, problems.problems
    assert document.data == {"a": text, "b": [text, "x"], "c": {"d": text}}


@pytest.mark.parametrize("text", ["yes", "No", "null", "0123", "1e3", "2026-12-01", "12:30", "~", ""])
def test_what_some_reader_takes_for_something_else_is_quoted(text: str) -> None:
    assert YAML(typ="safe").load(scalar(text)) == text
    assert scalar(text).startswith('"')


def test_every_setting_can_be_given_and_comes_with_its_own_description() -> None:
    values = {name: f"it's {name} $HOME `x`" for name in VARIABLES.values()}
    text = env_text(settings_list(), values, ())
    assert values_in(text) == values
    described = [
        line for line in settings_list().splitlines() if line.startswith("# ") and not line.startswith("# ---")
    ]
    own = described[
        described.index(
            "# The instance: a bare name (acme stands for https://acme.service-now.com) or an https origin."
        ) :
    ]
    assert [line for line in own if line not in text.splitlines()] == []


def test_only_what_was_answered_stands_in_the_settings_and_a_secret_that_is_elsewhere_as_a_note() -> None:
    text = env_text(settings_list(), {"SENTINEL_WORKSPACE_NAME": "law-soc"}, ["AZURE_CLIENT_SECRET"], {})
    names = [line for line in text.splitlines() if "=" in line and not line.startswith("# A line")]
    assert names == ["# AZURE_CLIENT_SECRET=", "SENTINEL_WORKSPACE_NAME=law-soc"]
    assert "# Where the workspace is: subscription (a GUID), resource group, workspace name.\nSENTINEL_WORK" in text
    assert "--- ServiceNow ---" not in text
    assert shlex.split(values_in(text)["SENTINEL_WORKSPACE_NAME"]) == ["law-soc"]


def test_the_sources_of_evidence_are_offered_in_the_public_cloud_and_taken_up_without_the_sign() -> None:
    text = env_text(settings_list(), {"DEFENDER_ENDPOINT": "https://eu.api.security.microsoft.com"}, ())
    assert values_in(text) == {"DEFENDER_ENDPOINT": "https://eu.api.security.microsoft.com"}
    offered = values_in(text.replace("# GRAPH_", "GRAPH_"))
    assert load_settings(offered).evidence_endpoints() == {
        "graph": "https://graph.microsoft.com",
        "defender": "https://eu.api.security.microsoft.com",
    }
    assert load_settings(OFFERED).evidence_endpoints().keys() == {"graph", "defender"}


@pytest.mark.parametrize("before", ["", "*.db\n", "build", ".env\n*.db"])
def test_what_must_not_be_committed_is_added_once(before: str) -> None:
    once = ignoring(before)
    assert once.startswith(before)
    assert set(IGNORED) <= set(once.splitlines())
    assert ignoring(once) == once
    assert len(once.splitlines()) == len(set(once.splitlines()))


def with_calendar(answer: str, other: str = "japan") -> dict[str, str]:
    """The files where one team has another calendar than the rest."""
    shipped = shipped_teams()
    teams = [
        TeamAnswer(entry, "Asia/Tokyo", other if entry.id == "csirt" else answer, "en", "SOC", ("keiko.tanaka",))
        for entry in shipped.teams
    ]
    values = {"zone": "Asia/Tokyo", "calendar": answer, "ticket-language": "en", "go-live": "2026-12-01"}
    return mapping_files(teams, values, shipped, shipped_calendars())


@pytest.mark.parametrize(
    ("answer", "name", "country"),
    [
        ("DE-BY", "holidays-de-by", ("DE", "BY")),
        ("FR", "holidays-fr", ("FR", None)),
        ("IE", "ireland", ("IE", None)),
        ("US-WA", "us-washington", ("US", "WA")),
    ],
)
def test_a_country_is_a_shipped_calendar_or_becomes_one_that_shared_tasks_know(
    answer: str, name: str, country: tuple[str, str | None]
) -> None:
    files = with_calendar(answer)
    problems = ProblemList()
    file = problems.validate(problems.parse(files["calendars.yaml"], name="calendars.yaml"), CalendarsFile)
    assert file is not None, problems.problems
    found = {each.id: each for each in file.calendars}
    holidays = found[name].holidays
    assert holidays is not None
    assert (holidays.country, holidays.subdivision) == country
    assert found["any-team"].any_of == (name, "japan")
    assert "\n  calendar: any-team\n" in files["teams.yaml"]


@pytest.mark.parametrize(
    ("answer", "other", "home"),
    [
        ("JP", "japan", "japan"),
        ("any-team", "around-the-clock", "any-team"),
        ("around-the-clock", "around-the-clock", "around-the-clock"),
    ],
)
def test_the_shipped_calendars_are_left_alone_where_they_serve(answer: str, other: str, home: str) -> None:
    files = with_calendar(answer, other)
    assert files["calendars.yaml"] == (ROOT / "mappings" / "calendars.yaml").read_text(encoding="utf-8")
    assert f"\n  calendar: {home}\n" in files["teams.yaml"]


def test_nobody_owns_anything_yet_and_the_shipped_owners_are_an_example() -> None:
    text = with_calendar("japan")["owners.yaml"]
    read = YAML(typ="safe")
    assert read.load(text) == {"version": 1, "owners": [], "services": []}
    example = text.partition("# For example:\n")[2]
    shown = read.load("\n".join(line.removeprefix("#").removeprefix(" ") for line in example.splitlines()))
    shipped = read.load((ROOT / "mappings" / "owners.yaml").read_text(encoding="utf-8"))
    assert {"version": 1, **shown} == shipped


def test_what_nobody_answered_about_is_as_shipped() -> None:
    files = with_calendar("japan")
    for path in (
        "calendars.yaml",
        "valves.yaml",
        "evidence.yaml",
        "README.md",
        "packs/defender-xdr.yaml",
        "schema/profile.schema.json",
    ):
        assert files[path] == (ROOT / "mappings" / path).read_text(encoding="utf-8")
    for profile in ("escalation", "security-incident", "catalog-task"):
        assert "\nkind: escalation\ngo_live: 2026-12-01\n" in files[f"profiles/{profile}.yaml"]
        assert "      assignment_group: SOC\n" in files[f"profiles/{profile}.yaml"]


@pytest.mark.parametrize(
    ("zone", "country"),
    [("Asia/Tokyo", "JP"), ("Europe/Dublin", "IE"), ("America/New_York", "US"), ("Etc/UTC", ""), ("", "")],
)
def test_the_country_of_a_time_zone_is_proposed(zone: str, country: str) -> None:
    assert country_of(zone) == country


@pytest.mark.parametrize(("typed", "near"), [("DE-BX", ""), ("japn", "japan"), ("XX", ""), ("", ""), ("JP-", "")])
def test_a_calendar_that_is_none_is_refused_with_a_near_one(typed: str, near: str) -> None:
    with pytest.raises(Unfit) as refused:
        calendar(typed, ("japan", "ireland"))
    assert refused.value.near == near


def test_spelling_is_put_right() -> None:
    assert taken(lambda text: calendar(text, ()), " de-by ") == "DE-BY"


def test_the_teams_that_a_shipped_task_has_alone_cannot_be_left_out() -> None:
    assert needed_teams() == {"soc-oversight", "threat-intelligence", "monitoring", "engineering-secops"}

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import MAPPINGS, mark, markers_of_incidents, markers_of_tickets, people, writes
from tests.cli.program import Program
from tests.effort import thoroughly

from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    """A copy of the shipped folder, where the program looks first."""
    return Path(shutil.copytree(MAPPINGS, tmp_path / "mappings"))


def change(file: Path, old: str, new: str, count: int = 1) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, count), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("packs/defender-xdr.yaml", "cadence: weekly", "cadence: weakly", "did you mean weekly?"),
        ("profiles/escalation.yaml", "link_back: label", "link_bak: label", "did you mean link_back?"),
        *thoroughly(
            ("packs/defender-xdr.yaml", "teams: [Engineering and SecOps]", "teams: [Enginering]", "Enginering"),
            ("teams.yaml", "zone: Asia/Tokyo", "zone: Asia/Tokio", "did you mean Asia/Tokyo?"),
            ("calendars.yaml", "country: JP", "country: XX", "XX"),
            ("profiles/maintenance.yaml", "resolver: furthest", "resolver: farthest", "did you mean furthest?"),
            ("profiles/escalation.yaml", "means: on-hold", "means: on-hlod", "on-hold"),
        ),
    ],
)
def test_a_wrong_mapping_is_refused_at_its_place_before_any_call(
    soc: Program, world: World, mappings: Path, file: str, old: str, new: str, words: str
) -> None:
    change(mappings / file, old, new)
    line = (mappings / file).read_text(encoding="utf-8").split(new)[0].count("\n") + 1
    checked = soc.run("mappings", "check")
    assert checked.code == 3
    assert re.search(rf"^\S*{re.escape(file)}:{line}:\d+: ", checked.out, re.MULTILINE), checked.out
    assert words in checked.out
    for command in ("plan", "sync", "audit", "doctor"):
        ended = soc.run(command)
        assert (ended.code, ended.out) == (3, "")
        assert f"{file}:{line}:" in ended.err
    assert world.log.entries() == []


def test_every_problem_of_every_file_is_told_at_once(soc: Program, mappings: Path) -> None:
    change(mappings / "teams.yaml", "zone: Asia/Tokyo", "zone: Asia/Tokio")
    change(mappings / "profiles/maintenance.yaml", "resolver: furthest", "resolver: farthest", 2)
    change(mappings / "packs/defender-xdr.yaml", "cadence: weekly", "cadence: weakly")
    problems = soc.run("mappings", "check", "--json").json("problems")["problems"]
    assert sorted({problem["place"].split(":")[0].split("/mappings/")[1] for problem in problems}) == [
        "packs/defender-xdr.yaml",
        "profiles/maintenance.yaml",
        "teams.yaml",
    ]
    assert len(problems) >= 4


def test_a_runner_and_a_code_scanner_are_told_of_the_same_problems(soc: Program, mappings: Path) -> None:
    change(mappings / "teams.yaml", "zone: Asia/Tokyo", "zone: '::error::##[x]'")
    change(mappings / "packs/defender-xdr.yaml", "cadence: weekly", "cadence: weakly")
    for folder in (mappings, "mappings"):
        annotated = soc.run("mappings", "check", folder, "--format", "github")
        assert annotated.code == 3
        places = re.findall(r"(?m)^::error file=([^,]+),line=(\d+),col=\d+,title=mappings%3A [a-z]+::", annotated.out)
        assert len(places) == len(annotated.out.splitlines()) == 2
        assert "##[" not in annotated.out
        scanned = soc.run("mappings", "check", folder, "--format", "sarif")
        assert scanned.code == 3
        spots = [result["locations"][0]["physicalLocation"] for result in scanned.json()["runs"][0]["results"]]
        assert [(spot["artifactLocation"]["uri"], str(spot["region"]["startLine"])) for spot in spots] == places
        assert {file for file, _ in places} == {"mappings/teams.yaml", "mappings/packs/defender-xdr.yaml"}


def test_a_group_that_does_not_resolve_refuses_its_tasks_alone(soc: Program, world: World, mappings: Path) -> None:
    change(mappings / "teams.yaml", "group: SOC Engineering", "group: SOC Enginering")
    ended = soc.run("sync", "--json")
    assert ended.code == 4
    refused = [row for row in ended.json("run")["parked"] if row["key"]]
    assert {row["key"].split("@")[0] for row in refused} == {
        "automation-scripts/engineering-secops",
        "service-administration/engineering-secops",
    }
    for row in refused:
        assert re.search(r"\.yaml:\d+:\d+: ", row["reason"])
        assert "SOC Enginering" in row["reason"]
        assert "SOC Engineering" in row["reason"]
        assert "teams.yaml" in row["remedy"]
    assert len(markers_of_tickets(world)) == len(markers_of_incidents(world)) == 5
    assert not [marker for marker in markers_of_tickets(world) if "engineering" in marker]

    doctor = soc.run("doctor")
    assert doctor.code == 5
    assert "SOC Enginering" in doctor.out

    change(mappings / "teams.yaml", "group: SOC Enginering", "group: SOC Engineering")
    assert soc.run("sync").code == 0
    assert len(markers_of_tickets(world)) == len(markers_of_incidents(world)) == 7


def test_an_owner_that_the_mappings_misspell_is_refused_where_it_can_be_told(soc: Program, mappings: Path) -> None:
    change(mappings / "teams.yaml", "lead: ava.nguyen", "lead: ava.nguyenn")
    doctor = soc.run("doctor")
    assert doctor.code == 5
    assert "ava.nguyenn" in "".join(doctor.out.split())


def test_an_incident_s_owner_who_does_not_exist_stops_its_own_duties_alone(
    soc: Program, world: World, mappings: Path
) -> None:
    change(mappings / "teams.yaml", "keiko.tanaka@soc.example", "keiko.tanakaa@soc.example")
    planned = soc.run("plan", "--json")
    refused = [row for row in planned.json("plan")["parked"] if row["field"] == "owner"]
    assert planned.code == 4
    assert refused
    for row in refused:
        assert "teams.yaml:" in row["reason"]
        assert "near: keiko.tanaka@soc.example" in row["reason"]
    assert soc.run("sync").code == 4
    assert len(markers_of_tickets(world)) == len(markers_of_incidents(world)) == 7 - len(refused)
    change(mappings / "teams.yaml", "keiko.tanakaa@soc.example", "keiko.tanaka@soc.example")
    assert soc.run("sync").code == 0
    assert len(markers_of_tickets(world)) == len(markers_of_incidents(world)) == 7


def test_an_owner_whom_servicenow_cannot_know_is_said_and_written(soc: Program, world: World, mappings: Path) -> None:
    change(mappings / "teams.yaml", "keiko.tanaka@soc.example", "zz-soc@partner.invalid")
    planned = soc.run("plan", "--json")
    [row] = [row for row in planned.json("plan")["parked"] if row["field"] == "owner?"]
    assert (planned.code, "cannot be verified" in row["reason"]) == (0, True)
    assert soc.run("sync").code == 0
    assert len(markers_of_incidents(world)) == 7


def test_a_table_that_the_instance_does_not_have_is_named(soc: Program, world: World, mappings: Path) -> None:
    change(mappings / "profiles/maintenance.yaml", "table: incident\n", "table: u_soc_duty\n")
    ended = soc.run("sync", "--json")
    assert ended.code == 3
    assert "u_soc_duty" in ended.err
    assert writes(world) == []


def test_a_field_that_the_table_does_not_have_is_named(soc: Program, world: World, mappings: Path) -> None:
    change(mappings / "profiles/maintenance.yaml", "datetime: { field: due_date,", "datetime: { field: u_due_dat,")
    first = soc.run("sync", "--json")
    assert first.code == 4
    assert len([row for row in first.json("run")["results"] if "u_due_dat" in row["refused"]]) == 7
    [reason] = first.json("run")["reasons"]
    assert "profiles/maintenance.yaml:" in reason
    assert "shows no field 'u_due_dat' (near: due_date)" in reason
    seen = mark(world)
    world.clock.advance(timedelta(days=1))
    for command in ("plan", "sync"):
        again = soc.run(command, "--json")
        assert again.code == 4
        assert any("shows no field 'u_due_dat'" in reason for reason in again.json()["reasons"])
    assert writes(world, seen) == []
    change(mappings / "profiles/maintenance.yaml", "u_due_dat,", "due_date,")
    assert soc.run("sync").code == 0
    assert writes(world, seen) != []


def test_a_misspelt_field_writes_nothing_where_a_record_shows_it(soc: Program, world: World, mappings: Path) -> None:
    people(world, "servicenow", "liam.byrne", "create", fields={"short_description": "Printer", "category": "inquiry"})
    change(mappings / "profiles/maintenance.yaml", "{ field: short_description,", "{ field: short_descriptionn,")
    for command in ("plan", "sync"):
        ended = soc.run(command, "--json")
        assert ended.code == 4
        [reason] = ended.json()["reasons"]
        assert "profiles/maintenance.yaml:" in reason
        assert "incident shows no field 'short_descriptionn' (near: short_description" in reason
    assert writes(world) == []


def test_the_field_that_was_meant_is_offered_first_whatever_else_is_mapped(
    soc: Program, world: World, mappings: Path
) -> None:
    """The other profiles' fields are known already when the escalation's are changed."""
    people(world, "servicenow", "liam.byrne", "create", fields={"short_description": "Printer", "category": "inquiry"})
    assert soc.run("sync").code == 0
    change(mappings / "profiles/escalation.yaml", "{ field: short_description,", "{ field: short_desciption,")
    reasons = soc.run("plan", "--json").json("plan")["reasons"]
    told = [reason for reason in reasons if "shows no field" in reason]
    assert len(told) == 1
    assert "shows no field 'short_desciption' (near: short_description" in told[0]


def test_a_choice_that_the_instance_does_not_have_is_told_with_near_names_and_never_sent(
    soc: Program, world: World, mappings: Path
) -> None:
    change(mappings / "profiles/maintenance.yaml", "close_code: Solution provided", "close_code: Solution provide")
    soc.run("sync")
    world.clock.advance(timedelta(minutes=10))
    people(world, "arm", "liam.byrne", "close", incident=1, text="Done.")
    told = "close_code 'Solution provide' is no choice of incident; near: Solution provided"
    assert told in " ".join(soc.run("plan").out.split())
    for _ in range(2):
        seen = mark(world)
        waiting = soc.run("sync", "--json").json("run")
        world.clock.advance(timedelta(minutes=10))
        assert writes(world, seen) == []
        assert any(told in row["reason"] for row in waiting["parked"])


def test_the_folder_is_taken_from_option_setting_and_place_in_that_order(
    soc: Program, mappings: Path, tmp_path: Path
) -> None:
    named, setting = (Path(shutil.copytree(MAPPINGS, tmp_path / name)) for name in ("named", "setting"))
    assert soc.run("mappings", "check").out.startswith(str(mappings))
    assert soc.run("mappings", "check", WATCHKEEPER_MAPPINGS=str(setting)).out.startswith(str(setting))
    assert soc.run("mappings", "check", named, WATCHKEEPER_MAPPINGS=str(setting)).out.startswith(str(named))

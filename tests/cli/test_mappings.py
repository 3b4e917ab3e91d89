"""What an administrator asks of a mapping: where a value goes, all of it in one document, the schemas for an editor."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from tests.acceptance.worlds import MAPPINGS
from tests.cli.program import Program

from watchkeeper.cli.effective import effective_mapping
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.yaml_reader import read_yaml

pytestmark = pytest.mark.thorough


@pytest.fixture
def soc(program: Program) -> Program:
    """A shell beside the shipped mappings, without any setting: none of these commands needs one."""
    (program.folder / "mappings").symlink_to(MAPPINGS)
    return program


def line_of(words: str, file: str = "profiles/escalation.yaml") -> int:
    text = (MAPPINGS / file).read_text(encoding="utf-8")
    assert text.count(words) == 1
    return text.split(words)[0].count("\n") + 1


class TestExplain:
    def test_a_field_is_told_with_both_sides_values_both_ways_and_the_line_of_each(self, soc: Program) -> None:
        ended = soc.run("mappings", "explain", "status", "--profile", "escalation", "--mappings", "mappings", "--json")
        (rule,) = ended.json("mappings-explain")["rules"]
        assert (rule["owner"], rule["resolver"]) == ("shared", "furthest")
        servicenow, sentinel = rule["sides"]
        assert (servicenow["table"], servicenow["fields"]) == ("incident", ["state"])
        on_hold = next(row for row in servicenow["rows"] if row["raw"] == ["3"])
        assert (on_hold["means"], on_hold["writes"]) == ("on-hold", ["on-hold"])
        assert on_hold["place"].startswith(f"mappings/profiles/escalation.yaml:{line_of('{ is: 3, means: on-hold }')}:")
        assert next(row["writes"] for row in sentinel["rows"] if row["raw"] == ["Active"]) == ["active", "on-hold"]
        assert servicenow["transitions"]["7"] == []
        to_servicenow, to_sentinel = rule["closings"]
        assert to_sentinel["cleared"] == ["classification", "classificationReason", "classificationComment"]
        assert (to_sentinel["close_from"], to_servicenow["close_from"]) == ("soc-teams", "anyone")

    def test_the_same_in_words(self, soc: Program) -> None:
        told = " ".join(soc.run("mappings", "explain", "status", "--profile", "escalation").out.split())
        assert "both sides: a change on one is carried to the other (shared)" in told
        assert "Active active active, on-hold" in told
        assert "Any other combination parks the close" in told

    @pytest.mark.parametrize(("word", "field"), [("state", "status"), ("close_code", "status"), ("impact", "severity")])
    def test_a_system_s_own_word_leads_to_the_field(self, soc: Program, word: str, field: str) -> None:
        rules = soc.run("mappings", "explain", word, "--profile", "escalation", "--json").json("mappings-explain")[
            "rules"
        ]
        assert [rule["name"] for rule in rules] == [field]

    def test_a_profile_that_is_off_is_told_when_it_is_named(self, soc: Program) -> None:
        everywhere = soc.run("mappings", "explain", "status", "--json").json("mappings-explain")["rules"]
        assert {rule["profile"] for rule in everywhere} == {"maintenance", "maintenance-task", "escalation"}
        assert "not enabled" in soc.run("mappings", "explain", "status", "--profile", "catalog-task").out

    def test_what_is_not_there_is_a_misuse_with_what_was_meant(self, soc: Program) -> None:
        field = soc.run("mappings", "explain", "statsu")
        assert (field.code, "did you mean status?" in field.err) == (2, True)
        profile = soc.run("mappings", "explain", "status", "--profile", "escalations")
        assert (profile.code, "did you mean escalation?" in profile.err) == (2, True)

    def test_a_field_of_profiles_that_are_off_alone_is_no_field_until_one_is_named(self, soc: Program) -> None:
        ended = soc.run("mappings", "explain", "priority")
        assert (ended.code, "there is no 'priority'" in ended.err) == (2, True)

    def test_an_unsound_mapping_is_not_explained(self, soc: Program) -> None:
        ended = soc.run("mappings", "explain", "status", "--mappings", "nowhere")
        assert (ended.code, ended.out) == (3, "")


class TestExport:
    def test_yaml_and_json_are_the_same_document_and_mean_what_the_files_mean(self, soc: Program) -> None:
        whole = soc.run("mappings", "export", "--json").json()
        assert read_yaml(soc.run("mappings", "export").out).data == whole == effective_mapping(MAPPINGS)
        assert set(whole) == {
            "version",
            "profiles",
            "teams",
            "calendars",
            "packs",
            "valves",
            "waivers",
            "nudges",
            "owners",
            "evidence",
        }
        for name, profile in whole["profiles"].items():
            shipped = read_yaml((MAPPINGS / "profiles" / f"{name}.yaml").read_text(encoding="utf-8")).data
            first, again = (
                ProfileFile.model_validate_json(json.dumps(each), strict=True) for each in (shipped, profile)
            )
            assert first.model_dump(exclude={"fields"}) == again.model_dump(exclude={"fields"})

    def test_defaults_are_spelled_out_and_each_row_says_what_it_writes(self, soc: Program) -> None:
        profile = soc.run("mappings", "export", "--json").json()["profiles"]["escalation"]
        assert profile["sweep_hours"] == 24
        rows = profile["fields"]["status"]["servicenow"]["table"]["rows"]
        assert [row["writes"] for row in rows] == [
            ["new"], ["active"], ["on-hold"], ["resolved", "closed"], [], ["cancelled"],
        ]  # fmt: skip

    def test_the_value_tables_are_csv_without_formulas(self, soc: Program) -> None:
        lines = list(csv.DictReader(soc.run("mappings", "export", "--format", "csv").out.splitlines()))
        assert {"profile": "escalation", "field": "severity", "side": "servicenow", "raw_field": "impact, urgency",
                "raw": "2, 3", "means": "low", "writes": "low"} in lines  # fmt: skip
        assert [line["raw"] for line in lines if line["raw"].startswith("-")] == []
        assert "'-5" in {line["raw"] for line in lines}

    def test_no_text_of_a_file_is_a_command_of_a_runner(self, soc: Program) -> None:
        (soc.folder / "mappings").unlink()
        _with_hostile_texts(soc.folder / "mappings")
        for form in ("yaml", "json", "csv"):
            ended = soc.run("mappings", "export", "--format", form)
            assert ended.code == 0, ended.err
            assert not re.search(r"(?m)^\s*::|##\[|##vso\[", ended.out)
        hold = soc.run("mappings", "export", "--json").json()["teams"]["teams"][0]["manager"]
        assert hold == "::error::##[x]"


def _with_hostile_texts(folder: Path) -> None:
    for file in MAPPINGS.rglob("*.yaml"):
        target = folder / file.relative_to(MAPPINGS)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.read_text("utf-8").replace("aoife.murphy", "'::error::##[x]'", 1), encoding="utf-8")


class TestSchema:
    @pytest.mark.parametrize("name", ["profile", "pack", "cases", "teams", "calendars", "valves", "owners", "evidence"])
    def test_each_is_the_shipped_one(self, soc: Program, name: str) -> None:
        shipped = json.loads((MAPPINGS / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
        assert soc.run("mappings", "schema", name).json() == shipped

    def test_all_are_written_where_they_are_wanted(self, soc: Program) -> None:
        (soc.folder / "there").mkdir()
        assert soc.run("mappings", "schema", "--out", "there").code == 0
        written = {file.name: file.read_bytes() for file in (soc.folder / "there").iterdir()}
        assert written == {file.name: file.read_bytes() for file in (MAPPINGS / "schema").iterdir()}

    def test_without_a_name_they_are_listed(self, soc: Program) -> None:
        assert soc.run("mappings", "schema").out.split() == [
            "calendars",
            "cases",
            "evidence",
            "nudges",
            "owners",
            "pack",
            "profile",
            "teams",
            "valves",
            "waivers",
        ]

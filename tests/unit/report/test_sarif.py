"""Problems as SARIF: what the standard demands of the parts that we use, and what code scanning needs besides."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any, Final

import jsonschema
import pytest
from tests.unit.report import examples
from tests.unit.report.test_neutralise import is_inert

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.report import machine
from watchkeeper.report.sarif import MOST, RULES, sarif

HERE = PurePath("/checkout")

TEXT: Final = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
ESSENTIAL: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": {"$ref": "#/$defs/run"}},
    },
    "$defs": {
        "run": {
            "type": "object",
            "required": ["tool", "results"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "additionalProperties": False,
                    "properties": {"driver": {"$ref": "#/$defs/driver"}},
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                "properties": {"type": "object"},
            },
        },
        "driver": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string"},
                "semanticVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+([-+.].*)?$"},
                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "shortDescription": TEXT,
                "defaultConfiguration": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"level": {"enum": ["none", "note", "warning", "error"]}},
                },
            },
        },
        "result": {
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": -1},
                "level": {"enum": ["none", "note", "warning", "error"]},
                "message": TEXT,
                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
            },
        },
        "location": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation"],
                    "additionalProperties": False,
                    "properties": {
                        "artifactLocation": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "uri": {"type": "string", "format": "uri-reference", "pattern": r"^[!-~]+$"},
                                "uriBaseId": {"type": "string"},
                            },
                        },
                        "region": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "startLine": {"type": "integer", "minimum": 1},
                                "startColumn": {"type": "integer", "minimum": 1},
                            },
                        },
                    },
                },
                "logicalLocations": {
                    "type": "array",
                    "uniqueItems": True,
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {"fullyQualifiedName": {"type": "string"}},
                    },
                },
            },
        },
    },
}
"""SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0, appendix "JSON schema") for the properties that we write: the same
types, bounds and required ones, and none that the standard does not have."""


def results(*problems: Problem) -> list[dict[str, Any]]:
    written = json.loads(machine.render(sarif(problems, HERE)))
    jsonschema.Draft202012Validator(ESSENTIAL).validate(written)
    (run,) = written["runs"]
    found: list[dict[str, Any]] = run["results"]
    for result in found:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    return found


def uri(place: str) -> dict[str, str]:
    (result,) = results(Problem(place, "", "is wrong"))
    location: dict[str, str] = result["locations"][0]["physicalLocation"]["artifactLocation"]
    return location


def test_a_problem_is_a_result_of_its_rule_at_its_line_and_column() -> None:
    problem = Problem("mappings/teams.yaml:7:3", "teams.0.zone", "is wrong", "right", "x", ProblemKind.WORD)
    assert results(problem) == [
        {
            "ruleId": "mapping/word",
            "ruleIndex": 4,
            "level": "error",
            "message": {"text": "teams.0.zone: is wrong; allowed: right; did you mean x?"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "mappings/teams.yaml", "uriBaseId": "%SRCROOT%"},
                        "region": {"startLine": 7, "startColumn": 3},
                    },
                    "logicalLocations": [{"fullyQualifiedName": "teams.0.zone"}],
                }
            ],
        }
    ]


def test_every_kind_of_problem_is_a_rule_with_a_sentence() -> None:
    assert set(RULES) == set(ProblemKind)
    assert [text for text in RULES.values() if not text.endswith(".")] == []


def test_files_are_named_from_the_checkout() -> None:
    assert uri("/checkout/soc/teams.yaml:1:1") == {"uri": "soc/teams.yaml", "uriBaseId": "%SRCROOT%"}
    assert uri("my maps/チーム.yaml:1:1")["uri"] == "my%20maps/%E3%83%81%E3%83%BC%E3%83%A0.yaml"
    assert uri("/elsewhere/teams.yaml:1:1") == {"uri": "file:///elsewhere/teams.yaml"}


def test_a_whole_file_has_no_region_and_a_setting_no_location() -> None:
    whole, setting = results(
        Problem("mappings/a.yaml", "", "is larger than 256 KiB", kind=ProblemKind.FILE),
        Problem("WATCHKEEPER_MAPPING", "", "is not a setting", kind=ProblemKind.SETTING),
    )
    assert "region" not in whole["locations"][0]["physicalLocation"]
    assert "locations" not in setting
    assert setting["message"]["text"].startswith("WATCHKEEPER_MAPPING: ")


@pytest.mark.parametrize("text", examples.HOSTILE)
def test_hostile_text_is_inert(text: str) -> None:
    printed = machine.render(sarif([Problem("a.yaml:1:1", text, text, text, text)], HERE))
    assert is_inert(printed)
    jsonschema.Draft202012Validator(ESSENTIAL).validate(json.loads(printed))


def test_no_more_are_written_than_are_shown_and_all_are_counted() -> None:
    written = sarif([Problem("a.yaml:1:1", "", "is wrong")] * (MOST + 1), HERE)["runs"][0]
    assert (len(written["results"]), written["properties"]) == (MOST, {"problems": MOST + 1})


def test_nothing_wrong_is_a_run_without_results() -> None:
    assert results() == []

"""Problems as SARIF 2.1.0 (OASIS), which code scanning services show beside the lines of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from watchkeeper import __version__
from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.report.machine import Json
from watchkeeper.report.places import below, is_in_a_file

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST: Final = 5_000
"""Results that GitHub shows of one run (github/docs, "SARIF results exceed one or more limits"); `properties` says how many
there are."""

RULES: Final[Mapping[ProblemKind, str]] = {
    ProblemKind.FILE: "A mapping file can be read: UTF-8, not too large, where it is expected.",
    ProblemKind.YAML: "A mapping file is plain YAML 1.2: no aliases, tags, merge keys or keys written twice.",
    ProblemKind.KEY: "Every key is known, and none that is required is missing.",
    ProblemKind.VALUE: "Every value has the type, form and size that its key asks for.",
    ProblemKind.WORD: "Every status, team, field or name that is used exists.",
    ProblemKind.TEMPLATE: "Every text is a template of known names, and never comes out empty.",
    ProblemKind.LOSSY: "What is written on a side is read back as the same value.",
    ProblemKind.UNMAPPED: "Every value has a row, or is said to have none.",
    ProblemKind.UNREACHABLE: "Nothing is said that is never read, written or asked.",
    ProblemKind.TRANSITION: "A status can be changed to what it is mapped to.",
    ProblemKind.CLOSING: "A close carries what the other side demands, and claims no more than was said.",
    ProblemKind.TWICE: "There is one rule for each thing.",
    ProblemKind.CYCLE: "No values lead in a circle.",
    ProblemKind.MEANING: "The parts of a file fit together.",
    ProblemKind.SETTING: "The settings are known and complete.",
}


def sarif(problems: Sequence[Problem], base: PurePath) -> Json:
    """A log with one run. `base` is the folder (the checkout) that paths are told relative to; a file that lies elsewhere has
    an absolute address, and what is no file keeps its place in the message."""
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver()},
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem, base) for problem in problems[:MOST]],
                "properties": {"problems": len(problems)},
            }
        ],
    }


def _driver() -> Json:
    return {
        "name": "watchkeeper mappings check",
        "semanticVersion": __version__,
        "rules": [
            {"id": _rule(kind), "shortDescription": {"text": text}, "defaultConfiguration": {"level": "error"}}
            for kind, text in RULES.items()
        ],
    }


def _rule(kind: ProblemKind) -> str:
    return f"mapping/{kind.value}"


def _result(problem: Problem, base: PurePath) -> Json:
    located = {"locations": [_location(problem, base)]} if is_in_a_file(problem) else {}
    message = problem.sentence if located else str(problem)
    rule = {"ruleId": _rule(problem.kind), "ruleIndex": list(RULES).index(problem.kind), "level": "error"}
    return {**rule, "message": {"text": message}, **located}


def _location(problem: Problem, base: PurePath) -> Json:
    file, line, column = problem.position
    physical: Json = {"artifactLocation": _artifact(below(base, file))}
    if line:
        physical["region"] = {"startLine": line, "startColumn": column}
    logical = {"logicalLocations": [{"fullyQualifiedName": problem.path}]} if problem.path else {}
    return {"physicalLocation": physical, **logical}


def _artifact(path: PurePath) -> Json:
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}

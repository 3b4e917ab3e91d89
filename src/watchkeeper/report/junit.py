"""Results as JUnit XML, which CI systems show as tests: the elements and attributes that Jenkins, Azure Pipelines and GitLab all read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from xml.etree import ElementTree

from watchkeeper.report.neutralise import guard_line, plain

_ILLEGAL: Final = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that an XML 1.0 document cannot hold, even escaped (production 2 of the standard)."""


class Outcome(StrEnum):
    """What became of a case; the last three are the names of its element."""

    PASSED = "passed"
    FAILED = "failure"
    ERROR = "error"
    """Nobody can tell: never a pass."""
    SKIPPED = "skipped"
    """Nothing was owed, or not yet."""


@dataclass(frozen=True, slots=True)
class Case:
    """`kind` is the sort of a failure or error in one word, `message` what is to be said of it."""

    name: str
    within: str
    outcome: Outcome
    kind: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    name: str
    cases: tuple[Case, ...]


def render(name: str, suites: Sequence[Suite]) -> str:
    """The suites as one XML document, in which every text is on one line and no runner finds a command."""
    root = ElementTree.Element(
        "testsuites", {"name": _text(name), **_counted([case for suite in suites for case in suite.cases])}
    )
    for suite in suites:
        element = ElementTree.SubElement(root, "testsuite", {"name": _text(suite.name), **_counted(suite.cases)})
        for case in suite.cases:
            _case(element, case)
    ElementTree.indent(root)
    written = ElementTree.tostring(root, encoding="unicode")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', *written.split("\n")]
    return "".join(f"{guard_line(line)}\n" for line in lines)


def _counted(cases: Sequence[Case]) -> dict[str, str]:
    """How many there are of each outcome. The time is none: a verdict is no measurement."""
    outcomes = [case.outcome for case in cases]
    return {
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count(Outcome.FAILED)),
        "errors": str(outcomes.count(Outcome.ERROR)),
        "skipped": str(outcomes.count(Outcome.SKIPPED)),
        "time": "0",
    }


def _case(suite: ElementTree.Element, case: Case) -> None:
    names = {"name": _text(case.name), "classname": _text(case.within), "time": "0"}
    element = ElementTree.SubElement(suite, "testcase", names)
    if case.outcome is Outcome.PASSED:
        return
    told = {"message": _text(case.message)}
    if case.outcome is not Outcome.SKIPPED:
        told["type"] = _text(case.kind)
    result = ElementTree.SubElement(element, case.outcome.value, told)
    if case.outcome is not Outcome.SKIPPED:
        result.text = _text(case.message)


def _text(text: str) -> str:
    return _ILLEGAL.sub("", plain(text))

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from watchkeeper.errors import Config
from watchkeeper.plugins import CONNECTOR_GROUP, EVIDENCE_GROUP, connector_openers

GOOD = "watchkeeper.plugins:connector_openers"


def an_entry(name: str, value: str = GOOD) -> EntryPoint:
    return EntryPoint(name, value, CONNECTOR_GROUP)


def test_the_sides_asked_for_are_opened_and_no_other() -> None:
    broken = an_entry("other", "no_such_package:open")
    assert connector_openers(["servicenow"], [an_entry("servicenow"), broken]) == {"servicenow": connector_openers}


def test_a_side_without_a_connector_names_those_that_are_there() -> None:
    with pytest.raises(Config) as caught:
        connector_openers(["service-now"], [an_entry("servicenow"), an_entry("sentinel")])
    [problem] = caught.value.problems
    assert (problem.path, problem.allowed, problem.suggestion) == ("service-now", "sentinel, servicenow", "servicenow")


def test_a_source_of_evidence_is_found_among_its_own(tmp_path: Path) -> None:
    assert set(connector_openers(["graph", "defender", "scripts"], group=EVIDENCE_GROUP)) == {
        "graph",
        "defender",
        "scripts",
    }
    with pytest.raises(Config) as caught:
        connector_openers(["intune"], group=EVIDENCE_GROUP)
    [problem] = caught.value.problems
    assert (problem.place, problem.allowed) == (EVIDENCE_GROUP, "defender, graph, scripts")


def test_two_packages_that_claim_one_side_are_refused() -> None:
    with pytest.raises(Config, match="several packages claim this connector: a:open, b:open"):
        connector_openers(["servicenow"], [an_entry("servicenow", "b:open"), an_entry("servicenow", "a:open")])


def test_one_package_that_is_listed_twice_is_no_clash() -> None:
    assert connector_openers(["servicenow"], [an_entry("servicenow"), an_entry("servicenow")])


def test_a_package_that_cannot_be_imported_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_connector.py").write_text("raise RuntimeError('needs libfoo')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Config, match="RuntimeError: needs libfoo"):
        connector_openers(["servicenow"], [an_entry("servicenow", "broken_connector:open")])
    assert "broken_connector" not in sys.modules


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("no_such_package:open", "No module named 'no_such_package'"),
        ("watchkeeper.plugins:no_such_name", "no_such_name"),
        ("watchkeeper.plugins:CONNECTOR_GROUP", "cannot be called"),
    ],
)
def test_an_entry_that_opens_nothing_is_refused(value: str, message: str) -> None:
    with pytest.raises(Config, match=message):
        connector_openers(["servicenow"], [an_entry("servicenow", value)])


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(Config) as caught:
        connector_openers(["servicenow", "sentinel"], [an_entry("sentinel", "no_such_package:open")])
    assert [problem.path for problem in caught.value.problems] == ["servicenow", "sentinel"]


def test_the_shipped_connectors_are_announced() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'[project.entry-points."{CONNECTOR_GROUP}"]' in text

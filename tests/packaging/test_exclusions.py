"""Nothing is left out of the measurement of branches without a reason beside it."""

from __future__ import annotations

import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (ROOT / "src" / "watchkeeper", ROOT / "connectors")
EXCLUSION = re.compile(r"#\s*pragma[:\s]?\s*no\s*(?:cover|branch)(?P<rest>.*)", re.IGNORECASE)
"""In every spelling that coverage takes (coverage.readthedocs.io, excluding)."""
REASON = re.compile(r" - \S+( \S+)+")


def exclusions(source: str) -> Iterator[tuple[int, str]]:
    """The line of each exclusion in the comments of a module, and what stands behind it."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        found = EXCLUSION.search(token.string) if token.type == tokenize.COMMENT else None
        if found:
            yield token.start[0], found["rest"]


def without_reason(source: str) -> list[int]:
    return [line for line, rest in exclusions(source) if not REASON.fullmatch(rest)]


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]


def test_every_exclusion_says_why() -> None:
    bare = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        for line in without_reason(path.read_text(encoding="utf-8"))
    }
    assert bare == set()


def test_exclusions_are_seen_where_they_are() -> None:
    connectors = [path for path in modules() if path.is_relative_to(ROOT / "connectors")]
    assert sum(len(list(exclusions(path.read_text(encoding="utf-8")))) for path in connectors) > 0


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x = 1  # pragma: no cover", [1]),
        ("x = 1  # pragma: no branch", [1]),
        ("x = 1  #PRAGMA NO COVER", [1]),
        ("x = 1  # pragma: no cover -", [1]),
        ("x = 1  # pragma: no cover - because", [1]),
        ("x = 1  # pragma: no cover (mypy alone reads it)", [1]),
        ("x = 1  # noqa: S101  # pragma: no cover", [1]),
        ("x = 1  # pragma: no cover - mypy alone reads it", []),
        ("x = 1  # pragma: no branch - every kind has its case", []),
        ("x = '# pragma: no cover'", []),
    ],
)
def test_an_exclusion_is_taken_in_every_spelling_and_never_without_a_reason(line: str, found: list[int]) -> None:
    assert without_reason(line) == found


def test_every_connector_and_the_transport_are_measured_to_the_last_branch() -> None:
    measured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]
    assert measured["run"] == {
        "branch": True,
        "source": [
            "watchkeeper.transport",
            "watchkeeper_servicenow",
            "watchkeeper_sentinel",
            "watchkeeper_graph",
            "watchkeeper_defender",
            "watchkeeper_scripts",
        ],
    }
    assert measured["report"]["fail_under"] == 100
    assert measured["report"]["exclude_also"] == ["if TYPE_CHECKING:"]
    assert "omit" not in measured["report"]

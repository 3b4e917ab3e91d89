"""Problems as annotations of a GitHub Actions run, beside the lines of a pull request that they are about.

The escapes are those of actions/toolkit (packages/core/src/command.ts): a value or property that was passed through them ends
neither the command nor the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final

from watchkeeper.errors import Problem
from watchkeeper.report.neutralise import guard_line, plain
from watchkeeper.report.places import below, is_in_a_file

MOST: Final = 10
"""Annotations of one kind that GitHub shows for a step; it drops the others without a word (github/docs, usage limits)."""

_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def annotated(problems: Sequence[Problem], base: PurePath) -> Iterator[str]:
    """Lines for the log of a run: an annotation for each problem, as many as GitHub shows; the rest as plain lines. `base` is
    the folder (the checkout) that files are named from."""
    room = len(problems) if len(problems) <= MOST else MOST - 1
    yield from (_annotation(problem, base) for problem in problems[:room])
    left = problems[room:]
    if left:
        yield _error({}, f"{len(left)} more problems stand in the log of this step")
        yield from (guard_line(plain(str(problem))) for problem in left)


def _annotation(problem: Problem, base: PurePath) -> str:
    title = {"title": f"mappings: {problem.kind}"}
    if not is_in_a_file(problem):
        return _error(title, str(problem))
    file, line, column = problem.position
    spot = {"line": str(line), "col": str(column)} if line else {}
    return _error({"file": below(base, file).as_posix(), **spot, **title}, problem.sentence)


def _error(properties: dict[str, str], message: str) -> str:
    said = ",".join(f"{name}={plain(value).translate(_PROPERTY)}" for name, value in properties.items())
    return f"::error{f' {said}' if said else ''}::{plain(message).translate(_DATA)}"

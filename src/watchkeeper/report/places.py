"""Where problems are, as those who look at a checkout name its files."""

from __future__ import annotations

from pathlib import PurePath

from watchkeeper.errors import Problem, ProblemKind


def is_in_a_file(problem: Problem) -> bool:
    """Whether its place is a file, rather than a setting, an option or a folder that lacks one."""
    return problem.position[1] > 0 or problem.kind is ProblemKind.FILE


def below(base: PurePath, file: str) -> PurePath:
    """A file as seen from a folder; its whole path where it lies elsewhere."""
    path = PurePath(file)
    return path.relative_to(base) if path.is_relative_to(base) else path

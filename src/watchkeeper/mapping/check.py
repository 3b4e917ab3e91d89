"""The profiles' part of `watchkeeper mappings check`."""

from __future__ import annotations

from pathlib import Path

from watchkeeper.errors import Problem
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.load import collect_profiles


def check_folder(folder: Path) -> list[Problem]:
    """Everything that is wrong with the profiles of a mappings folder, by file, line and column. Raises nothing."""
    problems = ProblemList()
    collect_profiles(folder, problems)
    return problems.in_order()

"""Mapping files that are read once in a process, by the tests in it and by the commands that are forked from it.

Scanning YAML is most of what a short command does, and nearly every one reads the shipped files. What a text holds depends on
the text alone, and nobody writes into it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from watchkeeper.mapping import documents

MAPPINGS = Path(__file__).parents[1] / "mappings"


def install() -> None:
    documents.read_yaml = lru_cache(maxsize=256)(documents.read_yaml)


def shipped() -> None:
    """Read all that is shipped, ahead of the commands."""
    problems = documents.ProblemList()
    for file in MAPPINGS.rglob("*.yaml"):
        problems.load(file)

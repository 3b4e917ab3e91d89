"""Mapping files that are read once in a process, by the tests in it and by the commands that are forked from it.

Scanning YAML is most of what a short command does, and nearly every one reads the shipped files. What a text holds depends on
the text alone, and nobody writes into it. What the shipped files mean is kept as well for commands: no test changes them where
they are, and a third of a run without any change goes into making sense of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

from watchkeeper import wiring
from watchkeeper.mapping import documents, files
from watchkeeper.mapping.locate import shipped_mappings

MAPPINGS = Path(__file__).parents[1] / "mappings"
TEXTS = 256
"""Kept; more than are shipped."""


def install() -> None:
    documents.read_yaml = lru_cache(maxsize=TEXTS)(documents.read_yaml)
    files.says_off = lru_cache(maxsize=TEXTS)(files.says_off)


def shipped() -> None:
    """Read all that is shipped, ahead of the commands."""
    problems = documents.ProblemList()
    for file in MAPPINGS.rglob("*.yaml"):
        problems.load(file)


def understood() -> None:
    """Keep what the shipped files mean, and have made sense of them ahead of the commands that ask for no other deployment."""
    load: Callable[..., wiring.Duties] = wiring.load_duties
    known = cache(load)
    ours = shipped_mappings()

    def load_duties(
        folder: Path | None, setting: Path | None, deployment: str, chosen: files.Files = files.every_file
    ) -> wiring.Duties:
        place = wiring.locate(folder, setting).folder
        return (known if place == ours else load)(place, None, deployment, chosen)

    wiring.load_duties = load_duties
    for chosen in (files.every_file, files.files_in_use):
        load_duties(ours, None, wiring.DEFAULT_DEPLOYMENT, chosen)

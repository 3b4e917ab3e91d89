"""Mapping files that are read once in a process, by the tests in it and by the commands that are forked from it.

Scanning YAML is most of what a short command does, and nearly every one reads the shipped files. What a text holds depends on
the text alone, and nobody writes into it; so it is with what a profile means. What the shipped files mean together is kept as
well for commands: no test changes them where they are, and a third of a run without any change goes into making sense of them.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

from watchkeeper import wiring
from watchkeeper.mapping import documents, files, load
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.locate import shipped_mappings
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.profile import Profile

MAPPINGS = Path(__file__).parents[1] / "mappings"
TEXTS = 256
"""Kept; more than are shipped."""


def install() -> None:
    documents.read_yaml = lru_cache(maxsize=TEXTS)(documents.read_yaml)
    files.says_off = lru_cache(maxsize=TEXTS)(files.says_off)
    _check_sound_profiles_once()
    _compile_profiles_once()
    _understand_folders_once()


def _check_sound_profiles_once() -> None:
    """One that something is wrong with is checked every time: its problems go into somebody's list."""
    check, sound = load.check_document, dict[bytes, ProfileFile]()

    def check_document(document: Document, problems: ProblemList) -> ProfileFile | None:
        content = pickle.dumps(document)
        if content not in sound:
            file = check(document, problems)
            if file is None:
                return None
            sound[content] = file
        return sound[content]

    load.check_document = check_document


def _compile_profiles_once() -> None:
    compiled, known = load.compile_profile, dict[bytes, Profile]()

    def compile_profile(document: Document, file: ProfileFile, groups: tuple[str, ...]) -> Profile:
        content = pickle.dumps((document, groups))
        if content not in known:
            known[content] = compiled(document, file, groups)
        return known[content]

    load.compile_profile = compile_profile


def _understand_folders_once() -> None:
    """A folder that something is wrong with is looked at every time."""
    load: Callable[..., wiring.Duties] = wiring.load_duties
    known = dict[tuple[object, ...], wiring.Duties]()

    def load_duties(
        folder: Path | None, setting: Path | None, deployment: str, chosen: files.Files = files.every_file
    ) -> wiring.Duties:
        place = wiring.locate(folder, setting).folder
        content = tuple((file, documents.text_of(file)) for file in sorted(place.rglob("*.y*ml")))
        asked = (place, deployment, chosen, content)
        if asked not in known:
            known[asked] = load(place, None, deployment, chosen)
        return known[asked]

    wiring.load_duties = load_duties


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

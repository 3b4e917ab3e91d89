"""Profiles from a mappings folder: read, checked, compiled; every problem of every file at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.compile import compile_profile
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.extends import PROFILES, load_profile_document
from watchkeeper.mapping.files import Files, every_file
from watchkeeper.mapping.lint import lint
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.profile import Profile


def load_profiles(folder: Path, *, groups: tuple[str, ...] = (), files: Files = every_file) -> Mapping[str, Profile]:
    """The profiles of a mappings folder (`profiles/*.yaml`) by name, compiled and proven to translate both ways.

    `files` says which are read. `groups` are the SOC teams' assignment groups that `$soc_groups` stands for; without them the placeholder stays, for
    the engine to fill. Raises Config with every problem of every file.
    """
    problems = ProblemList()
    profiles = collect_profiles(folder, problems, groups=groups, files=files)
    problems.raise_if_any()
    return profiles


def collect_profiles(
    folder: Path, problems: ProblemList, *, groups: tuple[str, ...] = (), files: Files = every_file
) -> Mapping[str, Profile]:
    """The same for a caller who checks other files in one go: problems go into the list, the sound profiles come back, except
    those that are not enabled."""
    found = every_profile(folder, problems, groups=groups, files=files)
    return {name: profile for name, profile in found.items() if profile.enabled}


def every_profile(
    folder: Path, problems: ProblemList, *, groups: tuple[str, ...] = (), files: Files = every_file
) -> Mapping[str, Profile]:
    """The same with those that are not enabled."""
    if not every_file(folder / PROFILES):
        place = (folder / PROFILES).as_posix()
        problems.add(
            Problem(place, "", "has no profiles", "maintenance.yaml, escalation.yaml, or both", kind=ProblemKind.FILE)
        )
    for path in sorted((folder / PROFILES).glob("*.yml")):
        problems.add(Problem(path.as_posix(), "", "is not read", "a name that ends in .yaml", kind=ProblemKind.FILE))
    found = (_load(path, problems, groups) for path in files(folder / PROFILES))
    return {profile.name: profile for profile in found if profile is not None}


def profile_files(folder: Path) -> tuple[tuple[Document, ProfileFile], ...]:
    """Every profile file of a mappings folder with its positions, those that are not enabled too. Raises Config with every
    problem of every file."""
    problems = ProblemList()
    found = sound_profile_files(folder, problems)
    problems.raise_if_any()
    return found


def sound_profile_files(folder: Path, problems: ProblemList) -> tuple[tuple[Document, ProfileFile], ...]:
    """The same for a caller who goes on with those files that nothing is wrong with; the problems of the others go into the list."""
    documents = [load_profile_document(path, problems) for path in every_file(folder / PROFILES)]
    read = [(each, check_document(each, problems)) for each in documents if each is not None]
    return tuple((document, file) for document, file in read if file is not None)


def check_document(document: Document, problems: ProblemList) -> ProfileFile | None:
    """A profile file as its model when nothing is wrong with it; else None, and its problems are in the list."""
    file = problems.validate(document, ProfileFile)
    if file is None:
        return None
    found = list(dict.fromkeys(lint(document, file)))
    for problem in found:
        problems.add(problem)
    return None if found else file


def _load(path: Path, problems: ProblemList, groups: tuple[str, ...]) -> Profile | None:
    document = load_profile_document(path, problems)
    file = check_document(document, problems) if document is not None else None
    if document is None or file is None:
        return None
    if file.name != path.stem:
        problems.add(document.problem(("name",), f"is {file.name!r}", allowed=f"the file's name: {path.stem}"))
        return None
    return compile_profile(document, file, groups)

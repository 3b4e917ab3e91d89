"""Where in the YAML of a profile a difference stands: as near as the file says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.extends import PROFILES, load_profile_document
from watchkeeper.model.difference import Difference, Shift, Subject

_IN_THE_OLD: Final = frozenset(
    {Shift.PROFILE_REMOVED, Shift.FIELD_REMOVED, Shift.READ_LOST, Shift.WRITTEN_LOST, Shift.CLOSE_LOST}
)
"""What is no longer there is shown where it was."""


def placed(differences: Sequence[Difference], old: Path, new: Path) -> tuple[Difference, ...]:
    """The differences of two mappings folders, those of profiles with the line that they are about."""
    before, after = _profiles(old), _profiles(new)
    return tuple(_placed(each, before if each.shift in _IN_THE_OLD else after) for each in differences)


def _placed(difference: Difference, documents: Mapping[str, Document]) -> Difference:
    document = documents.get(difference.name) if difference.subject is Subject.PROFILE else None
    if document is None:
        return difference
    path = tuple(int(part) if part.isdigit() and _in_list(whole) else part for whole, part in _parts(difference.path))
    return replace(difference, place=document.position(path))


def _parts(path: str) -> list[tuple[list[str], str]]:
    parts = path.split(".")
    return [(parts[:index], part) for index, part in enumerate(parts)]


def _in_list(before: list[str]) -> bool:
    """A number after `rows` counts; after `transitions` it is a raw value."""
    return before[-1:] == ["rows"]


def _profiles(folder: Path) -> Mapping[str, Document]:
    problems = ProblemList()
    documents = (load_profile_document(path, problems) for path in sorted((folder / PROFILES).glob("*.yaml")))
    return {Path(document.name).stem: document for document in documents if document is not None}

"""What a mappings folder says that the one which comes with Watchkeeper does not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from watchkeeper.catalog.compared import Said, differences_of
from watchkeeper.errors import Config
from watchkeeper.mapping.compile import compile_profile
from watchkeeper.mapping.diff import profile_differences
from watchkeeper.mapping.diff_places import placed
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.files import files_in_use
from watchkeeper.mapping.load import sound_profile_files
from watchkeeper.mapping.locate import shipped_mappings
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.difference import Difference
from watchkeeper.wiring import Duties, load_duties

SHIPPED = "shipped"
"""Stands for the shipped folder in places: where that lies on the board's machine is nobody's business."""


@dataclass(frozen=True, slots=True)
class BesideShipped:
    """`itself`: the folder is the one that was shipped. `shipped`: the profiles of that one. `whole`: whether more than profiles could be
    compared, which takes a folder that nothing in use is wrong with."""

    itself: bool = False
    whole: bool = True
    shipped: frozenset[str] = frozenset()
    differences: tuple[Difference, ...] = ()


def beside_shipped(
    folder: Path,
    sound: Collection[tuple[Document, ProfileFile]],
    names: Collection[str],
    found: Duties | Config,
    deployment: str,
    now: datetime,
) -> BesideShipped:
    """`sound`: the folder's profiles that nothing is wrong with, of all their `names`; the others are not compared."""
    shipped = shipped_mappings()
    if folder.resolve() == shipped.resolve():
        return BesideShipped(itself=True)
    new = _compiled(sound)
    old = _compiled(sound_profile_files(shipped, ProblemList()))
    compared = {name: profile for name, profile in old.items() if name in new or name not in names}
    if isinstance(found, Config):
        differences = placed(profile_differences(compared, new), shipped, folder)
    else:
        duties = load_duties(shipped, None, deployment, files_in_use)
        before = Said(shipped, compared, duties.catalog, duties.limits)
        differences = differences_of(before, Said(folder, new, found.catalog, found.limits), now)
    told = (replace(each, place=_told(each.place, shipped)) for each in differences)
    return BesideShipped(whole=isinstance(found, Duties), shipped=frozenset(old), differences=tuple(told))


def _compiled(files: Collection[tuple[Document, ProfileFile]]) -> Mapping[str, Profile]:
    return {file.name: compile_profile(document, file) for document, file in files}


def _told(place: str, shipped: Path) -> str:
    return place.replace(f"{shipped.as_posix()}/", f"{SHIPPED}:")

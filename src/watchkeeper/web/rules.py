"""What the mappings folder says, as it is now: names of teams and tasks, when duties fall due, how fields are mapped."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias

from watchkeeper.catalog.model import PackSource
from watchkeeper.catalog.pack_folder import packs_off
from watchkeeper.errors import Config, Problem
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.extends import PROFILES
from watchkeeper.mapping.files import every_file, files_in_use
from watchkeeper.mapping.load import sound_profile_files
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.web.shipped import BesideShipped, beside_shipped
from watchkeeper.wiring import Duties, load_duties, locate

_Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What the files say for who reads them: the profiles that nothing is wrong with, in use or not, each with its positions; and what is
    wrong anywhere in the folder, in files that are not in use too. `names`: of every profile file that is there. `stops`: what of it
    keeps runs from starting."""

    folder: str
    profiles: tuple[tuple[Document, ProfileFile], ...]
    names: tuple[str, ...]
    problems: tuple[Problem, ...]
    stops: tuple[Problem, ...]


@dataclass(slots=True)
class Rules:
    """Read again when a file of the folder has changed. `folder` and `setting` are what the command and WATCHKEEPER_MAPPINGS name."""

    folder: Path | None = None
    setting: Path | None = None
    _read: dict[str, tuple[_Stamp, Duties | Config]] = field(default_factory=dict)
    _written: dict[str, tuple[_Stamp, Written]] = field(default_factory=dict)
    _beside: dict[str, tuple[_Stamp, date, BesideShipped]] = field(default_factory=dict)
    _off: tuple[_Stamp, tuple[PackSource, ...]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, deployment: str) -> Duties | Config:
        """What the folder says for a deployment, or why it cannot be read."""
        with self._lock:
            stamp = self._stamp()
            kept = self._read.get(deployment)
            if kept is None or kept[0] != stamp:
                kept = self._read[deployment] = (stamp, self._load(deployment))
            return kept[1]

    def sound(self, deployment: str) -> Duties:
        """What the folder says. Raises Config where it cannot be read."""
        found = self.of(deployment)
        if isinstance(found, Config):
            raise found
        return found

    def written(self, deployment: str) -> Written:
        """What its files say for who reads them."""
        found = self.of(deployment)
        with self._lock:
            stamp = self._stamp()
            kept = self._written.get(deployment)
            if kept is None or kept[0] != stamp:
                kept = self._written[deployment] = (stamp, self._look(deployment, found))
            return kept[1]

    def beside_shipped(self, deployment: str, now: datetime) -> BesideShipped | None:
        """What they say that the shipped ones do not; None where there is no folder."""
        found, written = self.of(deployment), self.written(deployment)
        if not written.folder:
            return None
        with self._lock:
            stamp, today = self._stamp(), now.date()
            kept = self._beside.get(deployment)
            if kept is None or kept[:2] != (stamp, today):
                folder = Path(written.folder)
                beside = beside_shipped(folder, written.profiles, written.names, found, deployment, now)
                kept = self._beside[deployment] = (stamp, today, beside)
            return kept[2]

    def packs_off(self) -> tuple[PackSource, ...]:
        """The packs that are switched off, which what is in use does not tell of; none where the folder is not found."""
        with self._lock:
            stamp = self._stamp()
            if self._off is None or self._off[0] != stamp:
                self._off = (stamp, self._unused())
            return self._off[1]

    def _unused(self) -> tuple[PackSource, ...]:
        try:
            return packs_off(locate(self.folder, self.setting).folder)
        except Config:
            return ()

    def _look(self, deployment: str, found: Duties | Config) -> Written:
        stops = tuple(found.problems) if isinstance(found, Config) else ()
        try:
            folder = locate(self.folder, self.setting).folder
        except Config as error:
            return Written("", (), (), tuple(error.problems), stops)
        profiles = sound_profile_files(folder, ProblemList())
        names = tuple(path.stem for path in every_file(folder / PROFILES))
        try:
            load_duties(self.folder, self.setting, deployment, every_file)
        except Config as error:
            return Written(folder.as_posix(), profiles, names, tuple(error.problems), stops)
        return Written(folder.as_posix(), profiles, names, (), stops)

    def _load(self, deployment: str) -> Duties | Config:
        try:
            return load_duties(self.folder, self.setting, deployment, files_in_use)
        except Config as error:
            return error

    def _stamp(self) -> _Stamp:
        """Of every file: when it was last written, and how long it is."""
        try:
            place = locate(self.folder, self.setting).folder
            files = sorted(place.rglob("*.yaml"))
            return tuple((str(file), (found := file.stat()).st_mtime_ns, found.st_size) for file in files)
        except (Config, OSError):
            return ()

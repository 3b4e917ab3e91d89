"""What the mappings folder says, as it is now: names of teams and tasks, when duties fall due, how fields are mapped."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from watchkeeper.errors import Config
from watchkeeper.mapping.files import files_in_use
from watchkeeper.wiring import Duties, load_duties, locate

_Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class Rules:
    """Read again when a file of the folder has changed. `folder` and `setting` are what the command and WATCHKEEPER_MAPPINGS name."""

    folder: Path | None = None
    setting: Path | None = None
    _read: dict[str, tuple[_Stamp, Duties | Config]] = field(default_factory=dict)
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

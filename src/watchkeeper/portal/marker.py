"""The file by which a folder is known to be a site of ours: which deployment's, and what is in it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MARKER: Final = ".watchkeeper-site"
_KIND: Final = "watchkeeper export site"


@dataclass(frozen=True, slots=True)
class Marker:
    """`files`: digests of the paths of everything besides the marker. A web server may show it to whoever asks, and the paths name
    the owners."""

    deployment: str
    files: frozenset[str]

    @classmethod
    def of(cls, deployment: str, files: Iterable[str]) -> Marker:
        """`files`: paths below the folder, with `/`."""
        return cls(deployment, frozenset(map(_digest, files)))

    def foreign(self, found: Iterable[str]) -> list[str]:
        """What of a folder's files is not of the site."""
        return sorted(each for each in found if each != MARKER and _digest(each) not in self.files)

    def written(self) -> bytes:
        told = {"written_by": _KIND, "deployment": self.deployment, "files": sorted(self.files)}
        return f"{json.dumps(told, indent=1)}\n".encode()


def read_marker(folder: Path) -> Marker | None:
    """None for a folder without one, or with something else of its name."""
    try:
        told = json.loads((folder / MARKER).read_bytes())
        if told["written_by"] == _KIND:
            return Marker(str(told["deployment"]), frozenset(map(str, told["files"])))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def files_in(folder: Path) -> Iterator[str]:
    """Every file below a folder, as a marker names it, links too; also folders with nothing in them, with a `/` at the end."""
    for place, folders, files in os.walk(folder):
        below = Path(place).relative_to(folder)
        linked = [each for each in folders if Path(place, each).is_symlink()]
        yield from ((below / each).as_posix() for each in (*files, *linked))
        if below != Path() and not files and not folders:
            yield f"{below.as_posix()}/"


def _digest(path: str) -> str:
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:32]

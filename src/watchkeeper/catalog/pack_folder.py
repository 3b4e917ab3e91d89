"""The packs of a mappings folder as files: which there are, and how one is switched on and off without touching the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.catalog.load import PACKS
from watchkeeper.catalog.model import PackSource
from watchkeeper.catalog.pack_file import PackFile, source_of
from watchkeeper.errors import Config, Problem
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.files import every_file, files_in_use

_SWITCH = re.compile(r"(?m)^enabled:[ \t]*(?:true|false)\b")
_ID_LINE = re.compile(r"(?m)^id:[^\r\n]*(\r?\n)")


@dataclass(frozen=True, slots=True)
class InstalledPack:
    """A pack's file and what it says."""

    path: Path
    text: str
    file: PackFile


def read_packs(folder: Path) -> dict[str, InstalledPack]:
    """The packs of a mappings folder by id. Raises Config with every problem of every file."""
    problems = ProblemList()
    found: dict[str, InstalledPack] = {}
    for path in every_file(folder / PACKS):
        document = problems.load(path)
        file = problems.validate(document, PackFile)
        if file is not None:
            found[file.id] = InstalledPack(path, path.read_bytes().decode("utf-8"), file)
    problems.raise_if_any()
    return found


def packs_off(folder: Path) -> tuple[PackSource, ...]:
    """The packs of a mappings folder that are switched off, which runs do not read; without those that cannot be read, of which
    `mappings check` tells."""
    used = frozenset(files_in_use(folder / PACKS))
    found = (_read(path) for path in every_file(folder / PACKS) if path not in used)
    return tuple(source_of(file, path.as_posix()) for path, file in found if file is not None and not file.enabled)


def _read(path: Path) -> tuple[Path, PackFile | None]:
    problems = ProblemList()
    return path, problems.validate(problems.load(path), PackFile)


def switched(pack: InstalledPack, *, enabled: bool) -> str:
    """The file's text with the pack on or off: one line differs, comments and layout stay.

    Raises Config when the file is written in such a way that one line cannot say it.
    """
    line = f"enabled: {'true' if enabled else 'false'}"
    if _SWITCH.search(pack.text):
        text = _SWITCH.sub(line, pack.text, count=1)
    else:
        text = _ID_LINE.sub(lambda found: f"{found[0]}{line}{found[1]}", pack.text, count=1)
    if _meaning(text, pack.path) != pack.file.model_copy(update={"enabled": enabled}):
        place = pack.path.as_posix()
        raise Config([Problem(place, "enabled", "cannot be changed by itself here", f"write `{line}` yourself")])
    return text


def _meaning(text: str, path: Path) -> PackFile | None:
    problems = ProblemList()
    return problems.validate(problems.parse(text.removeprefix("\ufeff"), name=path.as_posix()), PackFile)

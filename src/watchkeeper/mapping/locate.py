"""Where the mappings are."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from watchkeeper.errors import Config, Problem

DEFAULT_FOLDER: Final = "default_mappings"
"""Inside the installed package; in a source checkout the mappings stand at its top instead."""


@dataclass(frozen=True, slots=True)
class Located:
    """A mappings folder, and what led to it (`--mappings`, `WATCHKEEPER_MAPPINGS`, `./mappings`, `shipped`)."""

    folder: Path
    origin: str


def find_mappings(option: Path | None, setting: str | None, working: Path) -> Located:
    """The mappings folder: the option's, else the setting's, else `mappings` in the working folder, else the shipped one.

    Raises Config when a folder that somebody named is not there: falling back would hide the mistake.
    """
    if option is not None:
        return _named(option, "--mappings")
    if setting:
        return _named(Path(setting), "WATCHKEEPER_MAPPINGS")
    if (working / "mappings").is_dir():
        return Located(working / "mappings", "./mappings")
    return Located(shipped_mappings(), "shipped")


def shipped_mappings() -> Path:
    """The mappings that come with Watchkeeper. Raises Config when the installation lacks them."""
    package = Path(str(files("watchkeeper")))
    for folder in (package / DEFAULT_FOLDER, package.parent.parent / "mappings"):
        if folder.is_dir():
            return folder
    raise Config([Problem(str(package / DEFAULT_FOLDER), "", "is missing", "a complete installation; install again")])


def _named(folder: Path, origin: str) -> Located:
    if not folder.is_dir():
        raise Config([Problem(origin, "", f"{folder.as_posix()} is no folder", "an existing mappings folder")])
    return Located(folder, origin)

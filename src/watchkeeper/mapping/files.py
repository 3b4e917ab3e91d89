"""Which files of a mappings folder are read: all of them where they are checked, those that are in use where a run needs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from watchkeeper.mapping.documents import text_of
from watchkeeper.mapping.yaml_reader import says_off

Files: TypeAlias = Callable[[Path], tuple[Path, ...]]
"""From a folder to the files in it that are read, in the order of their names."""


def every_file(folder: Path) -> tuple[Path, ...]:
    """The YAML files of a folder."""
    return tuple(sorted(folder.glob("*.yaml")))


def files_in_use(folder: Path) -> tuple[Path, ...]:
    """The same without those that begin by saying `enabled: false`. Reading a pack that nobody uses would be a tenth of what a
    run without any change costs."""
    return tuple(path for path in every_file(folder) if not _is_off(path))


def _is_off(path: Path) -> bool:
    text = text_of(path)
    return text is not None and says_off(text)

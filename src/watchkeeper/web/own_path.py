"""Where a visitor is sent on to."""

from __future__ import annotations

from typing import Final

LONGEST_PATH: Final = 2000


def own_path(wanted: str) -> str:
    """A path of this site, so that nobody is led elsewhere by a link or a form of ours; the first page for anything else."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and len(wanted) <= LONGEST_PATH
    return wanted if plain and wanted.startswith("/") and not wanted.startswith("//") else "/"

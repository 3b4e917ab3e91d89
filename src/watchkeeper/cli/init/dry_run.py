"""What `--dry-run` shows besides its report: the files themselves, and of shipped ones how they would differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from watchkeeper.catalog.load import TEAMS
from watchkeeper.cli.init.folder import FileState, PlannedFile, Standing
from watchkeeper.cli.output import say
from watchkeeper.mapping.locate import shipped_mappings

_MAPPINGS = "mappings/"


def show_files(found: Sequence[Standing]) -> None:
    for each in found:
        lines = list(_shown(each.file)) if each.state is not FileState.SAME else []
        if lines:
            say("")
            say(f"--- {each.file.path}")
        for line in lines:
            say(line)


def _shown(file: PlannedFile) -> Iterator[str]:
    """A file that is made here as a whole, of another one the lines that are not as shipped."""
    name = file.path.removeprefix(_MAPPINGS)
    shipped = shipped_mappings() / name
    lines = file.content.splitlines()
    if name == TEAMS or not (file.path.startswith(_MAPPINGS) and shipped.is_file()):
        yield from lines
        return
    before = shipped.read_text(encoding="utf-8").splitlines()
    yield from list(unified_diff(before, lines, n=1, lineterm=""))[2:]

"""What `--dry-run` shows besides its report: the files themselves, but for those that are shipped as they are."""

from __future__ import annotations

from collections.abc import Sequence

from watchkeeper.cli.init.folder import FileState, Standing
from watchkeeper.cli.output import say
from watchkeeper.mapping.locate import shipped_mappings


def show_files(found: Sequence[Standing]) -> None:
    for each in found:
        if each.state is not FileState.SAME and not _as_shipped(each):
            say("")
            say(f"--- {each.file.path}")
            for line in each.file.content.splitlines():
                say(line)


def _as_shipped(standing: Standing) -> bool:
    path = shipped_mappings() / standing.file.path.removeprefix("mappings/")
    return path.is_file() and path.read_text(encoding="utf-8") == standing.file.content

"""Where a command works: the wiring's workplace, with the console's redactor and its wish to stop in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from watchkeeper.cli.console import console
from watchkeeper.cli.progress import progress_shown
from watchkeeper.deadline import Deadline
from watchkeeper.wiring import Workplace


@contextmanager
def workplace(
    *,
    mappings: Path | None = None,
    as_of: datetime | None = None,
    writes: bool = False,
    deadline: Deadline | None = None,
) -> Iterator[Workplace]:
    """One deployment, opened on demand and closed at the end; until then it is shown how far long work has come."""
    speaker = console()
    with (
        progress_shown() as progress,
        Workplace(mappings, as_of, writes, deadline, None, speaker.redactor, speaker.stop, progress) as place,
    ):
        yield place

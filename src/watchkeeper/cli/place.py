"""Where a command works: the wiring's workplace, with the console's redactor and its wish to stop in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from watchkeeper.cli.console import console
from watchkeeper.wiring import Workplace


@contextmanager
def workplace(
    *, mappings: Path | None = None, as_of: datetime | None = None, writes: bool = False
) -> Iterator[Workplace]:
    """One deployment, opened on demand and closed at the end."""
    with Workplace(mappings, as_of, writes, redactor=console().redactor, stop=console().stop) as place:
        yield place

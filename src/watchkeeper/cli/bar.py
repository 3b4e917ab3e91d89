"""What the bar of long work looks like. Loaded only where one is drawn."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from watchkeeper.cli.console import console
from watchkeeper.settings import no_colour

BAR_WIDTH = 30


def drawing(terminal: TextIO) -> Progress:
    """One line: what is done, how much of it, for how long. It is cut where the terminal ends, and goes when it is stopped."""
    plain = console().no_colour or no_colour()
    return Progress(
        SpinnerColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        BarColumn(BAR_WIDTH),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TimeElapsedColumn(table_column=Column(no_wrap=True)),
        console=Console(file=terminal, color_system=None if plain else "auto", highlight=False),
        transient=True,
        redirect_stdout=False,
        refresh_per_second=5,
    )

"""How one command speaks: in which form, how loudly, with which secrets hidden. One per process, made anew by every command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from watchkeeper.cli.log import start_log
from watchkeeper.cli.parameters import Format, Language
from watchkeeper.settings import LogFormat, no_colour
from watchkeeper.stop import Stop
from watchkeeper.transport import Redactor

if TYPE_CHECKING:
    from watchkeeper.cli.watch import Watch
    from watchkeeper.report.document import Document


@dataclass(slots=True)
class Console:
    """`command` is the command's whole name, once it is known, `language` that of its report; `verbosity` counts the -v."""

    redactor: Redactor = field(default_factory=Redactor)
    stop: Stop = field(default_factory=Stop)
    log_format: LogFormat = LogFormat.TEXT
    command: str = ""
    language: Language = Language.ENGLISH
    form: StrEnum = Format.TEXT
    quiet: bool = False
    verbosity: int = 0
    no_colour: bool = False
    bar_is_shown: bool = False
    """Whether the last line of the terminal is one that is drawn over and over."""
    hosts: frozenset[str] = frozenset()
    """Where links of a report may lead, besides Microsoft's portals."""
    comment: Callable[[Document], None] | None = None
    """How a report becomes a comment, where this command was asked for one: one of the last push must not outlive a failure."""
    watch: Watch | None = None
    """Who is told how this command ends, where it is one that a schedule runs."""

    @property
    def colour(self) -> bool:
        """Colour only where a person looks at a terminal and has not asked for none (no-color.org)."""
        return sys.stdout.isatty() and not (self.no_colour or no_colour())

    def listen(self) -> None:
        """Let the log through as far as this command wants to hear it."""
        start_log(self.log_format, self.verbosity, self.redactor)


_console = Console()


def console() -> Console:
    """The console of the command that runs."""
    return _console


def new_console(log_format: LogFormat, secrets: tuple[str, ...], hosts: frozenset[str] = frozenset()) -> Console:
    """Forget the former command of this process; hide `secrets` from the first word on; let reports link to `hosts`."""
    global _console  # noqa: PLW0603 - standard output is one per process, too
    _console = Console(log_format=log_format, hosts=hosts)
    _console.redactor.learn(*secrets)
    _console.listen()
    return _console

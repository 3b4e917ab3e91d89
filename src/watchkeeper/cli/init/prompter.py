"""The person at the terminal."""

from __future__ import annotations

import sys
from contextlib import nullcontext, redirect_stdout
from typing import Protocol

import typer

from watchkeeper.cli.console import console
from watchkeeper.errors import WatchkeeperError
from watchkeeper.report.neutralise import guard_line, plain


class NobodyAnswers(WatchkeeperError):
    """The input ended before the last question."""


class Prompter(Protocol):
    def ask(self, question: str, default: str = "", *, hidden: bool = False) -> str:
        """One line as it was typed; the default, which may be nothing, when nothing was. Raises NobodyAnswers."""
        ...

    def tell(self, line: str) -> None: ...


class TerminalPrompter:
    """Asks on standard error, so that standard output is the report alone. What others may have written is neutralised."""

    def ask(self, question: str, default: str = "", *, hidden: bool = False) -> str:
        shown = plain(question)
        try:
            # typer shows a question's last character where results go; on a terminal that is what keeps the line editable.
            with nullcontext() if sys.stdout.isatty() else redirect_stdout(sys.stderr):
                typed = typer.prompt(
                    shown, default=plain(default), show_default=bool(default), hide_input=hidden, err=True
                )
        except typer.Abort as abort:
            raise NobodyAnswers(question) from abort
        answer = str(typed)
        if hidden:
            console().redactor.learn(*([answer] if answer else []))
        return default if answer == plain(default) else answer

    def tell(self, line: str) -> None:
        typer.echo(console().redactor.known(guard_line(plain(line))), err=True)


def person_at_the_terminal() -> TerminalPrompter | None:
    """Nobody, unless both the questions and the answers go through a terminal."""
    return TerminalPrompter() if sys.stdin.isatty() and sys.stderr.isatty() else None

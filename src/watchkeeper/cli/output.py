"""What reaches a terminal or a CI log: neutralised, in one place."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path

from watchkeeper.cli.parameters import Format, Language
from watchkeeper.errors import WatchkeeperError
from watchkeeper.report import machine, markdown, text
from watchkeeper.report.document import Document
from watchkeeper.report.neutralise import guard_line, plain
from watchkeeper.report.texts import texts_in
from watchkeeper.settings import no_colour


class Printer:
    """Prints a command's result in the form that was asked for. `quiet` leaves a fine result unsaid in text form."""

    def __init__(self, form: Format, language: Language, *, quiet: bool = False) -> None:
        self._form = form
        self._language = language.value
        self._quiet = quiet

    def report(self, document: Document, payload: machine.Json, *, fine: bool = False) -> None:
        """One result: as text, Markdown or JSON."""
        match self._form:
            case Format.TEXT if not (self._quiet and fine):
                _print(text.render(document, colour=_colour()))
            case Format.MARKDOWN:
                _print(markdown.render(document, texts=texts_in(self._language)))
            case Format.JSON:
                _print(machine.render(payload))
            case _:
                return


def say(line: str) -> None:
    """One line for people."""
    _print(guard_line(plain(line)))


def say_machine(payload: machine.Json) -> None:
    """One JSON document."""
    _print(machine.render(payload))


def complain(error: WatchkeeperError | str) -> None:
    """What went wrong, on standard error: a sentence, what to do, and what was tried."""
    lines = [str(error)]
    if isinstance(error, WatchkeeperError) and error.attempt.call:
        tried = error.attempt
        status = f": status {tried.status}" if tried.status is not None else ""
        lines.append(f"  tried: {tried.system} {tried.call} {tried.record}{status}".rstrip())
    for line in lines:
        for part in line.splitlines():
            sys.stderr.write(f"watchkeeper: {guard_line(plain(part))}\n")
    sys.stderr.flush()


def write_atomically(path: Path, content: str) -> None:
    """Write a whole file or none of it."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def silence_libraries() -> None:
    """Keep third-party chatter out of the output: pysnow warns at import where libmagic is missing."""
    warnings.filterwarnings("ignore")
    for name in ("azure", "urllib3", "msal", "requests_oauthlib", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _colour() -> bool:
    """Colour only where a person looks at a terminal and has not asked for none (no-color.org)."""
    return sys.stdout.isatty() and not no_colour()


def _print(written: str) -> None:
    sys.stdout.write(written if written.endswith("\n") else f"{written}\n")
    sys.stdout.flush()

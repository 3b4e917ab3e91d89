"""What reaches a terminal or a CI log: neutralised and without secrets, in one place. Results go to standard output; what
went wrong, and the log, to standard error."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from watchkeeper.cli.console import console
from watchkeeper.cli.parameters import AuditFormat, Format, Language
from watchkeeper.errors import Config, Problem, WatchkeeperError
from watchkeeper.report import html, junit, machine, markdown, spreadsheet, text
from watchkeeper.report.attention import is_well, worth_attention
from watchkeeper.report.ci.comment import as_comment, marker
from watchkeeper.report.complaint import complaint
from watchkeeper.report.document import Document, with_texts
from watchkeeper.report.neutralise import guard_line, plain
from watchkeeper.report.texts import texts_in
from watchkeeper.settings import LogFormat

log = logging.getLogger(__name__)


def show_report(
    document: Document,
    payload: machine.Json | Callable[[], machine.Json],
    lang: Language,
    *,
    fine: bool | None = None,
    comment: bool = False,
    suites: Callable[[], Sequence[junit.Suite]] = tuple,
) -> None:
    """One result, in the form that was asked for. A quiet command leaves a `fine` one unsaid in text form, and of another one says
    what is wrong alone; where it is not given, a report is fine in which nothing is marked as wrong or doubtful. As
    Markdown, a `comment` is the body of one of a pull request, with its mark, and everything else fits into a step's summary. `suites` make the same result as tests; these, and a
    `payload` that costs much, are only made where they are shown."""
    speaker = console()
    match speaker.form:
        case Format.TEXT if speaker.quiet and (is_well(document) if fine is None else fine):
            return
        case Format.TEXT:
            shown = worth_attention(document) if speaker.quiet else document
            _print(hidden(text.render(shown, colour=speaker.colour)))
        case Format.MARKDOWN:
            as_markdown = partial(as_comment, mark=marker(speaker.command)) if comment else markdown.render
            _print(hidden(as_markdown(document, texts=texts_in(lang.value))))
        case Format.JSON:
            say_machine(payload() if callable(payload) else payload)
        case Format.HTML:
            # Before anything is escaped: a secret with a `<` in it would no longer look like itself.
            _print_file(html.render(with_texts(document, hidden), texts=texts_in(lang.value), hosts=speaker.hosts))
        case AuditFormat.CSV:
            _print_file(spreadsheet.render(with_texts(document, hidden)))
        case AuditFormat.JUNIT:
            _print_file(junit.render(document.title, with_texts(tuple(suites()), hidden)))
        case _:
            return


def say(line: str) -> None:
    """One line for people."""
    _print(hidden(guard_line(plain(line))))


def say_commands(lines: Iterable[str], *, apart: bool = False) -> None:
    """Lines that a CI runner is meant to obey. Only for what `watchkeeper.report.annotations` and `watchkeeper.report.ci.commands` made: they
    let nothing from a file or a ticket be more than the value of a command of ours. `apart`: on standard error, where runners look, too,
    because standard output is a document for another program."""
    for line in lines:
        if apart:
            sys.stderr.write(f"{hidden(line)}\n")
        else:
            _print(hidden(line))
    sys.stderr.flush()


def say_document(document: str) -> None:
    """A finished document for another program, whose lines are guarded already."""
    _print(hidden(document))


def say_machine(payload: machine.Json) -> None:
    """One JSON document."""
    _print(rendered(payload))


def rendered(payload: machine.Json) -> str:
    """A payload as JSON text, without secrets."""
    hidden: machine.Json = _without_secrets(payload)
    return machine.render(hidden)


def complain(error: WatchkeeperError | str) -> None:
    """What went wrong, on standard error: a sentence, what to do, and what was tried. In the report's language, where the words
    are ours; a log for programs is in English."""
    if console().log_format is LogFormat.JSON:
        log.error("\n".join(complaint(error, texts_in(Language.ENGLISH.value))))
        return
    for line in complaint(error, texts_in(console().language.value)):
        sys.stderr.write(f"watchkeeper: {hidden(guard_line(plain(line)))}\n")
    sys.stderr.flush()


def show_traceback(error: BaseException) -> None:
    """Where an unexpected error came from, for whoever mends it."""
    if console().log_format is LogFormat.JSON:
        log.error("traceback", exc_info=error)
        return
    for line in "".join(traceback.format_exception(error)).splitlines():
        sys.stderr.write(f"{hidden(guard_line(line[: len(line) - len(line.lstrip())] + plain(line.lstrip())))}\n")
    sys.stderr.flush()


def save(path: Path, content: str, *, like: Path | None = None) -> None:
    """Write a whole file or none of it, readable by us alone, or by those who may read the file `like`. Raises Config when it
    cannot be written there."""
    try:
        _write_atomically(path, content, like)
    except OSError as error:
        raise cannot_be_written(path, error) from error


def require_writable(path: Path | None) -> None:
    """Raise Config where `save` could not write: before something is done that the file is to tell of, rather than after it."""
    if path is not None:
        try:
            descriptor, probe = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            os.close(descriptor)
            Path(probe).unlink()
        except OSError as error:
            raise cannot_be_written(path, error) from error


def cannot_be_written(path: Path, error: OSError) -> Config:
    """What to say of a file that a person asked for and that cannot be made."""
    reason = error.strerror or type(error).__name__
    return Config([Problem(str(path), "", f"cannot be written: {reason}", "a file in a folder that can be written")])


def _write_atomically(path: Path, content: str, like: Path | None) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(content)
        if like is not None:
            shutil.copymode(like, temporary)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def tolerate_narrow_encodings() -> None:
    """Let a stream that cannot spell a character show its escape instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if callable(reconfigure):
            reconfigure(errors="backslashreplace")


def hidden(shown: str) -> str:
    """The text without the secrets that are known."""
    return console().redactor.known(shown)


def _without_secrets(value: Any) -> Any:
    """The same value with secrets hidden in its texts; done before it becomes JSON, so that it stays JSON."""
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, dict):
        return {name: _without_secrets(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(each) for each in value]
    return value


class NobodyReads(Exception):
    """Whoever read our standard output is gone (`| head`)."""


def _print_file(written: str) -> None:
    """What says of itself that it is UTF-8 is that, with its own line ends, whatever the terminal or the platform prefers."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if callable(reconfigure):
        reconfigure(encoding="utf-8", newline="")
    _print(written)


def _print(written: str) -> None:
    try:
        sys.stdout.write(written if written.endswith("\n") else f"{written}\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise NobodyReads from error

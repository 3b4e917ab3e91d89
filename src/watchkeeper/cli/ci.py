"""Telling the CI system that runs a command what came of it. Whatever goes wrong here is logged and changes no exit code: a
result is a result, told or not."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from watchkeeper.cli.console import console
from watchkeeper.cli.output import hidden, say_commands
from watchkeeper.cli.parameters import Format, Language
from watchkeeper.clock import random_id
from watchkeeper.errors import WatchkeeperError
from watchkeeper.report import markdown
from watchkeeper.report.ci.commands import annotated_events, output_commands, output_file, output_lines, upload_summary
from watchkeeper.report.ci.events import Event, Level, event_of_error
from watchkeeper.report.ci.systems import OUTPUTS, VARIABLES, CiSystem, Dialect, detected
from watchkeeper.report.document import Document, Mark, Paragraph, Section
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.settings import runner_variables

log = logging.getLogger(__name__)


def tell_ci(document: Document, events: Sequence[Event], outputs: Mapping[str, str], lang: Language) -> None:
    """Give the CI system that runs us the report as a summary, its events as annotations, and outputs for later steps; nothing
    on a machine without one, or where WATCHKEEPER_CI is `off`. Outputs go to the file that a setting names, too."""
    variables = runner_variables(VARIABLES)
    _attempted("outputs", lambda: _outputs_for_anybody(outputs, variables))
    system = detected(variables)
    if system is None:
        return
    texts = texts_in(lang.value)
    loud = [_without_secrets(each) for each in events if not (console().quiet and each.level is Level.NOTICE)]
    commands = list(annotated_events(loud, system, texts))
    # Whoever asks for Markdown puts it where it is to be read.
    if console().form != Format.MARKDOWN:
        commands += _attempted("summary", lambda: _summary(document, system, variables, texts))
    commands += _attempted("outputs", lambda: _outputs(outputs, system, variables))
    say_commands(commands, apart=console().form != Format.TEXT)


def tell_ci_of_failure(error: WatchkeeperError, code: int) -> None:
    """The same of a command that ended without a result, also to whoever reads the comment that it was to write."""
    lang = console().language
    event = event_of_error(console().command, error, code, texts_in(lang.value))
    said = Section("", tuple(Paragraph(line, Mark.BAD) for line in event.lines))
    document = Document(event.title, event.title, (said,), mark=Mark.BAD)
    if write := console().comment:
        try:
            write(document)
        except WatchkeeperError as unwritten:
            log.warning("the comment could not be written", extra={"why": str(unwritten)})
    tell_ci(document, [event], {"exit-code": str(int(code)), "sentence": event.title}, lang)


def _without_secrets(event: Event) -> Event:
    """Hidden before any escape could make a secret look like another text."""
    return Event(event.level, hidden(event.title), tuple(hidden(line) for line in event.lines))


def _attempted(what: str, tell: Callable[[], Iterable[str]]) -> list[str]:
    try:
        return list(tell())
    except OSError as error:
        log.warning(
            "the CI system could not be told", extra={"what": what, "why": error.strerror, "file": error.filename or ""}
        )
        return []


def _summary(document: Document, system: CiSystem, variables: Mapping[str, str], texts: Texts) -> Iterable[str]:
    """Write the summary; also the commands that tell of it."""
    if file := variables.get(system.summary_file):
        _append(Path(file), document, system, texts)
    elif folder := variables.get(system.summary_folder):
        path = _new_file(Path(folder), hidden(markdown.render(document, texts=texts, limit=system.summary_limit)))
        return [upload_summary(path, system)]
    return []


def _append(path: Path, document: Document, system: CiSystem, texts: Texts) -> None:
    """What other commands of the step wrote counts against the same limit."""
    taken = path.stat().st_size if path.exists() else 0
    whole = hidden(markdown.render(document, texts=texts, limit=max(0, system.summary_limit - taken - 1)))
    if taken + len(whole.encode()) >= system.summary_limit:
        log.warning("the step's summary is full; this report is in the log alone", extra={"bytes": taken})
        return
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.write(f"\n{whole}" if taken else whole)


def _new_file(folder: Path, content: str) -> Path:
    descriptor, name = tempfile.mkstemp(dir=folder, prefix="watchkeeper-", suffix=".md")
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        stream.write(content)
    return Path(name).absolute()


def _outputs_for_anybody(outputs: Mapping[str, str], variables: Mapping[str, str]) -> Iterable[str]:
    if file := variables.get(OUTPUTS):
        lines = output_lines({name: hidden(value) for name, value in outputs.items()})
        Path(file).write_text(lines, encoding="utf-8", newline="")
    return []


def _outputs(outputs: Mapping[str, str], system: CiSystem, variables: Mapping[str, str]) -> Iterable[str]:
    told = {name: hidden(value) for name, value in outputs.items()}
    if file := variables.get(system.output_file):
        with Path(file).open("a", encoding="utf-8", newline="") as stream:
            stream.write(output_file(told, f"watchkeeper_{random_id()}"))
        return []
    return output_commands(told, system) if system.dialect is Dialect.AZURE else []

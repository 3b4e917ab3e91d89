"""What is said to a CI system on the log and in its files. Nothing that came from a ticket becomes more than the value of a
command of ours: it is made plain first and then passed through the system's own escapes.

The escapes are those of actions/toolkit (packages/core/src/command.ts, file-command.ts) and of microsoft/azure-pipelines-agent
(CommandStringConvertor.cs).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from watchkeeper.report.ci.events import Event, Level
from watchkeeper.report.ci.systems import CiSystem, Dialect
from watchkeeper.report.neutralise import guard_line, plain
from watchkeeper.report.texts import Texts

MOST_LINES: Final = 20
"""Records that one annotation names; the others are counted."""
LONGEST_LINE: Final = 300

_DATA: Final = {
    Dialect.GITHUB: str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"}),
    Dialect.AZURE: str.maketrans({"%": "%AZP25", "\r": "%0D", "\n": "%0A"}),
}
_PROPERTY: Final = {
    Dialect.GITHUB: str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}),
    Dialect.AZURE: str.maketrans({"%": "%AZP25", "\r": "%0D", "\n": "%0A", "]": "%5D", ";": "%3B"}),
}


def annotated_events(events: Sequence[Event], system: CiSystem, texts: Texts) -> Iterator[str]:
    """A command for each event, as many of a level as the system shows; the last one of a level counts those that are left
    out. `events` come most severe first. A system without commands gets none: it shows the log."""
    if system.dialect is Dialect.SILENT:
        return
    for level in Level:
        of_level = [event for event in events if event.level is level]
        room = len(of_level) if len(of_level) <= system.most else system.most - 1
        shown, left = of_level[:room], len(of_level) - room
        yield from filter(None, (_annotation(event, system, texts) for event in shown))
        if left:
            yield from filter(None, [_annotation(Event(level, texts.count("ci.more.events", left)), system, texts)])


def _annotation(event: Event, system: CiSystem, texts: Texts) -> str:
    lines = [_line(line) for line in event.lines[:MOST_LINES]]
    if len(event.lines) > MOST_LINES:
        lines.append(plain(texts.count("ci.more", len(event.lines) - MOST_LINES)))
    title = _line(event.title)
    if system.dialect is Dialect.GITHUB:
        message = "\n".join(lines) or title
        return f"::{event.level.value} title={_property(title, system)}::{_data(message, system)}"
    if event.level is Level.NOTICE:
        return ""  # Azure Pipelines knows errors and warnings alone.
    message = f"{title}: {'; '.join(lines)}" if lines else title
    return f"##vso[task.logissue type={event.level.value}]{_data(message, system)}"


def upload_summary(path: PurePath, system: CiSystem) -> str:
    """Name a finished file, by its absolute path, to a system that shows it with the run."""
    return f"##vso[task.uploadsummary]{_data(str(path), system)}"


def output_commands(outputs: Mapping[str, str], system: CiSystem) -> Iterator[str]:
    """Outputs as commands; later steps read `$(STEP.watchkeeper_NAME)`, STEP being the name of this one."""
    for name, value in outputs.items():
        variable = _property(_variable(name), system)
        yield f"##vso[task.setvariable variable={variable};isOutput=true]{_data(_inert(value), system)}"


def output_file(outputs: Mapping[str, str], delimiter: str) -> str:
    """Outputs for a file that takes them, each between lines of `delimiter`, which nobody can have foreseen."""
    return "".join(f"{name}<<{delimiter}\n{_inert(value)}\n{delimiter}\n" for name, value in outputs.items())


def output_lines(outputs: Mapping[str, str]) -> str:
    """Outputs as NAME=VALUE lines that need no quotes, below what GitLab takes of a dotenv report: 20 lines and 5 KiB
    (docs.gitlab.com, artifacts:reports:dotenv)."""
    return "".join(f"{_variable(name)}={_line(value)}\n" for name, value in outputs.items())


def _variable(name: str) -> str:
    """What an output is called where names are those of variables."""
    return f"watchkeeper_{name.replace('-', '_')}"


def _inert(text: str) -> str:
    """One line that stays harmless when a runner has taken our escapes from it and writes it to its own log, or a later step
    prints it."""
    return guard_line(plain(text))


def _line(text: str) -> str:
    shown = _inert(text)
    return shown if len(shown) <= LONGEST_LINE else f"{shown[: LONGEST_LINE - 1]}…"


def _data(text: str, system: CiSystem) -> str:
    return text.translate(_DATA[system.dialect])


def _property(text: str, system: CiSystem) -> str:
    return text.translate(_PROPERTY[system.dialect])

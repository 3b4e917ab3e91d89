"""The `watchkeeper` command as its user meets it: a process of its own, with exit code, standard output and error.

Processes are forked from a server that has the program imported already, so that one costs tens of milliseconds instead
of the seconds that imports take; `tests/packaging` and a few tests here start the installed script itself.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from jsonschema import Draft202012Validator
from tests.cli import child

from watchkeeper.report import machine

_PATIENCE = 60.0
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.cli.warm"])


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. A negative code is the signal that killed it."""

    code: int
    out: str
    err: str

    def json(self, schema: str | None = None) -> Any:
        """The one JSON document on standard output, checked against the schema that is shipped for it."""
        payload = json.loads(self.out)
        if schema is not None:
            validator = Draft202012Validator(machine.schema(schema), format_checker=Draft202012Validator.FORMAT_CHECKER)
            validator.validate(payload)
            assert payload["exit_code"] == self.code
        return payload


@dataclass(slots=True)
class Running:
    """A command under way."""

    process: Any
    _out: Path
    _err: Path

    @property
    def out(self) -> str:
        return self._out.read_bytes().decode()  # not read_text, which takes the CR from lines that end in CRLF

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """kill -9, and see it gone."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self) -> Ended:
        self.process.join(_PATIENCE)
        if self.process.exitcode is None:
            self.signal(signal.SIGKILL)
            raise AssertionError(f"still running after {_PATIENCE:.0f} s: {self.err}")
        return Ended(self.process.exitcode, self.out, self.err)


@dataclass
class Program:
    """A shell in a folder, with an environment, in which `watchkeeper` is run. `streams`: where files stand with what commands
    say, unless in that folder."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    started: int = 0
    streams: Path | None = None

    def start(self, *arguments: object, **environment: str | None) -> Running:
        """Start a command; keyword arguments change the environment for it (None takes a variable away)."""
        self.started += 1
        out, err = ((self.streams or self.folder) / f".{self.started}.{name}" for name in ("out", "err"))
        out.touch()
        err.touch()
        wanted = {**self.environment, **environment}
        given = {name: value for name, value in wanted.items() if value is not None}
        process = _SERVER.Process(
            target=child.run_command,
            args=([str(each) for each in arguments], given, str(self.folder), str(out), str(err)),
        )
        process.start()
        return Running(process, out, err)

    def run(self, *arguments: object, **environment: str | None) -> Ended:
        return self.start(*arguments, **environment).wait()


def wait_until(true: Callable[[], bool], running: Running | None = None) -> None:
    """Poll a condition that another process brings about; fails when the command ends or patience does."""
    ends = monotonic() + _PATIENCE
    while not true():
        if monotonic() > ends or (running is not None and running.process.exitcode is not None and not true()):
            raise AssertionError(f"it never came to that: {running.err if running else ''}")
        sleep(0.005)

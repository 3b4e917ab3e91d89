"""A person at a terminal in front of a command that asks."""

from __future__ import annotations

import multiprocessing
import os
import pty
import select
import signal
import termios
from collections.abc import Sequence
from time import monotonic
from typing import Any

from tests.cli import child
from tests.cli.program import Program

_PATIENCE = 60.0
_SERVER = multiprocessing.get_context("forkserver")
CTRL_C, CTRL_D = "\x03", "\x04"


class Unseen(str):
    """What is typed where nothing of it is shown."""

    __slots__ = ()


class Conversation:
    """What is shown comes into `shown`; the process ends with the `with` block at the latest."""

    def __init__(self, program: Program, *arguments: str, **environment: str) -> None:
        self.shown = ""
        self._read_to = 0
        self._mine, theirs = pty.openpty()
        given = {**program.environment, "TERM": "dumb", **environment}
        self._process: Any = _SERVER.Process(
            target=child.run_on_terminal, args=(list(arguments), given, str(program.folder), os.ttyname(theirs))
        )
        self._process.start()
        self._theirs = theirs

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.exitcode is None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.join(_PATIENCE)
        os.close(self._mine)
        os.close(self._theirs)

    def hears(self, words: str) -> str:
        """Wait for words, and return what was shown since the last ones."""
        ends = monotonic() + _PATIENCE
        while (at := self.shown.find(words, self._read_to)) < 0:
            if monotonic() > ends or not self._more():
                raise AssertionError(f"{words!r} never came: {self.shown}")
        since, self._read_to = self.shown[self._read_to : at], at + len(words)
        return since

    def types(self, line: str) -> None:
        os.write(self._mine, line.encode() if line in {CTRL_C, CTRL_D} else f"{line}\n".encode())

    def answers(self, dialogue: Sequence[tuple[str, str]]) -> None:
        """To each question its answer."""
        for question, answer in dialogue:
            self.hears(question)
            if isinstance(answer, Unseen):
                self._sees_nothing_of_it()
            self.types(answer)

    def _sees_nothing_of_it(self) -> None:
        """Wait until typing is not shown: what is typed before that is thrown away."""
        ends = monotonic() + _PATIENCE
        while termios.tcgetattr(self._theirs)[3] & termios.ECHO:
            if monotonic() > ends or not self._more():
                raise AssertionError(f"what is typed is shown: {self.shown}")

    def killed(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join(_PATIENCE)

    def ends(self) -> int:
        """Wait for the end and return the exit code."""
        until = monotonic() + _PATIENCE
        while self._process.exitcode is None or self._more(0):
            if monotonic() > until:
                raise AssertionError(f"still running: {self.shown}")
            self._more()
        return int(self._process.exitcode)

    def _more(self, patience: float = 0.05) -> bool:
        """Take what is there; False when the process has ended and nothing more comes."""
        ready, _, _ = select.select([self._mine], [], [], patience)
        if ready:
            self.shown += os.read(self._mine, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(ready) or (patience > 0 and self._process.exitcode is None)

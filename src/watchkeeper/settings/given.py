"""What the environment, or a file that it names, gives: as text, before anything is checked."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from watchkeeper.errors import Problem
from watchkeeper.settings.model import FILE_VARIABLES, NAMES
from watchkeeper.settings.wrong import wrong

FILE_LIMIT = 64 * 1024
"""Bytes that a NAME_FILE may hold."""


class Given:
    """What the environment and the files that it names give: `values` and `sources` by variable."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.values: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        self.problems: list[Problem] = []
        for name in NAMES:
            self._take(name, environ.get(name, ""), "environment")
        for variable, name in FILE_VARIABLES.items():
            if variable not in NAMES and environ.get(variable):
                self._take_file(variable, name, Path(environ[variable]))

    def _take(self, name: str, value: str, source: str) -> None:
        value = value.rstrip("\r\n")
        if value.strip():
            self.values[name], self.sources[name] = value, source

    def _take_file(self, variable: str, name: str, path: Path) -> None:
        if name in self.values:
            self.problems.append(wrong(variable, "", f"is set, and so is {name}", allowed="one of the two"))
            return
        fault = _file_fault(path)
        if fault:
            self.problems.append(wrong(variable, "", f"{str(path)!r:.200} {fault[0]}", allowed=fault[1]))
            return
        try:
            self._take(name, path.read_bytes().decode("utf-8"), f"file {path}")
        except (OSError, UnicodeDecodeError) as error:
            reason = (
                "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error.strerror}"
            )
            self.problems.append(wrong(variable, "", f"{str(path)!r:.200} {reason}", allowed="a readable text file"))
            return
        if name not in self.values:
            self.problems.append(wrong(variable, "", f"{str(path)!r:.200} is empty", allowed="a file with the value"))


def _file_fault(path: Path) -> tuple[str, str] | None:
    """What is wrong with a file that holds a setting, and what is allowed."""
    try:
        status = path.stat()
    except OSError as error:
        return f"cannot be read: {error.strerror}", "the path of an existing file"
    if not stat.S_ISREG(status.st_mode):
        return "is not a file", "a regular file"
    if os.name == "posix" and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written by others", f"a file that only its owner can write: chmod go-w {path}"
    if status.st_size > FILE_LIMIT:
        return f"holds {status.st_size} bytes", f"up to {FILE_LIMIT} bytes"
    return None

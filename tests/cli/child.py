"""What runs inside the process of a command that a test started."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from watchkeeper.cli.app import main


def run_command(arguments: Sequence[str], environment: Mapping[str, str], folder: str, out: str, err: str) -> None:
    """Become `watchkeeper ARGUMENTS` with this environment, in this folder, its two streams going to these files."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, out), (2, err)):
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOCTTY, 0o600)
        os.dup2(target, number)
        os.close(target)
    main([str(Path(each)) if isinstance(each, Path) else each for each in arguments])


def run_on_terminal(arguments: Sequence[str], environment: Mapping[str, str], folder: str, terminal: str) -> None:
    """The same where a person sits: all three streams are a terminal, which is the session's own, so that nothing is shown of
    what is typed unseen, and Ctrl-C is a signal."""
    os.setsid()
    opened = os.open(terminal, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(opened, number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - the process's own, to its end
        for number, mode in enumerate(("r", "w", "w"))
    )
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    main(list(arguments))

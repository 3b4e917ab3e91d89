"""The `watchkeeper` command: what to load for what was asked, and the way out."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from watchkeeper.cli.commands import application
from watchkeeper.model.exit_code import ExitCode

_ANSWERED_AT_ONCE = frozenset({"--help", "-h", "--version"})
"""Options of the root that need no command, no settings and no console."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point; always ends with SystemExit."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) == 1 and given[0] in _ANSWERED_AT_ONCE:
        application(())(args=given, prog_name="watchkeeper")
    # What is imported and read at the start stays: to go through it again and again costs a good part of a short command's time.
    gc.set_threshold(200_000, 20, 100)
    # What runs a command takes ten times as long to load as the help.
    from watchkeeper.cli.running import has_given_up, run

    gc.freeze()
    code = run(given)
    if code in {ExitCode.INTERRUPTED, ExitCode.TERMINATED} or has_given_up():
        _leave_at_once(code)
    sys.exit(code)


def _leave_at_once(code: int) -> NoReturn:
    """End without waiting for threads: what was given up may still be under way in one, and an ordinary exit joins it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

"""One command from its arguments to its exit code: every way to end becomes a number and a plain sentence."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from types import FrameType

import typer

from watchkeeper.cli.ci import tell_ci_of_failure
from watchkeeper.cli.commands import application
from watchkeeper.cli.console import console, new_console
from watchkeeper.cli.output import NobodyReads, complain, say_machine, show_traceback, tolerate_narrow_encodings
from watchkeeper.cli.parameters import Format
from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.exit_code import ExitCode, exit_code_of
from watchkeeper.report.complaint import stopped_by
from watchkeeper.report.machine import error_json
from watchkeeper.report.texts import texts_in
from watchkeeper.settings import LogFormat, hosts_given, log_format, secrets_given
from watchkeeper.stop import Stopped

log = logging.getLogger(__name__)


def run(arguments: Sequence[str]) -> int:
    """Run one command and say how it ended, also to whoever watches from afar."""
    tolerate_narrow_encodings()
    new_console(log_format(), secrets_given(), hosts_given())
    for number in STOPS:
        signal.signal(number, _stop)
    code = _ended(arguments)
    watch = console().watch
    if watch is not None:
        try:
            texts = texts_in(console().language.value)
            watch.end(code, texts.say("ci.ended", command=watch.command, code=int(code)))
        except Stopped:
            log.warning("interrupted before everybody was told how the run went")
    return code


def _ended(arguments: Sequence[str]) -> int:
    called = [next((word for word in arguments if not word.startswith("-")), "")]
    try:
        ended = application(called)(args=list(arguments), prog_name="watchkeeper", standalone_mode=False)
        return int(ended) if isinstance(ended, int) else ExitCode.OK
    except typer.Exit as ending:
        return ending.exit_code
    except typer.TyperException as error:
        return _misused(error, arguments)
    except WatchkeeperError as error:
        return _failed(error, exit_code_of(error))
    except Stopped as stopped:
        word, code = STOPS[stopped.number]
        complain(stopped_by(word, texts_in(console().language.value)))
        return code
    except NobodyReads:
        return _nobody_reads()
    except Exception as error:  # noqa: BLE001 - the last resort: nobody should meet a traceback unasked
        return _surprised(error)


def has_given_up() -> bool:
    """Whether calls may still be under way that a stop or the end of the time did not wait for."""
    return console().stop.is_overdue


def _misused(error: typer.TyperException, arguments: Sequence[str]) -> ExitCode:
    context = getattr(error, "ctx", None)
    words = error.format_message()
    if context is not None and words == context.get_help():
        typer.echo(words, err=True)
        return ExitCode.USAGE
    usage = (
        " ".join(context.get_usage().split()).removeprefix("Usage: ") if context is not None else "watchkeeper --help"
    )
    complain(f"{words}\n  usage: {usage}")
    # The command was never begun, so that only its words can tell what its caller reads.
    if "--json" in arguments:
        misuse = WatchkeeperError(words, remedy="see --help")
        say_machine(error_json(" ".join(arguments[:1]), misuse, exit_code=ExitCode.USAGE, kind="Usage"))
    return ExitCode.USAGE


def _failed(error: WatchkeeperError, code: ExitCode) -> ExitCode:
    complain(error)
    if console().verbosity:
        show_traceback(error)
    if console().form == Format.JSON:
        say_machine(error_json(console().command, error, exit_code=code))
    tell_ci_of_failure(error, code)
    return code


def _surprised(error: Exception) -> ExitCode:
    words = WatchkeeperError(
        f"internal error: {type(error).__name__}: {error}",
        remedy="this is a bug in Watchkeeper: run the command again with -v to see where it is, and report it",
    )
    complain(words)
    if console().verbosity:
        show_traceback(error)
    if console().form == Format.JSON:
        say_machine(error_json(console().command, words, exit_code=ExitCode.INTERNAL, kind="Internal"))
    tell_ci_of_failure(words, ExitCode.INTERNAL)
    return ExitCode.INTERNAL


def _nobody_reads() -> int:
    """The reader of our output is gone (`| head`): end as every filter does, without Python's complaint at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.UNREAD


STOPS: Mapping[int, tuple[str, ExitCode]] = {
    signal.SIGINT: ("interrupted", ExitCode.INTERRUPTED),
    signal.SIGTERM: ("terminated", ExitCode.TERMINATED),
}


ERASED = "\r\x1b[2K"
"""Takes away the line on which a terminal's cursor is."""
STOPPING = "stopping; once more, and the calls under way are not waited for"


def _stop(number: int, _frame: FrameType | None) -> None:
    if console().log_format is LogFormat.TEXT:
        # Past the stream's buffer, which the interrupted code may be writing to.
        over = ERASED if console().bar_is_shown else ""
        os.write(sys.stderr.fileno(), f"{over}watchkeeper: {STOPPING}\n".encode())
    console().stop.ask(number)

"""The `watchkeeper` command: registers every command, and turns every way to end into an exit code and a plain sentence."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType

import typer

from watchkeeper import __version__
from watchkeeper.cli import (
    adopt,
    audit,
    db,
    demo,
    doctor,
    emulate,
    history,
    link,
    mappings,
    plan,
    show,
    status,
    sync,
    tasks,
    unlock,
)
from watchkeeper.cli.exits import ExitCode, exit_code_of
from watchkeeper.cli.output import complain, say_machine, silence_libraries
from watchkeeper.errors import WatchkeeperError
from watchkeeper.report.machine import error_json

app = typer.Typer(
    name="watchkeeper",
    help="Keeps SOC duties in step between ServiceNow and Microsoft Sentinel, and proves that people updated their escalations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("plan")(plan.plan)
app.command("sync")(sync.sync)
app.add_typer(tasks.app, name="tasks")
app.command("audit")(audit.audit)
app.command("link")(link.link)
app.command("adopt")(adopt.adopt)
app.add_typer(mappings.app, name="mappings")
app.command("doctor")(doctor.doctor)
app.command("status")(status.status)
app.command("history")(history.history)
app.command("show")(show.show)
app.command("emulate")(emulate.emulate)
app.add_typer(db.app, name="db")
app.command("unlock")(unlock.unlock)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"watchkeeper {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Keeps SOC duties in step between ServiceNow and Microsoft Sentinel."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point; always ends with SystemExit."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and say how it ended."""
    silence_libraries()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        ended = app(
            args=list(arguments) if arguments is not None else None, prog_name="watchkeeper", standalone_mode=False
        )
        return int(ended) if isinstance(ended, int) else ExitCode.OK
    except typer.Exit as ending:
        return ending.exit_code
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except typer.TyperException as error:
        show_usage(error)
        return ExitCode.USAGE
    except WatchkeeperError as error:
        complain(error)
        given = list(sys.argv[1:] if arguments is None else arguments)
        if "--json" in given:
            say_machine(error_json(given[0], error, exit_code=exit_code_of(error)))
        return exit_code_of(error)
    except KeyboardInterrupt:
        complain("interrupted; the next run goes on from here")
        return ExitCode.INTERRUPTED
    except Terminated:
        complain("terminated; the next run goes on from here")
        return ExitCode.TERMINATED


def show_usage(error: typer.TyperException) -> None:
    shower = getattr(error, "show", None)
    if callable(shower):
        shower()
    else:
        complain(str(error))


class Terminated(BaseException):
    """SIGTERM arrived: the run ends like an interrupted one, with its lease released."""


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated

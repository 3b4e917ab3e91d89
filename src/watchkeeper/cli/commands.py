"""The commands by name, each loaded only when it is called: their modules bring the SDKs, the database and the reports along."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Final

import typer

from watchkeeper import __version__
from watchkeeper.cli.parameters import AuditFormat, Format

EPILOG = (
    "Exit codes: 0 fine, 1 internal error, 2 usage, 3 settings or mappings invalid, 4 some items failed, 5 sign-in or rights, "
    "6 audit breach (--fail-on) or no success for too long (status --max-age), 7 a valve stopped the run, 8 plan has changes (--detailed-exitcode), 9 state store unusable, "
    "75 try again later, 130 and 143 interrupted."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the list of commands says of one: the first paragraph of its own help. A command that `reports` can do so in each of the
    `forms`; the others only tell a story."""

    help: str
    reports: bool = True
    forms: type[StrEnum] = Format


COMMANDS: Final[Mapping[str, Entry]] = {
    "demo": Entry(
        "Tell the whole story against emulators on this machine. Exits 0 only if every promise held.", reports=False
    ),
    "init": Entry("Begin a deployment: ask what it needs and write its files."),
    "plan": Entry("Show what a sync would write, field by field, with reasons. Changes nothing."),
    "sync": Entry(
        "Plan, check the valves, write, report. In WATCHKEEPER_MODE=observe it says what it would have done."
    ),
    "tasks": Entry("The catalogue of duties."),
    "audit": Entry("Judge whether a human updated each escalation today.", forms=AuditFormat),
    "evidence": Entry("What the duties are about: gather it and show it."),
    "report": Entry("Tell what a period brought, from the state store alone. Calls no system."),
    "export": Entry("Write the intranet portal, from the state store alone. Calls no system."),
    "serve": Entry("Serve the watch board, from the store and the mappings. Calls no system.", reports=False),
    "link": Entry("Pair two records. No field is written; the next sync brings them in step."),
    "adopt": Entry("Pair existing tickets and incidents. No field is written; the next sync brings them in step."),
    "mappings": Entry("Check, explain, try out and compare mappings."),
    "packs": Entry("The packs of tasks."),
    "doctor": Entry("Check reach, sign-in, rights, clocks and names. Reads only, unless told otherwise."),
    "status": Entry("Show the state of this deployment's memory. Calls no system."),
    "history": Entry("List the latest runs. Calls no system."),
    "show": Entry("Show everything remembered about one pair."),
    "pause": Entry(
        "Let no run write until `resume`. Runs under way stop before their next write; `plan`, `audit` and `status` go on."
    ),
    "resume": Entry("End a pause: the next run writes again."),
    "undo": Entry("Take back what a run wrote and nobody touched since."),
    "retire": Entry("Take this deployment out of use. Nothing is deleted."),
    "emulate": Entry("Run emulators of both systems on this machine.", reports=False),
    "db": Entry("The state store."),
    "unlock": Entry("Free the lease, if this very run holds it."),
}
"""In the order in which they are listed. Each is in a module of its name: a function of that name, or commands of its own in
`app`."""


def application(called: Collection[str]) -> typer.Typer:
    """The `watchkeeper` command, with those commands loaded that may be called, and the others only named."""
    app = typer.Typer(
        name="watchkeeper",
        help="Keeps SOC duties in step between ServiceNow and Microsoft Sentinel, and proves that people updated their escalations.",
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_common)
    for name, entry in COMMANDS.items():
        if name in called:
            _load(app, name, entry)
        else:
            app.command(name, help=entry.help)(_not_loaded)
    return app


def _load(app: typer.Typer, name: str, entry: Entry) -> None:
    from watchkeeper.cli.command import register

    module = import_module(f"watchkeeper.cli.{name}")
    commands: typer.Typer | None = getattr(module, "app", None)
    if commands is not None:
        app.add_typer(commands, name=name)
        return
    function: Callable[..., None] = getattr(module, name)
    register(app, name, function, reports=entry.reports, forms=entry.forms)


def _not_loaded() -> None:
    raise AssertionError("a command that is called is loaded")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"watchkeeper {__version__}")
        raise typer.Exit


def _common(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Keeps SOC duties in step between ServiceNow and Microsoft Sentinel, and proves that people updated their escalations."""

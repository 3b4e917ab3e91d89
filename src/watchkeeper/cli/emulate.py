"""`watchkeeper emulate`: stand-ins of ServiceNow, Entra ID, Sentinel and Log Analytics on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.interruption import Interruption
from watchkeeper.cli.output import cannot_be_written
from watchkeeper.cli.parameters import instant
from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.environment import write_env_file
from watchkeeper.emulators.options import SignIn, WorldOptions
from watchkeeper.emulators.world import build_world


def emulate(
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file", help="Write the settings to this file, to be sourced by a shell.", show_default=False
        ),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            "--start", parser=instant, metavar="TIME", help="When the emulated world begins.", show_default=False
        ),
    ] = None,
    frozen: Annotated[bool, typer.Option("--frozen", help="Let the emulated clock stand still.")] = False,
    latency: Annotated[float, typer.Option("--latency", min=0, help="Seconds to add to every request.")] = 0.0,
    ingestion_lag: Annotated[
        float, typer.Option("--ingestion-lag", min=0, help="Seconds until Log Analytics shows a change.")
    ] = 300.0,
    quotas: Annotated[bool, typer.Option(help="Enforce the published throttling limits.")] = True,
    credential: Annotated[
        SignIn,
        typer.Option("--credential", help="How to sign in to the emulated Entra ID; prints what that needs."),
    ] = SignIn.CLIENT_SECRET,
) -> None:
    """Run emulators of both systems on this machine.

    Prints the settings that point Watchkeeper at them, and runs until interrupted.
    """
    from watchkeeper.emulators.server import RunningWorld

    options = WorldOptions(latency=latency, ingestion_lag=ingestion_lag, quotas=quotas)
    world = build_world(start or FIRST_MONDAY, frozen=frozen, options=options)
    interruption = Interruption()
    with RunningWorld(world) as running:
        settings = running.environment(credential)
        if env_file is not None:
            _write(env_file, settings)
        for setting, value in settings.items():
            typer.echo(f"{setting}={value}")
        typer.echo(f"# scripts to download: https://localhost:{running.ports['scripts']}/approved/", err=True)
        typer.echo(f"# the emulated world's clock says {world.clock.now().isoformat()}; stop with Ctrl-C", err=True)
        name = interruption.wait()
    typer.echo(f"# stopped by {name}", err=True)


def _write(env_file: Path, settings: Mapping[str, str]) -> None:
    try:
        write_env_file(env_file, settings)
    except OSError as error:
        raise cannot_be_written(env_file, error) from error

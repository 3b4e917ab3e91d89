"""`watchkeeper unlock`: free the lease of a run that will never come back."""

from __future__ import annotations

from typing import Annotated

import typer

from watchkeeper.cli.exits import ExitCode
from watchkeeper.cli.output import complain, say
from watchkeeper.wiring import workplace


def unlock(
    run: Annotated[str, typer.Argument(help="The run that holds the lease, as the message about it says.")],
) -> None:
    """Free the lease, if this very run holds it."""
    with workplace() as place:
        lease = place.store().lease(*place.holder())
        holder = lease.holder()
        if lease.break_lease(run):
            say(f"the lease of run {run} is free")
            return
    complain(f"run {run} does not hold the lease" + (f"; run {holder.run_id} does" if holder else ""))
    raise typer.Exit(ExitCode.USAGE)

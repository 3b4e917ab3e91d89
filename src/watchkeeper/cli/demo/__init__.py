"""`watchkeeper demo`: the whole story on the eight duties, against emulators of both systems."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watchkeeper.cli.demo.narrator import Narrator
from watchkeeper.cli.demo.texts import text
from watchkeeper.cli.interruption import Interruption
from watchkeeper.cli.parameters import Lang, Language, Mappings
from watchkeeper.cli.serving import require_extra, serve_board
from watchkeeper.emulators.world import build_world
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.wiring import Workplace

if TYPE_CHECKING:
    from watchkeeper.cli.demo.stage import Stage


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the emulators running, and print how to use them.")
    ] = False,
    serve: Annotated[bool, typer.Option("--serve", help="Show the store of the story on the watch board.")] = False,
    mappings: Mappings = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Tell the whole story against emulators on this machine. Exits 0 only if every promise held."""
    from watchkeeper.cli.demo.stage import Stage
    from watchkeeper.cli.demo.story import tell
    from watchkeeper.emulators.server import RunningWorld

    language = lang.value
    if serve:
        require_extra()
    with tempfile.TemporaryDirectory(prefix="watchkeeper-demo-") as folder, RunningWorld(build_world()) as running:
        portal = Path(tempfile.mkdtemp(prefix="watchkeeper-portal-")) / "site"
        stage = Stage(running, Path(folder) / "watchkeeper.db", mappings, portal)
        tell(stage, Narrator(language))
        broken = [check for check in stage.checks if not check.held]
        if keep:
            _keep(stage, language, wait=not serve)
        if serve:
            _serve(stage, language)
    raise typer.Exit(ExitCode.INTERNAL if broken else ExitCode.OK)


def _serve(stage: Stage, language: str) -> None:
    """The board, as this machine's own settings of it say, over the store that has the whole story in it: the one from before the last act."""
    typer.echo(f"\n{text('served', language)}")
    environment = {**stage.environment, "WATCHKEEPER_STATE_URL": f"sqlite:///{stage.lost}"}
    with Workplace() as here, Workplace(stage.mappings, environ=environment) as place:
        serve_board(place, here.offline)


def _keep(stage: Stage, language: str, *, wait: bool) -> None:
    """Print the environment and, where nothing else does, wait until somebody stops us."""
    typer.echo(f"\n{text('kept', language)}")
    for name, value in stage.environment.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
    if wait:
        typer.echo(text("stop", language))
        Interruption().wait()

"""Emulators over TLS whose world was led somewhere once, and stands there for every test that takes it up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cli.program import Program
from tests.kept_worlds import KeptWorld

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World


@dataclass(frozen=True, slots=True)
class Led:
    """`files` are those that the shell's folder held, by name. Only for tests whose commands have all ended with them: the ports
    are the same for all, since memory and records name them."""

    running: RunningWorld
    environment: Mapping[str, str]
    kept: KeptWorld
    files: Mapping[str, bytes]

    def again(self) -> World:
        """Let the ports lead into another world that stands as that one did."""
        self.running.world = self.kept.again()
        return self.running.world

    def shell(self, folder: Path) -> Program:
        """A shell in a folder with the files that there were."""
        for name, content in self.files.items():
            file = folder / name
            file.touch(mode=0o600)
            file.write_bytes(content)
        return Program(folder, dict(self.environment))


@contextmanager
def led(world: World, folder: Path, plain: Mapping[str, str], lead: Callable[[Program, World], None]) -> Iterator[Led]:
    with RunningWorld(world, workers=10) as running:
        soc = Program(folder, {**plain, **running.environment()})
        lead(soc, world)
        files = {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith((".out", ".err"))}
        yield Led(running, soc.environment, KeptWorld.of(world), files)

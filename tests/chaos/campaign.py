"""Blocks of episodes: a fresh world and a fresh deployment each, trouble after trouble, judged after every one."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from time import monotonic

from tests.chaos import kills, server_troubles, stops, troubles
from tests.chaos.books import SqliteStore, Store
from tests.chaos.diary import Diary, People
from tests.chaos.disks import Disk
from tests.chaos.emulation import Emulators, emulators
from tests.chaos.scene import Scene, Told
from tests.chaos.server_store import PostgresStore
from tests.chaos.site import Site, Wires
from tests.postgres import Server

Episode = Callable[[Scene], Told]

KILLS_PER_BLOCK = 5
OTHERS_PER_BLOCK = 4
KILLS: Sequence[Episode] = (kills.killed_at_a_call,) * 3 + (kills.killed_again_and_again, kills.killed_at_a_moment)
EVERYWHERE: Sequence[Episode] = (
    kills.stopped_past_its_lease,
    kills.started_together,
    stops.asked_to_stop,
    stops.cancelled_by_ci,
    troubles.unreachable,
    troubles.cut_wire,
    troubles.lost_database,
    troubles.old_database,
)
FROM_REST: Sequence[Episode] = (
    troubles.corrupt_database,
    troubles.lost_database,
    troubles.old_database,
    troubles.looked_over,
)
"""Those that begin with everything settled: what a lost memory knew of conflicts is lost with it."""
ON_SQLITE: Sequence[Episode] = (troubles.locked_database, troubles.corrupt_database)
ON_A_REAL_DISK: Sequence[Episode] = (troubles.full_disk, troubles.read_only_disk)
ON_A_SERVER: Sequence[Episode] = (
    server_troubles.cut_at_commit,
    server_troubles.cut_after_commit,
    server_troubles.cut_sessions,
)


@dataclass(frozen=True, slots=True)
class Finished:
    """One episode, judged. `seed` brings its block again; `folder` is where that block left everything."""

    seed: int
    number: int
    kind: str
    told: Told
    deeds: str
    folder: Path
    repeated_notes: int
    seconds: float

    @property
    def killed(self) -> int:
        """How many runs were killed indeed."""
        return self.told.codes.count(-signal.SIGKILL)

    @property
    def line(self) -> str:
        verdict = "ok" if not self.told.problems else "VIOLATION"
        twice = f", {self.repeated_notes} work notes twice so far" if self.repeated_notes else ""
        codes = ", ".join(map(str, self.told.codes))
        return f"seed {self.seed} episode {self.number:2}  {self.seconds:5.1f} s  {verdict:9}  {self.told.what}; exit {codes}{twice}"


@dataclass(slots=True)
class Campaign:
    """A stage that is set, and what is played on it: block after block, each in a folder of its own."""

    folder: Path
    running: Emulators
    wires: Wires
    server: Server | None

    def block(self, seed: int, chosen: Sequence[Episode] | None = None) -> Iterator[Finished]:
        """The episodes of one seed, one after the other; its own, or those that are chosen."""
        dice = Random(seed)
        self.running.reset()
        folder = self.folder / f"block-{seed}"
        folder.mkdir()
        disk = Disk(folder / "state")
        store: Store = PostgresStore.on(self.server) if self.server else SqliteStore(disk.folder / "watchkeeper.db")
        try:
            scene = self._scene(folder, f"chaos-{seed}", disk, store, dice)
            played = [*(chosen or episodes(dice, disk, store)), troubles.looked_over]
            for number, episode in enumerate(played, start=1):
                yield self._play(scene, seed, number, episode)
        finally:
            store.close()
            disk.close()

    def _scene(self, folder: Path, deployment: str, disk: Disk, store: Store, dice: Random) -> Scene:
        site = Site(folder, deployment, self.running, self.wires, store)
        diary = Diary()
        scene = Scene(site, disk, dice, diary, People(self.running, deployment, dice, diary))
        scene.prepare()
        return scene

    @staticmethod
    def _play(scene: Scene, seed: int, number: int, episode: Episode) -> Finished:
        began = monotonic()
        if episode not in FROM_REST:
            if scene.dice.random() < 0.6:
                scene.people.escalate()
            scene.people.work(scene.dice.randrange(1, 5))
            scene.emulators.later(scene.dice.choice((1, 15, 120, 600)))
        deeds = scene.diary.told()
        told = episode(scene)
        scene.rest(told)
        scene.judge(told)
        if told.problems:
            scene.site.store.leave_behind(scene.site.folder, f"after-episode-{number}")
        kind = episode.__name__.replace("_", " ")
        return Finished(seed, number, kind, told, deeds, scene.site.folder, scene.repeated, monotonic() - began)


def episodes(dice: Random, disk: Disk, store: Store) -> list[Episode]:
    """A block's worth, in a random order."""
    on_a_file = [*ON_SQLITE, *(ON_A_REAL_DISK if disk.is_real else ())]
    others = [*EVERYWHERE, *(on_a_file if isinstance(store, SqliteStore) else ON_A_SERVER)]
    chosen = [*dice.choices(KILLS, k=KILLS_PER_BLOCK), *dice.sample(others, OTHERS_PER_BLOCK)]
    dice.shuffle(chosen)
    return chosen


class Stage:
    """Emulators and wires for a whole campaign, in a folder that goes when nothing went wrong. With a `server`, every block has
    its state store there, and else in a file of its own."""

    def __init__(self, folder: Path | None = None, server: Server | None = None) -> None:
        self._folder = folder or Path(mkdtemp(prefix="watchkeeper-chaos-"))
        self._server = server
        self._closing = ExitStack()

    def __enter__(self) -> Campaign:
        running = self._closing.enter_context(emulators(self._folder))
        wires = Wires(running.settings)
        self._closing.callback(wires.close)
        return Campaign(self._folder, running, wires, self._server)

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def clean_up(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

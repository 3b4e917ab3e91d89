"""Trouble with the disk, the database and the network."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.chaos.books import SqliteStore
from tests.chaos.kills import moment
from tests.chaos.scene import Scene, Told

PATIENCE = "0.3"
"""Seconds that a run waits for another writer, where it is told so."""
PAGE = 4096


def full_disk(scene: Scene) -> Told:
    """The disk has room for a part of the run only."""
    free = scene.dice.choice((0, 0, 4, 16, 64, 128)) * 1024
    middle = scene.dice.random() < 0.5
    told = Told(f"disk full but for {free // 1024} KiB{' in the middle' if middle else ''}")
    if middle:
        with scene.held_run(moment(scene, writes_only=True)[1]) as (running, came):
            if came:
                scene.disk.fill(free)
            scene.emulators.clear()
            told.ended(running.wait(), 9, 0, 7)
    else:
        scene.disk.fill(free)
        told.ended(scene.site.sync(), 9, 0, 7)
    scene.disk.empty()
    return told


def read_only_disk(scene: Scene) -> Told:
    told, mark = Told("read-only disk"), scene.emulators.mark()
    scene.disk.read_only()
    told.ended(scene.site.sync(), 9)
    scene.disk.writable()
    _wrote_nothing(scene, told, mark)
    return told


def locked_database(scene: Scene) -> Told:
    """Another process keeps the database's write lock, from the start or from the middle of the run."""
    middle = scene.dice.random() < 0.5
    told, mark = Told(f"database locked{' in the middle' if middle else ''}"), scene.emulators.mark()
    impatient = {"WATCHKEEPER_STATE_URL": f"{scene.site.store.url}?timeout={PATIENCE}"}
    if not middle:
        with _locked(_file(scene)):
            told.ended(scene.site.sync(**impatient), 9)
        _wrote_nothing(scene, told, mark)
        return told
    with scene.held_run(moment(scene, writes_only=True)[1], **impatient) as (running, came), _locked(_file(scene)):
        scene.emulators.clear()
        told.ended(running.wait(), *((9,) if came else (0, 7)))
    return told


def corrupt_database(scene: Scene) -> Told:
    """A run dies, and bytes of its file turn over. Whoever starts next must see it before it writes anywhere."""
    file = _file(scene)
    running = scene.site.start()
    if scene.comes_to(running, after=scene.dice.randrange(1, 8)):
        running.kill()
    running.wait()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    scene.site.lost.append(scene.site.books)
    places = _damage(scene, file)
    told, mark = Told(f"bytes {places} damaged"), scene.emulators.mark()
    ended = scene.site.sync()
    told.ended(ended, 9, 0)
    _wrote_nothing(scene, told, mark)
    if ended.code == 0:
        told.what += " (not noticed)"
    _rebuilds(scene, told)
    return told


def lost_database(scene: Scene) -> Told:
    """The file is gone, as on a runner whose cache was thrown away."""
    told = Told("database lost")
    scene.site.lost.append(scene.site.books)
    _rebuilds(scene, told)
    return told


def old_database(scene: Scene) -> Told:
    """The file is the one of the block's beginning again."""
    told = Told("database of the beginning restored")
    scene.site.lost.append(scene.site.books)
    scene.site.store.go_back()
    told.ended(scene.site.sync_like_a_person(), 0)
    return told


def _rebuilds(scene: Scene, told: Told) -> None:
    """Without its memory, a run finds its records by their keys and changes none of them. New duties are another thing."""
    scene.site.store.lose()
    known = _ids(scene)
    mark = scene.emulators.mark()
    told.ended(scene.site.sync_like_a_person(), 0)
    changed = [
        entry["path"] for entry in scene.writes_since(mark) if any(each in entry["path"].lower() for each in known)
    ]
    told.hold(not changed, f"the rebuilt store changed {changed}")


def looked_over(scene: Scene) -> Told:
    """No trouble: after all the others the program's own checks find its store sound."""
    told = Told("db check, history verify")
    for command in (("db", "check"), ("history", "verify")):
        told.ended(scene.site.program.run(*command), 0)
    return told


def unreachable(scene: Scene) -> Told:
    """Nobody listens where a system was."""
    system = scene.dice.choice(sorted(scene.site.wires.relays))
    told, mark = Told(f"{system} unreachable"), scene.emulators.mark()
    scene.site.wires.relays[system].down()
    told.ended(scene.site.sync(WATCHKEEPER_RUN_TIME="4s"), 75)
    _wrote_nothing(scene, told, mark)
    return told


def cut_wire(scene: Scene) -> Told:
    """Every connection to a system breaks, in the middle of whatever it was saying."""
    system = scene.dice.choice(sorted(scene.site.wires.relays))
    answered = int(2 ** scene.dice.uniform(8, 16))
    told = Told(f"{system} cut off after {answered} bytes")
    relay = scene.site.wires.relays[system]
    cuts = relay.cuts
    relay.cut_after(answered)
    told.ended(scene.site.sync(WATCHKEEPER_RUN_TIME="20s"), 0, 4, 7, 75)
    if relay.cuts == cuts:
        told.not_reached()
    return told


def _wrote_nothing(scene: Scene, told: Told, mark: int) -> None:
    written = [entry["path"] for entry in scene.writes_since(mark)]
    told.hold(not written, f"it wrote all the same: {written}")


def _file(scene: Scene) -> Path:
    store = scene.site.store
    assert isinstance(store, SqliteStore)
    return store.file


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=10)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def _damage(scene: Scene, file: Path) -> list[int]:
    """Overwrite sixteen bytes in each of some pages; the places."""
    pages = file.stat().st_size // PAGE
    places = [page * PAGE + scene.dice.randrange(PAGE - 16) for page in scene.dice.sample(range(pages), min(4, pages))]
    with file.open("r+b") as stream:
        for place in places:
            stream.seek(place)
            stream.write(scene.dice.randbytes(16))
    return places


def _ids(scene: Scene) -> set[str]:
    records = scene.emulators.records()
    tickets, incidents = (row["sys_id"] for row in records["servicenow"]), (row["name"] for row in records["arm"])
    return {each.lower() for each in (*tickets, *incidents)}

"""Whole copies of a SQLite store, made while others write to it."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from watchkeeper.errors import StateUnusable
from watchkeeper.model.upkeep import Backup
from watchkeeper.state.database import Database
from watchkeeper.state.failures import unusable
from watchkeeper.state.sqlite import BUSY_SECONDS

_PG_DUMP = (
    "use the server's own means: `pg_dump --format=custom --file=FILE DATABASE`, and `pg_restore` for the way back"
)


def back_up(url: str, target: Path) -> Backup:
    """Copy the store at an address into a file, which then holds everything up to one moment and needs no other file beside it.
    An earlier file of that name is replaced, as a whole or not at all.

    Raises StateUnusable when the store cannot be read, is damaged, or is not a SQLite file; OSError when the target cannot be
    written.
    """
    parsed = Database.parse(url)
    if parsed.get_backend_name() != "sqlite":
        raise StateUnusable("only a SQLite state store can be copied into a file", remedy=_PG_DUMP)
    file = Path(parsed.database or "")
    if not file.is_file():
        raise StateUnusable(f"there is no state store at {file}", remedy="check WATCHKEEPER_STATE_URL")
    if target.exists() and target.samefile(file):
        raise StateUnusable(f"{target} is the state store itself", remedy="name another file")
    return copy_file(file, target)


def keep_copy(file: Path, target: Path) -> None:
    """Copy a store before it is changed. Raises StateUnusable also where the copy cannot be made: then the store stays as it is."""
    try:
        copy_file(file, target)
    except OSError as error:
        raise StateUnusable(
            f"the state store {file} is copied before its schema changes, and {target} cannot be written ({error.strerror})",
            remedy="make room beside the store, or give this account write access to its folder; nothing was changed",
        ) from error


def copy_file(file: Path, target: Path) -> Backup:
    """Copy one SQLite file, for this account only."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(descriptor)
    temporary = Path(name)
    try:
        schema = _copied(file, temporary)
        _onto_the_disk(temporary)
        temporary.replace(target)
        _onto_the_disk(target.parent)
    except sqlite3.Error as error:
        raise unusable(str(file), error) from error
    finally:
        for rest in (temporary, *(temporary.with_name(temporary.name + end) for end in ("-wal", "-shm", "-journal"))):
            rest.unlink(missing_ok=True)
    return Backup(str(target), target.stat().st_size, schema)


def _copied(file: Path, target: Path) -> str:
    """The schema of the store whose pages were copied, all of one moment."""
    source = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    with closing(source), closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        # In WAL mode the copy would need a second file beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise StateUnusable(
                f"the state store {file} is corrupt ({found}), and a copy would be, too",
                remedy="`watchkeeper db check` names what is damaged",
            )
        with suppress(sqlite3.OperationalError):  # a file without our tables is copied all the same
            return str(copy.execute("SELECT version_num FROM alembic_version").fetchone()[0])
        return ""


def _onto_the_disk(path: Path) -> None:
    """Have the file's content, or the folder's list of names, survive a power failure."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

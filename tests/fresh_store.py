"""A state store that is as good as new: migrated once in a process, copied for every test that begins without one."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from watchkeeper.state.schema import upgrade


def put_fresh_store(file: Path) -> None:
    """What `db upgrade` would make there, where nothing is. Running every migration takes longer than most runs in a test."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(_migrated())


@lru_cache(maxsize=1)
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fresh.db"
        upgrade(f"sqlite:///{file}")
        return file.read_bytes()

"""How far a store has come, in a small file beside it: a copy that is put back in its place later shows as older than that.

Only for SQLite, whose file somebody may exchange. Where both were put back together, or the file beside is gone, what the two
systems hold tells the same; see watchkeeper.sync.older.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from watchkeeper.state.database import file_of


@dataclass(frozen=True, slots=True)
class Reached:
    """The lease's token, the run that took the lease with it, and the write log's sequence. Token and sequence only ever grow, and
    no two runs have one token."""

    token: int = 0
    run_id: str = ""
    sequence: int = 0

    def is_beyond(self, store: Reached) -> bool:
        """Whether a store that stands there is older than this."""
        taken_twice = self.token == store.token and self.run_id != store.run_id
        return self.token > store.token or taken_twice or self.sequence > store.sequence


@dataclass(frozen=True, slots=True)
class Landmark:
    """The file beside a store. Without one nothing is kept and nothing told."""

    file: Path | None

    @classmethod
    def of(cls, url: URL, deployment: str) -> Landmark:
        file = file_of(url)
        return cls(None if file is None else file.with_name(f"{file.name}-mark-{deployment}"))

    def read(self, lineage: str) -> Reached | None:
        """How far the store of this lineage had come when that was last written down; None where nobody did."""
        if self.file is None:
            return None
        try:
            born, token, run_id, sequence = self.file.read_text(encoding="ascii").split()
            return Reached(int(token), run_id, int(sequence)) if born == lineage else None
        except (OSError, ValueError):
            return None

    def write(self, lineage: str, reached: Reached) -> None:
        """Write it down, whole or not at all. A folder that cannot be written to keeps nothing: the run goes on without."""
        if self.file is None:
            return
        with suppress(OSError):
            descriptor, temporary = tempfile.mkstemp(dir=self.file.parent, prefix=f".{self.file.name}.")
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                    stream.write(f"{lineage} {reached.token} {reached.run_id} {reached.sequence}\n")
                Path(temporary).replace(self.file)
            except OSError:
                Path(temporary).unlink(missing_ok=True)
                raise

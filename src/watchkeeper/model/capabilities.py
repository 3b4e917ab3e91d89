"""What a side can do, declared in one object that the engine consults instead of asking which side it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from watchkeeper.model.plan import Operation
from watchkeeper.model.record import Side


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`settle`: how long a read may lag behind a write. `workers`: calls in flight at once that the side bears well.
    `comment_length` and `comment_limit`: characters per comment and comments per record.
    `history`: field-level history can be read. `read_batch`: how many records one read by id fetches in one call;
    `table_batches`: the same for tables that differ. `write_calls`: how many calls an operation of a plan takes, one if it is not named."""

    side: Side
    settle: timedelta
    workers: int
    comment_length: int
    comment_limit: int | None
    history: bool = True
    read_batch: int = 1
    table_batches: Mapping[str, int] = field(default_factory=dict)
    write_calls: Mapping[Operation, int] = field(default_factory=dict)

    def batch_of(self, table: str) -> int:
        """How many records of a table one read by id fetches."""
        return self.table_batches.get(table, self.read_batch)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which instance or workspace stands behind the address; `account` is who we are there ("" where the side does not say).

    `proven`: whether the side itself told its id. Where it may not be read, the address stands in for it."""

    side: Side
    id: str
    name: str
    account: str
    proven: bool = True

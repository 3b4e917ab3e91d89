"""A script or configuration file as it was found at its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ScriptDownload:
    """`asked` is the address that was asked for, `address` the one that answered, without its query. `sha256` (hex) and `size` (bytes)
    are of exactly what it answered with. `etag` and `modified_at` are what the host says of the file, "" and None where it says
    nothing. `fetched_at` is by our clock."""

    name: str
    asked: str
    address: str
    sha256: str
    size: int
    fetched_at: datetime
    etag: str = ""
    modified_at: datetime | None = None

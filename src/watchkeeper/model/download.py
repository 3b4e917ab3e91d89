"""A script or configuration file that was fetched from an approved source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Download:
    """`name` is what the deployment calls the file, `origin` the address it came from, `sha256` the digest of its content (hex),
    `size` in bytes."""

    name: str
    origin: str
    sha256: str
    size: int

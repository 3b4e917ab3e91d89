"""A file that goes with a ticket, or does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """`name` is what people see and, within a ticket, what tells it from other files; `content_type` a media type."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that a side does not take; `why` in its own words, which are untrusted."""

    name: str
    why: str

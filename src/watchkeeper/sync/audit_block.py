"""The part of a ticket's text that shows how the audit of its day stands: found again, and left alone once a person touches it. Pure.

The part ends in a digest over itself, so that what a person has written into it is told from what we wrote, whatever is remembered.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

_BEGIN: Final = "[watchkeeper:audit]"
_END: Final = re.compile(r"\[watchkeeper:audit:([0-9a-f]{12})\]")


def with_block(text: str, asked: str, body: str) -> str | None:
    """A ticket's text with `body` as its part, in the place of an earlier one, else at its end. `asked`: the text that we wrote last,
    or "". None where there is nothing to write: the part says that already, or a person has changed it, or taken it out."""
    lines = text.split("\n")  # and nowhere else, so that what stands around the part comes out as it went in
    found = _place(lines)
    if found is None:
        taken_out = _place(asked.split("\n")) is not None or any(_BEGIN in line for line in lines)
        return None if taken_out else "\n".join([_with_room(text), *_part(body)])
    begin, end = found
    part = [line.rstrip() for line in lines[begin : end + 1]]
    if not _is_ours(part) or part == _part(body):
        return None
    return "\n".join([*lines[:begin], *_part(body), *lines[end + 1 :]])


def _with_room(text: str) -> str:
    """A text that an empty line ends."""
    ends = len(text) - len(text.rstrip("\r\n"))
    return text + "\n" * max(0, 1 - text.count("\n", len(text) - ends))


def _part(body: str) -> list[str]:
    lines = [line.rstrip() for line in body.splitlines()]
    return [_BEGIN, *lines, f"[watchkeeper:audit:{_digest(lines)}]"]


def _place(lines: list[str]) -> tuple[int, int] | None:
    """The first and last line of the part; None where there is not both."""
    bare = [line.strip() for line in lines]
    begin = next((number for number, line in enumerate(bare) if line == _BEGIN), None)
    ends = [number for number, line in enumerate(bare) if _END.fullmatch(line) and begin is not None and number > begin]
    return (begin, ends[0]) if begin is not None and ends else None


def _is_ours(part: list[str]) -> bool:
    said = _END.fullmatch(part[-1].strip())
    return said is not None and said[1] == _digest(part[1:-1])


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]

"""The part of a ticket's text that is kept up to date, such as how the audit of its day stands: found again, and left alone once a
person touches it. Pure.

The part ends in a digest over itself, so that what a person has written into it is told from what we wrote, whatever is remembered.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

AUDIT: Final = "audit"
REMEDIATION: Final = "remediation"
_END: Final = re.compile(r"\[watchkeeper:([a-z]+):([0-9a-f]{12})\]")


def with_block(text: str, asked: str, body: str, name: str = AUDIT) -> str | None:
    """A ticket's text with `body` as its part of this name, in the place of an earlier one, else at its end. `asked`: the text that we
    wrote last, or "". None where there is nothing to write: the part says that already, or a person has changed it, or taken it out."""
    lines = text.split("\n")  # and nowhere else, so that what stands around the part comes out as it went in
    found = _place(lines, name)
    if found is None:
        taken_out = _place(asked.split("\n"), name) is not None or any(_begin(name) in line for line in lines)
        return None if taken_out else "\n".join([_with_room(text), block(body, name)])
    begin, end = found
    part = "\n".join(line.rstrip() for line in lines[begin : end + 1])
    if not _is_ours(part) or part == block(body, name):
        return None
    return "\n".join([*lines[:begin], block(body, name), *lines[end + 1 :]])


def block(body: str, name: str) -> str:
    """The part by itself."""
    lines = [line.rstrip() for line in body.splitlines()]
    return "\n".join([_begin(name), *lines, f"[watchkeeper:{name}:{_digest(lines)}]"])


def _with_room(text: str) -> str:
    """A text that an empty line ends."""
    ends = len(text) - len(text.rstrip("\r\n"))
    return text + "\n" * max(0, 1 - text.count("\n", len(text) - ends))


def _begin(name: str) -> str:
    return f"[watchkeeper:{name}]"


def _place(lines: list[str], name: str) -> tuple[int, int] | None:
    """The first and last line of the part; None where there is not both."""
    bare = [line.strip() for line in lines]
    begin = next((number for number, line in enumerate(bare) if line == _begin(name)), None)
    ends = [number for number, line in enumerate(bare) if _ends(line, name) and begin is not None and number > begin]
    return (begin, ends[0]) if begin is not None and ends else None


def _ends(line: str, name: str) -> bool:
    said = _END.fullmatch(line)
    return said is not None and said[1] == name


def _is_ours(part: str) -> bool:
    _, *lines, last = part.split("\n")
    said = _END.fullmatch(last.strip())
    return said is not None and said[2] == _digest(lines)


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]

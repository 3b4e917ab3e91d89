"""What happened, one line per event, and a hash by which two executions of one history are compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable


class Trace:
    """Lines of `time who what details`. Long details are cut in the text, never in the hash."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._lines: list[str] = []
        self._digest = hashlib.sha256()

    def line(self, who: str, what: str, details: str) -> None:
        line = f"{self._elapsed():9.2f}  {who:<12} {what:<20} {details}"
        self._digest.update(line.encode("utf-8", "backslashreplace") + b"\n")
        self._lines.append(line[:200].rstrip())

    @property
    def hash(self) -> str:
        return self._digest.hexdigest()

    def text(self) -> str:
        return "\n".join(self._lines)

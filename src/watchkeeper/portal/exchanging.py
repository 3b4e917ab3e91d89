"""Two folders that swap their names in one step."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

_HERE: Final = -100
"""AT_FDCWD: paths are as they are (fcntl.h)."""
_EXCHANGE: Final = 2
"""RENAME_EXCHANGE (man 2 renameat2: Linux 3.15, glibc 2.28)."""


def exchange(one: Path, other: Path) -> bool:
    """Whether the two swapped their names; False, with nothing changed, where this system or file system cannot do that."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), ctypes.c_uint(_EXCHANGE)) == 0)

"""What an owner's folder is called. Pure.

Access rules of a web server are written for these names, so a name follows from the owner's id alone, whoever else there is, and no
two ids have the same one, on a file system that minds no case either.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

LONGEST: Final = 64
_PLAIN: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")
"""Devices on Windows, where no file can have such a name (Microsoft Learn, Naming Files, Paths, and Namespaces)."""
_OTHER: Final = re.compile(r"[^a-z0-9]+")
_KEPT: Final = 40


def folder_name(owner: str) -> str:
    """The id itself where it is a slug; of any other id what of it can stay, and after an underscore, which no slug has, a digest of
    the whole."""
    if _PLAIN.fullmatch(owner) and len(owner) <= LONGEST and not _RESERVED.fullmatch(owner):
        return owner
    kept = _OTHER.sub("-", owner.casefold()).strip("-")[:_KEPT].rstrip("-")
    digest = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return f"{kept or 'owner'}_{digest}"

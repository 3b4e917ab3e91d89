"""One text as YAML that reads back as the same text, whatever somebody has put into it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_PLAIN = re.compile(r"[^\W\d_][\w .@/()・（）-]*")
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
"""What some reader of YAML, an older one at least, takes for something else than a text."""


def scalar(text: str) -> str:
    """The text as a YAML scalar for block and flow style."""
    if _PLAIN.fullmatch(text) and text == text.strip() and text.casefold() not in _NOT_TEXT:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def flow(texts: Iterable[str]) -> str:
    return f"[{', '.join(scalar(text) for text in texts)}]"


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if unicodedata.category(character)[0] not in "CZ" or character == " ":
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

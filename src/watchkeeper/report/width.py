"""How many terminal columns a text takes, and how to fit it: East Asian wide characters take two, combining ones none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache


@lru_cache(maxsize=8192)
def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def width(text: str) -> int:
    """Columns that a text takes. Ambiguous characters count as one, as terminals outside legacy CJK encodings show them."""
    return len(text) if text.isascii() else sum(_columns(character) for character in text)


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text with spaces up to so many columns, before it when it stands to the right."""
    spaces = " " * max(0, columns - width(text))
    return spaces + text if right else text + spaces


def cut(text: str, columns: int) -> str:
    """The text, or its beginning and an ellipsis, in at most so many columns."""
    if width(text) <= columns:
        return text
    kept, used = [], 1
    for character in text:
        used += _columns(character)
        if used > columns:
            break
        kept.append(character)
    return "".join(kept) + "…"


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most so many columns (two at least). Breaks at spaces and around wide characters, inside a word only when it is
    wider than a line. No visible character is lost; runs of spaces become one."""
    columns = max(columns, 2)
    lines, line, used = [], "", 0
    for piece in _pieces(text):
        gap = 1 if line and piece.startswith(" ") else 0
        word = piece.lstrip(" ")
        size = width(word)
        if used + gap + size > columns:
            if line:
                lines.append(line)
            *full, word = _broken(word, columns)
            lines.extend(full)
            line, used = word, width(word)
        else:
            line, used = line + " " * gap + word, used + gap + size
    return [*lines, line] if line or not lines else lines


_NOT_FIRST = frozenset("、。，．・：；？！）］｝」』】〉》〕’”…ー々ゝゞぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}%")
_NOT_LAST = frozenset("（［｛「『【〈《〔‘“([{")
"""What must not begin or end a line in Japanese typesetting (JIS X 4051, the common part)."""


def _pieces(text: str) -> Iterator[str]:
    """Unbreakable pieces, with one space before those that followed white space."""
    for number, word in enumerate(text.split()):
        before, start = " " if number else "", 0
        for index in range(1, len(word)):
            if _may_break(word[index - 1], word[index]):
                yield before + word[start:index]
                before, start = "", index
        yield before + word[start:]


def _may_break(left: str, right: str) -> bool:
    if left in _NOT_LAST or right in _NOT_FIRST or _columns(right) == 0:
        return False
    return _columns(left) == 2 or _columns(right) == 2


def _broken(word: str, columns: int) -> list[str]:
    """A word in parts that fit."""
    parts, part, used = [], "", 0
    for character in word:
        size = _columns(character)
        if used + size > columns:
            parts.append(part)
            part, used = "", 0
        part, used = part + character, used + size
    return [*parts, part]

"""One JSON object of an answer, read field by field into what it is meant to be. What is not so is a ValueError that names the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from watchkeeper.transport.times import parse_instant

_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")
_SHOWN: Final = 40
"""How much of a wrong value an error carries (characters)."""
_SHARED: Final = 4096
"""How many different values that rows have in common are known at once."""


class Row:
    """Missing and null are the same here: APIs leave out what they have no value for, or say null."""

    def __init__(self, item: object) -> None:
        """Raises ValueError for anything but an object."""
        if not isinstance(item, Mapping):
            raise ValueError(f"an object was expected, not {_shown(item)}")
        self._item: Mapping[str, Any] = item

    def name(self, field: str) -> str:
        """A text that must be there, such as an id."""
        found = self.text(field)
        if not found:
            raise ValueError(f"has no {field}")
        return found

    def text(self, field: str) -> str:
        """A text, "" where there is none; NUL and halves of characters, which no store can keep, are replaced."""
        value = self._item.get(field)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise _wrong(field, "a text", value)
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)

    def shared(self, field: str) -> str:
        """A text that many rows have in common, which is kept once for all of them: a list may have a hundred thousand."""
        return _once(self.text(field))

    def word(self, field: str) -> str:
        """A word of a vocabulary, with a small first letter: documents and answers differ in it."""
        return _word(self.text(field))

    def number(self, field: str) -> float:
        """A number that must be there."""
        value = self._item.get(field)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(field, "a number", value)
        return float(value)

    def count(self, field: str) -> int:
        """A whole number from 0 on that must be there."""
        value = self.number(field)
        if value < 0 or not value.is_integer():
            raise _wrong(field, "a count", self._item.get(field))
        return int(value)

    def maybe_count(self, field: str) -> int | None:
        return None if self._item.get(field) is None else self.count(field)

    def flag(self, field: str) -> bool:
        """True or false, false where there is none."""
        return self.maybe_flag(field) or False

    def maybe_flag(self, field: str) -> bool | None:
        value = self._item.get(field)
        if value is not None and not isinstance(value, bool):
            raise _wrong(field, "true or false", value)
        return value

    def instant(self, field: str) -> datetime:
        """An instant that must be there, UTC."""
        found = self.maybe_instant(field)
        if found is None:
            raise ValueError(f"has no {field}")
        return found

    def maybe_instant(self, field: str) -> datetime | None:
        value = self._item.get(field)
        if value is None or value == "":
            return None
        try:
            return parse_instant(value)
        except ValueError:
            raise _wrong(field, "a time", value) from None

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of texts, empty where there is none."""
        found = self._list(field, str, "texts")
        return _texts(tuple(found)) if found else ()

    def rows(self, field: str) -> tuple[Row, ...]:
        """A list of objects, empty where there is none."""
        return tuple(Row(each) for each in self._list(field, Mapping, "objects"))

    def part(self, field: str) -> Row:
        """A nested object, one without fields where there is none."""
        value = self._item.get(field)
        try:
            return Row({} if value is None else value)
        except ValueError:
            raise _wrong(field, "an object", value) from None

    def _list(self, field: str, kind: type, what: str) -> list[Any]:
        value = self._item.get(field)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, kind) for each in value):
            raise _wrong(field, f"a list of {what}", value)
        return value


@lru_cache(_SHARED)
def _once(text: str) -> str:
    return text


@lru_cache(_SHARED)
def _word(text: str) -> str:
    return text[:1].lower() + text[1:]


@lru_cache(_SHARED)
def _texts(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", each) for each in texts)


def _wrong(field: str, wanted: str, value: object) -> ValueError:
    if value is None:
        return ValueError(f"has no {field}")
    return ValueError(f"{field} is not {wanted}: {_shown(value)}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"

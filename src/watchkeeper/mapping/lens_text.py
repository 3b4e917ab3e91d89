"""Plain text of a limited length, with the steps and the surroundings that a side asks for. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from watchkeeper.mapping.lens import one_text
from watchkeeper.mapping.text_steps import Step, stepped
from watchkeeper.model.record import NO_FIELDS, RawFields
from watchkeeper.model.ticket import Canonical, Unmapped


@dataclass(frozen=True, slots=True)
class TextLens:
    """Plain text of at most `limit` characters, as ServiceNow and .NET count them (UTF-16 units; a kanji is one).

    `prefix` and `suffix` stand around every text here and are no part of it; `steps` are done to what is read and to what is
    written. Texts that are the same once line ends and outer white space are normalised, the surroundings are gone, the steps
    are done and the limit is applied are one class.
    """

    raw_field: str
    limit: int
    steps: tuple[Step, ...] = ()
    prefix: str = ""
    suffix: str = ""

    @property
    def raw_fields(self) -> tuple[str, ...]:
        return (self.raw_field,)

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        held = one_text(raw.get(self.raw_field))
        return held if held is None or self._is_plain else self._bare(held)

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        held = raw.get(self.raw_field)
        if value is None or (isinstance(held, str) and self.class_of(held) == self.class_of(value)):
            return NO_FIELDS
        return {self.raw_field: self._written(value)}

    def create(self, value: Canonical) -> RawFields | Unmapped:
        return NO_FIELDS if value is None else {self.raw_field: self._written(value)}

    def class_of(self, value: Canonical) -> Canonical:
        if not isinstance(value, str):
            return value
        if self._is_plain:
            return cut(normal_text(value), self.limit)
        room = self.limit - units(self.prefix) - units(self.suffix)
        return _settled(value, lambda text: cut(self._bare(text), room))

    @property
    def _is_plain(self) -> bool:
        return not (self.steps or self.prefix or self.suffix)

    def _written(self, value: Canonical) -> str:
        text = str(self.class_of(value))
        return f"{self.prefix}{text}{self.suffix}" if text else ""

    def _bare(self, text: str) -> str:
        """Until nothing is left to be taken off: a step may bring out another prefix."""
        return _settled(text, lambda each: normal_text(stepped(self._unframed(normal_text(each)), self.steps)))

    def _unframed(self, text: str) -> str:
        """Also where a side has trimmed a frame around nothing."""
        for frame in (self.prefix, self.suffix):
            text = "" if frame and text == frame.strip() else text
        start, end = 0, len(text)
        while self.prefix and text.startswith(self.prefix, start):
            start += len(self.prefix)
        while self.suffix and text.endswith(self.suffix, start, end):
            end -= len(self.suffix)
        return text[start:end]


def _settled(text: str, change: Callable[[str], str]) -> str:
    """The text after a change that is made until it changes nothing more."""
    while (changed := change(text)) != text:
        text = changed
    return text


def normal_text(text: str) -> str:
    """Line ends as \\n, no white space around."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def cut(text: str, limit: int) -> str:
    """The text within `limit` UTF-16 units, ending in "…" when something was left out, never inside a character."""
    if units(text) <= limit:
        return text
    room, kept = limit - 1, 0
    for character in text:
        room -= units(character)
        if room < 0:
            break
        kept += 1
    while kept and unicodedata.combining(text[kept]):
        kept -= 1
    return text[:kept].rstrip() + "…"


def units(text: str) -> int:
    """Characters as both systems count them."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2

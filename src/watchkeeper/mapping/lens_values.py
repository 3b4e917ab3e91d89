"""Lenses over values of one raw field that have a form of their own: truths, calendar dates, several values in one text.

Pure; they keep the laws that `watchkeeper.mapping.lens` names, per coarsening class.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from watchkeeper.mapping.lens import one_text
from watchkeeper.model.record import NO_FIELDS, RawFields
from watchkeeper.model.ticket import Canonical, Unmapped

TRUE: Final = "true"
FALSE: Final = "false"
"""The canonical values of a truth."""

_CANONICAL: Final = "%Y-%m-%d"
_PARTS: Final = {"%Y": r"(?P<Y>\d{4})", "%m": r"(?P<m>\d{2})", "%d": r"(?P<d>\d{2})"}


@dataclass(frozen=True, slots=True)
class BooleanLens:
    """A truth. All spellings of one truth are one class, so that a side keeps its own; the first one is written. Spellings
    compare without case, as systems differ in it themselves."""

    raw_field: str
    true: tuple[str, ...]
    false: tuple[str, ...]

    @property
    def raw_fields(self) -> tuple[str, ...]:
        return (self.raw_field,)

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        held = one_text(raw.get(self.raw_field))
        if held is None:
            return None
        spelt = held.strip().casefold()
        found = [value for value, words in self._words() if spelt in {word.casefold() for word in words}]
        return found[0] if found else Unmapped(self.raw_fields, held, "is neither true nor false")

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        if value is None or self.get(raw) == self.class_of(value):
            return NO_FIELDS
        return self.create(value)

    def create(self, value: Canonical) -> RawFields | Unmapped:
        if value is None:
            return NO_FIELDS
        meant = self.class_of(value)
        words = dict(self._words()).get(str(meant))
        if words is None:
            return Unmapped(self.raw_fields, str(value), "is neither true nor false")
        return {self.raw_field: words[0]}

    def class_of(self, value: Canonical) -> Canonical:
        return value.casefold() if isinstance(value, str) else value

    def _words(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return ((TRUE, self.true), (FALSE, self.false))


@dataclass(frozen=True, slots=True)
class DateLens:
    """A calendar date, the same day in every time zone. Canonically 2026-11-23, and "" for none; `format` has %Y, %m and %d,
    each once."""

    raw_field: str
    format: str

    @property
    def raw_fields(self) -> tuple[str, ...]:
        return (self.raw_field,)

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        held = one_text(raw.get(self.raw_field))
        if held is None or not held.strip():
            return None if held is None else ""
        day = _read_day(held.strip(), self.format)
        return day.isoformat() if day else Unmapped(self.raw_fields, held, f"is no date as {self.format}")

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        if value is None or self.get(raw) == value:
            return NO_FIELDS
        return self.create(value) or {self.raw_field: ""}

    def create(self, value: Canonical) -> RawFields | Unmapped:
        if not value:
            return NO_FIELDS
        day = _read_day(str(value), _CANONICAL)
        if day is None:
            return Unmapped(self.raw_fields, str(value), "is no date as 2026-11-23")
        parts = {"%Y": f"{day.year:04}", "%m": f"{day.month:02}", "%d": f"{day.day:02}"}
        return {self.raw_field: re.sub("%[Ymd]", lambda found: parts[found[0]], self.format)}

    def class_of(self, value: Canonical) -> Canonical:
        return value


def _read_day(text: str, form: str) -> date | None:
    pattern = "".join(_PARTS.get(part) or re.escape(part) for part in re.split("(%[Ymd])", form))
    found = re.fullmatch(pattern, text, re.ASCII)
    try:
        return date(*(int(found[name]) for name in ("Y", "m", "d"))) if found else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class ListLens:
    """Several values in one text, or in a field that holds several anyway. As a set (sorted, each once) unless `in_order`; white
    space around a value and empty values do not count. Texts that hold the same values are one class. `limit`: characters that the
    side takes, None for any; a longer list is refused rather than cut."""

    raw_field: str
    separator: str
    in_order: bool
    limit: int | None

    @property
    def raw_fields(self) -> tuple[str, ...]:
        return (self.raw_field,)

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        held = raw.get(self.raw_field)
        if held is None:
            return None
        return self._values(self._split(held) if isinstance(held, str) else held)

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        if value is None or self.get(raw) == self.class_of(value):
            return NO_FIELDS
        return self.create(value) or {self.raw_field: ""}

    def create(self, value: Canonical) -> RawFields | Unmapped:
        items = self.class_of(value)
        if not items:
            return NO_FIELDS
        text = self.separator.join(items)
        if self._values(self._split(text)) != items:
            return Unmapped(self.raw_fields, text, f"has the separator {self.separator!r} inside a value")
        if self.limit is not None and len(text) > self.limit:
            return Unmapped(self.raw_fields, text, f"is longer than the {self.limit} characters that the field takes")
        return {self.raw_field: text}

    def class_of(self, value: Canonical) -> tuple[str, ...]:
        return self._values(value if isinstance(value, tuple) else (value,) if value else ())

    def _split(self, text: str) -> list[str]:
        """White space around a separator is for the eye; people leave it out."""
        return text.split(self.separator.strip() or self.separator)

    def _values(self, items: tuple[str, ...] | list[str]) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(item.strip() for item in items if item.strip()))
        return found if self.in_order else tuple(sorted(found))

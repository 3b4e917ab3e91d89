"""A small, strict reading of YAML 1.2: text in, plain Python and the position of every value out.

ruamel.yaml does the scanning; everything that it would make of the text beyond that (aliases, merge keys, tags, types
guessed from the look of a word) is refused or left as text, because mapping files are edited by hand and reviewed by
eye: `no`, `on`, `12:30` and `010` mean what they look like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

MAX_DEPTH: Final = 20
"""Nested mappings and lists; a self-referencing or absurdly deep document is refused before it is built."""

MAX_VALUES: Final = 10_000
"""Values and keys of one document; the largest shipped file has some six hundred."""

MAX_FLAWS: Final = 100
"""Flaws of one text that are told; who has more needs another file, not a longer list."""
_SHOWN: Final = 40
"""Characters of an anchor, a tag or a key that a message repeats."""

Path: TypeAlias = tuple[str | int, ...]
Spot: TypeAlias = tuple[int, int]
"""Line and column, both from 1."""
Data: TypeAlias = "str | int | float | bool | list[Data] | dict[str, Data] | None"

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, lone surrogates, what has no width, and the marks that make text look different from what it is."""
_FULL_WIDTH: Final = re.compile("(?m)^[ -]*(\u3000)|^[ \u3000-]*[A-Za-z0-9_.-]+(\uff1a)")
"""An indent or a key's colon as a Japanese input method leaves it."""
_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in the text that is refused: where, inside which path, what, and what is allowed instead."""

    spot: Spot
    path: Path
    message: str
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text holds. `spots` has the position of each value by its path; for a mapping's entry, that of its key."""

    data: Data
    spots: Mapping[Path, Spot]
    flaws: tuple[Flaw, ...]


def read_yaml(text: str) -> Reading:
    """Read one document. Flaws are collected, never raised; a text that cannot be scanned at all has one flaw."""
    reader = _Reader()
    try:
        data = reader.document(_parse(text))
    except _Stop:
        data = None
    except MarkedYAMLError as error:
        reader.flaws.append(_syntax_flaw(text, error))
        data = None
    except ReaderError as error:
        reader.flaws.append(_character_flaw(text, error))
        data = None
    except YAMLError as error:
        reader.flaws.append(Flaw((1, 1), (), f"is not YAML: {_one_line(str(error))}"))
        data = None
    return Reading(data, reader.spots, tuple(reader.flaws))


def says_off(text: str) -> bool:
    """Whether a document says `enabled: false` before its first list or mapping. Reads no further, and a text that cannot be
    scanned as far as that does not say so."""
    try:
        events = _parse(text)
        opening = tuple(islice(events, 3))
        while isinstance(key := next(events, None), ScalarEvent) and isinstance(value := next(events), ScalarEvent):
            if key.value == "enabled":
                return isinstance(opening[-1], MappingStartEvent) and _scalar(value) is False
    except (YAMLError, StopIteration):
        pass
    return False


class _Stop(Exception):
    """Reading on would only repeat the same flaw."""


@dataclass(slots=True)
class _Reader:
    spots: dict[Path, Spot] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)
    values: int = 0

    def document(self, events: Iterator[Event]) -> Data:
        next(events)
        start = next(events)
        if isinstance(start, StreamEndEvent):
            self.refuse(start, (), "is empty", "a mapping of keys to values")
            return None
        self.check_directives(start)
        data = self.value(next(events), events, ())
        next(events)
        rest = next(events)
        if not isinstance(rest, StreamEndEvent):
            self.refuse(rest, (), "holds a second document", "one document in a file")
        return data

    def check_directives(self, start: Event) -> None:
        if isinstance(start, DocumentStartEvent) and (start.version or start.tags):
            self.refuse(start, (), "starts with a % directive", "YAML 1.2 without directives")

    def value(self, event: Event, events: Iterator[Event], path: Path) -> Data:
        self.spots.setdefault(path, _spot(event))
        self.count(event, path)
        if isinstance(event, AliasEvent):
            self.refuse(event, path, f"uses an alias (*{_short(event.anchor)})", "the value written out in full")
            return None
        self.check_node(event, path)
        if isinstance(event, CollectionStartEvent) and len(path) >= MAX_DEPTH:
            self.refuse(event, path, f"is nested more than {MAX_DEPTH} deep", f"at most {MAX_DEPTH} levels")
            raise _Stop
        match event:
            case ScalarEvent():
                self.check_characters(event, path)
                return _scalar(event)
            case SequenceStartEvent():
                return self.sequence(events, path)
            case MappingStartEvent():
                return self.mapping(events, path)
            case _:
                raise AssertionError(f"unexpected {event!r}")

    def count(self, event: Event, path: Path) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            self.refuse(event, path, f"holds more than {MAX_VALUES:,} values", "several smaller files")
            raise _Stop

    def check_node(self, event: Event, path: Path) -> None:
        if isinstance(event, NodeEvent) and event.anchor is not None:
            self.refuse(event, path, f"carries an anchor (&{_short(event.anchor)})", "the value without an anchor")
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            self.refuse(event, path, f"carries a tag ({_short(event.tag)})", "the value without a tag")

    def check_characters(self, event: ScalarEvent, path: Path) -> None:
        hidden = _HIDDEN.search(event.value)
        if hidden:
            self.refuse(event, path, f"holds an invisible character (U+{ord(hidden[0]):04X})", "printable text")

    def sequence(self, events: Iterator[Event], path: Path) -> list[Data]:
        items: list[Data] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            items.append(self.value(event, events, (*path, len(items))))
        return items

    def mapping(self, events: Iterator[Event], path: Path) -> dict[str, Data]:
        entries: dict[str, Data] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            key = self.key(event, events, path)
            repeated = key in entries
            if repeated:
                line = self.spots[(*path, key)][0]
                self.refuse(event, (*path, key), f"is written twice (first in line {line})", "each key once")
            self.spots.setdefault((*path, key), _spot(event))
            value = self.value(next(events), events, (*path, key))
            if not repeated:
                entries[key] = value
        return entries

    def key(self, event: Event, events: Iterator[Event], path: Path) -> str:
        self.check_node(event, path)
        if not isinstance(event, ScalarEvent):
            self.refuse(event, path, "has a key that is not a plain word", "text as a key")
            self.value(event, events, (*path, ""))
            return ""
        if event.value == "<<" and not event.style:
            self.refuse(event, (*path, "<<"), "is a merge key", "the keys written out in full")
        elif not event.value:
            self.refuse(event, path, "has an empty key", "text as a key")
        self.check_characters(event, path)
        return str(event.value)

    def refuse(self, event: Event, path: Path, message: str, allowed: str = "") -> None:
        self.flaws.append(Flaw(_spot(event), path, message, allowed))
        if len(self.flaws) == MAX_FLAWS:
            rest = f"is not read any further, after {MAX_FLAWS} mistakes"
            self.flaws.append(Flaw(_spot(event), (), rest, "mend these first"))
            raise _Stop


def _parse(text: str) -> Iterator[Event]:
    events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
    return events


def _spot(event: Event) -> Spot:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _scalar(event: ScalarEvent) -> Data:
    text = str(event.value)
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def _syntax_flaw(text: str, error: MarkedYAMLError) -> Flaw:
    mark = error.problem_mark or error.context_mark
    spot = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    words = ", ".join(part for part in (error.context, error.problem) if part)
    # The scanner often notices a line or two too late.
    return Flaw(spot, (), f"is not YAML: {_one_line(words)}", _likely(text.split("\n")[max(0, spot[0] - 3) : spot[0]]))


def _likely(lines: Sequence[str]) -> str:
    """What to write instead of what most often breaks lines."""
    found = _FULL_WIDTH.search("\n".join(lines))
    if found:
        return f"half-width spaces and colons (there is U+{ord(found[found.lastindex or 0]):04X})"
    return "spaces to indent" if any(line.lstrip(" ").startswith("\t") for line in lines) else ""


def _character_flaw(text: str, error: ReaderError) -> Flaw:
    before = text[: error.position]
    spot = (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    return Flaw(spot, (), f"holds a control character (U+{ord(text[error.position]):04X})", "printable text")


def _short(text: object) -> str:
    word = str(text)
    return word if len(word) <= _SHOWN else f"{word[:_SHOWN]}…"


def _one_line(text: str) -> str:
    return " ".join(text.split())

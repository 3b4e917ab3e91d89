"""How our nouns become text in the store and come back the same.

Documents (an action, a verdict, a plan) are JSON in ASCII, where NUL and lone surrogates are escapes and survive. Plain
columns cannot hold either on every database: PostgreSQL refuses NUL, no database stores a lone surrogate. `clean` replaces
both, and is applied to every text that is stored or searched for.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache, lru_cache
from typing import Any, TypeAlias, TypeVar

from watchkeeper.errors import StateUnusable
from watchkeeper.model.record import RawFields, RawValue
from watchkeeper.model.shape import fields_of, values_of
from watchkeeper.state.failures import MEND

T = TypeVar("T")
Json: TypeAlias = Any
"""What `json` reads and writes; the border to untyped data."""
Reader: TypeAlias = Callable[[Json], Any]

_STORABLE = {0: "�", **dict.fromkeys(range(0xD800, 0xE000), "�")}


def clean(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD, so that every database stores it alike."""
    if "\x00" not in text and (text.isascii() or _encodable(text)):
        return text
    return text.translate(_STORABLE)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def instant_text(at: datetime) -> str:
    """An instant as fixed-width UTC text, so that text order is time order. Naive times are refused."""
    if at.tzinfo is None:
        raise ValueError(f"a naive time cannot be stored: {at.isoformat()}")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def instant(text: str) -> datetime:
    """The instant that `instant_text` wrote; StateUnusable for anything else."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as error:
        raise StateUnusable(f"a stored time cannot be read ({text!r:.40})", remedy=MEND) from error


_instant_read_before = lru_cache(maxsize=8192)(instant)
"""Documents of many days name the same instants day after day: when a task was made, until when it is due."""


def stored_object(text: str) -> dict[str, Any]:
    """A JSON object of the store; StateUnusable for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, TypeError) as error:
        raise StateUnusable(f"stored facts cannot be read ({error})", remedy=MEND) from error
    if not isinstance(found, dict):
        raise StateUnusable(f"stored facts cannot be read ({text!r:.40})", remedy=MEND)
    return found


_CANONICAL = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def raw_fields(text: str) -> dict[str, RawValue]:
    """Raw fields from canonical JSON (lists become tuples)."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(text).items()}


def raw_text(fields: RawFields) -> str:
    """Raw fields as canonical JSON: sorted keys, no white space, ASCII."""
    return _CANONICAL.encode(dict(fields))


def to_json(value: object) -> str:
    """A dataclass of the model as JSON text; `from_json` of its type gives an equal one."""
    return _DOCUMENT.encode(value)


def to_row(value: object) -> str:
    """The same as nested lists of values in the order of the fields, which is a third shorter; `from_json` reads it too. Not for
    what may be either a dataclass or a tuple."""
    return _ROW.encode(value)


def from_json(kind: type[T], text: str) -> T:
    """The value of a type that `to_json` or `to_row` wrote. Raises ValueError, KeyError, TypeError or AttributeError on anything else."""
    value: T = _reader(typing.cast("typing.Hashable", kind))(json.loads(text))
    return value


def stored(kind: type[T], text: str) -> T:
    """A document of the store; StateUnusable when it is not one that `to_json` wrote."""
    return _stored(kind, text, _reader(typing.cast("typing.Hashable", kind)))


class Alike(typing.Generic[T]):
    """Reads documents of a kind (a dataclass) that are much like each other, day after day. What stands in a list and is as it was when
    its first field was last read is the very same object: it is neither made again nor in memory twice."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._reader = _dataclass_reader(kind, _alike)

    def stored(self, text: str) -> T:
        """A document of the store; StateUnusable when it is not one that `to_json` wrote."""
        return _stored(self._kind, text, self._reader)


def _stored(kind: type[T], text: str, read: Reader) -> T:
    try:
        value: T = read(json.loads(text))
        return value
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateUnusable(
            f"a stored {kind.__name__} cannot be read ({type(error).__name__}: {error})",
            remedy=MEND,
        ) from error


def _plain(value: object) -> object:
    """What JSON has no word for, in such words; what it is made of is asked for in its turn."""
    if (held := fields_of(value)) is not None:
        return held
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    raise TypeError(f"cannot be stored: {type(value).__name__}")


def _in_order(value: object) -> object:
    values = values_of(value)
    return _plain(value) if values is None else values


_DOCUMENT = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False, default=_plain)
_ROW = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False, default=_in_order)


@cache
def _reader(kind: Any) -> Reader:
    """How a type is read back, worked out once per type from its annotations."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _union_reader(typing.get_args(kind))
    if origin is tuple:
        return _tuple_reader(typing.get_args(kind))
    if origin in (frozenset, set):
        item = _reader(typing.get_args(kind)[0])
        return lambda value: frozenset(item(each) for each in value)
    if origin is not None and issubclass(origin, Mapping):
        item = _reader(typing.get_args(kind)[1])
        return lambda value: {name: item(each) for name, each in value.items()}
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(kind)
    return _scalar_reader(kind)


def _scalar_reader(kind: Any) -> Reader:
    if kind is datetime:
        return _instant_read_before
    if kind is date:
        return date.fromisoformat
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if kind in (str, int, float, bool):
        return lambda value: value if type(value) is kind else _checked(kind, value)
    raise TypeError(f"cannot be read back: {kind!r}")


def _checked(kind: type, value: Json) -> Json:
    if not isinstance(value, (int, float) if kind is float else kind):
        raise ValueError(f"expected {kind.__name__}, found {type(value).__name__}")
    return value


def _tuple_reader(items: tuple[Any, ...]) -> Reader:
    if len(items) == 2 and items[1] is Ellipsis:
        item = _reader(items[0])
        return lambda value: tuple(item(each) for each in value)
    readers = [_reader(each) for each in items]
    return lambda value: tuple(reader(each) for reader, each in zip(readers, value, strict=True))


def _union_reader(members: tuple[Any, ...]) -> Reader:
    """None beside one or two other kinds; of two, the one whose JSON is a list is told from the other by that."""
    some = [member for member in members if member is not type(None)]
    lists = [_reader(member) for member in some if typing.get_origin(member) is tuple]
    others = [_reader(member) for member in some if typing.get_origin(member) is not tuple]
    if len(lists) > 1 or len(others) > 1:
        raise TypeError(f"cannot tell apart when read back: {some!r}")

    def read(value: Json) -> Any:
        if value is None:
            return None
        return lists[0](value) if lists and isinstance(value, list) else others[0](value)

    return read


def _alike(kind: Any) -> Reader:
    items = typing.get_args(kind)
    if typing.get_origin(kind) is not tuple or items[1:] != (Ellipsis,) or not dataclasses.is_dataclass(items[0]):
        return _reader(kind)
    item = _reader(typing.cast("typing.Hashable", items[0]))
    known: dict[str, tuple[Json, Any]] = {}

    def read(value: Json) -> Any:
        if not isinstance(value, list) or not value or not isinstance(value[0], str):
            return item(value)
        before = known.get(value[0])
        if before is None or before[0] != value:
            known[value[0]] = before = value, item(value)
        return before[1]

    return lambda value: tuple(map(read, value))


def _dataclass_reader(kind: Any, of: Callable[[Any], Reader] | None = None) -> Reader:
    """`of`: how the types of its fields are read."""
    hints = typing.get_type_hints(kind)
    readers: dict[str, Reader] = {}
    in_order: list[Reader] = []

    def read(value: Json) -> Any:
        if not readers:
            readers.update({item.name: (of or _reader)(hints[item.name]) for item in dataclasses.fields(kind)})
            in_order.extend(readers.values())
        if isinstance(value, list):
            # A later version may have added fields behind, which have defaults.
            named = zip(in_order[: len(value)], value, strict=True)
            return kind(*[reader(each) for reader, each in named])
        return kind(**{name: readers[name](each) for name, each in value.items()})

    return read

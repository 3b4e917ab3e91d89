"""Raw values that no table of the mappings knows: as a reason names them, and as they are remembered from day to day."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from watchkeeper.model.reasons import Part, pieces_of
from watchkeeper.model.record import Side
from watchkeeper.model.snapshot import SnapshotKind
from watchkeeper.model.troubles import Trouble

_UNKNOWN: Final = frozenset({Trouble.NOT_MAPPED, Trouble.NO_CLOSURE})

KEPT_DAYS: Final = 30
"""How many days are remembered."""
MOST_VALUES: Final = 100
MOST_KEYS: Final = 20
LONGEST: Final = 100
"""What is remembered of a day at most: values, the keys of each, characters of one."""


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """The value that a side holds in raw fields (`name`: their names, as a reason joins them), and the field of ours whose table does
    not know it."""

    field: str
    side: Side
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SeenUnknown:
    """An unknown value as seen on a day: the profile, in how many tickets at once at most, and the keys of some of them."""

    profile: str
    unknown: UnknownValue
    tickets: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownDay:
    """`cut`: there were more values than are remembered."""

    seen: tuple[SeenUnknown, ...]
    cut: bool = False


UNKNOWN_VALUES: Final = SnapshotKind("mappings/unknown-values", UnknownDay)


def unknown_in(field: str, reason: str) -> Iterator[UnknownValue]:
    """The values that a reason for leaving a field alone says no table knows."""
    for piece in pieces_of(reason):
        if isinstance(piece, Part) and piece.code in _UNKNOWN:
            said = piece.arguments
            yield UnknownValue(field, said["side"], said["name"], _plain(said["value"])[:LONGEST])


def _plain(value: str) -> str:
    """A value as it was before it was quoted for a sentence."""
    try:
        return str(ast.literal_eval(value))
    except (ValueError, SyntaxError):
        return value

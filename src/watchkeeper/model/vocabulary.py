"""What a side calls its choices, and what a run has to know before it reads its first record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from watchkeeper.model.activity import Resolution
from watchkeeper.model.nearest import nearest

FieldKey: TypeAlias = tuple[str, str]
"""Table and raw field: the same field has another list in the next table."""


@dataclass(frozen=True, slots=True)
class ChoiceList:
    """The values that a field may have, each with its labels in every language that the side told."""

    labels: Mapping[str, tuple[str, ...]]

    def value(self, name: str) -> str | None:
        """What is stored for a value or a label; None when it is neither, or when several values have this label."""
        if name in self.labels:
            return name
        folded = name.casefold()
        meant = [value for value, labels in self.labels.items() if folded in {label.casefold() for label in labels}]
        return meant[0] if len(meant) == 1 else None

    def near(self, name: str) -> tuple[str, ...]:
        """Values and labels that look like a name, for a message; the values that share it as their label come first."""
        folded = name.casefold()
        spellings = [*self.labels, *(label for labels in self.labels.values() for label in labels)]
        shared = [value for value, labels in self.labels.items() if folded in {label.casefold() for label in labels}]
        return tuple(dict.fromkeys([*shared, *nearest(name, spellings)]))


class ColumnKind(StrEnum):
    """What a field holds, as far as a translation has to know."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "yes or no"
    MOMENT = "date and time"
    DAY = "date"
    REFERENCE = "reference"
    LIST = "list"
    JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a table, as its side describes it. `values`: all that it takes, where the side has a fixed list; `listed`: whether
    it has a list that is kept elsewhere. `kind`: None where the side does not say, or says something of its own. `references`: the
    table whose records a reference names."""

    max_length: int | None = None
    values: tuple[str, ...] = ()
    kind: ColumnKind | None = None
    references: str = ""
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields of a table, its parents' among them. `unread`: why these may not be all of them; then nothing is known of what is
    lacking."""

    known: Mapping[str, Column]
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Orientation:
    """What a side said about names: `groups` by the name asked for, `choices` by table and field (no entry: the field has no
    list, or we cannot see all of it). `memo` is for the next run to hand back; `remembered` whether the choices came from one."""

    groups: Mapping[str, Resolution] = field(default_factory=dict)
    choices: Mapping[FieldKey, ChoiceList] = field(default_factory=dict)
    memo: str = ""
    remembered: bool = False

"""A mapping's own tests: what is given, what is expected, what came of it, and which rows were exercised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from watchkeeper.model.record import RawFields, RawValue, Side


@dataclass(frozen=True, slots=True)
class MappingCase:
    """One case: the raw fields of one side or both (`given`), what both held when they last agreed where that differs
    (`base`), and the fields that each side must hold afterwards (`expect`). `parked`: canonical field → words that the reason
    must have. `task`, `team`, `on`: a duty that is opened instead, due on that date or after it. `stranger`: whoever closed the
    record belongs to no SOC team. `created`: whether a counterpart is created; None where that is not asked. `places`:
    `file:line:col` of each expectation, by side and field (of a parked field: by "")."""

    name: str
    profile: str
    place: str
    given: Mapping[Side, RawFields]
    expect: Mapping[Side, RawFields]
    base: Mapping[Side, RawFields] = field(default_factory=dict)
    parked: Mapping[str, str] = field(default_factory=dict)
    stranger: bool = False
    task: str = ""
    team: str = ""
    on: date | None = None
    created: bool | None = None
    places: Mapping[tuple[Side, str], str] = field(default_factory=dict)


class Exercise(StrEnum):
    """What a row of a table is good for."""

    READ = "read"
    WRITTEN = "written"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, order=True)
class TableRowId:
    """One row of a value table (a raw value that is read, a canonical value that is written), or of the closure table that
    writes on `side`. `value`: as people say it; `*` for `otherwise`."""

    profile: str
    kind: Exercise
    side: Side
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Miss:
    """An expectation that was not met. `side` is "" where a whole pair or a parked field is meant. `rule` is the place of the
    rule behind the value, `place` that of the expectation."""

    side: Side
    field: str
    expected: RawValue
    actual: RawValue
    rule: str
    place: str
    parked: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A case that was run."""

    case: MappingCase
    misses: tuple[Miss, ...]
    exercised: frozenset[TableRowId] = frozenset()

    @property
    def passed(self) -> bool:
        return not self.misses

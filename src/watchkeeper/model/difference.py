"""What a change of the mappings means: one sentence's worth each, with the tickets that it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from watchkeeper.model.record import Side


class Shift(StrEnum):
    """What is different. Each has a sentence in the report's texts (`shift.…`), which names the values in `args`."""

    PROFILE_ADDED = "profile-added"
    PROFILE_REMOVED = "profile-removed"
    SWITCHED_ON = "switched-on"
    SWITCHED_OFF = "switched-off"
    FIELD_ADDED = "field-added"
    FIELD_REMOVED = "field-removed"
    FIELD_RENAMED = "field-renamed"
    SETTING = "setting"
    TEXT = "text"
    READ = "read"
    READ_GAINED = "read-gained"
    READ_LOST = "read-lost"
    WRITTEN = "written"
    WRITTEN_GAINED = "written-gained"
    WRITTEN_LOST = "written-lost"
    MERGED = "merged"
    PARTED = "parted"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    CLOSE = "close"
    CLOSE_GAINED = "close-gained"
    CLOSE_LOST = "close-lost"
    POPULATION_WIDER = "population-wider"
    POPULATION_NARROWER = "population-narrower"
    POPULATION = "population"
    ENTRY_ADDED = "entry-added"
    ENTRY_REMOVED = "entry-removed"
    DAYS = "days"
    NEXT_DUE = "next-due"
    KEYS = "keys"


class Subject(StrEnum):
    """What a difference is about; the order is that of a report."""

    PROFILE = "profile"
    TEAM = "team"
    CALENDAR = "calendar"
    TASK = "task"
    VALVE = "valve"
    HOME = "home"
    """The deployment's own: zone, calendar, group, language, go-live date."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which open pairs a difference touches: those of a profile, or of the keys that begin with `stem`; where `held` is given,
    only those whose remembered raw values of `fields` on `side` are among it."""

    profile: str = ""
    stem: str = ""
    side: Side = ""
    fields: tuple[str, ...] = ()
    held: frozenset[tuple[str, ...]] = frozenset()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that means something else now. `path`: below its subject, as the YAML spells it. `place`: `file:line:col` of
    the new wording, or of the old one where nothing is left. `dangerous`: a person should look at it before it is merged.
    `reach`: None where no ticket that is open today is touched (texts of new tickets, what a later close carries)."""

    subject: Subject
    name: str
    path: str
    shift: Shift
    args: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    dangerous: bool = False
    reach: Reach | None = None

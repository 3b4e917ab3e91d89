"""What `doctor` asks of a side, and what it is told: rights, choices, side effects. Findings are codes with values; the words
for people are `watchkeeper.report.texts`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.record import RawFields, Side
from watchkeeper.model.source_rights import SourceRights

NO_ARGS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Probe:
    """One check of a deployment: what was looked at, what was found, what to do about it.

    `subject` says which of several things was looked at (a table, a group); `args` are the values that the texts of the
    finding and of its remedy name.
    """

    side: Side
    check: Check
    outcome: ProbeOutcome
    finding: Finding
    args: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""


def failed(side: Side, check: Check, error: WatchkeeperError, subject: str = "") -> Probe:
    """A check that could not be made, in the words of what went wrong."""
    args = {"message": error.message, "remedy": error.remedy}
    finding = Finding.FAILED if error.remedy else Finding.FAILED_AS_SAID
    return Probe(side, check, ProbeOutcome.FAIL, finding, args, subject)


@dataclass(frozen=True, slots=True)
class TableRight:
    """What an account needs of one table: fields to read, fields to compare for equality (`match`: = != IN), fields to
    compare by order and to sort by (`range`: query ACLs of that type), fields of a new row, fields to change.

    `purpose` is a code for what it is needed for (texts `purpose.<purpose>`). An `optional` table tells `doctor` more, and
    nothing else uses it.
    """

    table: str
    read: frozenset[str]
    match: frozenset[str] = frozenset()
    range: frozenset[str] = frozenset()
    create: frozenset[str] = frozenset()
    write: frozenset[str] = frozenset()
    purpose: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class TableUse:
    """What one profile does with one table. `place` is the profile's `file:line:col`.

    `chosen`: the raw values that the profile may write, per field; `understood`: those that it can read, per field with a
    value table. `reads`: the fields that it names, `fills`: those of a new record. `sample`: what a new maintenance record looks like, as far as it is the
    same for all of them (empty for escalations). `closing`: what a record that we resolve is given, with placeholders for
    texts. `codes_read`: the fields whose value a person chooses on closing and a closure table reads.
    """

    profile: str
    table: str
    place: str
    creates: bool
    reads: frozenset[str] = frozenset()
    fills: frozenset[str] = frozenset()
    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    understood: Mapping[str, frozenset[str]] = field(default_factory=dict)
    codes_read: frozenset[str] = frozenset()
    sample: RawFields = field(default_factory=dict)
    closing: RawFields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProbeScope:
    """What this deployment asks of one side.

    `mode`: observe, maintenance or full. `rights`: tables (ServiceNow), `actions`: Azure actions; what is in neither is not
    needed. `evidence_actions`: those that evidence needs, none where this deployment collects none. `unneeded`: roles or actions that no deployment of ours needs, as signs of an account that may too much, `never` those of them that are a failure;
    `private`: fields of people, by table, that an account of ours has no use for. `modes_used`: for each `sentinel.mode`, how many
    enabled tasks have it. `deployment`: its name, for what a write probe leaves.
    """

    mode: str
    rights: tuple[TableRight, ...] = ()
    actions: frozenset[str] = frozenset()
    evidence_actions: frozenset[str] = frozenset()
    unneeded: tuple[str, ...] = ()
    never: frozenset[str] = frozenset()
    private: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uses: tuple[TableUse, ...] = ()
    modes_used: Mapping[str, int] = field(default_factory=dict)
    deployment: str = ""

    @property
    def writes(self) -> bool:
        """Whether this deployment means to write at all."""
        return self.mode != "observe"

    @property
    def maintenance(self) -> TableUse | None:
        """The use whose new records are maintenance duties, if this side has any."""
        return next((use for use in self.uses if use.sample), None)


@dataclass(frozen=True, slots=True)
class LeastRights:
    """What the accounts of a deployment need, and no more. `file` holds `actions` as a custom role of Azure; `sources` are those
    that evidence is read from, `evidence_file` and `evidence_actions` what it needs of Azure besides ("" and none where none is collected)."""

    mode: str
    roles: tuple[str, ...]
    tables: tuple[TableRight, ...]
    file: str
    actions: tuple[str, ...]
    unneeded_roles: tuple[str, ...]
    unneeded_actions: tuple[str, ...]
    sources: tuple[SourceRights, ...] = ()
    evidence_file: str = ""
    evidence_actions: tuple[str, ...] = ()

"""Valves: checks over a whole plan that stop a run before its first write. Pure; a trip means that nothing is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeAlias

from watchkeeper.model.limits import Limits
from watchkeeper.model.plan import Action, Operation, ValveTrip, json_value
from watchkeeper.model.reasons import NOTHING, Because, Reason, because, together
from watchkeeper.model.record import Side

VALVES = (
    "identity",
    "canary",
    "vanished",
    "all-changed",
    "closes",
    "baseless-close",
    "creates",
    "first-import",
    "meaning",
    "flapping",
    "max-writes",
)
"""Every valve by its name, in the order in which they are looked at."""

Row: TypeAlias = tuple[str, str, str, str]
"""(key, side, field, target): what a valve counted, one by one."""


@dataclass(frozen=True, slots=True)
class World:
    """What the valves know besides the plan.

    `identity_changes` and `canary` are sentences. `linked` and `vanished`: records per side, the latter only after a complete
    sweep. `changed`: which linked records differ from their base, per (side, field). `closes_before`: closes of each run
    in the last 30 days. `expected_creates` per profile; `admitted`: keys whose create an earlier run was allowed, or this one
    has made already; `first_imports`: profiles that never had a link and are not filled
    from the catalogue. `baseless`: keys without any memory of an agreement. `recent_writes`: per (key, side, raw field), the
    writes of the last 24 hours. `meaning_changed`: profiles whose mapping is not the one of the last run, with their number
    of links.
    """

    identity_changes: tuple[Reason, ...] = ()
    canary: Reason = NOTHING
    linked: Mapping[Side, int] = field(default_factory=dict)
    vanished: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    changed: Mapping[tuple[Side, str], tuple[str, ...]] = field(default_factory=dict)
    closes_before: Sequence[int] = ()
    expected_creates: Mapping[str, int] = field(default_factory=dict)
    admitted: frozenset[str] = frozenset()
    first_imports: frozenset[str] = frozenset()
    baseless: frozenset[str] = frozenset()
    recent_writes: Mapping[tuple[str, Side, str], int] = field(default_factory=dict)
    meaning_changed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A valve that trips: what it counted, row by row, and the limit that was passed. `count` is what people count: records,
    except where a valve is about fields or writes."""

    name: str
    message: Reason
    rows: frozenset[Row]
    limit: Reason | str
    count: int

    @property
    def digest(self) -> str:
        return digest_of(self.rows)

    def joined(self, other: Finding) -> Finding:
        """One valve that trips for two reasons (two sides, two profiles)."""
        message = together([self.message, other.message])
        return Finding(self.name, message, self.rows | other.rows, self.limit, self.count + other.count)

    def judge(self, opened: Mapping[str, str], remembered: Mapping[str, frozenset[Row]]) -> ValveTrip:
        """The trip, marked opened if the caller opened this valve (name → digest) for just this set, or for a larger one that
        it had shown before (`remembered`: digest → rows)."""
        asked = opened.get(self.name, "")
        passes = asked == self.digest or (asked in remembered and self.rows <= remembered[asked])
        opens = bool(asked) and passes
        return ValveTrip(self.name, self.message, self.count, self.limit, self.digest, opened=opens)


def guard(actions: Sequence[Action], world: World, limits: Limits) -> tuple[Finding, ...]:
    """Every valve that trips over a plan, each name once, so that one digest opens it."""
    findings = (
        *_identity(world),
        *_canary(world),
        *_vanished(world, limits),
        *_all_changed(world, limits),
        *_closes(actions, world, limits),
        *_baseless_closes(actions, world),
        *_creates(actions, world, limits),
        *_meaning(actions, world, limits),
        *_flapping(actions, world, limits),
        *_budget(actions, limits),
    )
    by_name: dict[str, Finding] = {}
    for finding in findings:
        known = by_name.get(finding.name)
        by_name[finding.name] = known.joined(finding) if known else finding
    return tuple(by_name.values())


def rows_of(actions: Iterable[Action]) -> frozenset[Row]:
    """What a valve counts of some actions: one row per field that would be written."""
    return frozenset(
        (action.key, action.ref.side, name, json_value(value))
        for action in actions
        for name, value in (
            action.body.items() if action.operation is not Operation.COMMENT else [("comment", action.comment_id)]
        )
    )


def digest_of(rows: frozenset[Row]) -> str:
    """12 hex digits over the sorted rows: enough to name a set that a person has looked at."""
    return hashlib.sha256(json.dumps(sorted(rows), ensure_ascii=True).encode()).hexdigest()[:12]


def _identity(world: World) -> Iterator[Finding]:
    if world.identity_changes:
        rows = frozenset(("", "", "identity", change) for change in world.identity_changes)
        yield Finding("identity", together(world.identity_changes), rows, because(Because.SAME_PLACE), len(rows))


def _canary(world: World) -> Iterator[Finding]:
    if world.canary:
        rows = frozenset({("", "", "canary", world.canary)})
        yield Finding("canary", world.canary, rows, because(Because.READABLE), len(world.canary.parts))


def _vanished(world: World, limits: Limits) -> Iterator[Finding]:
    for side, keys in sorted(world.vanished.items()):
        linked = world.linked.get(side, 0)
        emptied = linked >= limits.emptied_from and len(keys) == linked
        many = len(keys) > limits.vanished_over and len(keys) > limits.vanished_share * linked
        if emptied or many:
            rows = frozenset((key, side, "", "vanished") for key in keys)
            message = because(Because.VANISHED, count=len(keys), linked=linked, side=side)
            limit = _share(limits.vanished_share, limits.vanished_over)
            yield Finding("vanished", message, rows, limit, len(keys))


def _all_changed(world: World, limits: Limits) -> Iterator[Finding]:
    for (side, name), keys in sorted(world.changed.items()):
        linked = world.linked.get(side, 0)
        if len(keys) > limits.changed_over and len(keys) > limits.changed_share * linked:
            rows = frozenset((key, side, name, "changed") for key in keys)
            message = because(Because.ALL_CHANGED, fields=name, count=len(keys), linked=linked, side=side)
            yield Finding("all-changed", message, rows, _share(limits.changed_share, limits.changed_over), len(keys))


def _closes(actions: Sequence[Action], world: World, limits: Limits) -> Iterator[Finding]:
    closes = [action for action in actions if action.operation is Operation.CLOSE]
    usual = median(world.closes_before) if world.closes_before else 0
    limit = min(limits.closes_ceiling, max(limits.closes_floor, int(limits.closes_factor * usual)))
    if len(closes) > limit:
        message = because(Because.WOULD_CLOSE, count=len(closes))
        yield Finding("closes", message, rows_of(closes), str(limit), len(closes))


def _baseless_closes(actions: Sequence[Action], world: World) -> Iterator[Finding]:
    blind = [action for action in actions if action.operation is Operation.CLOSE and action.key in world.baseless]
    if blind:
        message = because(Because.WOULD_CLOSE_BLIND, count=len(blind))
        yield Finding("baseless-close", message, rows_of(blind), "0", len(blind))


def _creates(actions: Sequence[Action], world: World, limits: Limits) -> Iterator[Finding]:
    for profile in sorted({action.profile for action in actions}):
        creates = [
            action
            for action in actions
            if action.profile == profile and action.operation is Operation.CREATE and action.key not in world.admitted
        ]
        limit = max(limits.creates_floor, int(limits.creates_factor * world.expected_creates.get(profile, 0)))
        if creates and profile in world.first_imports:
            message = because(Because.FIRST_IMPORT, profile=profile, count=len(creates))
            yield Finding("first-import", message, rows_of(creates), because(Because.A_PERSON), len(creates))
        elif len(creates) > limit:
            message = because(Because.WOULD_CREATE, count=len(creates), profile=profile)
            yield Finding("creates", message, rows_of(creates), str(limit), len(creates))


def _meaning(actions: Sequence[Action], world: World, limits: Limits) -> Iterator[Finding]:
    for profile, linked in sorted(world.meaning_changed.items()):
        writes = [
            action for action in actions if action.profile == profile and action.operation is not Operation.CREATE
        ]
        keys = {action.key for action in writes}
        if linked and len(keys) > limits.meaning_share * linked:
            message = because(Because.MEANING, profile=profile, count=len(keys), linked=linked)
            limit = because(Because.SHARE_OF_PAIRS, share=f"{limits.meaning_share:.0%}")
            yield Finding("meaning", message, rows_of(writes), limit, len(keys))


def _flapping(actions: Sequence[Action], world: World, limits: Limits) -> Iterator[Finding]:
    rows = frozenset(
        (action.key, action.ref.side, name, json_value(value))
        for action in actions
        if action.operation is not Operation.COMMENT
        for name, value in action.body.items()
        if world.recent_writes.get((action.key, action.ref.side, name), 0) >= limits.flapping
    )
    if rows:
        message = because(Because.FLAPPING, count=len(rows), times=limits.flapping)
        yield Finding("flapping", message, rows, because(Because.WRITES_OF_A_FIELD, count=limits.flapping), len(rows))


def _budget(actions: Sequence[Action], limits: Limits) -> Iterator[Finding]:
    if limits.max_writes is not None and len(actions) > limits.max_writes:
        message = because(Because.PLANNED, count=len(actions))
        yield Finding("max-writes", message, rows_of(actions), str(limits.max_writes), len(actions))


def _share(share: float, over: int) -> Reason:
    return because(Because.SHARE_OF_RECORDS, share=f"{share:.0%}", count=over)

"""Valves: checks over a whole plan that stop a run before its first write. Pure; a trip means that nothing is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeAlias

from watchkeeper.model.limits import Limits
from watchkeeper.model.plan import Action, Operation, ValveTrip, json_value
from watchkeeper.model.record import Side

Row: TypeAlias = tuple[str, str, str, str]
"""(key, side, field, target): what a valve counted, one by one."""


@dataclass(frozen=True, slots=True)
class World:
    """What the valves know besides the plan.

    `identity_changes` and `canary` are sentences. `linked` and `vanished`: records per side, the latter only after a complete
    sweep. `changed`: how many linked records differ from their base, per (side, field). `closes_before`: closes of each run
    in the last 30 days. `expected_creates` per profile; `first_imports`: profiles that never had a link and are not filled
    from the catalogue. `baseless`: keys without any memory of an agreement. `recent_writes`: per (key, side, raw field), the
    writes of the last 24 hours. `meaning_changed`: profiles whose mapping is not the one of the last run, with their number
    of links.
    """

    identity_changes: tuple[str, ...] = ()
    canary: str = ""
    linked: Mapping[Side, int] = field(default_factory=dict)
    vanished: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    changed: Mapping[tuple[Side, str], tuple[str, ...]] = field(default_factory=dict)
    closes_before: Sequence[int] = ()
    expected_creates: Mapping[str, int] = field(default_factory=dict)
    first_imports: frozenset[str] = frozenset()
    baseless: frozenset[str] = frozenset()
    recent_writes: Mapping[tuple[str, Side, str], int] = field(default_factory=dict)
    meaning_changed: Mapping[str, int] = field(default_factory=dict)


def guard(
    actions: Sequence[Action],
    world: World,
    limits: Limits,
    opened: Mapping[str, str],
    remembered: Mapping[str, frozenset[Row]],
) -> tuple[ValveTrip, ...]:
    """Every valve that trips. One that the caller opened (name → digest) for just this set, or for a larger one that was
    shown before (`remembered`: digest → rows), is marked opened."""
    trips = (
        *_identity(world),
        *_canary(world),
        *_vanished(world, limits),
        *_all_changed(world, limits),
        *_closes(actions, world, limits),
        *_creates(actions, world, limits),
        *_meaning(actions, world, limits),
        *_flapping(actions, world, limits),
        *_budget(actions, limits),
    )
    return tuple(_trip(name, message, rows, limit, opened, remembered) for name, message, rows, limit in trips)


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


_Finding: TypeAlias = tuple[str, str, frozenset[Row], str]


def _trip(
    name: str,
    message: str,
    rows: frozenset[Row],
    limit: str,
    opened: Mapping[str, str],
    remembered: Mapping[str, frozenset[Row]],
) -> ValveTrip:
    digest = digest_of(rows)
    asked = opened.get(name, "")
    passes = asked == digest or (asked in remembered and rows <= remembered[asked])
    return ValveTrip(name, message, len(rows), limit, digest, opened=bool(asked) and passes)


def _identity(world: World) -> list[_Finding]:
    rows = frozenset(("", "", "identity", change) for change in world.identity_changes)
    return (
        [("identity", "; ".join(world.identity_changes), rows, "the instance and workspace of the last run")]
        if rows
        else []
    )


def _canary(world: World) -> list[_Finding]:
    if not world.canary:
        return []
    return [
        ("canary", world.canary, frozenset({("", "", "canary", world.canary)}), "the oldest open pair must be readable")
    ]


def _vanished(world: World, limits: Limits) -> list[_Finding]:
    findings: list[_Finding] = []
    for side, keys in sorted(world.vanished.items()):
        linked = world.linked.get(side, 0)
        emptied = linked >= limits.emptied_from and len(keys) == linked
        many = len(keys) > limits.vanished_over and len(keys) > limits.vanished_share * linked
        if emptied or many:
            rows = frozenset((key, side, "", "vanished") for key in keys)
            limit = f"{limits.vanished_share:.0%} and {limits.vanished_over} records"
            findings.append(
                (
                    "vanished",
                    f"{len(keys)} of {linked} linked records on {side} are not in its full listing",
                    rows,
                    limit,
                )
            )
    return findings


def _all_changed(world: World, limits: Limits) -> list[_Finding]:
    findings: list[_Finding] = []
    for (side, name), keys in sorted(world.changed.items()):
        linked = world.linked.get(side, 0)
        if len(keys) > limits.changed_over and len(keys) > limits.changed_share * linked:
            rows = frozenset((key, side, name, "changed") for key in keys)
            limit = f"{limits.changed_share:.0%} and {limits.changed_over} records"
            findings.append(
                ("all-changed", f"{name} changed on {len(keys)} of {linked} linked records on {side}", rows, limit)
            )
    return findings


def _closes(actions: Sequence[Action], world: World, limits: Limits) -> list[_Finding]:
    closes = [action for action in actions if action.operation is Operation.CLOSE]
    usual = median(world.closes_before) if world.closes_before else 0
    limit = min(limits.closes_ceiling, max(limits.closes_floor, int(limits.closes_factor * usual)))
    findings: list[_Finding] = []
    if len(closes) > limit:
        findings.append(("closes", f"{len(closes)} records would be closed in one run", rows_of(closes), str(limit)))
    blind = [action for action in closes if action.key in world.baseless]
    if blind:
        message = f"{len(blind)} records would be closed without any memory of an agreement"
        findings.append(("baseless-close", message, rows_of(blind), "0"))
    return findings


def _creates(actions: Sequence[Action], world: World, limits: Limits) -> list[_Finding]:
    findings: list[_Finding] = []
    for profile in sorted({action.profile for action in actions}):
        creates = [action for action in actions if action.profile == profile and action.operation is Operation.CREATE]
        limit = max(limits.creates_floor, int(limits.creates_factor * world.expected_creates.get(profile, 0)))
        if creates and profile in world.first_imports:
            message = f"the first import of profile {profile} would create {len(creates)} records"
            findings.append(("first-import", message, rows_of(creates), "a person opens it"))
        elif len(creates) > limit:
            findings.append(
                (
                    "creates",
                    f"{len(creates)} records would be created for profile {profile}",
                    rows_of(creates),
                    str(limit),
                )
            )
    return findings


def _meaning(actions: Sequence[Action], world: World, limits: Limits) -> list[_Finding]:
    findings: list[_Finding] = []
    for profile, linked in sorted(world.meaning_changed.items()):
        writes = [
            action for action in actions if action.profile == profile and action.operation is not Operation.CREATE
        ]
        keys = {action.key for action in writes}
        if linked and len(keys) > limits.meaning_share * linked:
            message = f"the mapping of profile {profile} changed, and {len(keys)} of {linked} pairs would be written"
            findings.append(("meaning", message, rows_of(writes), f"{limits.meaning_share:.0%} of the pairs"))
    return findings


def _flapping(actions: Sequence[Action], world: World, limits: Limits) -> list[_Finding]:
    rows = frozenset(
        (action.key, action.ref.side, name, json_value(value))
        for action in actions
        if action.operation is not Operation.COMMENT
        for name, value in action.body.items()
        if world.recent_writes.get((action.key, action.ref.side, name), 0) >= limits.flapping
    )
    message = f"{len(rows)} fields were written {limits.flapping} times within 24 hours already; something else keeps changing them back"
    return [("flapping", message, rows, f"{limits.flapping} writes of one field in 24 hours")] if rows else []


def _budget(actions: Sequence[Action], limits: Limits) -> list[_Finding]:
    if limits.max_writes is None or len(actions) <= limits.max_writes:
        return []
    return [("max-writes", f"{len(actions)} writes are planned", rows_of(actions), str(limits.max_writes))]

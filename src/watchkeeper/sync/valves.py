"""Gather what the valves look at, and remember the sets that they have shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from watchkeeper.mapping.profile import ProfileKind
from watchkeeper.model.limits import Limits
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.occurrence import Decision
from watchkeeper.model.plan import Action, Operation, ValveTrip
from watchkeeper.model.record import Absent, RecordRef, Side
from watchkeeper.model.ticket import STATUS_FIELD
from watchkeeper.sync.cases import read_records
from watchkeeper.sync.guard import Row, World, guard, rows_of
from watchkeeper.sync.merge import has_base
from watchkeeper.sync.plan import Prepared, changed_mappings
from watchkeeper.sync.reconcile import Case, field_views


def check_valves(prepared: Prepared, limits: Limits) -> tuple[ValveTrip, ...]:
    """Every valve that trips over the prepared plan; those that the caller opened are marked so."""
    opened = prepared.options.open_valves
    return guard(prepared.actions, _world(prepared), limits, opened, _remembered(prepared, opened))


def remember_valves(prepared: Prepared, trips: Sequence[ValveTrip]) -> None:
    """Keep the sets that a person is asked to look at, so that a smaller one passes under the same digest later."""
    for trip in trips:
        actions = [action for action in prepared.actions if _counted(trip, action, prepared)]
        prepared.systems.store.remember({f"valve:{trip.digest}": json.dumps(sorted(rows_of(actions)))})


def _counted(trip: ValveTrip, action: Action, prepared: Prepared) -> bool:
    match trip.name:
        case "closes" | "baseless-close":
            return action.operation is Operation.CLOSE
        case "creates" | "first-import":
            return action.operation is Operation.CREATE and prepared.systems.profile_of(action.key).name in trip.message
        case "max-writes" | "meaning" | "flapping":
            return True
        case _:
            return False


def _remembered(prepared: Prepared, opened: Mapping[str, str]) -> Mapping[str, frozenset[Row]]:
    found: dict[str, frozenset[Row]] = {}
    for digest in opened.values():
        text = prepared.systems.store.recall(f"valve:{digest}")
        if text is not None:
            found[digest] = frozenset((str(a), str(b), str(c), str(d)) for a, b, c, d in json.loads(text))
    return found


def _world(prepared: Prepared) -> World:
    systems = prepared.systems
    now = systems.clock.now()
    live = [link for sides in prepared.links.values() for link in sides.values() if link.state is not LinkState.RETIRED]
    linked: dict[Side, int] = {}
    for link in live:
        linked[link.ref.side] = linked.get(link.ref.side, 0) + 1
    profiles_linked = {link.profile for link in live}
    writes = [action for action in prepared.actions if action.operation is not Operation.COMMENT]
    return World(
        identity_changes=prepared.identity_changes,
        canary=_canary(prepared, live) if prepared.actions else "",
        linked=linked,
        vanished=prepared.vanished,
        changed=_changed(prepared),
        closes_before=systems.store.closes_per_run(now - timedelta(days=30)),
        expected_creates=_expected(prepared),
        first_imports=frozenset(
            name
            for name, profile in systems.profiles.items()
            if profile.kind is ProfileKind.ESCALATION and name not in profiles_linked
        ),
        baseless=frozenset(
            action.key for action in writes if action.operation is Operation.CLOSE and _baseless(prepared, action.key)
        ),
        recent_writes=systems.store.recent_writes(now - timedelta(days=1)) if writes else {},
        meaning_changed={
            name: sum(1 for sides in prepared.links.values() if any(link.profile == name for link in sides.values()))
            for name in changed_mappings(systems)
        },
    )


def _canary(prepared: Prepared, live: Sequence[Link]) -> str:
    """The oldest pair must be readable on every side: a right that was taken away would make records look gone."""
    oldest: dict[Side, Link] = {}
    for link in sorted(live, key=lambda link: (link.confirmed_at, link.key)):
        if link.state is LinkState.LIVE:
            oldest.setdefault(link.ref.side, link)
    unseen = [link.ref for link in oldest.values() if not _seen(prepared, link)]
    answers = read_records(prepared.systems, unseen)
    lost = [ref for ref in unseen if isinstance(answers.get(ref), Absent)]
    return "; ".join(f"{ref.side} no longer shows {_number(live, ref)}, the longest linked record" for ref in lost)


def _seen(prepared: Prepared, link: Link) -> bool:
    case = prepared.cases.get(link.key)
    return case is not None and link.ref.side in case.sides and case.sides[link.ref.side].record is not None


def _number(live: Sequence[Link], ref: RecordRef) -> str:
    return next((link.number for link in live if link.ref == ref), ref.id)


def _changed(prepared: Prepared) -> Mapping[tuple[Side, str], tuple[str, ...]]:
    """Linked records whose field is not the one of the last agreement, per side and field."""
    found: dict[tuple[Side, str], list[str]] = {}
    for key, case in sorted(prepared.cases.items()):
        for rule in case.profile.fields:
            for side, view in field_views(case, rule).items():
                lens = rule.lenses[side]
                if has_base(lens, view) and any(view.raw.get(name) != view.base.get(name) for name in lens.raw_fields):
                    found.setdefault((side, rule.name), []).append(key)
    return {where: tuple(keys) for where, keys in found.items()}


def _expected(prepared: Prepared) -> Mapping[str, int]:
    """How many creates are usual: two per due occurrence; for escalations the mean of the last seven days."""
    due = sum(1 for each in prepared.decided if each.decision is Decision.CREATE)
    expected = {prepared.systems.maintenance.name: 2 * due}
    since = prepared.systems.clock.now() - timedelta(days=7)
    for profile in prepared.systems.profiles.values():
        if profile.kind is ProfileKind.ESCALATION and _creates(prepared, profile.name):
            rows = prepared.systems.store.write_log(limit=10_000)
            made = [
                row for row in rows if row.operation == Operation.CREATE and row.kind == "outcome" and row.at >= since
            ]
            expected[profile.name] = sum(1 for row in made if row.key.startswith(f"{profile.name}/")) // 7
    return expected


def _creates(prepared: Prepared, profile: str) -> bool:
    return any(action.profile == profile and action.operation is Operation.CREATE for action in prepared.actions)


def _baseless(prepared: Prepared, key: str) -> bool:
    case: Case | None = prepared.cases.get(key)
    if case is None:
        return False
    rule = case.profile.field(STATUS_FIELD)
    return any(not has_base(rule.lenses[side], view) for side, view in field_views(case, rule).items())

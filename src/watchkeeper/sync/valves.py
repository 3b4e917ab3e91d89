"""Gather what the valves look at, and remember the sets that they have shown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from watchkeeper.mapping.profile import ProfileKind
from watchkeeper.model.limits import Limits
from watchkeeper.model.link import Link
from watchkeeper.model.occurrence import Decision
from watchkeeper.model.plan import Action, Operation, ValveTrip
from watchkeeper.model.reasons import NOTHING, Because, Reason, because, together
from watchkeeper.model.record import Absent, Record, Side
from watchkeeper.model.ticket import STATUS_FIELD
from watchkeeper.state_ports import StateStore
from watchkeeper.sync.books import IN_PROGRESS, remember_absence
from watchkeeper.sync.case import SIDE_ORDER, Case, field_views
from watchkeeper.sync.changed import changed_mappings
from watchkeeper.sync.guard import Row, World, guard
from watchkeeper.sync.memory import holds_open
from watchkeeper.sync.merge import has_base
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.reading import read_records
from watchkeeper.sync.standing import mark_closed
from watchkeeper.sync.systems import Systems

_OF_CREATES = frozenset({"creates", "first-import"})
_ALLOWED = "allowed-creates"
"""Under which name the store remembers the keys that a person let be created."""


def check_valves(prepared: Prepared, limits: Limits, done: Sequence[Action] = ()) -> tuple[ValveTrip, ...]:
    """Every valve that trips over the prepared plan and what the run has `done` already; those that the caller opened are
    marked so. The sets that a person is asked to look at are remembered, so that a smaller one passes under the same digest
    later; what a person let be created stays allowed, however often a system refuses it."""
    opened, store = prepared.options.open_valves, prepared.systems.store
    findings = guard([*done, *prepared.actions], _world(prepared, limits, done), limits)
    remembered = _remembered(prepared, opened)
    if findings:
        store.remember({f"valve:{finding.digest}": json.dumps(sorted(finding.rows)) for finding in findings})
    trips = tuple(finding.judge(opened, remembered) for finding in findings)
    allowed = [
        row[0]
        for finding, trip in zip(findings, trips, strict=True)
        if trip.opened and trip.name in _OF_CREATES
        for row in finding.rows
    ]
    if allowed:
        before = _allowed(prepared)
        store.remember({_ALLOWED: json.dumps(sorted({*allowed, *(before - store.links(before).keys())}))})
    return trips


def _allowed(prepared: Prepared) -> frozenset[str]:
    """Keys that a person let be created when they opened a valve."""
    return frozenset(json.loads(prepared.systems.store.recall(_ALLOWED) or "[]"))


def _remembered(prepared: Prepared, opened: Mapping[str, str]) -> Mapping[str, frozenset[Row]]:
    found: dict[str, frozenset[Row]] = {}
    for digest in opened.values():
        text = prepared.systems.store.recall(f"valve:{digest}")
        if text is not None:
            found[digest] = frozenset((str(a), str(b), str(c), str(d)) for a, b, c, d in json.loads(text))
    return found


def _world(prepared: Prepared, limits: Limits, done: Sequence[Action]) -> World:
    systems = prepared.systems
    now = systems.clock.now()
    changed = _changed(prepared)
    # To count all linked records takes a walk along all of them: only where a valve may come to ask for their share.
    many = any(len(keys) > limits.changed_over for keys in changed.values()) or any(prepared.vanished.values())
    writes = [action for action in prepared.actions if action.operation is not Operation.COMMENT]
    return World(
        identity_changes=prepared.identity_changes,
        canary=_canary(prepared) if prepared.actions else NOTHING,
        linked=systems.store.count_records() if many else {},
        vanished=prepared.vanished,
        changed=changed,
        closes_before=systems.store.closes_per_run(now - timedelta(days=30)),
        expected_creates=_expected(prepared),
        admitted=_admitted(prepared) | {action.key for action in done},
        first_imports=_never_imported(prepared),
        baseless=frozenset(
            action.key for action in writes if action.operation is Operation.CLOSE and _baseless(prepared, action.key)
        ),
        recent_writes=systems.store.recent_writes(now - timedelta(days=1)) if writes else {},
        meaning_changed={name: systems.store.count_pairs(name) for name in changed_mappings(systems)},
    )


def _never_imported(prepared: Prepared) -> frozenset[str]:
    # After a lost store the pairs themselves show that the profile was imported before.
    paired = {case.profile.name for case in prepared.cases.values() if _is_our_pair(case)}
    return frozenset(
        name
        for name, profile in prepared.systems.profiles.items()
        if profile.kind is ProfileKind.ESCALATION
        and name not in paired
        and _creates(prepared, name)
        # A pair that was only adopted has not been through a run yet.
        and not prepared.systems.store.was_processed(name)
    )


def _is_our_pair(case: Case) -> bool:
    """Whether both records are there and at least one of them carries our sign."""
    records = [view.record for view in case.sides.values() if view.record is not None]
    return len(records) == len(case.sides) > 1 and any(record.ours for record in records)


def _canary(prepared: Prepared) -> Reason:
    """The longest linked open record of each side must be readable: a right that was taken away would make records look
    gone. One that the side proves to be deleted, or that it fails to show with an error, says nothing about hidden rights. An
    absence is remembered, so that a deleted record stops one run and no more, while hidden ones go on stopping."""
    systems = prepared.systems
    oldest = [link for side in systems.connectors if (link := _longest_linked(systems, side)) is not None]
    oldest.sort(key=lambda link: (not holds_open(systems.profile_of(link.key), link), link.confirmed_at, link.key))
    unseen = {link.ref: link for link in oldest if not _seen(prepared, link)}
    read = read_records(systems, unseen)
    lost = [link for ref, link in unseen.items() if _hidden(read.found.get(ref))]
    remember_absence(prepared, lost)
    return together(because(Because.NOT_SHOWN, side=link.ref.side, number=link.number) for link in lost)


def _longest_linked(systems: Systems, side: Side) -> Link | None:
    """A side's live record that has been as it is for longest, an open one where there is one."""
    closed: list[Link] = []
    for link in _by_age(systems.store, side):
        if holds_open(systems.profile_of(link.key), link):
            mark_closed(systems, closed)
            return link
        closed.append(link)
    mark_closed(systems, closed)
    return next(iter(systems.store.oldest_links(side, closed=True, limit=1)), None)


def _by_age(store: StateStore, side: Side) -> Iterator[Link]:
    """The live links of a side that may be open, the longest unchanged first."""
    after: tuple[datetime, str] | None = None
    while links := store.oldest_links(side, closed=False, after=after):
        yield from links
        after = (links[-1].confirmed_at, links[-1].key)


def _hidden(answer: Record | Absent | None) -> bool:
    return isinstance(answer, Absent) and not answer.deleted


def _seen(prepared: Prepared, link: Link) -> bool:
    case = prepared.cases.get(link.key)
    return case is not None and link.ref.side in case.sides and case.sides[link.ref.side].record is not None


def _changed(prepared: Prepared) -> Mapping[tuple[Side, str], tuple[str, ...]]:
    """Linked records whose field is not the one of the last agreement, per side and field. Nothing follows from one that was
    undone and stays so."""
    found: dict[tuple[Side, str], list[str]] = {}
    for key, case in sorted(prepared.cases.items()):
        for rule in (each for each in case.profile.fields if (key, each.name) not in prepared.undone):
            for side, view in field_views(case, rule).items():
                lens = rule.lenses[side]
                if has_base(lens, view) and any(view.raw.get(name) != view.base.get(name) for name in lens.raw_fields):
                    found.setdefault((side, rule.name), []).append(key)
    return {where: tuple(keys) for where, keys in found.items()}


def _expected(prepared: Prepared) -> Mapping[str, int]:
    """How many creates are usual: two per due occurrence; for escalations the mean of the last seven days."""
    due = [each.occurrence.key for each in prepared.decided if each.decision is Decision.CREATE]
    expected = {profile.name: 0 for profile in prepared.systems.maintenance_profiles.values()}
    expected |= Counter(prepared.systems.profile_of(key).name for key in due for _ in SIDE_ORDER)
    since = prepared.systems.clock.now() - timedelta(days=7)
    for profile in prepared.systems.profiles.values():
        if profile.kind is ProfileKind.ESCALATION and _creates(prepared, profile.name):
            rows = prepared.systems.store.write_log(limit=10_000)
            made = [
                row for row in rows if row.operation == Operation.CREATE and row.kind == "outcome" and row.at >= since
            ]
            expected[profile.name] = sum(1 for row in made if row.key.startswith(f"{profile.name}/")) // 7
    return expected


def _admitted(prepared: Prepared) -> frozenset[str]:
    """Keys whose create an earlier run was allowed and did not finish: it was killed, or a system failed or refused. Such rows
    are stored only after the valves let that run pass."""
    store = prepared.systems.store
    creating = {action.key for action in prepared.actions if action.operation is Operation.CREATE}
    if not creating:
        return frozenset()
    decided = {key for key, each in store.decisions(creating).items() if each.decision is Decision.CREATE}
    return frozenset(decided | _allowed(prepared) | {row.key for row in store.dirty() if row.reason == IN_PROGRESS})


def _creates(prepared: Prepared, profile: str) -> bool:
    return any(action.profile == profile and action.operation is Operation.CREATE for action in prepared.actions)


def _baseless(prepared: Prepared, key: str) -> bool:
    case: Case | None = prepared.cases.get(key)
    if case is None:
        return False
    rule = case.profile.field(STATUS_FIELD)
    return any(not has_base(rule.lenses[side], view) for side, view in field_views(case, rule).items())

"""Edits that a write of ours passed over: made between our last look at a record and the moment in which our write took effect,
on a side that knows no precondition. Such an edit is named in a conflict row, for nothing else tells of it any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from watchkeeper.mapping.profile import Lens
from watchkeeper.model.activity import Activity, ActivityKind
from watchkeeper.model.link import ConflictRow
from watchkeeper.model.plan import Action, Intent, json_value
from watchkeeper.model.record import RawFields, RawValue, Record
from watchkeeper.model.ticket import Canonical, Unmapped
from watchkeeper.sync.history import told_since
from watchkeeper.sync.systems import Systems

PASSED_OVER = "passed-over"


def moved_further(action: Action, record: Record) -> bool:
    """Whether a record that holds our write has moved by more than that since we looked. Never where revisions have no order:
    there the side itself refuses a write that comes too late."""
    before = action.expect.order if action.expect is not None else None
    now = record.revision.order
    return before is not None and now is not None and now > before + 1


def passed_over(systems: Systems, intent: Intent, record: Record) -> list[ConflictRow]:
    """What our write replaced although it was not what we had seen there. One look into the record's history, which proves it:
    our own entry says what it replaced. Where that cannot be read, nothing is known and nothing is said."""
    action = intent.action
    report = told_since(systems, action.ref.side, action.ref.table, [action.ref.id], intent.started_at)
    account = systems.store.recall(f"account:{action.ref.side}")
    replaced = {
        deed.field: deed.old for deed in report.activities if deed.author.id == account and _is_news(deed, action)
    }
    return list(_rows(systems, intent, record, replaced)) if replaced else []


def _is_news(deed: Activity, action: Action) -> bool:
    """Whether an entry is of this very write, and tells of a value that the write was not decided on."""
    ours = deed.kind is ActivityKind.FIELD and deed.ref == action.ref and deed.field in action.body
    return (
        ours
        and deed.new == action.body[deed.field]
        and (deed.old or "") not in {action.before.get(deed.field) or "", deed.new}
    )


def _rows(systems: Systems, intent: Intent, record: Record, replaced: Mapping[str, RawValue]) -> Iterator[ConflictRow]:
    key, side = intent.action.key, intent.action.ref.side
    profile = systems.profile_of(key)
    winner = next((each for each in profile.sides if each != side), side)
    for rule in profile.fields:
        lens = rule.lenses.get(side)
        if lens is None or replaced.keys().isdisjoint(lens.raw_fields):
            continue
        winning, losing = _meant(lens, record.fields), _meant(lens, {**record.fields, **replaced})
        if winning != losing:
            told = json_value(winning), json_value(losing)
            yield ConflictRow(key, rule.name, winner, *told, PASSED_OVER, intent.run_id, systems.clock.now())


def _meant(lens: Lens, raw: RawFields) -> Canonical:
    """What raw fields mean; what no mapping knows stays as it is spelled."""
    value = lens.get(raw)
    return value.value if isinstance(value, Unmapped) else value

"""Edits that a write of ours passed over: made between our last look at a record and the moment in which our write took effect,
on a side that knows no precondition. Such an edit is named in a conflict row, for nothing else tells of it any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from watchkeeper.errors import Ambiguous
from watchkeeper.mapping.lens import Lens
from watchkeeper.model.activity import Activity, ActivityKind
from watchkeeper.model.link import ConflictRow
from watchkeeper.model.plan import Action, Intent, json_value
from watchkeeper.model.reasons import because
from watchkeeper.model.record import RawFields, Record
from watchkeeper.model.ticket import Canonical, Unmapped
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.history import PATIENCE, told_since
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
    our own entry says what it replaced. Where that may not be read, nothing is known and nothing is said. Raises Ambiguous as
    long as an answer may still come: the intent has to stay open until then."""
    action = intent.action
    report = told_since(systems, action.ref.side, action.ref.table, [action.ref.id], intent.started_at)
    if action.ref in report.unclear and systems.clock.now() - intent.started_at < PATIENCE:
        raise Ambiguous(because(Trouble.REPLACED_NOT_YET, why=report.reason))
    account = systems.store.recall(f"account:{action.ref.side}") or ""
    found = _found_there(action, account, report.activities)
    news = _news(action, account, report.activities, found)
    return list(rows_of(systems, intent, record, found, news))


def _found_there(action: Action, account: str, deeds: Iterable[Activity]) -> RawFields:
    """What our write found in its fields: what its own entries replaced, and what somebody else had made of a field that it
    would have made of it too, of which it has no entry. Nothing where it has no entry at all."""
    alike = [deed for deed in deeds if _is_alike(deed, action)]
    replaced = {deed.field: deed.old for deed in alike if deed.author.id == account and (deed.old or "") != deed.new}
    theirs = {deed.field: deed.new for deed in alike if deed.author.id != account}
    return {**theirs, **replaced} if replaced else {}


def _is_alike(deed: Activity, action: Action) -> bool:
    """Whether an entry gives one of the write's fields the value that was sent."""
    there = deed.kind is ActivityKind.FIELD and deed.ref == action.ref and deed.field in action.body
    return there and deed.new == action.body[deed.field]


def rows_of(
    systems: Systems, intent: Intent, record: Record, found: RawFields, news: Set[str]
) -> Iterator[ConflictRow]:
    """The conflict rows of a write that found something else in its fields than it was decided on. `news`: the fields in which
    it did."""
    action = intent.action
    profile = systems.profile_of(action.key)
    winner = next((each for each in profile.sides if each != action.ref.side), action.ref.side)
    for rule in profile.fields:
        lens = rule.lenses.get(action.ref.side)
        if lens is None or news.isdisjoint(lens.raw_fields):
            continue
        winning, losing = _meant(lens, record.fields), _meant(lens, {**record.fields, **found})
        if winning != losing:
            told = json_value(winning), json_value(losing)
            yield ConflictRow(action.key, rule.name, winner, *told, PASSED_OVER, intent.run_id, systems.clock.now())


def _news(action: Action, account: str, deeds: Iterable[Activity], found: RawFields) -> Set[str]:
    """The fields in which a write found something else than it was decided on, or the same that somebody had changed and changed
    back meanwhile."""
    moved = {name for name, value in found.items() if (value or "") != (action.before.get(name) or "")}
    given_back = {
        deed.field
        for deed in deeds
        if deed.kind is ActivityKind.FIELD and deed.ref == action.ref and deed.author.id != account
        if deed.field in found and deed.new == (found[deed.field] or "")
    }
    return moved | given_back


def _meant(lens: Lens, raw: RawFields) -> Canonical:
    """What raw fields mean; what no mapping knows stays as it is spelled."""
    value = lens.get(raw)
    return value.value if isinstance(value, Unmapped) else value

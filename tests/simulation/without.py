"""The engine with one thing done differently: what a mutant puts in the place of a guard."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, TypeAlias
from unittest.mock import patch

from watchkeeper.errors import Ambiguous, PreconditionFailed
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.profile import Owner
from watchkeeper.model.plan import Action
from watchkeeper.model.record import SENTINEL, SERVICENOW, RecordRef, Written
from watchkeeper.model.run import Outcome
from watchkeeper.model.scan import ScanEnd
from watchkeeper.state.lease import HeldLease, SqlLease
from watchkeeper.sync import (
    recover,
)
from watchkeeper.sync.case import SideView, Sighting
from watchkeeper.sync.memory import PairMemory
from watchkeeper_sentinel.records import read_record

Patch: TypeAlias = Callable[[], AbstractContextManager[Any]]


def instead(owner: Any, name: str, function: Any) -> Patch:
    return lambda: patch.object(owner, name, function)


def around(owner: Any, name: str, wrapper: Callable[..., Any]) -> Patch:
    """`wrapper` is called with the original function before its arguments."""

    def patched() -> AbstractContextManager[Any]:
        original = getattr(owner, name)
        return patch.object(owner, name, lambda *args, **options: wrapper(original, *args, **options))

    return patched


def treated_as_absent(original: Any, ref: Any, record: Any, link: Any, read: Any) -> SideView:
    view: SideView = original(ref, record, link, read)
    return SideView(Sighting.NEVER) if view.sighting in {Sighting.MISSING, Sighting.GONE} else view


def gone_at_once(original: Any, ref: Any, record: Any, link: Any, read: Any) -> SideView:
    view: SideView = original(ref, record, link, read)
    return replace(view, sighting=Sighting.GONE) if view.sighting is Sighting.MISSING else view


def without_accounts(original: Any, talk: Any, capabilities: Any) -> Any:
    return original(replace(talk, accounts={}), capabilities)


def newest_first(original: Any, talk: Any, capabilities: Any) -> Any:
    turned = {side: tuple(reversed(told)) for side, told in talk.comments.items()}
    return original(replace(talk, comments=turned), capabilities)


def forgets_the_ledger(original: Any, talk: Any, capabilities: Any) -> Any:
    return original(replace(talk, settled=frozenset()), capabilities)


def believed_before_confirmed(original: Any, applier: Any, key: str, index: int) -> Any:
    """Store what we are about to write as if it were agreed, before the call."""
    action = applier._chains[key][index]
    links = applier._systems.store.links([key]).get(key, {})
    sent = [
        replace(link, base={**link.base, **(action.body if side == action.ref.side else action.agreed)})
        for side, link in links.items()
    ]
    applier._systems.store.put_links(sent)
    return original(applier, key, index)


def complete_whatever_it_says(original: Any, scan: Any) -> Iterator[Any]:
    for item in original(scan):
        yield replace(item, complete=True, watermark=scan._watermark()) if isinstance(item, ScanEnd) else item


def first_page_only(original: Any, scan: Any, listing: Any) -> bool:
    original(scan, listing)
    return False


def cursor_at_our_own_time(original: Any, scan: Any) -> Any:
    scan._newest = None
    scan._start = None
    with patch.object(scan, "_now", lambda: scan._clock.now()):
        return original(scan)


def taken_by_anyone(original: Any, lease: SqlLease, run_id: str, operation: str) -> Any:
    holder = lease.holder()
    if holder is not None:
        lease.break_lease(holder.run_id)
    return original(lease, run_id, operation)


def never_open(systems: Any) -> recover.Recovered:
    for intent in systems.store.intents():
        recover.drop(systems, intent.action)
    return recover.Recovered()


def spelled_anew(original: Any, lens: TableLens, value: Any, raw: Any) -> Any:
    row = lens._writers.get(str(value))
    if value is None or row is None or lens._barred(raw, row):
        return original(lens, value, raw)
    return {name: new for name, new in zip(lens.raw_fields, row.raw, strict=True) if raw.get(name) != new}


def no_precondition(original: Any, connector: Any, ref: Any, changes: Any, expect: Any) -> Any:
    now = connector.get([ref], frozenset(changes))[ref]
    return original(connector, ref, changes, getattr(now, "revision", expect))


def fresh_whatever_moved(original: Any, writer: Any, name: str, expect: Any) -> Any:
    del original, expect
    return writer._read(name)


def ours_where_it_holds_the_same(original: Any, writer: Any, name: str, held: Any, changes: Any) -> Any:
    try:
        return original(writer, name, held, changes)
    except Ambiguous as error:
        if not isinstance(error.__cause__, PreconditionFailed):
            raise
        return Written(read_record(writer._incidents.get(name)), ())


def any_failure_stops(original: Any, applier: Any, done: Any) -> None:
    original(applier, done)
    if done.error is not None:
        applier.applied.stopped.setdefault(done.result.action.ref.side, done.error)


def settled_as_if_done(original: Any, applier: Any, intent: Any, error: Any) -> Any:
    """A write that failed or got no answer counts as made."""
    done = original(applier, intent, error)
    memory = applier._memories[intent.action.key]
    applier._systems.store.put_links(memory.storable(last=True))
    result = replace(done.result, outcome=Outcome.DONE)
    return replace(done, result=result, error=None)


def own_write_is_news(original: Any, memory: PairMemory, action: Action, record: Any, at: Any, kept: Any = ()) -> None:
    before = {side: link.base for side, link in memory.final.items()}
    original(memory, action, record, at, kept)
    for version in (memory.working, memory.final):
        for side, link in version.items():
            version[side] = replace(link, base=before.get(side, link.base))


def shared_for_ever(original: Any, rule: Any, views: Any, desired: Any = None) -> Any:
    owner = Owner.SHARED if rule.owner is Owner.CREATE_ONCE else rule.owner
    return original(replace(rule, owner=owner), views, desired)


def random_ref(_: Any, table: str, marker: str) -> RecordRef:
    del marker
    return RecordRef(SERVICENOW, table, uuid.uuid4().hex)


def random_incident(_: Any, table: str, marker: str) -> RecordRef:
    del marker
    return RecordRef(SENTINEL, table, str(uuid.uuid4()))


def anyhow(actions: Sequence[Action]) -> tuple[Action, ...]:
    return tuple(sorted(actions, key=lambda _: secrets.randbelow(1000)))


def named_by_due(original: Any, *args: Any, **options: Any) -> str:
    return f"{original(*args, **options)}{secrets.token_hex(1)}"


@contextmanager
def blind() -> Iterator[None]:
    """Neither the lease nor its loss is noticed."""
    with (
        around(SqlLease, "take", taken_by_anyone)(),
        patch.object(HeldLease, "check", lambda _: None),
    ):
        yield

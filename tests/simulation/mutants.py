"""The engine without one of its guards: what the guard is for must then be seen to break.

Every mutant names the guard, the invariant that it keeps, and the tests that are named after that invariant. Those tests and
the simulation are both tried. Histories alone miss most of them, because most guards stand behind another one: a comment's derived
id behind its marker, a marker behind the ledger, a stored intention behind the id that was chosen for a record.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from unittest.mock import patch

from watchkeeper.catalog import occurrences
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.profile import Owner
from watchkeeper.model.plan import Action
from watchkeeper.model.record import SENTINEL, SERVICENOW, RecordRef
from watchkeeper.model.run import Outcome
from watchkeeper.model.scan import ScanEnd
from watchkeeper.state.lease import HeldLease, SqlLease
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync import (
    apply,
    books,
    cases,
    merge,
    mirror,
    plan,
    reconcile,
    recover,
    run,
    valves,
)
from watchkeeper.sync.memory import PairMemory
from watchkeeper.sync.reconcile import SideView, Sighting
from watchkeeper_sentinel import comments as sentinel_comments
from watchkeeper_sentinel.connector import SentinelConnector
from watchkeeper_sentinel.writes import IncidentWriter
from watchkeeper_servicenow.connector import ServiceNowConnector
from watchkeeper_servicenow.scan import FeedScan

Patch: TypeAlias = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """`removes`: the guard. `keeps`: the invariant that it is there for. `tests`: where that invariant is told by name."""

    name: str
    removes: str
    keeps: str
    patch: Patch
    tests: tuple[str, ...]


def _instead(owner: Any, name: str, function: Any) -> Patch:
    return lambda: patch.object(owner, name, function)


def _around(owner: Any, name: str, wrapper: Callable[..., Any]) -> Patch:
    """`wrapper` is called with the original function before its arguments."""

    def patched() -> AbstractContextManager[Any]:
        original = getattr(owner, name)
        return patch.object(owner, name, lambda *args, **options: wrapper(original, *args, **options))

    return patched


def _i(number: int, name: str) -> str:
    return f"tests/invariants/test_i{number:02d}_{name}.py"


RECORDS, REST = _i(1, "one_record_per_key_and_side"), _i(3, "rest")
EDITS, OWNERS, ECHO, TALK = _i(4, "no_edit_is_lost"), _i(5, "ownership"), _i(6, "no_echo"), _i(7, "comments")
KILLED, VALVES, TRUTH = _i(8, "killed_anywhere"), _i(9, "valves_are_total"), _i(10, "truthful_memory")
ABSENCE, PURE, LENSES = _i(11, "absence_is_inert"), _i(12, "pure_plan"), _i(13, "lens_laws")
SKEW, ISOLATION = _i(14, "skew"), _i(15, "isolation")
KEYS, LOGGED = _i(16, "occurrence_keys"), _i(17, "every_write_is_logged_first")
AGREEMENT = _i(2, "convergence")
LEASE = "tests/state/test_lease.py"


def _treated_as_absent(original: Any, ref: Any, record: Any, link: Any, read: Any) -> SideView:
    view: SideView = original(ref, record, link, read)
    return SideView(Sighting.NEVER) if view.sighting in {Sighting.MISSING, Sighting.GONE} else view


def _gone_at_once(original: Any, ref: Any, record: Any, link: Any, read: Any) -> SideView:
    view: SideView = original(ref, record, link, read)
    return replace(view, sighting=Sighting.GONE) if view.sighting is Sighting.MISSING else view


def _without_accounts(original: Any, talk: Any, capabilities: Any) -> Any:
    return original(replace(talk, accounts={}), capabilities)


def _newest_first(original: Any, talk: Any, capabilities: Any) -> Any:
    turned = {side: tuple(reversed(told)) for side, told in talk.comments.items()}
    return original(replace(talk, comments=turned), capabilities)


def _forgets_the_ledger(original: Any, talk: Any, capabilities: Any) -> Any:
    return original(replace(talk, settled=frozenset()), capabilities)


def _believed_before_confirmed(original: Any, applier: Any, key: str, index: int) -> Any:
    """Store what we are about to write as if it were agreed, before the call."""
    action = applier._chains[key][index]
    links = applier._systems.store.links([key]).get(key, {})
    sent = [
        replace(link, base={**link.base, **(action.body if side == action.ref.side else action.agreed)})
        for side, link in links.items()
    ]
    applier._systems.store.put_links(sent)
    return original(applier, key, index)


def _complete_whatever_it_says(original: Any, scan: Any) -> Iterator[Any]:
    for item in original(scan):
        yield replace(item, complete=True, watermark=scan._watermark()) if isinstance(item, ScanEnd) else item


def _first_page_only(original: Any, scan: Any, listing: Any) -> bool:
    original(scan, listing)
    return False


def _cursor_at_our_own_time(original: Any, scan: Any) -> Any:
    scan._newest = None
    scan._start = None
    with patch.object(scan, "_now", lambda: scan._clock.now()):
        return original(scan)


def _taken_by_anyone(original: Any, lease: SqlLease, run_id: str, operation: str) -> Any:
    holder = lease.holder()
    if holder is not None:
        lease.break_lease(holder.run_id)
    return original(lease, run_id, operation)


def _never_open(systems: Any) -> recover.Recovered:
    for intent in systems.store.intents():
        recover.drop(systems, intent.action)
    return recover.Recovered()


def _spelled_anew(original: Any, lens: TableLens, value: Any, raw: Any) -> Any:
    row = lens._writers.get(str(value))
    if value is None or row is None or lens._barred(raw, row):
        return original(lens, value, raw)
    return {name: new for name, new in zip(lens.raw_fields, row.raw, strict=True) if raw.get(name) != new}


def _no_precondition(original: Any, connector: Any, ref: Any, changes: Any, expect: Any) -> Any:
    now = connector.get([ref], frozenset(changes))[ref]
    return original(connector, ref, changes, getattr(now, "revision", expect))


def _fresh_whatever_moved(original: Any, writer: Any, name: str, expect: Any) -> Any:
    del original, expect
    return writer._read(name)


def _any_failure_stops(original: Any, applier: Any, done: Any) -> None:
    original(applier, done)
    if done.error is not None:
        applier.applied.stopped.setdefault(done.result.action.ref.side, done.error)


def _settled_as_if_done(original: Any, applier: Any, intent: Any, error: Any) -> Any:
    """A write that failed or got no answer counts as made."""
    done = original(applier, intent, error)
    memory = applier._memories[intent.action.key]
    applier._systems.store.put_links(memory.storable(last=True))
    result = replace(done.result, outcome=Outcome.DONE)
    return replace(done, result=result, error=None)


def _own_write_is_news(original: Any, memory: PairMemory, action: Action, record: Any, at: Any, kept: Any = ()) -> None:
    before = {side: link.base for side, link in memory.final.items()}
    original(memory, action, record, at, kept)
    for version in (memory.working, memory.final):
        for side, link in version.items():
            version[side] = replace(link, base=before.get(side, link.base))


def _shared_for_ever(original: Any, rule: Any, views: Any, desired: Any = None) -> Any:
    owner = Owner.SHARED if rule.owner is Owner.CREATE_ONCE else rule.owner
    return original(replace(rule, owner=owner), views, desired)


def _random_ref(_: Any, table: str, marker: str) -> RecordRef:
    del marker
    return RecordRef(SERVICENOW, table, uuid.uuid4().hex)


def _random_incident(_: Any, table: str, marker: str) -> RecordRef:
    del marker
    return RecordRef(SENTINEL, table, str(uuid.uuid4()))


def _anyhow(actions: Sequence[Action]) -> tuple[Action, ...]:
    return tuple(sorted(actions, key=lambda _: secrets.randbelow(1000)))


def _named_by_due(original: Any, *args: Any, **options: Any) -> str:
    return f"{original(*args, **options)}{secrets.token_hex(1)}"


@contextmanager
def _blind() -> Iterator[None]:
    """Neither the lease nor its loss is noticed."""
    with (
        _around(SqlLease, "take", _taken_by_anyone)(),
        patch.object(HeldLease, "check", lambda _: None),
    ):
        yield


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "no-intent",
        "the intention stored before a write",
        "I17",
        _instead(SqlStateStore, "intend", lambda *_: None),
        (LOGGED, KILLED),
    ),
    Mutant(
        "no-recovery",
        "open intentions are judged before anything is decided",
        "I8",
        _instead(plan, "recover", _never_open),
        (EDITS, TALK, KILLED),
    ),
    Mutant(
        "no-look-for-our-comment",
        "our own comment is looked for before it is sent again",
        "I7",
        _instead(recover, "_mirror_of", lambda *_: None),
        (TALK, KILLED),
    ),
    Mutant(
        "no-look-by-marker",
        "a record that was made under another id is found by its marker before it is made again",
        "I1",
        _instead(recover, "_created_elsewhere", lambda *_: None),
        (RECORDS, KILLED),
    ),
    Mutant(
        "no-adoption-by-marker",
        "what carries our key is adopted and not made again",
        "I1",
        _instead(cases, "_by_marker", lambda *_: {}),
        (RECORDS,),
    ),
    Mutant(
        "ours-come-back",
        "comments of our own account are not mirrored",
        "I7",
        _around(mirror, "plan_comments", _without_accounts),
        (TALK,),
    ),
    Mutant(
        "no-ledger",
        "a comment that has crossed is remembered",
        "I7",
        _around(mirror, "plan_comments", _forgets_the_ledger),
        (TALK,),
    ),
    Mutant(
        "comments-backwards",
        "comments cross in the order in which they were written",
        "I7",
        _around(mirror, "plan_comments", _newest_first),
        (TALK,),
    ),
    Mutant(
        "random-comment-ids",
        "a comment's id is derived from its origin",
        "I7",
        _instead(sentinel_comments, "child_name", lambda *_: str(uuid.uuid4())),
        ("tests/connectors/sentinel/test_writes.py", TALK),
    ),
    Mutant(
        "random-ticket-ids",
        "a ticket's id is derived from its key",
        "I1",
        _instead(ServiceNowConnector, "chosen_ref", _random_ref),
        (RECORDS, KILLED),
    ),
    Mutant(
        "random-incident-ids",
        "an incident's id is derived from its key",
        "I1",
        _instead(SentinelConnector, "chosen_ref", _random_incident),
        (RECORDS, KILLED),
    ),
    Mutant(
        "absent-is-new",
        "a linked record that is not visible is not made again",
        "I11",
        _around(cases, "_view", _treated_as_absent),
        (ABSENCE,),
    ),
    Mutant(
        "gone-at-once",
        "a record is gone only after two answers in two runs",
        "I11",
        _around(cases, "_view", _gone_at_once),
        (ABSENCE,),
    ),
    Mutant(
        "partial-is-whole",
        "a listing that was cut proves nothing and moves no cursor",
        "I11",
        _around(FeedScan, "items", _complete_whatever_it_says),
        (ABSENCE,),
    ),
    Mutant(
        "first-page-only",
        "a listing is read to its end",
        "I2",
        _around(FeedScan, "_more", _first_page_only),
        ("tests/connectors/servicenow/test_scan.py",),
    ),
    Mutant(
        "cursor-of-our-clock",
        "the cursor follows the instance's clock, not ours",
        "I14",
        _around(FeedScan, "_watermark", _cursor_at_our_own_time),
        (SKEW, "tests/connectors/servicenow/test_scan.py"),
    ),
    Mutant(
        "no-sweep",
        "a sweep lists everything now and then",
        "I2",
        _around(plan, "observe", lambda original, systems, run_id, full: original(systems, run_id, full=False)),
        (ABSENCE, EDITS),
    ),
    Mutant(
        "nothing-is-dirty",
        "a key is marked as unfinished before it is written",
        "I15",
        _instead(books, "_mark", lambda *_: None),
        (ISOLATION, KILLED),
    ),
    Mutant(
        "believed-before-confirmed",
        "memory changes after a write's answer, not before",
        "I10",
        _around(apply.Applier, "_perform", _believed_before_confirmed),
        (TRUTH, EDITS),
    ),
    Mutant(
        "failed-counts-as-done",
        "a write without a good answer is not remembered as made",
        "I10",
        _around(apply.Applier, "_settle_failure", _settled_as_if_done),
        (TRUTH, AGREEMENT),
    ),
    Mutant(
        "own-writes-are-news",
        "what we wrote ourselves becomes the agreement",
        "I6",
        _around(PairMemory, "wrote", _own_write_is_news),
        (ECHO, EDITS),
    ),
    Mutant(
        "no-look-before-a-patch",
        "a ticket's revision is read just before it is written",
        "I4",
        _around(ServiceNowConnector, "_expected", _no_precondition),
        (EDITS,),
    ),
    Mutant(
        "no-version-in-a-put",
        "an incident is written only at the version that was decided on",
        "I4",
        _around(IncidentWriter, "_at", _fresh_whatever_moved),
        (EDITS,),
    ),
    Mutant(
        "no-history-of-touches",
        "a field that was changed and changed back counts as edited",
        "I4",
        _instead(plan, "with_touched", lambda *_: []),
        (EDITS,),
    ),
    Mutant(
        "no-history-in-recovery",
        "history tells whether a write of ours was made and edited since",
        "I4",
        _instead(recover, "_told_as_ours", lambda *_: False),
        (EDITS,),
    ),
    Mutant(
        "closed-on-a-guess",
        "with no memory of an agreement nobody is closed or reopened",
        "I4",
        _instead(merge, "STATUS_FIELD", "-"),
        (EDITS, RECORDS),
    ),
    Mutant(
        "no-conflict-rows",
        "the value that lost is kept",
        "I4",
        _instead(SqlStateStore, "put_conflicts", lambda *_: None),
        (EDITS,),
    ),
    Mutant(
        "severity-may-fall",
        "the bridge lowers no severity",
        "I5",
        _instead(merge, "_is_barred", lambda *_: False),
        (OWNERS, "tests/unit/sync/test_merge.py"),
    ),
    Mutant(
        "anybody-closes",
        "only a member of a SOC team closes an incident from ServiceNow",
        "I5",
        _instead(plan, "with_closers", lambda _, built: list(built)),
        (OWNERS,),
    ),
    Mutant(
        "titles-follow",
        "a field that is set at creation is never written again",
        "I5",
        _around(reconcile, "merge_field", _shared_for_ever),
        (OWNERS,),
    ),
    Mutant(
        "spelled-anew",
        "nothing is written where the side means the same already",
        "I13",
        _around(TableLens, "put", _spelled_anew),
        (ECHO, LENSES),
    ),
    Mutant(
        "asked-again-for-ever",
        "what a side made of our request is not asked for again",
        "I3",
        _instead(merge, "_needs_write", lambda rule, side, view, target: bool(rule.lenses[side].put(target, view.raw))),
        ("tests/unit/sync/test_merge.py", REST),
    ),
    Mutant(
        "no-valves",
        "a plan that is out of proportion stops the run",
        "I9",
        _instead(valves, "guard", lambda *_: ()),
        (VALVES,),
    ),
    Mutant(
        "valves-are-advice",
        "a valve that tripped stops every write",
        "I9",
        _instead(run, "_closed_valves", lambda _: False),
        (VALVES,),
    ),
    Mutant(
        "no-lease",
        "one run at a time",
        "I1",
        _blind,
        (LEASE, "tests/acceptance/test_killed_runs.py"),
    ),
    Mutant(
        "no-look-at-the-lease",
        "the lease is looked at before every write",
        "I6",
        _instead(HeldLease, "check", lambda _: None),
        (LEASE,),
    ),
    Mutant(
        "plan-in-any-order",
        "a plan has one order",
        "I12",
        _instead(plan, "in_order", _anyhow),
        (PURE,),
    ),
    Mutant(
        "one-failure-stops-all",
        "a record that cannot be written delays no other",
        "I15",
        _around(apply.Applier, "_count_failures", _any_failure_stops),
        (ISOLATION,),
    ),
    Mutant(
        "keys-of-the-moment",
        "a duty's key follows from its nominal day alone",
        "I16",
        _around(occurrences, "key_of", _named_by_due),
        (KEYS,),
    ),
    Mutant(
        "older-answers-count",
        "an answer from before our last look is no news",
        "I4",
        _instead(cases, "_is_older", lambda *_: False),
        (EDITS, "tests/unit/sync/test_cases.py"),
    ),
)
BY_NAME: Mapping[str, Mutant] = {mutant.name: mutant for mutant in MUTANTS}

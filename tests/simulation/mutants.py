"""The engine without one of its guards: what the guard is for must then be seen to break.

Every mutant names the guard, the invariant that it keeps, and the tests that are named after that invariant. Those tests and
the simulation are both tried. Histories alone miss most of them, because most guards stand behind another one: a comment's derived
id behind its marker, a marker behind the ledger, a stored intention behind the id that was chosen for a record.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tests.simulation.without import (
    Patch,
    any_failure_stops,
    anyhow,
    around,
    believed_before_confirmed,
    blind,
    complete_whatever_it_says,
    cursor_at_our_own_time,
    first_page_only,
    forgets_the_ledger,
    fresh_whatever_moved,
    gone_at_once,
    instead,
    named_by_due,
    never_open,
    newest_first,
    no_precondition,
    own_write_is_news,
    random_incident,
    random_ref,
    settled_as_if_done,
    shared_for_ever,
    spelled_anew,
    treated_as_absent,
    without_accounts,
)

from watchkeeper.catalog import occurrences
from watchkeeper.mapping.lens import TableLens
from watchkeeper.state.lease import HeldLease
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync import (
    apply,
    books,
    cases,
    late_writes,
    merge,
    mirror,
    observe,
    passed_over,
    plan,
    quiet,
    reconcile,
    recover,
    run,
    valves,
)
from watchkeeper.sync.memory import PairMemory
from watchkeeper_sentinel import comments as sentinel_comments
from watchkeeper_sentinel.connector import SentinelConnector
from watchkeeper_sentinel.writes import IncidentWriter
from watchkeeper_servicenow.connector import ServiceNowConnector
from watchkeeper_servicenow.scan import FeedScan


@dataclass(frozen=True, slots=True)
class Mutant:
    """`removes`: the guard. `keeps`: the invariant that it is there for. `tests`: where that invariant is told by name."""

    name: str
    removes: str
    keeps: str
    patch: Patch
    tests: tuple[str, ...]


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
GIVEN_BACK = "tests/invariants/test_edits_given_back.py"


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "no-intent",
        "the intention stored before a write",
        "I17",
        instead(SqlStateStore, "intend", lambda *_: None),
        (LOGGED, KILLED),
    ),
    Mutant(
        "no-recovery",
        "open intentions are judged before anything is decided",
        "I8",
        instead(plan, "recover", never_open),
        (EDITS, TALK, KILLED),
    ),
    Mutant(
        "no-look-for-our-comment",
        "our own comment is looked for before it is sent again",
        "I7",
        instead(recover, "_mirror_of", lambda *_: None),
        (TALK, KILLED),
    ),
    Mutant(
        "no-look-by-marker",
        "a record that was made under another id is found by its marker before it is made again",
        "I1",
        instead(recover, "_created_elsewhere", lambda *_: None),
        (RECORDS, KILLED),
    ),
    Mutant(
        "no-adoption-by-marker",
        "what carries our key is adopted and not made again",
        "I1",
        instead(cases, "_by_marker", lambda *_: {}),
        (RECORDS,),
    ),
    Mutant(
        "ours-come-back",
        "comments of our own account are not mirrored",
        "I7",
        around(mirror, "plan_comments", without_accounts),
        (TALK,),
    ),
    Mutant(
        "no-ledger",
        "a comment that has crossed is remembered",
        "I7",
        around(mirror, "plan_comments", forgets_the_ledger),
        (TALK,),
    ),
    Mutant(
        "comments-backwards",
        "comments cross in the order in which they were written",
        "I7",
        around(mirror, "plan_comments", newest_first),
        (TALK,),
    ),
    Mutant(
        "random-comment-ids",
        "a comment's id is derived from its origin",
        "I7",
        instead(sentinel_comments, "child_name", lambda *_: str(uuid.uuid4())),
        ("tests/connectors/sentinel/test_writes.py", TALK),
    ),
    Mutant(
        "random-ticket-ids",
        "a ticket's id is derived from its key",
        "I1",
        instead(ServiceNowConnector, "chosen_ref", random_ref),
        (RECORDS, KILLED),
    ),
    Mutant(
        "random-incident-ids",
        "an incident's id is derived from its key",
        "I1",
        instead(SentinelConnector, "chosen_ref", random_incident),
        (RECORDS, KILLED),
    ),
    Mutant(
        "absent-is-new",
        "a linked record that is not visible is not made again",
        "I11",
        around(cases, "_view", treated_as_absent),
        (ABSENCE,),
    ),
    Mutant(
        "gone-at-once",
        "a record is gone only after two answers in two runs",
        "I11",
        around(cases, "_view", gone_at_once),
        (ABSENCE,),
    ),
    Mutant(
        "partial-is-whole",
        "a listing that was cut proves nothing and moves no cursor",
        "I11",
        around(FeedScan, "items", complete_whatever_it_says),
        (ABSENCE,),
    ),
    Mutant(
        "first-page-only",
        "a listing is read to its end",
        "I2",
        around(FeedScan, "_more", first_page_only),
        ("tests/connectors/servicenow/test_scan.py",),
    ),
    Mutant(
        "cursor-of-our-clock",
        "the cursor follows the instance's clock, not ours",
        "I14",
        around(FeedScan, "_watermark", cursor_at_our_own_time),
        (SKEW, "tests/connectors/servicenow/test_scan.py"),
    ),
    Mutant(
        "no-sweep",
        "a sweep lists everything now and then",
        "I2",
        around(plan, "observe", lambda original, systems, run_id, full: original(systems, run_id, full=False)),
        (ABSENCE, EDITS),
    ),
    Mutant(
        "nothing-is-dirty",
        "a key is marked as unfinished before it is written",
        "I15",
        instead(books, "_mark", lambda *_: None),
        (ISOLATION, KILLED),
    ),
    Mutant(
        "believed-before-confirmed",
        "memory changes after a write's answer, not before",
        "I10",
        around(apply.Applier, "_perform", believed_before_confirmed),
        (TRUTH, EDITS),
    ),
    Mutant(
        "failed-counts-as-done",
        "a write without a good answer is not remembered as made",
        "I10",
        around(apply.Applier, "_settle_failure", settled_as_if_done),
        (TRUTH, AGREEMENT),
    ),
    Mutant(
        "own-writes-are-news",
        "what we wrote ourselves becomes the agreement",
        "I6",
        around(PairMemory, "wrote", own_write_is_news),
        (ECHO, EDITS),
    ),
    Mutant(
        "no-look-before-a-patch",
        "a ticket's revision is read just before it is written",
        "I4",
        around(ServiceNowConnector, "_expected", no_precondition),
        (EDITS,),
    ),
    Mutant(
        "no-version-in-a-put",
        "an incident is written only at the version that was decided on",
        "I4",
        around(IncidentWriter, "_at", fresh_whatever_moved),
        (EDITS,),
    ),
    Mutant(
        "no-history-of-touches",
        "a field that was changed and changed back counts as edited",
        "I4",
        instead(plan, "with_touched", lambda *_: []),
        (EDITS,),
    ),
    Mutant(
        "agreed-whatever-was-cut",
        "an edit that was given back is over only where the other side is known to have stood still",
        "I4",
        instead(quiet, "_stood_still", lambda *_: True),
        (GIVEN_BACK,),
    ),
    Mutant(
        "read-when-processed",
        "history is asked from the moment of reading on",
        "I4",
        instead(observe, "_asked", lambda rows, _: rows),
        (GIVEN_BACK,),
    ),
    Mutant(
        "echo-whoever-said-it",
        "a person who says what we were about to write is not taken for us",
        "I4",
        instead(recover, "_is_as_agreed", lambda *_: True),
        ("tests/invariants/test_edits_after_a_lost_answer.py",),
    ),
    Mutant(
        "no-history-in-recovery",
        "history tells whether a write of ours was made and edited since",
        "I4",
        instead(recover, "_was_held", lambda *_: False),
        (EDITS,),
    ),
    Mutant(
        "closed-on-a-guess",
        "with no memory of an agreement nobody is closed or reopened",
        "I4",
        instead(merge, "STATUS_FIELD", "-"),
        (EDITS, RECORDS),
    ),
    Mutant(
        "no-conflict-rows",
        "the value that lost is kept",
        "I4",
        instead(SqlStateStore, "put_conflicts", lambda *_: None),
        (EDITS,),
    ),
    Mutant(
        "severity-may-fall",
        "the bridge lowers no severity",
        "I5",
        instead(merge, "_is_barred", lambda *_: False),
        (OWNERS, "tests/unit/sync/test_merge.py"),
    ),
    Mutant(
        "anybody-closes",
        "only a member of a SOC team closes an incident from ServiceNow",
        "I5",
        instead(plan, "with_closers", lambda _, built: list(built)),
        (OWNERS,),
    ),
    Mutant(
        "titles-follow",
        "a field that is set at creation is never written again",
        "I5",
        around(reconcile, "merge_field", shared_for_ever),
        (OWNERS,),
    ),
    Mutant(
        "spelled-anew",
        "nothing is written where the side means the same already",
        "I13",
        around(TableLens, "put", spelled_anew),
        (ECHO, LENSES),
    ),
    Mutant(
        "asked-again-for-ever",
        "what a side made of our request is not asked for again",
        "I3",
        instead(merge, "_needs_write", lambda rule, side, view, target: bool(rule.lenses[side].put(target, view.raw))),
        ("tests/unit/sync/test_merge.py", REST),
    ),
    Mutant(
        "no-valves",
        "a plan that is out of proportion stops the run",
        "I9",
        instead(valves, "guard", lambda *_: ()),
        (VALVES,),
    ),
    Mutant(
        "valves-are-advice",
        "a valve that tripped stops every write",
        "I9",
        instead(run, "_closed_valves", lambda _: False),
        (VALVES,),
    ),
    Mutant(
        "no-lease",
        "one run at a time",
        "I1",
        blind,
        (LEASE, "tests/acceptance/test_killed_runs.py"),
    ),
    Mutant(
        "no-look-at-the-lease",
        "the lease is looked at before every write",
        "I6",
        instead(HeldLease, "check", lambda _: None),
        (LEASE,),
    ),
    Mutant(
        "plan-in-any-order",
        "a plan has one order",
        "I12",
        instead(plan, "in_order", anyhow),
        (PURE,),
    ),
    Mutant(
        "one-failure-stops-all",
        "a record that cannot be written delays no other",
        "I15",
        around(apply.Applier, "_count_failures", any_failure_stops),
        (ISOLATION,),
    ),
    Mutant(
        "keys-of-the-moment",
        "a duty's key follows from its nominal day alone",
        "I16",
        around(occurrences, "key_of", named_by_due),
        (KEYS,),
    ),
    Mutant(
        "older-answers-count",
        "an answer from before our last look is no news",
        "I4",
        instead(cases, "_is_older", lambda *_: False),
        (EDITS, "tests/unit/sync/test_cases.py"),
    ),
    Mutant(
        "given-up-is-gone",
        "a write that was never answered is looked for where its record moves",
        "I4",
        instead(plan, "take_in_late_writes", lambda *_: late_writes.LateWrites()),
        ("tests/invariants/test_late_writes.py",),
    ),
    Mutant(
        "one-look-at-the-history",
        "a history that does not answer is asked again",
        "I4",
        instead(passed_over, "PATIENCE", timedelta(0)),
        ("tests/invariants/test_edits_that_a_write_passes_over.py",),
    ),
)
BY_NAME: Mapping[str, Mutant] = {mutant.name: mutant for mutant in MUTANTS}

"""What holds when a run dies, stands still or gets no answer."""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.guards.mutant import (
    AGREEMENT,
    EDITS,
    ISOLATION,
    KILLED,
    LEASE,
    LOGGED,
    LOST_ANSWER,
    RECORDS,
    TALK,
    TRUTH,
    Mutant,
)
from tests.simulation.without import (
    around,
    believed_before_confirmed,
    blind,
    instead,
    never_open,
    ours_where_it_holds_the_same,
    settled_as_if_done,
)

from watchkeeper.state.lease import HeldLease
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync import (
    apply,
    books,
    late_writes,
    passed_over,
    plan,
    recover,
)
from watchkeeper_sentinel.writes import IncidentWriter

GUARDS: tuple[Mutant, ...] = (
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
        "nothing-is-dirty",
        "a key is marked as unfinished before it is written",
        "I15",
        instead(books, "_mark", lambda *_: None),
        (ISOLATION, KILLED),
    ),
    Mutant(
        "failed-counts-as-done",
        "a write without a good answer is not remembered as made",
        "I10",
        around(apply.Applier, "_settle_failure", settled_as_if_done),
        (TRUTH, AGREEMENT),
    ),
    Mutant(
        "believed-before-confirmed",
        "memory changes after a write's answer, not before",
        "I10",
        around(apply.Applier, "_perform", believed_before_confirmed),
        (TRUTH, EDITS),
    ),
    Mutant(
        "no-history-in-recovery",
        "history tells whether a write of ours was made and edited since",
        "I4",
        instead(recover, "_was_held", lambda *_: False),
        (EDITS,),
    ),
    Mutant(
        "echo-whoever-said-it",
        "a person who says what we were about to write is not taken for us",
        "I4",
        instead(recover, "_is_as_agreed", lambda *_: True),
        (LOST_ANSWER,),
    ),
    Mutant(
        "conflict-with-ourselves",
        "a conflict over just what was sent is not taken for a repetition of our own write",
        "I4",
        around(IncidentWriter, "_replace", ours_where_it_holds_the_same),
        (LOST_ANSWER,),
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
)

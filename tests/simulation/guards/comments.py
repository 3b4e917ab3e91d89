"""What lets each comment cross once, and in order."""

from __future__ import annotations

import uuid

from tests.simulation.guards.mutant import (
    TALK,
    Mutant,
)
from tests.simulation.without import (
    around,
    forgets_the_ledger,
    instead,
    newest_first,
    without_accounts,
)

from watchkeeper.sync import (
    mirror,
)
from watchkeeper_sentinel import comments as sentinel_comments

GUARDS: tuple[Mutant, ...] = (
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
)

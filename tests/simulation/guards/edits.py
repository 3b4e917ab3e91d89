"""What keeps the edits of people: memory, preconditions and history."""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.guards.mutant import (
    ECHO,
    EDITS,
    GIVEN_BACK,
    RECORDS,
    Mutant,
)
from tests.simulation.without import (
    around,
    fresh_whatever_moved,
    instead,
    no_precondition,
    own_write_is_news,
)

from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync import (
    field_write,
    merge,
    observe,
    plan,
    quiet,
    scrutiny,
)
from watchkeeper.sync.memory import PairMemory
from watchkeeper_sentinel.writes import IncidentWriter
from watchkeeper_servicenow.connector import ServiceNowConnector

GUARDS: tuple[Mutant, ...] = (
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
        "half-a-value",
        "raw fields that make a value together are written together",
        "I4",
        instead(field_write, "_whole", lambda _, change, held: change),
        (EDITS,),
    ),
    Mutant(
        "no-history-of-touches",
        "a field that was changed and changed back counts as edited",
        "I4",
        instead(plan, "with_touched", lambda *_: scrutiny.Touches()),
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
        "agreed-when-settled",
        "history is asked from the moment on in which our own write set out",
        "I4",
        instead(scrutiny, "_known_until", lambda _, link: link.confirmed_at),
        (GIVEN_BACK,),
    ),
    Mutant(
        "silence-is-no-edit",
        "a history of edits that does not answer is asked again",
        "I4",
        instead(scrutiny, "PATIENCE", timedelta(0)),
        (GIVEN_BACK,),
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
)

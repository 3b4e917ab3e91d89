"""What makes one record of a key on each side: ids, markers, and listings that prove nothing by what they lack."""

from __future__ import annotations

from tests.simulation.guards.mutant import (
    ABSENCE,
    EDITS,
    KEYS,
    KILLED,
    RECORDS,
    SKEW,
    Mutant,
)
from tests.simulation.without import (
    around,
    complete_whatever_it_says,
    cursor_at_our_own_time,
    first_page_only,
    gone_at_once,
    instead,
    named_by_due,
    random_incident,
    random_ref,
    treated_as_absent,
)

from watchkeeper.catalog import occurrences
from watchkeeper.sync import (
    cases,
    plan,
)
from watchkeeper_sentinel.connector import SentinelConnector
from watchkeeper_servicenow.connector import ServiceNowConnector
from watchkeeper_servicenow.scan import FeedScan

GUARDS: tuple[Mutant, ...] = (
    Mutant(
        "no-adoption-by-marker",
        "what carries our key is adopted and not made again",
        "I1",
        instead(cases, "_by_marker", lambda *_: {}),
        (RECORDS,),
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
        "keys-of-the-moment",
        "a duty's key follows from its nominal day alone",
        "I16",
        around(occurrences, "key_of", named_by_due),
        (KEYS,),
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
        "older-answers-count",
        "an answer from before our last look is no news",
        "I4",
        instead(cases, "_is_older", lambda *_: False),
        (EDITS, "tests/unit/sync/test_cases.py"),
    ),
)

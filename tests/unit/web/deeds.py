"""A store in which much was written, and everything that others write is hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.state.examples import SetClock, a_link, a_ref, a_report, a_result, a_verdict, an_action
from tests.unit.web.boards import NOW

from watchkeeper.model.link import ConflictRow, LedgerEntry, Link
from watchkeeper.model.plan import FieldChange, Intent, Operation
from watchkeeper.model.record import RecordRef
from watchkeeper.model.run import Outcome
from watchkeeper.state.opening import open_store
from watchkeeper.state.store import SqlStateStore

HOSTILE = "<script>alert(1)</script>::error::\u202e=cmd()"
AZURE = "https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident/subscriptions/s/resourceGroups/g"
DEFENDER = "https://security.microsoft.com/incidents/77?tid=t"
KEY = f"escalation/sentinel/{'a' * 8}@~:%?#&\"'<b>"
"""Of everything that an address has a meaning for."""
RUN = "20261123T080000Z-1"
BEGUN = NOW - timedelta(hours=4)
RULE = "profiles/escalation.yaml:47:3"


def a_pair(key: str = KEY, number: int = 7, **changes: Any) -> tuple[Link, Link]:
    """A ticket and its incident."""
    base = {"short_description": HOSTILE, "state": "2"}
    shared = {"profile": "escalation", "confirmed_at": BEGUN, **changes}
    ticket = a_link(key, number, base=base, asked={"state": "3"}, reason=HOSTILE)
    incident = a_link(key, number, "sentinel", base={"title": HOSTILE, "status": "New", "labels": (HOSTILE, "b")})
    ref = RecordRef("sentinel", "incidents", f"{number:08d}-0000-4000-8000-000000000000")
    return (
        replace(ticket, **shared),
        replace(incident, ref=ref, url=DEFENDER, **{"number": str(number), **shared}),
    )


def write(
    store: SqlStateStore,
    run_id: str,
    key: str,
    number: int = 7,
    outcome: Outcome | None = Outcome.DONE,
    operation: Operation = Operation.UPDATE,
    **told: Any,
) -> None:
    """One write and what became of it; nothing yet where `outcome` is None."""
    change = FieldChange("title", "a", "b", RULE, raw=("short_description",))
    action = an_action(
        key,
        number,
        operation,
        {"short_description": f"{HOSTILE} {number}"},
        ref=a_ref(number),
        reason=HOSTILE,
        changes=(change,),
        before={"short_description": f"before {HOSTILE}"},
    )
    intent = Intent(action, run_id, BEGUN)
    store.intend(intent, BEGUN + timedelta(seconds=number))
    if outcome is not None:
        store.settle(intent, a_result(intent, outcome, **told), BEGUN + timedelta(seconds=number))


def after_a_run(url: str, writes: int = 0) -> str:
    """The same store in which one run wrote to a hostile pair and to so many others, failed at the last of them, and never heard of one
    more."""
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.start_run(RUN, "sync", BEGUN)
        for link in a_pair():
            store.put_links([link])
        write(store, RUN, KEY, refused=("short_description",))
        for number in range(100, 100 + writes):
            write(store, RUN, f"escalation/sentinel/{number}", number)
        write(store, RUN, "escalation/sentinel/failing", 8, Outcome.FAILED, message=HOSTILE, error="Reject")
        write(store, RUN, "escalation/sentinel/unheard", 9, None)
        store.put_conflicts([ConflictRow(KEY, "title", "sentinel", f'"{HOSTILE}"', '"b"', "latest", RUN, BEGUN)])
        mirrored = LedgerEntry(KEY, a_ref(7), f"c-{HOSTILE}", "mirrored", f"m-{HOSTILE}", BEGUN)
        store.put_ledger([mirrored, LedgerEntry(KEY, a_ref(7), "c-2", HOSTILE)])
        judged = [replace(a_verdict(key=KEY, day=date(2026, 11, day)), reason=HOSTILE) for day in (19, 20)]
        store.put_verdicts(judged, RUN)
        counts = a_report(RUN, at=BEGUN)
        store.finish_run(replace(counts, exit_code=4, reasons=(f"4: {HOSTILE}",), problems=(HOSTILE,)))
    return url

"""A store in which the shipped tasks have been at work for some weeks, with one of everything that may become of a period."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.state.examples import SetClock, a_link
from tests.unit.web.boards import NOW

from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.occurrences import expand_task, raise_occurrence
from watchkeeper.catalog.recurrence import Window
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.state.opening import open_store
from watchkeeper.wiring import load_duties

SHIPPED: Final = Path(__file__).parents[3] / "mappings"
ON_TIME, LATE, OPEN, GONE, UNOPENED = "on time", "late", "open", "gone", "unopened"
STORY: Final = (
    ON_TIME,
    ON_TIME,
    LATE,
    Decision.MISSED,
    Decision.CARRIED,
    Decision.SKIPPED,
    GONE,
    ON_TIME,
    LATE,
    OPEN,
)
"""What became of the last ten weeks of the Secure Score review of the monitoring team, the oldest first."""
HOSTILE: Final = "<script>alert(1)</script>::error::\u202e=cmd()"


def shipped_catalog() -> Catalog:
    return load_duties(SHIPPED, None, "soc").catalog


def after_some_weeks(url: str) -> str:
    """The next review is open already, with its ticket; a tabletop exercise was raised with a hostile reason; a task that the catalogue
    does not have any more was done once."""
    catalog = shipped_catalog()
    task = catalog.tasks["secure-score"]
    past = expand_task(catalog, task, Window(NOW - timedelta(weeks=12), NOW))[-len(STORY) :]
    following = expand_task(catalog, task, Window(NOW, NOW + timedelta(weeks=2)))[0]
    ends = [*zip(past, STORY, strict=True), (following, OPEN)]
    raised = raise_occurrence(
        catalog, "tabletop-exercise", "all", reason=HOSTILE, dedupe_key="x", now=NOW - timedelta(days=3)
    )
    removed = Occurrence(
        "weekly-call/night-shift@2026-10-05",
        "weekly-call",
        "night-shift",
        "2026-10-05",
        past[0].nominal,
        past[0].due,
        "UTC",
    )
    ends += [(raised, OPEN), (removed, ON_TIME)]
    ends += [(each, ON_TIME) for each in _daily(catalog)]
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.put_decisions([_decided(occurrence, end) for occurrence, end in ends])
        tickets = [
            _ticket(number, *each) for number, each in enumerate(ends, 100) if each[1] in (ON_TIME, LATE, OPEN, GONE)
        ]
        store.put_links(tickets)
    return url


def _daily(catalog: Catalog) -> tuple[Occurrence, ...]:
    return expand_task(catalog, catalog.tasks["escalation-tickets"], Window(NOW - timedelta(days=20), NOW))


def _decided(occurrence: Occurrence, end: str) -> Decided:
    decision = end if isinstance(end, Decision) else Decision.CREATE
    reason = "no ticket was opened in its time" if end is Decision.MISSED else "it is due"
    return Decided(occurrence, decision, reason, occurrence.due - timedelta(days=2))


def _ticket(number: int, occurrence: Occurrence, end: str) -> Link:
    closed = occurrence.due + (timedelta(days=2) if end == LATE else timedelta(hours=-3))
    state = LinkState.GONE if end == GONE else LinkState.LIVE
    return a_link(occurrence.key, number, closed=end in (ON_TIME, LATE), state=state, confirmed_at=closed)

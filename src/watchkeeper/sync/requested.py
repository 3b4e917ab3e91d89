"""What asset owners have asked for, as a run needs to know it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import count

from watchkeeper.catalog.owner_requests import occurrence_of_request, with_request_duties
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.owner_request import OwnerRequest
from watchkeeper.model.reasons import Because, because
from watchkeeper.model.record import SERVICENOW, Record, Side
from watchkeeper.sync.openings import is_closed
from watchkeeper.sync.systems import Systems


def with_requests(systems: Systems) -> Systems:
    """The systems with the duties of requests, and with every request of which the ticket is still to be opened."""
    catalog = with_request_duties(systems.catalog)
    return replace(systems, catalog=catalog, requests=systems.store.unopened_requests())


def renewed(systems: Systems, records: Mapping[str, Mapping[Side, Record]]) -> Systems:
    """The systems after each request got a number of its own.

    Who asks while a lost store has not found its tickets again cannot know that the same was asked, answered and closed before: the
    request has the key of that ticket. It is raised under the next one, or nobody would ever read it.
    """
    taken = [key for key in systems.requests if _is_answered(systems, records.get(key, {}).get(SERVICENOW), key)]
    if not taken:
        return systems
    known = {*records, *systems.requests}
    for old in systems.store.raised():
        if old.key in taken and not systems.store.decisions([old.key]):
            fresh, occurrence = _under_the_next_number(systems, systems.requests[old.key], known)
            why = because(Because.ASKED_ANEW, key=occurrence.key)
            decided = Decided(old, Decision.SKIPPED, why, systems.clock.now())
            systems.store.renew_request(decided, fresh, occurrence)
    return with_requests(systems)


def _is_answered(systems: Systems, record: Record | None, key: str) -> bool:
    return record is not None and is_closed(systems.profile_of(key), record)


def _under_the_next_number(
    systems: Systems, request: OwnerRequest, known: Collection[str]
) -> tuple[OwnerRequest, Occurrence]:
    later = (replace(request, episode=number) for number in count(request.episode + 1))
    asked = ((each, occurrence_of_request(systems.catalog, each)) for each in later)
    return next((each, occurrence) for each, occurrence in asked if occurrence.key not in known)

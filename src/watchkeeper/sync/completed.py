"""When a duty's ticket was done, as far as the state store knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import Link
from watchkeeper.model.plan import Operation
from watchkeeper.model.ticket import STATUS_FIELD, Status
from watchkeeper.ports import StateStore


def completed_at(store: StateStore, profiles: Mapping[str, Profile], key: str, link: Link) -> datetime | None:
    """When the ticket was resolved or closed; None for one that is open, was cancelled, or is of a profile that is gone.

    A close crosses to the other side, and the write log says when. Of a duty that lives in ServiceNow alone nothing crosses: then it is
    when the ticket was last seen.
    """
    profile = profiles.get(link.profile)
    status = profile.field(STATUS_FIELD).lenses[link.ref.side].get(link.base) if profile else None
    if not isinstance(status, str) or Status(status) not in {Status.RESOLVED, Status.CLOSED}:
        return None
    closed = [row.at for row in store.write_log(key=key, limit=None) if row.operation == Operation.CLOSE.value]
    return max(closed, default=link.confirmed_at)

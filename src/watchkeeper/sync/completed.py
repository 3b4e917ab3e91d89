"""When a duty's ticket was done, as far as the state store knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import Link
from watchkeeper.model.plan import Operation
from watchkeeper.model.ticket import STATUS_FIELD, Status
from watchkeeper.state_ports import StateStore

_DUE: Final = "due"
"""The profile's field that says until when a duty is to be done."""


def completed_at(store: StateStore, profiles: Mapping[str, Profile], key: str, link: Link) -> datetime | None:
    """When the ticket was resolved or closed; None for one that is open, was cancelled, or is of a profile that is gone.

    A close crosses to the other side, and the write log says when. Of a duty that lives in ServiceNow alone nothing crosses: then it is
    when the ticket was last seen. Where it was found again after a lost store, that says nothing of when it was done: then it is when
    it was due, if that is earlier.
    """
    profile = profiles.get(link.profile)
    status = profile.field(STATUS_FIELD).lenses[link.ref.side].get(link.base) if profile else None
    if profile is None or not isinstance(status, str) or Status(status) not in {Status.RESOLVED, Status.CLOSED}:
        return None
    closed = [row.at for row in store.write_log(key=key, limit=None) if row.operation == Operation.CLOSE.value]
    if closed:
        return max(closed)
    due = None if store.decisions([key]) else _due(profile, link)
    return link.confirmed_at if due is None else min(due, link.confirmed_at)


def _due(profile: Profile, link: Link) -> datetime | None:
    lenses = next((rule.lenses for rule in profile.fields if rule.name == _DUE), {})
    value = lenses[link.ref.side].get(link.base) if link.ref.side in lenses else None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None

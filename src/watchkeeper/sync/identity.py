"""Whom we are talking to, and as whom: checked against what the state remembers, so that a clone or a wrong address is noticed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from watchkeeper.model.record import Side
from watchkeeper.sync.systems import Systems

FRESH_FOR = timedelta(hours=12)


def check_identities(systems: Systems) -> tuple[str, ...]:
    """A sentence for every side that is not the instance or workspace of the last run. Asks a side only when its address
    changed or the last answer is 12 hours old. Remembers our own account on each side."""
    return tuple(change for side in sorted(systems.connectors) if (change := _check(systems, side)))


def remember_identities(systems: Systems) -> None:
    """Take the present instance and workspace as the right ones; done after a run that wrote under an opened valve."""
    for side in systems.connectors:
        probe = json.loads(systems.store.recall(_probe_name(side)) or "{}")
        if probe:
            systems.store.remember({f"identity:{side}": str(probe["id"])})


def _check(systems: Systems, side: Side) -> str:
    now = systems.clock.now()
    probe = json.loads(systems.store.recall(_probe_name(side)) or "{}")
    address = systems.connectors[side].url_of(systems.connectors[side].chosen_ref("", "identity"))
    stale = not probe or probe["address"] != address or now - datetime.fromisoformat(probe["at"]) >= FRESH_FOR
    if stale:
        identity = systems.connectors[side].identity()
        probe = {"id": identity.id, "address": address, "at": now.isoformat()}
        systems.store.remember({_probe_name(side): json.dumps(probe), f"account:{side}": identity.account})
    known = systems.store.recall(f"identity:{side}")
    if known is None:
        systems.store.remember({f"identity:{side}": str(probe["id"])})
        return ""
    return f"{side} is {probe['id']} now and was {known} before" if known != probe["id"] else ""


def _probe_name(side: Side) -> str:
    return f"identity-probe:{side}"

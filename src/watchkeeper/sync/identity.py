"""Whom we are talking to, and as whom: checked against what the state remembers, so that a clone or a wrong address is noticed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from watchkeeper.model.capabilities import Identity
from watchkeeper.model.reasons import NOTHING, Because, Reason, because
from watchkeeper.model.record import Side
from watchkeeper.sync.systems import Systems

FRESH_FOR = timedelta(hours=12)
NAMELESS_FOR = timedelta(hours=1)
"""How long an answer that did not say who we are is good for: until it does, less is known to be ours."""


def check_identities(systems: Systems) -> tuple[Reason, ...]:
    """A sentence for every side that is not the instance or workspace of the last run. Asks a side only when its address
    changed or the last answer is 12 hours old, or one if the side did not say who we are. Remembers our own account on each side.

    A side that will not say which one it is (a right is missing) counts as the one that it was at the same address."""
    return tuple(change for side in sorted(systems.connectors) if (change := _check(systems, side)))


def remember_identities(systems: Systems) -> None:
    """Take the present instance and workspace as the right ones; done after a run that wrote under an opened valve."""
    told = systems.store.recall_many([_probe_name(side) for side in systems.connectors])
    probes = {side: json.loads(told.get(_probe_name(side)) or "{}") for side in systems.connectors}
    systems.store.remember({f"identity:{side}": str(probe["id"]) for side, probe in probes.items() if probe})


def _check(systems: Systems, side: Side) -> Reason:
    now = systems.clock.now()
    told = systems.store.recall_many([_probe_name(side), f"account:{side}", f"identity:{side}"])
    probe = json.loads(told.get(_probe_name(side)) or "{}")
    address = systems.connectors[side].url_of(systems.connectors[side].chosen_ref("", "identity"))
    good_for = FRESH_FOR if told.get(f"account:{side}") else NAMELESS_FOR
    stale = not probe or probe["address"] != address or now - datetime.fromisoformat(probe["at"]) >= good_for
    known = told.get(f"identity:{side}")
    if stale:
        identity = systems.connectors[side].identity()
        there, proven_before = probe.get("address") == address, probe.get("proven", True)
        if there and known is not None and not identity.proven:
            identity = replace(identity, id=known, proven=proven_before)
        if there and identity.proven and not proven_before:
            known = None
        probe = {"id": identity.id, "proven": identity.proven, "address": address, "at": now.isoformat()}
        systems.store.remember({_probe_name(side): json.dumps(probe), **_account(side, identity)})
    if known is None:
        systems.store.remember({f"identity:{side}": str(probe["id"])})
        return NOTHING
    changed = known != probe["id"]
    return because(Because.OTHER_PLACE, side=side, there=probe["id"], before=known) if changed else NOTHING


def _account(side: Side, identity: Identity) -> Mapping[str, str]:
    """What to remember of our account: nothing where the side does not say, lest our own notes be taken for a person's."""
    return {f"account:{side}": identity.account} if identity.account else {}


def _probe_name(side: Side) -> str:
    return f"identity-probe:{side}"

"""Whether the workspace is onboarded to the Defender portal, where incidents that an API makes are not shown.

The listing that every run reads shows it at no cost (an incident of Defender's among the rows); an idle run lists next to
nothing, so that what was seen once is remembered. Source: defender-docs, sentinel/move-to-defender.
"""

from __future__ import annotations

from watchkeeper.catalog.model import SentinelMode
from watchkeeper.model.reasons import Reason, because, together
from watchkeeper.model.record import INCIDENTS, SENTINEL
from watchkeeper.model.scan import Trait
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.observe import Observation
from watchkeeper.sync.systems import Systems

_MEMO = f"trait:{SENTINEL}:{Trait.DEFENDER_PORTAL.value}"
_YES, _NO = "yes", "no"


def portal_notes(systems: Systems, observation: Observation) -> tuple[Reason, ...]:
    """What people have to know of an onboarded workspace; nothing where no duty has an incident of its own."""
    makes_incidents = any(
        task.sentinel_mode is not SentinelMode.NONE and task.teams for task in systems.catalog.tasks.values()
    )
    if not makes_incidents or not _onboarded(systems, observation):
        return ()
    return (together([because(Trouble.ONBOARDED), because(Trouble.TICKET_IS_RECORD)]),)


def remember_portal(systems: Systems, observation: Observation) -> None:
    """Keep what the listing showed; a whole one without any incident of Defender's takes it back."""
    onboarded = _YES if _onboarded(systems, observation) else _NO
    if (systems.store.recall(_MEMO) or _NO) != onboarded:
        systems.store.remember({_MEMO: onboarded})


def _onboarded(systems: Systems, observation: Observation) -> bool:
    listings = [result for result in observation.of(SENTINEL) if result.feed.table == INCIDENTS]
    if any(Trait.DEFENDER_PORTAL in result.traits for result in listings):
        return True
    swept = any(result.swept and result.complete and result.seen for result in listings)
    return not swept and systems.store.recall(_MEMO) == _YES

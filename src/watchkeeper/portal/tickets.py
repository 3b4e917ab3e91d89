"""Which ticket is about which of an owner's tasks, as far as the state store remembers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from watchkeeper.evidence.kept import OWNER_TICKETS
from watchkeeper.model.link import Link as Pair
from watchkeeper.model.link import LinkState
from watchkeeper.model.owner_ticket import OwnerTicket
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.report.document import Link
from watchkeeper.state_ports import StateStore
from watchkeeper.sync.owner_duty import key_of_ticket


def tickets_of(store: StateStore, today: date) -> Mapping[tuple[str, str], Link]:
    """By owner's id and recommendation: the number of the ticket and where it is."""
    kept = store.latest_snapshot(OWNER_TICKETS, today)
    return tickets_about(store, () if kept is None else kept.document.tickets)


def tickets_about(store: StateStore, known: Collection[OwnerTicket]) -> Mapping[tuple[str, str], Link]:
    """The same of some of them."""
    pairs = store.links({key_of_ticket(each, spell) for each in known for spell in _spells(each)})
    found = {(each.owner, each.recommendation): _newest(each, pairs) for each in known}
    return {about: Link(pair.number, pair.url) for about, pair in found.items() if pair is not None}


def _spells(ticket: OwnerTicket) -> range:
    """The latest first. What came up again may be in the ticket of the time before, opened once more, and a lost store knows of
    fewer times than there were tickets."""
    return range(ticket.spell + 1, 0, -1)


def _newest(ticket: OwnerTicket, pairs: Mapping[str, Mapping[Side, Pair]]) -> Pair | None:
    """One of an earlier time that is closed is about what is over."""
    for spell in _spells(ticket):
        pair = pairs.get(key_of_ticket(ticket, spell), {}).get(SERVICENOW)
        if pair is not None and pair.state is LinkState.LIVE and not (pair.closed and spell < ticket.spell):
            return pair
    return None

"""Where an asset owner reads what has no ticket yet: on the most urgent one that is open, so that nobody gets a message more for it.
Asks the state store for what it knows of the tickets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from watchkeeper.model.owner_ticket import Fate, OwnerTicket, Untold
from watchkeeper.sync.audit_block import REMEDIATION, with_block
from watchkeeper.sync.owner_duty import key_of_ticket
from watchkeeper.sync.owner_spells import Spells
from watchkeeper.sync.systems import Systems


def told_on(systems: Systems, digest: Iterable[Untold]) -> Mapping[str, Sequence[Untold]]:
    """By the name of the ticket that is to tell it, what of its owner has none yet. Nothing of an owner without an open ticket whose
    text is still ours: the portal and the report tell it."""
    waiting: dict[str, list[Untold]] = {}
    for each in digest:
        waiting.setdefault(each.owner, []).append(each)
    if not waiting:
        return {}
    spells = Spells(systems, {})
    hosts: dict[str, str] = {}
    for ticket in systems.owned.values():
        if ticket.owner in waiting and ticket.owner not in hosts and _tells(ticket, spells):
            hosts[ticket.owner] = ticket.name
    return {name: tuple(waiting[owner]) for owner, name in hosts.items()}


def _tells(ticket: OwnerTicket, spells: Spells) -> bool:
    """Whether the ticket is open or to be opened, as far as anybody remembers, and nobody has put an end to our part of its text."""
    if ticket.fate not in {Fate.WAITING, Fate.MARKED}:
        return False
    newest = spells.newest(ticket)
    if not newest:
        return ticket.fate is Fate.WAITING
    key = key_of_ticket(ticket, newest)
    status, (held, asked) = spells.status(key), spells.text(key)
    is_open = status is not None and not status.is_closed
    return is_open and held is not None and with_block(held, asked, "", REMEDIATION) is not None

"""The tickets that an asset owner has had about one thing, by how often it came up. Asks the state store for what it knows of them.

Each time has a key of its own; not each has a record, because a ticket that is only resolved is opened again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.occurrence import Decided, Decision
from watchkeeper.model.owner_ticket import OwnerTicket
from watchkeeper.model.record import SERVICENOW, Record, Side
from watchkeeper.model.ticket import STATUS_FIELD, Status
from watchkeeper.sync.audited import asked_to_close
from watchkeeper.sync.owner_duty import key_of_ticket
from watchkeeper.sync.owner_text import says_done, shown_by
from watchkeeper.sync.systems import Systems

Records: TypeAlias = Mapping[str, Mapping[Side, Record]]


@dataclass(slots=True)
class Spells:
    """`records`: what this run has read, by key and side; it goes before what is remembered."""

    systems: Systems
    records: Records
    _links: dict[str, Mapping[Side, Link]] = field(default_factory=dict)
    _decisions: dict[str, Decided] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        tickets = self.systems.owned.values()
        self._ask({key_of_ticket(each, spell) for each in tickets for spell in range(1, each.spell + 2)})

    def newest(self, ticket: OwnerTicket) -> int:
        """The last time that it came up for which there is a ticket, or was to be one; 0 for none. A lost store knows of fewer times
        than there were tickets."""
        newest, spell = 0, 1
        while (known := self._has(key_of_ticket(ticket, spell))) or spell < ticket.spell:
            newest = spell if known else newest
            spell += 1
        return newest

    def link(self, key: str) -> Link | None:
        return self._links.get(key, {}).get(SERVICENOW)

    def number(self, key: str) -> str:
        record, link = self._record(key), self.link(key)
        return record.number if record is not None else link.number if link is not None else ""

    def status(self, key: str) -> Status | None:
        """As seen in this run, or as remembered; None where there is no record, or none that says."""
        record, link = self._record(key), self._live(key)
        lens = self.systems.profile_of(key).field(STATUS_FIELD).lenses[SERVICENOW]
        raw = record.fields if record is not None else link.base if link is not None else None
        value = None if raw is None else lens.get(raw)
        return Status(value) if isinstance(value, str) else None

    def text(self, key: str) -> tuple[str | None, str]:
        """The text that shows how it stands, None where that is not known, and the one that we wrote last."""
        record, link, rule = self._record(key), self._live(key), shown_by(self.systems.profile_of(key))
        raw = record.fields if record is not None else link.base if link is not None else {}
        name = rule.lenses[SERVICENOW].raw_fields[0] if rule is not None else ""
        held, asked = raw.get(name), link.asked.get(name) if link is not None else ""
        return held if isinstance(held, str) else None, asked if isinstance(asked, str) else ""

    def is_decided(self, ticket: OwnerTicket, spell: int) -> bool:
        return key_of_ticket(ticket, spell) in self._decisions

    def was_done(self, ticket: OwnerTicket, newest: int) -> bool:
        """Whether what a closed ticket was about has been done since it was opened: it came up again since, and no ticket serves that
        yet, or we had closed it ourselves."""
        if newest < ticket.spell:
            return not self.is_decided(ticket, ticket.spell)
        key = key_of_ticket(ticket, newest)
        link, record = self.link(key), self._record(key)
        if link is not None:
            return asked_to_close(self.systems.profile_of(key), link)
        return record is not None and says_done(record.fields.values())

    def is_unsure(self, ticket: OwnerTicket, newest: int) -> bool:
        """Whether nobody remembers what we asked of a closed ticket, and nothing was decided about that yet."""
        key = key_of_ticket(ticket, newest)
        link = self.link(key)
        if newest < ticket.spell or link is None or key in self._decisions:
            return False
        raw = self.systems.profile_of(key).field(STATUS_FIELD).lenses[SERVICENOW].raw_fields
        return link.asked.keys().isdisjoint(raw)

    def _live(self, key: str) -> Link | None:
        link = self.link(key)
        return link if link is not None and link.state is LinkState.LIVE else None

    def _record(self, key: str) -> Record | None:
        return self.records.get(key, {}).get(SERVICENOW)

    def _has(self, key: str) -> bool:
        if key not in self._asked:
            self._ask({key})
        decided = self._decisions.get(key)
        created = decided is not None and decided.decision is Decision.CREATE
        return created or key in self._links or key in self.records

    def _ask(self, keys: set[str]) -> None:
        unknown = keys - self._asked
        if unknown:
            self._links.update(self.systems.store.links(unknown))
            self._decisions.update(self.systems.store.decisions(unknown))
            self._asked |= unknown

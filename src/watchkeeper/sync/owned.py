"""Which tickets of asset owners are opened, brought up to date, resolved and reopened in a run. Reads the state store alone.

What they are to say was worked out when evidence was collected (watchkeeper.evidence.owner_tickets). What became of the tickets tells
the rest: one that a person closed stays closed, unless what it was about has been done since and has come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from watchkeeper.evidence.kept import OWNER_TICKETS
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.limits import Limits
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.owner_ticket import Fate, OwnerTicket, OwnerTickets
from watchkeeper.model.plan import Action, Operation, Parked
from watchkeeper.model.reasons import Because, Reason, because, parts_of
from watchkeeper.model.record import SERVICENOW, Record, Side
from watchkeeper.model.ticket import STATUS_FIELD, Status
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.audit_block import REMEDIATION, with_block
from watchkeeper.sync.audited import WRITES_A_DAY, asked_to_close, given_back, may_close
from watchkeeper.sync.case import RemediationNews
from watchkeeper.sync.drafts import language_of, owner_standing
from watchkeeper.sync.owner_duty import is_owners, key_of_ticket, occurrence_of_ticket, owned_ticket, plain, with_duty
from watchkeeper.sync.owner_text import closing_of, says_done, shown_by
from watchkeeper.sync.prepared import Owned, Prepared
from watchkeeper.sync.reading import read_records
from watchkeeper.sync.systems import Systems

KEEPS_FOR: Final = timedelta(days=2)
"""How long after the day of a snapshot it is still gone by."""
MOST_NEW: Final = Limits().creates_floor
"""New tickets of owners in one run: as many as the valve `creates` lets pass by themselves."""
MOST_CLOSED: Final = Limits().closes_floor
"""Closes in one run up to which tickets of owners are resolved in it: what the valve `closes` always lets pass."""
_ENDS: Final = frozenset({Because.MENDED, Because.EXCEPTED})

Records = Mapping[str, Mapping[Side, Record]]


def with_owners(systems: Systems) -> tuple[Systems, tuple[Reason, ...]]:
    """The systems that know what the owners' tickets are to say, and what people have to know of that. Nothing is known where no
    evidence was collected, and nothing is gone by that is too old."""
    today = systems.clock.now().astimezone(systems.catalog.deployment.zone).date()
    kept = systems.store.latest_snapshot(OWNER_TICKETS, today + timedelta(days=1))
    if kept is None:
        return systems, ()
    if kept.day < today - KEEPS_FOR:
        return systems, (because(Trouble.OWNERS_STALE, when=kept.day.isoformat()),)
    known: OwnerTickets = kept.document
    return replace(systems, catalog=with_duty(systems.catalog), owned=known.by_name, owner_ways=known.ways), ()


def owned_work(prepared: Prepared, records: Records) -> Owned:
    """What this run is to do about every ticket of an owner that anything is known of."""
    book = _Book(prepared, records)
    for ticket in prepared.systems.owned.values():
        book.look_at(ticket)
    book.read_unsure()
    return book.found()


def still_waits(systems: Systems, decided: Decided) -> bool:
    """Whether an asset owner still has to do what a ticket was to be opened for."""
    owned = owned_ticket(systems.owned, decided.occurrence.key)
    return owned is not None and owned.fate is Fate.WAITING


def settle_owners(prepared: Prepared) -> None:
    """What the whole plan has to say to the owners' tickets in it."""
    _take_few(prepared)
    _note_reopened(prepared)


def _take_few(prepared: Prepared) -> None:
    """Leave out as many of the owners' closes as would make the valve stop the run; the next one comes back to them."""
    closes = [action for action in prepared.actions if action.operation is Operation.CLOSE]
    ours = [action for action in closes if _ends_remediation(action)]
    room = max(0, MOST_CLOSED - (len(closes) - len(ours)))
    late = {action.id for action in ours[room:]}
    if late:
        prepared.actions = tuple(action for action in prepared.actions if action.id not in late)
        prepared.remarks += (because(Trouble.OWNERS_CLOSE_LATER, count=len(late)),)


def _note_reopened(prepared: Prepared) -> None:
    """Let the decision that a ticket serves once more be stored when it is open again, and not before."""
    for action in prepared.actions:
        decided = prepared.owned.reopened.get(action.key)
        if decided is not None and any(part.code is Because.CAME_BACK for part in parts_of(action.reason)):
            prepared.notes[action.id] = (decided,)


@dataclass(slots=True)
class _Book:
    """The tickets as they are gone through. An owner's ticket about the same thing has a key for each time it came up; not each has a
    record, because one that is only resolved is opened again."""

    prepared: Prepared
    records: Records
    fresh: list[Occurrence] = field(default_factory=list)
    news: dict[str, RemediationNews] = field(default_factory=dict)
    decided: list[Decided] = field(default_factory=list)
    reopened: dict[str, Decided] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    parked: list[Parked] = field(default_factory=list)
    _unsure: dict[str, tuple[OwnerTicket, int, Status]] = field(default_factory=dict)
    _links: dict[str, Mapping[Side, Link]] = field(default_factory=dict)
    _decisions: dict[str, Decided] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _shown: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tickets = self.prepared.systems.owned.values()
        self._ask({key_of_ticket(each, spell) for each in tickets for spell in range(1, each.spell + 2)})

    def look_at(self, ticket: OwnerTicket) -> None:
        newest = self._newest(ticket)
        key = key_of_ticket(ticket, newest or ticket.spell)
        if not self.prepared.chosen(key):
            return
        if not newest:
            self._open(ticket, ticket.spell)
            return
        status = self._status(key)
        if status is None:
            self._wait_for(ticket, key)
        elif status.is_closed:
            self._closed(ticket, newest, status)
        else:
            self._still_open(ticket, newest)

    def found(self) -> Owned:
        room = MOST_NEW
        left = len(self.fresh[room:])
        remarks = (because(Trouble.OWNERS_OPEN_LATER, count=left),) if left else ()
        self._add_standings()
        return Owned(
            tuple(self.fresh[:room]),
            tuple(self.decided),
            self.news,
            self.reopened,
            frozenset(self.pending),
            tuple(self.parked),
            remarks,
        )

    def _open(self, ticket: OwnerTicket, spell: int) -> None:
        if ticket.fate is Fate.WAITING:
            self.fresh.append(occurrence_of_ticket(self.prepared.systems.catalog, ticket, spell))

    def _wait_for(self, ticket: OwnerTicket, key: str) -> None:
        """A ticket that was to be opened and is not there; one that is gone or hidden is nobody's business here."""
        if SERVICENOW not in self._links.get(key, {}) and ticket.fate is Fate.WAITING:
            self.pending.add(key)

    def _still_open(self, ticket: OwnerTicket, newest: int) -> None:
        key = key_of_ticket(ticket, newest)
        self._show(ticket, key)
        if ticket.done:
            if may_close(self.prepared, key):
                why = Because.EXCEPTED if ticket.fate is Fate.EXEMPT else Because.MENDED
                self.news[key] = RemediationNews(closing=closing_of(ticket, self._language(key)), why=because(why))
            return
        if newest < ticket.spell and key_of_ticket(ticket) not in self._decisions:
            self.decided.append(self._carried(ticket, newest))
        if ticket.fate in {Fate.WITHDRAWN, Fate.MOVED}:
            code = Trouble.OWNER_WITHDRAWN if ticket.fate is Fate.WITHDRAWN else Trouble.OWNER_MOVED
            self._park(ticket, key, because(code, when=ticket.listed.isoformat()), Trouble.CLOSE_IF_NOTHING_LEFT)

    def _closed(self, ticket: OwnerTicket, newest: int, status: Status) -> None:
        if ticket.fate not in {Fate.WAITING, Fate.MARKED}:
            return
        key = key_of_ticket(ticket, newest)
        if self._is_unsure(ticket, newest):
            self._unsure[key] = (ticket, newest, status)
            return
        self._stay_or_come_back(ticket, newest, status, came_back=self._came_back(ticket, newest))

    def _stay_or_come_back(self, ticket: OwnerTicket, newest: int, status: Status, *, came_back: bool) -> None:
        key = key_of_ticket(ticket, newest)
        if not came_back:
            self._park(ticket, key, because(Trouble.CLOSED_UNMENDED, count=ticket.left), Trouble.REOPEN_OR_EXCEPT)
        elif status is Status.RESOLVED and ticket.fate is Fate.WAITING:
            self.news[key] = RemediationNews(
                reopens=True, why=because(Because.CAME_BACK, when=ticket.since.isoformat())
            )
            self.reopened[key] = self._carried(ticket, newest)
            self._show(ticket, key)
        else:
            self._open(ticket, max(newest + 1, ticket.spell))

    def _show(self, ticket: OwnerTicket, key: str) -> None:
        self._shown[key] = owner_standing(self.prepared.systems, key, ticket, self._language(key))

    def read_unsure(self) -> None:
        """Closed tickets of which a lost store has taken what we had asked of them: their own words tell whether we closed them. Those
        that a person did are not read again."""
        refs = {key: self._links[key][SERVICENOW].ref for key in self._unsure}
        found = read_records(self.prepared.systems, refs.values()).found if refs else {}
        for key, (ticket, newest, status) in self._unsure.items():
            record = found.get(refs[key])
            ours = isinstance(record, Record) and says_done(record.fields.values())
            self._stay_or_come_back(ticket, newest, status, came_back=ours)
            if isinstance(record, Record) and not ours:
                self.decided.append(self._left_closed(ticket, newest))

    def _is_unsure(self, ticket: OwnerTicket, newest: int) -> bool:
        key = key_of_ticket(ticket, newest)
        link = self._links.get(key, {}).get(SERVICENOW)
        if newest < ticket.spell or link is None or key in self._decisions:
            return False
        raw = self._profile(key).field(STATUS_FIELD).lenses[SERVICENOW].raw_fields
        return link.asked.keys().isdisjoint(raw)

    def _came_back(self, ticket: OwnerTicket, newest: int) -> bool:
        """Whether what a closed ticket was about has been done since it was opened. After a lost store nobody remembers that: then its
        own words tell."""
        if newest < ticket.spell:
            return key_of_ticket(ticket) not in self._decisions
        key = key_of_ticket(ticket, newest)
        link, record = self._links.get(key, {}).get(SERVICENOW), self.records.get(key, {}).get(SERVICENOW)
        if link is not None:
            return asked_to_close(self._profile(key), link)
        return record is not None and says_done(record.fields.values())

    def _carried(self, ticket: OwnerTicket, newest: int) -> Decided:
        systems = self.prepared.systems
        occurrence = occurrence_of_ticket(systems.catalog, ticket, max(ticket.spell, newest))
        period = key_of_ticket(ticket, newest).rpartition("@")[2]
        why = because(Because.STILL_OPEN, period=period)
        return Decided(occurrence, Decision.CARRIED, why, systems.clock.now())

    def _left_closed(self, ticket: OwnerTicket, spell: int) -> Decided:
        systems = self.prepared.systems
        why = because(Trouble.CLOSED_UNMENDED, count=ticket.left)
        occurrence = occurrence_of_ticket(systems.catalog, ticket, spell)
        return Decided(occurrence, Decision.SKIPPED, why, systems.clock.now())

    def _park(self, ticket: OwnerTicket, key: str, why: Reason, remedy: Trouble) -> None:
        link = self._links.get(key, {}).get(SERVICENOW)
        record = self.records.get(key, {}).get(SERVICENOW)
        number = record.number if record is not None else link.number if link is not None else ""
        self.parked.append(Parked(key, "", why, because(remedy), number or plain(ticket.title)))

    def _add_standings(self) -> None:
        """The parts of open tickets that say something else than they should, each field a few times a day at most."""
        stale = {key: text for key, text in self._shown.items() if self._is_news(key, text)}
        if not stale:
            return
        since = self.prepared.systems.clock.now() - timedelta(days=1)
        written = self.prepared.systems.store.recent_writes(since)
        for key, text in stale.items():
            rule = shown_by(self._profile(key))
            raw = rule.lenses[SERVICENOW].raw_fields[0] if rule is not None else ""
            written_anyway = key in self.news
            often = written.get((key, SERVICENOW, raw), 0) >= WRITES_A_DAY
            if rule is not None and (written_anyway or not often) and not given_back(self.prepared, key, rule.name):
                self.news[key] = replace(self.news.get(key, RemediationNews()), body=text)

    def _is_news(self, key: str, text: str) -> bool:
        record, link = self.records.get(key, {}).get(SERVICENOW), self._links.get(key, {}).get(SERVICENOW)
        rule = shown_by(self._profile(key))
        if rule is None or (link is not None and link.state is not LinkState.LIVE):
            return False
        name = rule.lenses[SERVICENOW].raw_fields[0]
        held = (record.fields if record is not None else link.base if link is not None else {}).get(name)
        asked = link.asked.get(name) if link is not None else ""
        return isinstance(held, str) and with_block(held, _text(asked), text, REMEDIATION) is not None

    def _status(self, key: str) -> Status | None:
        """As seen in this run, or as remembered; None where there is no record, or none that says."""
        lens = self._profile(key).field(STATUS_FIELD).lenses[SERVICENOW]
        record, link = self.records.get(key, {}).get(SERVICENOW), self._links.get(key, {}).get(SERVICENOW)
        if record is None and (link is None or link.state is not LinkState.LIVE):
            return None
        value = lens.get(record.fields if record is not None else link.base if link is not None else {})
        return Status(value) if isinstance(value, str) else None

    def _newest(self, ticket: OwnerTicket) -> int:
        """The last time that it came up for which there is a ticket, or was to be one; 0 for none."""
        newest, spell = 0, 1
        while spell <= ticket.spell + 1 or self._has(key_of_ticket(ticket, spell)):
            newest = spell if self._has(key_of_ticket(ticket, spell)) else newest
            spell += 1
        return newest

    def _has(self, key: str) -> bool:
        self._ask({key})
        decided = self._decisions.get(key)
        created = decided is not None and decided.decision is Decision.CREATE
        return created or key in self._links or key in self.records

    def _ask(self, keys: set[str]) -> None:
        unknown = keys - self._asked
        if unknown:
            store = self.prepared.systems.store
            self._links.update(store.links(unknown))
            self._decisions.update(store.decisions(unknown))
            self._asked |= unknown

    def _profile(self, key: str) -> Profile:
        return self.prepared.systems.profile_of(key)

    def _language(self, key: str) -> str:
        return language_of(self.prepared.systems, key)


def _ends_remediation(action: Action) -> bool:
    ends = any(part.code in _ENDS for part in parts_of(action.reason))
    return ends and is_owners(action.key)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

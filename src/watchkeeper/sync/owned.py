"""Which tickets of asset owners are opened, brought up to date, resolved and reopened in a run. Reads the state store, and in ServiceNow
only what a lost store has taken.

What they are to say was worked out when evidence was collected (watchkeeper.evidence.owner_tickets). What became of the tickets tells
the rest: one that a person closed stays closed, unless what it was about has been done since and has come back.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from watchkeeper.evidence.kept import OWNER_TICKETS
from watchkeeper.mapping.lens import instant
from watchkeeper.mapping.profile import FieldRule
from watchkeeper.model.limits import Limits
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.one_line import plain
from watchkeeper.model.owner_ticket import Fate, OwnerTicket, OwnerTickets
from watchkeeper.model.plan import Action, Operation, Parked
from watchkeeper.model.reasons import Because, Reason, because, parts_of
from watchkeeper.model.record import SERVICENOW, Record
from watchkeeper.model.ticket import STATUS_FIELD, Status
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.audit_block import REMEDIATION, with_block
from watchkeeper.sync.audited import WRITES_A_DAY, Writes, given_back, may_close
from watchkeeper.sync.case import RemediationNews
from watchkeeper.sync.drafts import language_of, owner_standing
from watchkeeper.sync.owner_digest import told_on
from watchkeeper.sync.owner_duty import is_owners, key_of_ticket, occurrence_of_ticket, owned_ticket, with_duty
from watchkeeper.sync.owner_spells import Records, Spells
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
    telling = replace(systems, catalog=with_duty(systems.catalog), owned=known.by_name, owner_ways=known.ways)
    return replace(telling, owner_digests=told_on(telling, known.digest)), ()


def owned_work(prepared: Prepared, records: Records) -> Owned:
    """What this run is to do about every ticket of an owner that anything is known of."""
    if not prepared.systems.owned:
        return Owned()
    work = _Work(prepared, Spells(prepared.systems, records))
    for ticket in prepared.systems.owned.values():
        work.look_at(ticket)
    work.read_unsure()
    work.keep_pace()
    return work.found()


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


def _ends_remediation(action: Action) -> bool:
    return is_owners(action.key) and any(part.code in _ENDS for part in parts_of(action.reason))


@dataclass(slots=True)
class _Work:
    """The tickets as they are gone through, and what follows."""

    prepared: Prepared
    spells: Spells
    fresh: list[Occurrence] = field(default_factory=list)
    news: dict[str, RemediationNews] = field(default_factory=dict)
    decided: list[Decided] = field(default_factory=list)
    reopened: dict[str, Decided] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    parked: list[Parked] = field(default_factory=list)
    _unsure: dict[str, tuple[OwnerTicket, int, Status]] = field(default_factory=dict)
    _dues: dict[str, str] = field(default_factory=dict)
    _texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What each is to say, with its own number in it and without: a ticket is not written for the number alone, which nobody knows
    when it is opened."""

    @property
    def systems(self) -> Systems:
        return self.prepared.systems

    def look_at(self, ticket: OwnerTicket) -> None:
        newest = self.spells.newest(ticket)
        key = key_of_ticket(ticket, newest or ticket.spell)
        if not self.prepared.chosen(key):
            return
        status = self.spells.status(key)
        if not newest:
            self._open(ticket, ticket.spell)
        elif status is None:
            self._wait_for(ticket, key)
        elif status.is_closed:
            self._closed(ticket, newest, status)
        else:
            self._still_open(ticket, newest)

    def found(self) -> Owned:
        left = len(self.fresh[MOST_NEW:])
        return Owned(
            tuple(self.fresh[:MOST_NEW]),
            tuple(self.decided),
            self.news,
            self.reopened,
            frozenset(self.pending),
            tuple(self.parked),
            (because(Trouble.OWNERS_OPEN_LATER, count=left),) if left else (),
        )

    def read_unsure(self) -> None:
        """Closed tickets of which a lost store has taken what we had asked of them: their own words tell whether we closed them. Those
        that a person did are not read again."""
        refs = {key: link.ref for key in self._unsure if (link := self.spells.link(key)) is not None}
        found = read_records(self.systems, refs.values()).found if refs else {}
        for key, (ticket, newest, status) in self._unsure.items():
            record = found.get(refs[key])
            ours = isinstance(record, Record) and says_done(record.fields.values())
            self._stay_or_come_back(ticket, newest, status, came_back=ours)
            if isinstance(record, Record) and not ours:
                why = because(Trouble.CLOSED_UNMENDED, count=ticket.left)
                self.decided.append(self._decide(ticket, newest, Decision.SKIPPED, why))

    def keep_pace(self) -> None:
        """No field is written so often in a day that it looks like a quarrel: what is left is written later."""
        stale = {key: texts[0] for key, texts in self._texts.items() if all(self._is_news(key, text) for text in texts)}
        if not stale and not self.news:
            return
        written = self.systems.store.recent_writes(self.systems.clock.now() - timedelta(days=1))
        paced = {key: self._paced(key, stale.get(key, ""), written) for key in sorted({*stale, *self.news})}
        self.news = {key: each for key, each in paced.items() if each.body or each.closing or each.reopens}

    def _paced(self, key: str, text: str, written: Writes) -> RemediationNews:
        profile, news = self.systems.profile_of(key), self.news.get(key, RemediationNews())
        rule, status = shown_by(profile), profile.field(STATUS_FIELD)
        if _times(written, key, status) >= WRITES_A_DAY:
            news = RemediationNews()
        most = WRITES_A_DAY + (1 if news.closing or news.reopens else 0)  # goes along with a write that is made anyway
        fits = text and rule is not None and _times(written, key, rule) < most
        may = fits and rule is not None and not given_back(self.prepared, key, rule.name)
        return replace(news, body=text, due=self._dues.get(key, "")) if may else news

    def _is_news(self, key: str, text: str) -> bool:
        held, asked = self.spells.text(key)
        return held is not None and with_block(held, asked, text, REMEDIATION) is not None

    def _open(self, ticket: OwnerTicket, spell: int) -> None:
        if ticket.fate is Fate.WAITING:
            self.fresh.append(occurrence_of_ticket(self.systems.catalog, ticket, spell))

    def _wait_for(self, ticket: OwnerTicket, key: str) -> None:
        """A ticket that was to be opened and is not there; one that is gone or hidden is nobody's business here."""
        if self.spells.link(key) is None and ticket.fate is Fate.WAITING:
            self.pending.add(key)

    def _still_open(self, ticket: OwnerTicket, newest: int) -> None:
        key = key_of_ticket(ticket, newest)
        self._show(ticket, key)
        if ticket.done:
            if may_close(self.prepared, key):
                why = Because.EXCEPTED if ticket.fate is Fate.EXEMPT else Because.MENDED
                words = closing_of(ticket, language_of(self.systems, key))
                self.news[key] = RemediationNews(closing=words, why=because(why))
            return
        if newest < ticket.spell and not self.spells.is_decided(ticket, ticket.spell):
            self.decided.append(self._carried(ticket, newest))
        if ticket.fate in {Fate.WITHDRAWN, Fate.MOVED}:
            code = Trouble.OWNER_WITHDRAWN if ticket.fate is Fate.WITHDRAWN else Trouble.OWNER_MOVED
            self._park(ticket, key, because(code, when=ticket.listed.isoformat()), Trouble.CLOSE_IF_NOTHING_LEFT)

    def _closed(self, ticket: OwnerTicket, newest: int, status: Status) -> None:
        """Of one that is taken back, or somebody else's, a close is what was asked for."""
        if ticket.fate not in {Fate.WAITING, Fate.MARKED}:
            return
        if self.spells.is_unsure(ticket, newest):
            self._unsure[key_of_ticket(ticket, newest)] = (ticket, newest, status)
            return
        self._stay_or_come_back(ticket, newest, status, came_back=self.spells.was_done(ticket, newest))

    def _stay_or_come_back(self, ticket: OwnerTicket, newest: int, status: Status, *, came_back: bool) -> None:
        key = key_of_ticket(ticket, newest)
        if not came_back or given_back(self.prepared, key, STATUS_FIELD):
            self._park(ticket, key, because(Trouble.CLOSED_UNMENDED, count=ticket.left), Trouble.REOPEN_OR_EXCEPT)
        elif status is Status.RESOLVED and ticket.fate is Fate.WAITING:
            why = because(Because.CAME_BACK, when=ticket.since.isoformat())
            self.news[key] = RemediationNews(reopens=True, why=why)
            self.reopened[key] = self._carried(ticket, newest)
            self._show(ticket, key)
        else:
            self._open(ticket, max(newest + 1, ticket.spell))

    def _show(self, ticket: OwnerTicket, key: str) -> None:
        if ticket.due is not None:
            self._dues[key] = instant(occurrence_of_ticket(self.systems.catalog, ticket, ticket.spell).due)
        language = language_of(self.systems, key)
        numbered = owner_standing(self.systems, key, ticket, language, self.spells.number(key))
        self._texts[key] = numbered, owner_standing(self.systems, key, ticket, language)

    def _carried(self, ticket: OwnerTicket, newest: int) -> Decided:
        why = because(Because.STILL_OPEN, period=key_of_ticket(ticket, newest).rpartition("@")[2])
        return self._decide(ticket, max(ticket.spell, newest), Decision.CARRIED, why)

    def _decide(self, ticket: OwnerTicket, spell: int, decision: Decision, why: Reason) -> Decided:
        occurrence = occurrence_of_ticket(self.systems.catalog, ticket, spell)
        return Decided(occurrence, decision, why, self.systems.clock.now())

    def _park(self, ticket: OwnerTicket, key: str, why: Reason, remedy: Trouble) -> None:
        number = self.spells.number(key) or plain(ticket.title)
        self.parked.append(Parked(key, "", why, because(remedy), number))


def _times(written: Writes, key: str, rule: FieldRule) -> int:
    return written.get((key, SERVICENOW, rule.lenses[SERVICENOW].raw_fields[0]), 0)

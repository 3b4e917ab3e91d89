"""Escalations with their states and weighed deeds, put together one at a time from what was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watchkeeper.escalation.authors import AuthorBook
from watchkeeper.escalation.case import Parent
from watchkeeper.escalation.evidence import weigh
from watchkeeper.escalation.facts import SideView, Timeline, timeline
from watchkeeper.escalation.parents import Parents
from watchkeeper.escalation.population import Escalation
from watchkeeper.escalation.reading import Told
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.record import RecordRef, Side
from watchkeeper.model.verdict import Deed

HISTORY_LAG = timedelta(minutes=30)
"""How far a side's history may lag behind its records (SecurityIncident rows arrive minutes late)."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One escalation over the whole span: `lines` hold every state of its records, `deeds` every deed, oldest first, `parents`
    the tickets that any of its profile's names as a parent."""

    key: str
    profile: Profile
    lines: Mapping[Side, Timeline]
    deeds: tuple[Deed, ...]
    views: tuple[SideView, ...]
    told_until: Mapping[Side, datetime]
    parents: Mapping[RecordRef, Parent] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tickets:
    """Every ticket of an audit by its key, made anew whenever it is asked for: all states of thousands of tickets would fill the
    memory. `found` and `told` are what was read up to `until`; by the name of the profile `parents`, and `counted` the fields whose
    change by a person is an update."""

    found: Mapping[str, tuple[Profile, Escalation]]
    told: Told
    book: AuthorBook
    parents: Mapping[str, Parents]
    counted: Mapping[str, Mapping[Side, frozenset[str]]]
    until: datetime

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Ticket]:
        return self.among(self.found)

    def among(self, keys: Iterable[str]) -> Iterator[Ticket]:
        """Those of these keys that there are."""
        known = {name: self._judged(name) for name in self.parents}
        for profile, escalation in (self.found[key] for key in keys if key in self.found):
            yield replace(self._made(profile, escalation), parents=known[profile.name])

    def _judged(self, name: str) -> Mapping[RecordRef, Parent]:
        """The parents of a profile's tickets; one that is a ticket itself with its deeds on both sides."""
        named = self.parents[name].named
        if not named:
            return {}
        theirs = [(profile, each) for profile, each in self.found.values() if profile.name == name]
        above = [
            (refs, self._made(profile, each).deeds)
            for profile, each in theirs
            if (refs := named & {record.ref for record in each.records.values()})
        ]
        audited = {ref: deeds for refs, deeds in above for ref in refs}
        return self.parents[name].judged(theirs[0][0], audited, self.book) if theirs else {}

    def _made(self, profile: Profile, escalation: Escalation) -> Ticket:
        records, told = escalation.records, self.told
        gaps = {side: told.gap(record.ref) for side, record in records.items()}
        views = [SideView(side, gap is None, gap or "") for side, gap in gaps.items()]
        views += [SideView(side, False, reason) for side, reason in escalation.unseen.items()]
        activities = [activity for record in records.values() for activity in told.of(record.ref)]
        return Ticket(
            key=escalation.key,
            profile=profile,
            lines={side: timeline(record, told.of(record.ref)) for side, record in records.items()},
            deeds=weigh(activities, self.book, self.counted[profile.name]),
            views=tuple(views),
            told_until={side: self.until - HISTORY_LAG for side, gap in gaps.items() if gap is None},
        )

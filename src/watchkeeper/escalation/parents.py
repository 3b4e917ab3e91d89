"""Parents of escalations: read in bulk, where a profile says in which field a ticket names its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from watchkeeper.escalation.authors import AuthorBook
from watchkeeper.escalation.case import Parent
from watchkeeper.escalation.evidence import human_fields, weigh
from watchkeeper.escalation.facts import text
from watchkeeper.escalation.population import Escalation
from watchkeeper.escalation.reading import Listing, SideLog, Told, read_activity, read_by_id
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.record import SERVICENOW, Record, RecordRef, Side
from watchkeeper.model.verdict import Deed
from watchkeeper.ports import Connector


@dataclass(frozen=True, slots=True)
class Parents:
    """Tickets that others name as their parent, now or within the history: `told` what happened to those that are not
    audited themselves, `numbers` what people call each."""

    named: frozenset[RecordRef] = frozenset()
    told: Told = field(default_factory=Told)
    numbers: Mapping[RecordRef, str] = field(default_factory=dict)

    def judged(
        self, profile: Profile, audited: Mapping[RecordRef, tuple[Deed, ...]], book: AuthorBook
    ) -> Mapping[RecordRef, Parent]:
        """Every parent with its weighed deeds; `audited` are those of the tickets of the audit, from both sides."""
        fields = {side: human_fields(profile, side) for side in profile.sides}
        return {
            ref: Parent(
                self.numbers.get(ref) or ref.id,
                audited[ref] if ref in audited else weigh(self.told.of(ref), book, fields),
            )
            for ref in self.named
        }


def read_parents(
    connectors: Mapping[Side, Connector],
    profile: Profile,
    found: Sequence[Escalation],
    told: Told,
    listing: Listing,
    window: tuple[datetime, datetime],
    logs: Mapping[Side, SideLog],
) -> Parents:
    """Those that the listing did not show are read by id, and the activity of those that are no tickets of the audit: each in
    bulk, whatever their number."""
    if profile.parent_field is None or SERVICENOW not in connectors:
        return Parents()
    records = [each.records[SERVICENOW] for each in found if SERVICENOW in each.records]
    named = frozenset(ref for record in records for ref in _named(record, profile.parent_field, told))
    refs = sorted(named, key=lambda ref: ref.id)
    audited = {record.ref for record in records}
    numbers = {ref: listing.records[ref].number for ref in refs if ref in listing.records}
    unlisted = [ref for ref in refs if ref not in numbers]
    connector, log = connectors[SERVICENOW], logs[SERVICENOW]
    answers = read_by_id(connector, unlisted, profile.raw_fields(SERVICENOW), log)
    numbers |= {ref: each.number for ref, each in answers.items() if isinstance(each, Record)}
    theirs = Told()
    read_activity(connector, [ref for ref in refs if ref not in audited], *window, theirs, log)
    return Parents(named, theirs, numbers)


def _named(record: Record, name: str, told: Told) -> set[RecordRef]:
    """Every parent that a ticket has, or had within the history."""
    changes = (change for change in told.of(record.ref) if change.field == name)
    ids = {text(record.fields, name), *(each for change in changes for each in (change.old, change.new))}
    return {RecordRef(record.ref.side, record.ref.table, each) for each in ids - {"", record.ref.id}}

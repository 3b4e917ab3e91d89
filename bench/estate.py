"""Escalations that have been linked for years, as many as wanted, each made from its number alone: what a sweep looks at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.identity import marker_of
from watchkeeper.model.link import Link
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawValue, Record, RecordRef, Revision, Side
from watchkeeper.sync.memory import holds_open
from watchkeeper.sync.systems import escalation_key, fingerprint

DEPLOYMENT = "bench"
NOW = datetime(2026, 11, 16, 0, 30, tzinfo=UTC)
"""A Monday morning on which duties are due as well."""

ONE_IN = 10
"""One in so many pairs is open; of the others people have not heard for long."""

TABLES: Mapping[Side, str] = {SERVICENOW: "incident", SENTINEL: "incidents"}


@dataclass(frozen=True, slots=True)
class Estate:
    """`pairs` escalations, all in step but for `changed` of them, spread evenly, whose tickets somebody has taken up since."""

    pairs: int
    changed: int

    def records(self, side: Side) -> Iterator[Record]:
        """Every record of a side, in the order of its ids within portions, as no listing promises any."""
        made = _ticket if side == SERVICENOW else _incident
        step = max(1, self.pairs // self.changed) if self.changed else 0
        for number in range(self.pairs):
            moved = side == SERVICENOW and bool(step) and number % step == 0 and number // step < self.changed
            yield _taken_up(made(number)) if moved else made(number)

    def record(self, side: Side, number: int) -> Record:
        return (_ticket if side == SERVICENOW else _incident)(number)


def links_of(number: int, profile: Profile) -> tuple[Link, Link]:
    """What the memory holds of a pair, as it was when both sides last agreed."""
    incident, ticket = _incident(number), _ticket(number)
    key = escalation_key(profile, incident.ref)
    return _linked(key, profile, ticket), _linked(key, profile, incident)


def ref_of(side: Side, number: int) -> RecordRef:
    return RecordRef(side, TABLES[side], _id(side, number))


def number_of(ref: RecordRef) -> int | None:
    """The number that a record was made from; None for one that is not of the estate."""
    text = ref.id.replace("-", "")[16:]
    number = int(text, 16) if len(text) == 16 else -1
    return number if number >= 0 and ref == ref_of(ref.side, number) else None


def _id(side: Side, number: int) -> str:
    """32 hex digits in no order, and the number readable in the last half of them."""
    digest = hashlib.blake2b(f"{side}{number}".encode(), digest_size=8).hexdigest()
    text = f"{digest}{number:016x}"
    return text if side == SERVICENOW else f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _ticket(number: int) -> Record:
    is_open = number % ONE_IN == 0
    ref = ref_of(SERVICENOW, number)
    fields: dict[str, RawValue] = {
        "state": "1" if is_open else "6",
        "impact": "2",
        "urgency": "2",
        "category": "security",
        "short_description": f"Suspicious sign-in of account {number} from an unfamiliar place",
        "description": f"Account {number} signed in from two places that are too far apart.\nMirrored by Watchkeeper.",
        "assignment_group": "d625dccec0a8016700a222a0f7900d06",
        "assigned_to": "",
        "close_code": "" if is_open else "Solution provided",
        "close_notes": "" if is_open else "Checked with the account's owner, who was travelling.",
    }
    key = f"escalation/{SENTINEL}/{_id(SENTINEL, number)}"
    made = NOW - timedelta(days=600) + timedelta(seconds=number % 40_000_000)
    return Record(
        ref,
        f"INC{number:07}",
        f"https://bench.service-now.com/incident.do?sys_id={ref.id}",
        Revision("3", 3),
        made,
        made,
        fields,
        marker=marker_of(DEPLOYMENT, key),
        ours=True,
    )


def _incident(number: int) -> Record:
    is_open = number % ONE_IN == 0
    ref = ref_of(SENTINEL, number)
    fields: dict[str, RawValue] = {
        "status": "New" if is_open else "Closed",
        "severity": "Medium",
        "title": f"Suspicious sign-in of account {number} from an unfamiliar place",
        "description": f"Account {number} signed in from two places that are too far apart.",
        "labels": ("escalation", f"INC{number:07}"),
        "owner.userPrincipalName": None,
        "classification": None if is_open else "Undetermined",
        "classificationReason": None,
        "classificationComment": None if is_open else "Closed in ServiceNow by Keiko Tanaka.",
    }
    made = NOW - timedelta(days=600) + timedelta(seconds=number % 40_000_000)
    url = f"https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident/{ref.id}"
    return Record(
        ref, str(number + 1), url, Revision(f'"{_id(SENTINEL, number)}"'), made, made, fields, ours=True, comments=0
    )


def _taken_up(ticket: Record) -> Record:
    return replace(
        ticket,
        revision=Revision("4", 4),
        updated_at=NOW,
        updated_by="keiko.tanaka",
        fields={**ticket.fields, "state": "2"},
    )


def _linked(key: str, profile: Profile, record: Record) -> Link:
    mapped = profile.mapped_fields(record.ref.side)
    link = Link(
        key=key,
        profile=profile.name,
        ref=record.ref,
        number=record.number,
        url=record.url,
        revision=record.revision,
        fingerprint=fingerprint(profile, record),
        confirmed_at=record.updated_at,
        base={name: record.fields.get(name) for name in mapped},
        asked={"labels": record.fields["labels"]} if record.ref.side == SENTINEL else {"correlation_id": record.marker},
        comments=record.comments,
    )
    return replace(link, closed=not holds_open(profile, link))

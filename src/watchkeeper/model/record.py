"""What a side holds, in that side's own spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

Side: TypeAlias = str
"""The name of one of the two systems of a profile; equals the name of its connector ("servicenow", "sentinel")."""

SERVICENOW: Side = "servicenow"
SENTINEL: Side = "sentinel"

INCIDENTS = "incidents"
"""The collection of Sentinel's incidents."""
INCIDENT_TASKS = "incident-tasks"
"""The collection of the tasks that hang on Sentinel's incidents."""

RawValue: TypeAlias = str | tuple[str, ...] | None
"""A field's value as the side returned it. Text for scalars ("" is an empty one), a tuple for sets such as labels
(sorted), and None for a key that the side left out (hidden or never set), which is never the same as cleared."""

RawFields: TypeAlias = Mapping[str, RawValue]
"""Field name, as the side spells it, to value. Nested fields are dotted (`owner.userPrincipalName`)."""

NO_FIELDS: RawFields = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Revision:
    """Which version of a record this is.

    `token` is what the side itself calls it (sys_mod_count, etag) and only ever compared for equality. `order` grows
    with each change where the side's revisions are ordered, and is None where they are opaque (Sentinel's etag).
    """

    token: str
    order: int | None = None


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Enough to address one record: the table (ServiceNow) or collection ("incidents"), and the side's own id."""

    side: Side
    table: str
    id: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a connector read it.

    `fields` holds only the fields that the feed asked for. `number` is what people call it (INC0010001, 42), `url`
    opens it in a browser. `marker` is the correlation text that we or another integration left on it ("" if none);
    `ours` tells whether the record carries our own sign (correlation_display, label). `comments` is the number of
    comments where the side counts them. `redirected_to` is set when the side has merged the record into another one.
    `updated_by` is the last writer's account, a hint only. `read_at` (on our clock) is an instant before which a listing was not
    asked for this record yet; None where nobody noted it. It says nothing about the record, and equal ones may differ in it.
    """

    ref: RecordRef
    number: str
    url: str
    revision: Revision
    created_at: datetime
    updated_at: datetime
    fields: RawFields
    updated_by: str = ""
    marker: str = ""
    ours: bool = False
    comments: int | None = None
    redirected_to: str | None = None
    read_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of a listing that could not be turned into a Record; the others go on."""

    ref: RecordRef
    reason: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The answer to a read by id that found nothing: `deleted` only when the side proves it, else hidden or gone."""

    ref: RecordRef
    deleted: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to be created under an id that we chose, with the marker that ties it to its key."""

    ref: RecordRef
    marker: str
    fields: RawFields


@dataclass(frozen=True, slots=True)
class Refused:
    """A field that the side did not take as sent although the call succeeded."""

    field: str
    sent: RawValue
    kept: RawValue


@dataclass(frozen=True, slots=True)
class Written:
    """The answer to a create, an update or a close: the record as it is now and the fields that were not taken."""

    record: Record
    refused: tuple[Refused, ...] = field(default=())

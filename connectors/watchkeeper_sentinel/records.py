"""An ARM incident as a Record: flattened, tolerant, and never guessed at.

Shapes: Azure/azure-rest-api-specs, securityinsights 2025-09-01 (Incidents.json). All enumerations there are open, real
answers differ from it in casing and carry more properties, so nothing unknown is refused and nothing known is required
but the name, the version and a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.record import INCIDENTS, SENTINEL, RawFields, RawValue, Record, RecordRef, Revision, Unreadable
from watchkeeper.model.vocabulary import Column, Columns
from watchkeeper.transport.times import parse_instant

OWN_LABEL: Final = "watchkeeper"
KEY_LABEL: Final = "watchkeeper-key:"
"""Prefix of the label that ties an incident to its key; the marker follows."""
GIVEN: Final = "given"
"""Stands for the name and the revision of an incident that says none."""
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
REDIRECTED: Final = "redirected"
"""Label (compared without case) of an incident that Defender has merged into another one."""

OWNER_FIELDS: Final = ("assignedTo", "email", "objectId", "userPrincipalName")
SCALARS: Final = (
    "title",
    "description",
    "severity",
    "status",
    "classification",
    "classificationReason",
    "classificationComment",
)
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")
_SPELLINGS: Final = {
    "severity": ("High", "Medium", "Low", "Informational"),
    "status": ("New", "Active", "Closed"),
    "classification": ("Undetermined", "TruePositive", "BenignPositive", "FalsePositive"),
    "classificationReason": ("SuspiciousActivity", "SuspiciousButExpected", "IncorrectAlertLogic", "InaccurateData"),
}
_CANONICAL_CASE: Final = {field: {value.casefold(): value for value in values} for field, values in _SPELLINGS.items()}

INCIDENT_COLUMNS: Final = Columns(
    {
        **{name: Column(values=_SPELLINGS.get(name, ())) for name in SCALARS},
        "labels": Column(),
        **{f"owner.{name}": Column() for name in OWNER_FIELDS},
    }
)


def incident_ref(name: str) -> RecordRef:
    """The reference of an incident by its ARM name; names compare without case."""
    return RecordRef(SENTINEL, INCIDENTS, name.lower())


def pick(mapping: Mapping[str, Any], name: str) -> Any:
    """A property by name, exact first, else without regard to case; None when there is none."""
    if name in mapping:
        return mapping[name]
    return next((value for key, value in mapping.items() if key.casefold() == name.casefold()), None)


def section(mapping: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A nested object, empty when it is missing, null or not an object."""
    value = pick(mapping, name)
    return value if isinstance(value, Mapping) else {}


def text_of(value: object) -> str | None:
    """A scalar as text: JSON numbers and booleans as JSON spells them, None for null and for anything nested."""
    match value:
        case str():
            return storable(value)
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return None


def storable(text: str) -> str:
    """The text with U+FFFD for NUL and lone surrogates, which no store can keep and no service should be sent."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def label_names(labels: object) -> tuple[str, ...]:
    """The names in a labels array, sorted, each once; entries without a name are left out."""
    if not isinstance(labels, Sequence) or isinstance(labels, str):
        return ()
    names = (text_of(pick(label, "labelName")) for label in labels if isinstance(label, Mapping))
    return tuple(sorted({name for name in names if name}))


def flatten(properties: Mapping[str, Any]) -> RawFields:
    """Incident properties as raw fields.

    A missing (or null) scalar is None. A missing owner, an empty one and one full of nulls all mean unassigned: "" in each
    of its fields (real answers use all three forms).
    """
    fields: dict[str, RawValue] = {name: _scalar(properties, name) for name in SCALARS}
    fields["labels"] = label_names(pick(properties, "labels"))
    owner = section(properties, "owner")
    fields.update({f"owner.{name}": text_of(pick(owner, name)) or "" for name in OWNER_FIELDS})
    return fields


def _scalar(properties: Mapping[str, Any], name: str) -> str | None:
    value = text_of(pick(properties, name))
    return _CANONICAL_CASE.get(name, {}).get(value.casefold(), value) if value is not None else None


def read_row(
    item: object, fields: frozenset[str] | None = None, uuid_of: Callable[[str], str] | None = None
) -> Record | Unreadable:
    """One item of a listing, or why it cannot be read; the other items go on."""
    try:
        return read_record(item, fields, uuid_of)
    except ValueError as error:
        name = text_of(pick(item, "name")) if isinstance(item, Mapping) else None
        return Unreadable(incident_ref(name or ""), str(error))


def read_record(
    item: object, fields: frozenset[str] | None = None, uuid_of: Callable[[str], str] | None = None
) -> Record:
    """An ARM incident as a Record with the raw fields asked for (all of them for None).

    `uuid_of` is the derivation of chosen names. Raises ValueError naming what is missing or broken.
    """
    if not isinstance(item, Mapping):
        raise ValueError("an incident must be a JSON object")
    name, etag = text_of(pick(item, "name")), text_of(pick(item, "etag"))
    if not name:
        raise ValueError("the incident has no name")
    if not etag:
        raise ValueError(f"incident {name} has no etag")
    properties = section(item, "properties")
    modified = pick(properties, "lastModifiedTimeUtc") or pick(properties, "createdTimeUtc")
    raw = flatten(properties)
    names = label_names(pick(properties, "labels"))
    marker = marker_in(names, name, uuid_of or (lambda text: str(chosen_uuid(text))))
    return Record(
        ref=incident_ref(name),
        number=text_of(pick(properties, "incidentNumber")) or "",
        url=_url(properties),
        revision=Revision(etag),
        created_at=parse_instant(pick(properties, "createdTimeUtc") or modified),
        updated_at=parse_instant(modified),
        fields={key: value for key, value in raw.items() if fields is None or key in fields},
        marker=marker,
        ours=bool(marker) or OWN_LABEL in names,
        comments=comments_count(properties),
        redirected_to=_redirected_to(properties, names),
    )


def given_record(item: Mapping[str, Any]) -> Record:
    """An ARM incident that somebody shows us rather than Azure: whatever it has of its properties, and nothing is asked of the rest."""
    name, properties = text_of(pick(item, "name")) or "", section(item, "properties")
    names = label_names(pick(properties, "labels"))
    marker = marker_in(names, name, lambda text: str(chosen_uuid(text)))
    return Record(
        ref=incident_ref(name or GIVEN),
        number=text_of(pick(properties, "incidentNumber")) or "",
        url=_url(properties),
        revision=Revision(GIVEN),
        created_at=_created(properties),
        updated_at=_EPOCH,
        fields=flatten(properties),
        marker=marker,
        ours=bool(marker) or OWN_LABEL in names,
    )


def _created(properties: Mapping[str, Any]) -> datetime:
    """When an incident says that it was created; the last moment of all, which is from before no first day, where it says none."""
    try:
        return parse_instant(pick(properties, "createdTimeUtc"))
    except ValueError:
        return _LAST


def marker_in(labels: Sequence[str], name: str, uuid_of: Callable[[str], str]) -> str:
    """The marker that the labels carry, "" for none.

    Defender moves the labels of a merged incident to its target, so an incident can carry somebody else's key label: the
    one that derives this incident's own name wins.
    """
    markers = [label.removeprefix(KEY_LABEL) for label in labels if label.startswith(KEY_LABEL)]
    own = [marker for marker in markers if uuid_of(marker).lower() == name.lower()]
    return next(iter(own or markers), "")


def _url(properties: Mapping[str, Any]) -> str:
    """Where people open the incident: the Defender portal's page where there is one (the Azure page ends in March 2027)."""
    candidates = (
        text_of(pick(section(properties, "additionalData"), "providerIncidentUrl")),
        text_of(pick(properties, "incidentUrl")),
    )
    return next((url for url in candidates if url and url.startswith("https://")), "")


def comments_count(properties: Mapping[str, Any]) -> int | None:
    """How many comments an incident has, also where the number came as text; None where it does not say."""
    count = pick(section(properties, "additionalData"), "commentsCount")
    if isinstance(count, str) and count.isascii() and count.isdigit() and len(count) < 10:
        return int(count)
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


def _redirected_to(properties: Mapping[str, Any], labels: Sequence[str]) -> str | None:
    """The number of the incident that this one was merged into; `unknown` in the stable API versions, which do not say it
    (`mergedIncidentNumber` is in 2025-07-01-preview and 2025-10-01-preview only)."""
    if REDIRECTED not in {label.casefold() for label in labels}:
        return None
    return text_of(pick(properties, "mergedIncidentNumber")) or "unknown"

"""What to PUT. An incident write replaces the whole resource, so everything that we do not mean to change goes back as it came.

Sending only some properties has wiped owners and descriptions for others (wortell/AZSentinel issue 89).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from watchkeeper.model.record import RawFields, RawValue, Refused
from watchkeeper_sentinel.records import KEY_LABEL, OWNER_FIELDS, SCALARS, flatten, pick, storable, text_of

READ_ONLY: Final = frozenset(
    name.casefold()
    for name in (
        "additionalData",
        "createdTimeUtc",
        "incidentNumber",
        "incidentUrl",
        "lastModifiedTimeUtc",
        "providerIncidentId",
        "providerName",
        "relatedAnalyticRuleIds",
    )
)
"""Properties that the service computes (readOnly in Incidents.json 2025-09-01); never sent."""

WRITABLE: Final = frozenset({*SCALARS, "labels", *(f"owner.{name}" for name in OWNER_FIELDS)})
_REQUIRED: Final = frozenset({"title", "severity", "status"})
_CLEARED_BY_ABSENCE: Final = frozenset({"classification", "classificationReason"})


def new_properties(fields: RawFields, marker: str) -> dict[str, Any]:
    """The properties of a new incident: the fields, and the label that ties it to its key."""
    given = fields.get("labels")
    labels = {*(given if isinstance(given, tuple) else ()), KEY_LABEL + marker}
    return overlay({}, {**fields, "labels": tuple(sorted(labels))})


def overlay(held: Mapping[str, Any], changes: RawFields) -> dict[str, Any]:
    """The properties to send so that only `changes` change: held ones without the read-only, changed ones replaced.

    Raises ValueError for a field that cannot be written. `held` is not touched.
    """
    unknown = sorted(changes.keys() - WRITABLE)
    if unknown:
        raise ValueError(f"cannot write {', '.join(unknown)}; writable are {', '.join(sorted(WRITABLE))}")
    sent = {name: copy.deepcopy(value) for name, value in held.items() if name.casefold() not in READ_ONLY}
    for name in SCALARS:
        if name in changes:
            _set_scalar(sent, name, changes[name])
    if "labels" in changes:
        _put(sent, "labels", merged_labels(pick(sent, "labels"), changes["labels"]))
    owner = {name: changes[f"owner.{name}"] for name in OWNER_FIELDS if f"owner.{name}" in changes}
    if owner:
        _put(sent, "owner", _owner(owner))
    return sent


def _set_scalar(sent: dict[str, Any], name: str, value: RawValue) -> None:
    if isinstance(value, tuple):
        raise ValueError(f"{name} takes text, not a list")
    if not value and name in _REQUIRED:
        raise ValueError(f"{name} cannot be empty: the service requires it on every write")
    if value is None or (not value and name in _CLEARED_BY_ABSENCE):
        sent.pop(_key(sent, name), None)
    else:
        _put(sent, name, storable(value))


def merged_labels(held: object, wanted: RawValue) -> list[Any]:
    """Held label objects that are wanted, or that the service or we ourselves rely on, as they came; then the new ones, sorted.

    `Redirected` and other AutoAssigned labels are never dropped (other products read them), nor is our key label.
    """
    if not isinstance(wanted, tuple):
        raise ValueError("labels takes a list of names")
    present = [label for label in held if isinstance(label, Mapping)] if isinstance(held, Sequence) else []
    kept = [label for label in present if _keep(label, _folded(wanted))]
    names = _folded(_name(label) for label in kept)
    new = (name for name in sorted(set(map(storable, wanted))) if name.casefold() not in names)
    return [*map(dict, kept), *({"labelName": name} for name in new)]


def _keep(label: Mapping[str, Any], wanted: frozenset[str]) -> bool:
    automatic = (text_of(pick(label, "labelType")) or "").casefold() == "autoassigned"
    return automatic or _name(label).casefold() in wanted or _name(label).startswith(KEY_LABEL)


def _name(label: Mapping[str, Any]) -> str:
    return text_of(pick(label, "labelName")) or ""


def _folded(names: Iterable[str]) -> frozenset[str]:
    """The service compares label names without case."""
    return frozenset(name.casefold() for name in names)


def _owner(changed: Mapping[str, RawValue]) -> dict[str, Any]:
    """A new owner. The old one's other fields would contradict it; the service fills them in from what is sent."""
    given = {name: value for name, value in changed.items() if value}
    return given or dict.fromkeys(OWNER_FIELDS)


def _put(sent: dict[str, Any], name: str, value: object) -> None:
    sent[_key(sent, name)] = value


def _key(sent: Mapping[str, Any], name: str) -> str:
    """The property's name as the answer spelt it."""
    if name in sent:
        return name
    return next((key for key in sent if key.casefold() == name.casefold()), name)


def refused(changes: RawFields, kept: RawFields) -> tuple[Refused, ...]:
    """The changes that the answer does not show."""
    return tuple(
        Refused(name, value, kept.get(name)) for name, value in sorted(changes.items()) if not _taken(name, value, kept)
    )


def _taken(name: str, value: RawValue, kept: RawFields) -> bool:
    now = kept.get(name)
    if isinstance(value, tuple):
        return isinstance(now, tuple) and _folded(map(storable, value)) <= _folded(now)
    if name.startswith("owner."):
        return isinstance(now, str) and now.casefold() == (value or "").casefold()
    return (now or "") == storable(value or "")


def landed(sent: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether an incident's properties are exactly what we sent, in everything that anybody can write.

    Of an owner only what was sent counts: the service fills in the rest.
    """
    asked, held = flatten(sent), flatten(now)
    plain = all((asked[name] or "") == (held[name] or "") for name in (*SCALARS, "labels"))
    return plain and _same_owner(asked, held)


def _same_owner(asked: RawFields, held: RawFields) -> bool:
    names = [f"owner.{name}" for name in OWNER_FIELDS]
    given = [name for name in names if asked[name]]
    if not given:
        return not any(held[name] for name in names)
    return all(_taken(name, asked[name], held) for name in given)

"""Writing incidents: a whole PUT under a version, and the difference between "somebody else was faster" and "it may have been us"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from watchkeeper.errors import (
    Ambiguous,
    Attempt,
    Config,
    NotFound,
    PreconditionFailed,
    Problem,
    Protocol,
    Rejected,
)
from watchkeeper.model.record import INCIDENTS, SENTINEL, Draft, RawFields, RecordRef, Revision, Written
from watchkeeper_sentinel.held import Held, HeldIncidents, only_our_comments
from watchkeeper_sentinel.incidents import Incidents, taken
from watchkeeper_sentinel.overlay import landed, new_properties, overlay, refused
from watchkeeper_sentinel.records import flatten, read_record

T = TypeVar("T")

REASONS: Final[Mapping[str, frozenset[str]]] = {
    "Undetermined": frozenset(),
    "TruePositive": frozenset({"SuspiciousActivity"}),
    "BenignPositive": frozenset({"SuspiciousButExpected"}),
    "FalsePositive": frozenset({"IncorrectAlertLogic", "InaccurateData"}),
}
"""Which classificationReason goes with a classification (the pairs that the portal offers)."""


class IncidentWriter:
    """Creates and changes incidents. One record is written by one thread at a time; the engine sees to that."""

    def __init__(self, incidents: Incidents, held: HeldIncidents) -> None:
        self._incidents = incidents
        self._held = held

    def create(self, draft: Draft) -> Written:
        """Create under the chosen name.

        The name is read first, unless this run has just read it and found nothing. Raises AlreadyExists when there is one (also
        when the service says so with 200 or 409), Rejected for fields that it cannot take.
        """
        name = _incident(draft.ref)
        if not self._held.take_absence(name) and self._incidents.get(name) is not None:
            raise taken(f"incident {name}", Attempt(SENTINEL, "GET incident", name, 200))
        self._held.take_absence(name)
        properties = _accepted(lambda: new_properties(draft.fields, draft.marker), name)
        try:
            status, item = self._incidents.create(name, properties)
        except PreconditionFailed as error:
            raise taken(f"incident {name}", error.attempt) from error
        if status != 201:
            raise taken(f"incident {name}", Attempt(SENTINEL, "PUT incident", name, status))
        return _written(name, item, draft.fields)

    def update(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        """Change the given fields if the incident is still at `expect`.

        Raises PreconditionFailed when it is not, NotFound when it is gone, Rejected for fields that it cannot take, and
        Ambiguous when nobody knows. The API has no If-Match, so a PUT to an incident that was deleted since it was read makes
        it anew; that is PreconditionFailed too, with the reason.
        """
        name = _incident(ref)
        return self._replace(name, self._at(name, expect), changes)

    def close(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        """Like `update`, after checking what a closed incident must have: a classification, and the reason that goes with
        it. A reason left over from an earlier close is cleared when the classification takes none."""
        name = _incident(ref)
        held = self._at(name, expect)
        return self._replace(name, held, _accepted(lambda: closing_changes(changes, flatten(held.properties)), name))

    def _replace(self, name: str, held: Held, changes: RawFields) -> Written:
        properties = _accepted(lambda: overlay(held.properties, changes), name)
        try:
            status, item = self._incidents.put(name, {"etag": held.etag, "properties": properties})
        except PreconditionFailed as error:
            raise self._after_conflict(name, properties, error) from error
        if status == 201:
            raise PreconditionFailed(
                f"incident {name} had been deleted, and this update made it anew",
                remedy="the next run reads it again",
                attempt=Attempt(SENTINEL, "PUT incident", name, status),
            )
        return _written(name, item, changes)

    def _at(self, name: str, expect: Revision) -> Held:
        """The incident's whole content at the expected version: from this run's reads, else read now."""
        held = self._held.get(name)
        if held is not None and held.etag == expect.token and not held.own_comments:
            return held
        now = self._read(name)
        if now.etag == expect.token:
            return now
        if held is not None and held.etag == expect.token and only_our_comments(held, now.properties):
            return now
        raise PreconditionFailed(
            f"incident {name} is no longer at the version that the change was decided on",
            remedy="it is read and merged again",
            attempt=Attempt(SENTINEL, "GET incident", name, 200),
        )

    def _read(self, name: str) -> Held:
        if self._incidents.get(name) is None:
            raise NotFound(f"incident {name} is not there", attempt=Attempt(SENTINEL, "GET incident", name, 404))
        held = self._held.get(name)
        if held is None:
            raise Protocol(f"incident {name} came without its name or etag", attempt=Attempt(SENTINEL, record=name))
        return held

    def _after_conflict(
        self, name: str, sent: Mapping[str, Any], conflict: PreconditionFailed
    ) -> PreconditionFailed | Ambiguous:
        """What a conflict means: somebody else's change, unless the incident now is exactly what we sent. Then our sending may have
        been repeated on its way and have met our own new version, or a person may have said just the same before it came."""
        if self._incidents.get(name) is None:
            return conflict
        now = self._held.get(name)
        return landed_or_said(f"incident {name}", conflict) if now and landed(sent, now.properties) else conflict


def landed_or_said(what: str, conflict: PreconditionFailed) -> Ambiguous:
    """A write that met a conflict over a record that holds just what was sent."""
    return Ambiguous(
        f"{what} holds what was sent, and is at a version that is not known: our write, or somebody's who said the same",
        remedy="it is read again, and its history tells where that matters",
        attempt=conflict.attempt,
    )


def closing_changes(changes: RawFields, held: RawFields) -> RawFields:
    """The changes of a close, completed. Raises ValueError naming what the closed incident would lack."""
    classification = changes.get("classification", held.get("classification")) or ""
    reason = changes.get("classificationReason", held.get("classificationReason")) or ""
    if not classification:
        raise ValueError(f"a closed incident needs a classification: {', '.join(REASONS)}")
    allowed = REASONS.get(str(classification))
    if allowed is None or reason in allowed or (not reason and not allowed):
        return changes
    if not allowed and "classificationReason" not in changes:
        return {**changes, "classificationReason": ""}
    wanted = " or ".join(sorted(allowed)) or "no reason"
    raise ValueError(f"classification {classification} goes with {wanted}, not with {reason or 'none'}")


def _written(name: str, item: Mapping[str, Any], changes: RawFields) -> Written:
    try:
        record = read_record(item)
    except ValueError as error:
        raise Ambiguous(
            f"the answer to a write of incident {name} cannot be read ({error}); the write may have happened",
            attempt=Attempt(SENTINEL, "PUT incident", name),
        ) from error
    return Written(record, refused(changes, record.fields))


def _accepted(build: Callable[[], T], name: str) -> T:
    """What is to be sent, or Rejected with what cannot be."""
    try:
        return build()
    except ValueError as error:
        raise Rejected(
            f"incident {name}: {error}",
            remedy="correct the profile's mapping",
            attempt=Attempt(SENTINEL, "PUT incident", name),
        ) from error


def _incident(ref: RecordRef) -> str:
    if ref.side != SENTINEL or ref.table != INCIDENTS:
        allowed = f"{SENTINEL}/{INCIDENTS}"
        raise Config([Problem("profile", "", f"there is no table {ref.side}/{ref.table} here", allowed)])
    return ref.id

"""What is looked at before a record is closed. Which fields a state demands is the profile's to say, by table and state; what is
wrong on every table is caught here."""

from __future__ import annotations

from watchkeeper.errors import Attempt, Rejected
from watchkeeper.model.record import SERVICENOW, RawFields, RecordRef
from watchkeeper_servicenow.vocabulary import Vocabulary


def check_state(ref: RecordRef, changes: RawFields) -> None:
    """Raises Rejected for a close without a state."""
    if not changes.get("state"):
        raise Rejected(
            f"servicenow: {ref.table} {ref.id} was not closed: state is missing",
            remedy="let the profile's status table give the state",
            attempt=_writing(ref),
        )


def unknown_choice(ref: RecordRef, changes: RawFields, vocabulary: Vocabulary) -> Rejected | None:
    """The refusal of the first value that the instance's list of this very table does not have, with near names: the instance
    would drop it without a word (a close code, which it then calls missing) or store what nothing else understands."""
    for name, value in sorted(changes.items()):
        choices = vocabulary.choices.get((ref.table, name))
        if choices is not None and isinstance(value, str) and value and value not in choices.labels:
            near = ", ".join(choices.near(value)) or "none"
            return Rejected(
                f"servicenow: {ref.table} {ref.id} was not closed: {name} {value!r} is no choice of {ref.table}; near: {near}",
                remedy=f"name one of its choices in the profile, or add it to {ref.table} on the instance",
                attempt=_writing(ref),
            )
    return None


def _writing(ref: RecordRef) -> Attempt:
    return Attempt(SERVICENOW, f"PATCH /api/now/table/{ref.table}", ref.id)

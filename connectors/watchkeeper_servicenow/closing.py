"""What a table demands of a record that is to be closed, told apart per (table, state): 3 is On Hold in `incident` and
Closed in `sn_si_incident`."""

from __future__ import annotations

from collections.abc import Mapping

from watchkeeper.errors import Attempt, Rejected
from watchkeeper.model.record import SERVICENOW, RawFields, RecordRef
from watchkeeper_servicenow.rows import Row

_CODE_AND_NOTES = ("close_code", "close_notes")
_DEMANDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("incident", "6"): _CODE_AND_NOTES,
    ("incident", "7"): _CODE_AND_NOTES,
    ("incident", "8"): (),
    ("sn_si_incident", "3"): _CODE_AND_NOTES,
    ("sn_si_incident", "7"): (),
}
"""Closing states and the fields that they make mandatory (ServiceNowDocs, c_IncidentManagementStateModel and c_DataPolicy)."""


def check_closing(ref: RecordRef, changes: RawFields, current: Row) -> None:
    """Raises Rejected, naming the field, when a close lacks its state, code or notes and the record does not have them."""
    state = changes.get("state")
    if not isinstance(state, str) or not state:
        raise _lacking(ref, "state")
    for name in _DEMANDS.get((ref.table, state), _CODE_AND_NOTES):
        if not changes.get(name) and not current.get(name):
            raise _lacking(ref, name)


def _lacking(ref: RecordRef, name: str) -> Rejected:
    return Rejected(
        f"servicenow: {ref.table} {ref.id} was not closed: {name} is missing",
        remedy=f"let the profile's closing table give a value for {name}",
        attempt=Attempt(SERVICENOW, f"PATCH /api/now/table/{ref.table}", ref.id),
    )

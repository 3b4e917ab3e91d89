"""What is wrong with one row, as far as it tells by itself: it is not as it was stored, or cannot be read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Table
from sqlalchemy.engine import RowMapping

from watchkeeper.errors import StateUnusable
from watchkeeper.evidence.kept import kind_named
from watchkeeper.model.calls import CallRecord, is_of_calls
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.owner_request import OwnerRequest
from watchkeeper.model.plan import Intent
from watchkeeper.model.sync_day import SYNC_DAYS
from watchkeeper.model.upkeep import Damage
from watchkeeper.model.verdict import Verdict
from watchkeeper.state import tables
from watchkeeper.state.codec import instant, stored, stored_object
from watchkeeper.state.digests import SEALED, intact
from watchkeeper.state.sheets import is_sheet_name

_DOCUMENTS: Mapping[Table, Callable[[RowMapping], object]] = {
    tables.intent: lambda row: stored(Intent, row["document"]),
    tables.owner_request: lambda row: stored(OwnerRequest, row["document"]),
    tables.verdict: lambda row: stored(Verdict, row["document"]),
    tables.snapshot: lambda row: _snapshot(row["name"], row["document"]),
    tables.run: lambda row: stored_object(row["summary"]),
}

MENDABLE = tuple(table for table in tables.metadata.sorted_tables if table not in {tables.write_log, tables.observed})
"""Tables whose damaged rows may be let go of. The write log is evidence, and what is staged goes with every run."""


def damage_of(table: Table, row: RowMapping) -> Damage | None:
    """None for a sound row, and for every row of the write log, of which its chain tells more."""
    if table in SEALED and not intact(table, row):
        return Damage.DIGEST
    try:
        if table in _DOCUMENTS:
            _DOCUMENTS[table](row)
        if table not in SEALED and table is not tables.write_log:
            for name in tables.instants(table):
                if row[name] is not None:
                    instant(row[name])
    except StateUnusable:
        return Damage.DOCUMENT
    return None


def _snapshot(name: str, document: str) -> object:
    """One of a name that nobody knows (a later version's) is as sound as its JSON."""
    if is_sheet_name(name):
        return stored(DaySheet, document)
    if is_of_calls(name):
        return stored(CallRecord, document)
    kind = SYNC_DAYS if name == SYNC_DAYS.name else kind_named(name)
    return stored_object(document) if kind is None else stored(kind.holds, document)

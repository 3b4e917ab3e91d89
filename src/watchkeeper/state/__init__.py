"""The memory of a deployment: what is linked, what both sides last agreed on, what we meant to write, what happened."""

from __future__ import annotations

from watchkeeper.state.lease import SqlLease
from watchkeeper.state.opening import open_copy, open_store
from watchkeeper.state.schema import upgrade
from watchkeeper.state.store import SqlStateStore

__all__ = ["SqlLease", "SqlStateStore", "open_copy", "open_store", "upgrade"]

"""The one thing that the watch board writes: what an asset owner asks for."""

from __future__ import annotations

from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.owner_request import Asked, OwnerRequest
from watchkeeper.ports import Clock
from watchkeeper.state import requests, schema
from watchkeeper.state.database import Database


def ask(url: str, deployment: str, clock: Clock, series: str, request: OwnerRequest, occurrence: Occurrence) -> Asked:
    """Raise the duty of a request in the store at an address, beside whatever run is under way: it takes no lease, as `tasks raise` takes
    none, and a run reads what was raised once. Raises StateUnusable."""
    database = Database(url, deployment=deployment)
    try:
        schema.require_current(database)
        return database.change(
            lambda connection: requests.ask(connection, deployment, series, request, occurrence, clock.now())
        )
    finally:
        database.close()

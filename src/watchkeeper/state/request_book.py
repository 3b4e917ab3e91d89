"""What asset owners have asked for, as methods of the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from watchkeeper.model.occurrence import Decided, Occurrence
from watchkeeper.model.owner_request import Asked, OwnerRequest, Standing
from watchkeeper.state import requests
from watchkeeper.state.database import Database


class RequestBook:
    """The part of a deployment's store that holds requests; see watchkeeper.ports.RequestMemory. A series is named by the key of its
    first request."""

    database: Database
    _deployment: str

    def ask(self, series: str, request: OwnerRequest, occurrence: Occurrence, now: datetime) -> Asked:
        return self.database.change(
            lambda connection: requests.ask(connection, self._deployment, series, request, occurrence, now)
        )

    def renew_request(self, before: Decided, request: OwnerRequest, occurrence: Occurrence) -> None:
        self.database.change(
            lambda connection: requests.renew(connection, self._deployment, before, request, occurrence)
        )

    def request_standings(self, series: Collection[str]) -> Mapping[str, Standing]:
        with self.database.read() as connection:
            return requests.standings(connection, self._deployment, series)

    def requests(self, keys: Iterable[str]) -> Mapping[str, OwnerRequest]:
        with self.database.read() as connection:
            return requests.by_keys(connection, self._deployment, keys)

    def unopened_requests(self) -> Mapping[str, OwnerRequest]:
        with self.database.read() as connection:
            return requests.unopened(connection, self._deployment)

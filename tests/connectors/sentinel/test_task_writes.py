"""What an answer to the write of a task means, exchange by exchange."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from tests.connectors.sentinel.exchanges import INCIDENT, NAME, OTHER

from watchkeeper.errors import PreconditionFailed
from watchkeeper.model.record import INCIDENT_TASKS, SENTINEL, RecordRef, Revision
from watchkeeper_sentinel import SentinelConnector

REF = RecordRef(SENTINEL, INCIDENT_TASKS, f"{NAME}/{OTHER}")
TASK = f"{INCIDENT}/tasks/{OTHER}"
CONFLICT = {"error": {"code": "Conflict", "message": "Newer version of resource exists. Data was not saved"}}
CHANGES = {"title": "Check licences"}


def task(etag: str, **properties: Any) -> dict[str, Any]:
    times = {"createdTimeUtc": "2026-11-23T07:00:00Z", "lastModifiedTimeUtc": "2026-11-23T08:00:00Z"}
    return {"name": OTHER, "etag": etag, "properties": {**times, "title": "Check", "status": "New", **properties}}


@pytest.fixture(autouse=True)
def conflict(server: responses.RequestsMock) -> None:
    """A task at version 1, and a service that says that our write met a newer one."""
    server.get(TASK, json=task("1"))
    server.put(TASK, status=409, json=CONFLICT)


def test_a_conflict_with_our_own_earlier_write_counts_as_written(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(TASK, json=task("2", title="Check licences"))

    written = connector.update(REF, CHANGES, Revision("1"))

    assert (written.record.revision, written.record.fields["title"]) == (Revision("2"), "Check licences")
    assert written.refused == ()


@pytest.mark.parametrize("theirs", [{"title": "Renamed"}, {"title": "Check licences", "status": "Completed"}])
def test_a_conflict_with_somebody_elses_write_stands(
    connector: SentinelConnector, server: responses.RequestsMock, theirs: dict[str, str]
) -> None:
    server.get(TASK, json=task("2", **theirs))

    with pytest.raises(PreconditionFailed, match="Newer version"):
        connector.update(REF, CHANGES, Revision("1"))


def test_a_conflict_over_a_task_that_is_gone_stands(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(TASK, status=404, json={})

    with pytest.raises(PreconditionFailed, match="Newer version"):
        connector.update(REF, CHANGES, Revision("1"))

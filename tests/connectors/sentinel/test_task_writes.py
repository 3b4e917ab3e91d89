"""What an answer to the write of a task means, exchange by exchange."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from tests.connectors.sentinel.exchanges import INCIDENT, NAME, OTHER

from watchkeeper.errors import Ambiguous, PreconditionFailed
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


def test_a_conflict_over_just_what_was_sent_may_be_our_own_write_or_a_person_who_said_the_same(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(TASK, json=task("2", title="Check licences"))

    with pytest.raises(Ambiguous, match="our write, or somebody's"):
        connector.update(REF, CHANGES, Revision("1"))


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

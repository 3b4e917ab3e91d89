"""Checks of a workspace whose answers, or whose deployment, are not the usual ones."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from tests.connectors.sentinel.exchanges import (
    ARM,
    CONFIG,
    FIELDS,
    INCIDENT,
    INCIDENTS,
    REF,
    expect_workspace,
    incident,
)

from watchkeeper.errors import Protocol
from watchkeeper.model.findings import Check, Finding
from watchkeeper.model.probing import ProbeScope
from watchkeeper_sentinel import SentinelConnector

ESCALATIONS_ONLY = ProbeScope("observe")
"""A deployment that makes no maintenance record on this side."""


@pytest.fixture(autouse=True)
def workspace(server: responses.RequestsMock) -> None:
    expect_workspace(server)
    permissions = f"{ARM}{CONFIG.workspace_path}/providers/Microsoft.Authorization/permissions"
    server.get(permissions, json={"value": []})


def found(connector: SentinelConnector) -> dict[Check, Finding]:
    return {probe.check: probe.finding for probe in connector.probes(ESCALATIONS_ONLY)}


@pytest.mark.parametrize("items", [[], [None, "text", 7], [{"name": None}], [incident()]])
def test_rows_that_are_no_incidents_have_no_authors(
    connector: SentinelConnector, server: responses.RequestsMock, items: list[Any]
) -> None:
    server.get(INCIDENTS, json={"value": items})

    told = found(connector)

    assert (told[Check.INCIDENTS], told[Check.VENDOR]) == (Finding.INCIDENTS_FINE, Finding.VENDOR_NONE)


def test_automation_rules_are_looked_at_for_maintenance_records_alone(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENTS, json={"value": []})

    assert Check.AUTOMATION not in found(connector)
    assert not any("automationRules" in str(call.request.url) for call in server.calls)


def test_an_incident_that_is_asked_for_and_cannot_be_read_is_told(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENT, json={**incident(), "etag": None})

    with pytest.raises(Protocol, match=r"cannot be read: .* has no etag"):
        connector.get([REF], FIELDS)

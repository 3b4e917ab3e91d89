"""What the settings make of the transport."""

from __future__ import annotations

import logging
import math
import sys
from datetime import timedelta

import pytest

from watchkeeper.clock import PATIENCE
from watchkeeper.deadline import Deadline
from watchkeeper.errors import Config, Rejected, WritesForbidden
from watchkeeper.model.budget import AllowanceKind
from watchkeeper.sources import administration_of, workspace_of
from watchkeeper.transport import Tracing
from watchkeeper.transport.tracing import CollectedTracing
from watchkeeper.wiring import Workplace

GUID = "11111111-2222-3333-4444-555555555555"
ENVIRONMENT = {
    "SERVICENOW_INSTANCE": "acme",
    "SERVICENOW_CLIENT_ID": "watchkeeper",
    "SERVICENOW_CLIENT_SECRET": "correct-horse-battery",
    "AZURE_TENANT_ID": GUID,
    "AZURE_CLIENT_ID": GUID,
    "AZURE_CLIENT_SECRET": "correct-horse-battery",
    "SENTINEL_SUBSCRIPTION_ID": GUID,
    "SENTINEL_RESOURCE_GROUP": "soc",
    "SENTINEL_WORKSPACE_NAME": "soc-workspace",
}


def workplace(**environ: str) -> Workplace:
    return Workplace(environ={**ENVIRONMENT, **environ}, writes=True)


def test_a_run_has_no_end_and_no_budget_unless_the_settings_give_it_one() -> None:
    with workplace() as place:
        assert place.transport.remaining() == timedelta.max
        assert [each for each in place.transport.allowances() if each.kind is AllowanceKind.BUDGET] == []
    with workplace(WATCHKEEPER_RUN_TIME="45m", WATCHKEEPER_CALL_BUDGET="sentinel=200") as place:
        assert timedelta(minutes=44) < place.transport.remaining() <= timedelta(minutes=45)
        budgets = [each for each in place.transport.allowances() if each.kind is AllowanceKind.BUDGET]
        assert [(each.side, each.limit) for each in budgets] == [("sentinel", 200)]


def test_no_source_of_evidence_is_opened_unless_the_settings_say_where_it_is() -> None:
    with workplace() as place:
        assert place.sources == {}
    with workplace(DEFENDER_ENDPOINT="https://eu.api.security.microsoft.com") as place:
        assert [source.side for source in place.sources.values()] == ["defender"]


def test_what_servicenow_tells_besides_tickets_is_asked_through_its_connector() -> None:
    with workplace() as place:
        assert place.administration is place.connectors["servicenow"].administration  # type: ignore[attr-defined]


def test_what_the_workspace_tells_besides_incidents_is_asked_through_its_connector() -> None:
    with workplace() as place:
        assert place.workspace is place.connectors["sentinel"].workspace  # type: ignore[attr-defined]


def test_a_connector_that_tells_nothing_but_tickets_says_so() -> None:
    with workplace() as place, pytest.raises(Config, match="sentinel: tells nothing but tickets"):
        administration_of(place.connectors["sentinel"])
    with workplace() as place, pytest.raises(Config, match="servicenow: tells nothing but incidents"):
        workspace_of(place.connectors["servicenow"])


def test_the_session_of_a_source_speaks_to_its_own_address_alone() -> None:
    with workplace(GRAPH_ENDPOINT="https://graph.microsoft.com") as place, pytest.raises(Rejected, match="not a host"):
        place.transport.session("graph").get("https://graph.microsoft.com.attacker.example/v1.0/subscribedSkus")


def test_the_time_of_a_run_is_counted_from_its_beginning_and_the_first_end_holds() -> None:
    for deadline, minutes in ((Deadline(after=timedelta(minutes=20)), 20), (Deadline(after=timedelta(hours=2)), 45)):
        place = workplace(WATCHKEEPER_RUN_TIME="45m")
        place.deadline = deadline
        with place:
            place.ready()
            left = timedelta(seconds=place.stop.seconds_left)
            assert timedelta(minutes=minutes - 1) < place.transport.remaining() <= left <= timedelta(minutes=minutes)
            assert 0 < place.transport.policy.write_grace < PATIENCE


def test_a_deadline_at_an_instant_is_told_by_this_runs_clock() -> None:
    place = workplace()
    place.deadline = Deadline(at=place.clock.now() + timedelta(minutes=20))
    with place:
        place.ready()
        assert timedelta(minutes=19) < timedelta(seconds=place.stop.seconds_left) <= timedelta(minutes=20)


def test_a_run_without_an_end_has_all_the_time_there_is() -> None:
    with workplace() as place:
        place.ready()
        assert place.stop.seconds_left == math.inf


def test_the_instance_is_the_only_host_that_its_credentials_go_to() -> None:
    with workplace() as place, pytest.raises(Rejected, match=r"evil\.example is not a host of this side"):
        place.transport.session("servicenow").get("https://evil.example/api/now/table/incident")


def test_of_a_side_that_is_not_called_no_setting_is_needed() -> None:
    servicenow = {name: value for name, value in ENVIRONMENT.items() if name.startswith("SERVICENOW_")}
    with Workplace(environ=servicenow, sides=("servicenow",)) as place:
        assert set(place.connectors) == {"servicenow"}
    with Workplace(environ=servicenow) as place, pytest.raises(Config, match="SENTINEL_SUBSCRIPTION_ID"):
        _ = place.connectors


def test_in_the_observing_mode_nothing_is_written_whoever_asks() -> None:
    with workplace() as place, pytest.raises(WritesForbidden):
        place.transport.session("servicenow").post("https://acme.service-now.com/api/now/table/incident")


def test_only_our_own_proxy_and_authorities_are_used() -> None:
    with workplace(WATCHKEEPER_PROXY="http://proxy.example:3128", HTTPS_PROXY="http://evil.example") as place:
        assert place.transport.policy.proxy == "http://proxy.example:3128"
        assert place.transport.policy.ca_files == {}


def test_spans_are_sent_where_a_collector_is_named_and_its_libraries_are_there(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with workplace() as place:
        assert type(place.tracing) is Tracing
    with workplace(OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:4318") as place:
        assert type(place.tracing) is CollectedTracing
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    caplog.set_level(logging.WARNING)
    with workplace(OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:4318") as place:
        assert type(place.tracing) is Tracing
    assert [record.levelname for record in caplog.records] == ["WARNING"]

"""What an emulated workspace has beside incidents: content hub, playbooks, health data, alerts, and a past on demand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.azure import ADMINISTRATION_CLIENT_ID

INSIGHTS = "Microsoft.SecurityInsights"
PACKAGE = {"id": "contoso.firewall", "name": "Contoso Firewall", "version": "2.0.1", "installed": "2.0.0"}
RUN = {"name": "Triage", "at": "2026-11-10T03:00:00Z"}


def listed(tenant: Tenant, kind: str, **more: Any) -> Any:
    return tenant.arm("GET", path=f"{tenant.workspace_path}/providers/{INSIGHTS}/{kind}", **more)


def workflows(tenant: Tenant, tail: str = "", *, version: str = "2019-05-01", **more: Any) -> Any:
    group = tenant.workspace_path.partition("/providers/")[0]
    return tenant.arm("GET", path=f"{group}/providers/Microsoft.Logic/workflows{tail}", version=version, **more)


def seed(tenant: Tenant, **command: Any) -> dict[str, Any]:
    return tenant.arm_system.seed({"system": "sentinel", **command})


class TestContentHub:
    def test_installed_packages_and_the_catalogue_have_their_published_shapes(self, tenant: Tenant) -> None:
        assert seed(tenant, content_packages=[PACKAGE]) == {"content_packages": ["contoso.firewall"]}
        (installed,) = listed(tenant, "contentPackages")["value"]
        (offered,) = listed(tenant, "contentProductPackages")["value"]
        assert (installed["name"], installed["type"]) == ("contoso.firewall", f"{INSIGHTS}/contentpackages")
        assert installed["properties"]["version"] == offered["properties"]["installedVersion"] == "2.0.0"
        assert offered["properties"]["version"] == "2.0.1"
        assert {"contentId", "contentKind", "displayName", "contentProductId"} <= installed["properties"].keys()
        assert listed(tenant, "contentPackages/Contoso.Firewall") == installed
        assert offered["id"].endswith("/contentProductPackages/contoso.firewall")

    def test_what_is_only_in_the_catalogue_has_no_installed_version(self, tenant: Tenant) -> None:
        offered = {each["name"]: each["properties"] for each in listed(tenant, "contentProductPackages")["value"]}
        assert len(listed(tenant, "contentPackages")["value"]) == 7
        assert sum("installedVersion" not in each for each in offered.values()) == 2

    def test_the_search_goes_on_on_the_next_page(self, tenant: Tenant) -> None:
        first = listed(tenant, "contentProductPackages", search="microsoft", top="1")
        assert "%24search=microsoft" in first["nextLink"]
        assert "%24skipToken=" in first["nextLink"]

    def test_filters_by_kind_and_refuses_what_it_does_not_know(self, tenant: Tenant) -> None:
        seed(tenant, content_packages=[PACKAGE, {**PACKAGE, "id": "other", "kind": "Standalone"}])
        only = listed(tenant, "contentPackages", filter="properties/contentKind eq 'Standalone'")["value"]
        assert [each["name"] for each in only] == ["other"]
        listed(tenant, "contentPackages", filter="properties/nope eq 'x'", expect=400)

    def test_is_read_only_and_not_in_older_versions(self, tenant: Tenant) -> None:
        path = f"{tenant.workspace_path}/providers/{INSIGHTS}/contentPackages/one"
        assert tenant.send("PUT", path=path, body={}, token=tenant.administrator()).status == 405
        listed(tenant, "contentPackages/none", expect=404)
        listed(tenant, "contentPackages", version="2023-02-01", expect=400)

    def test_a_package_without_a_version_is_refused(self, tenant: Tenant) -> None:
        with pytest.raises(ValueError, match="version"):
            seed(tenant, content_packages=[{"id": "x", "name": "X"}])


class TestPlaybooks:
    def test_are_listed_in_the_published_shape(self, tenant: Tenant) -> None:
        first, *_ = found = workflows(tenant)["value"]
        assert [each["properties"]["state"] for each in found] == ["Enabled", "Enabled", "Disabled"]
        assert (first["name"], first["type"]) == ("Block-Sender", "Microsoft.Logic/workflows")
        assert {"provisioningState", "createdTime", "changedTime", "version"} <= first["properties"].keys()
        assert workflows(tenant, "/block-sender") == first

    def test_need_a_version_of_their_own_provider(self, tenant: Tenant) -> None:
        assert workflows(tenant, version="2025-09-01", expect=400)["error"]["code"] == "InvalidApiVersionParameter"

    def test_of_another_group_are_not_there(self, tenant: Tenant) -> None:
        path = (
            f"/subscriptions/{tenant.options.subscription_id}/resourceGroups/other/providers/Microsoft.Logic/workflows"
        )
        answer = tenant.arm("GET", path=path, version="2019-05-01", expect=404)
        assert answer["error"]["code"] == "ResourceGroupNotFound"
        workflows(tenant, "/none", expect=404)

    def test_need_a_right_of_their_own(self, tenant: Tenant) -> None:
        seed(tenant, grants={tenant.options.client_id: {"actions": [f"{INSIGHTS}/*/read"]}})
        refused = workflows(tenant, expect=403)["error"]
        assert "Microsoft.Logic/workflows/read" in refused["message"]
        seed(tenant, grants={tenant.options.client_id: {"actions": ["Microsoft.Logic/*/read"]}})
        assert workflows(tenant)["value"]

    def test_a_state_that_there_is_not_is_refused(self, tenant: Tenant) -> None:
        with pytest.raises(ValueError, match="Paused"):
            seed(tenant, playbooks=[{"name": "x", "state": "Paused"}])
        with pytest.raises(ValueError, match="needs a name"):
            seed(tenant, playbooks=[{"state": "Enabled"}])

    def test_are_read_only(self, tenant: Tenant) -> None:
        group = tenant.workspace_path.partition("/providers/")[0]
        path = f"{group}/providers/Microsoft.Logic/workflows/one"
        administrator = tenant.administrator()
        seed(tenant, grants={ADMINISTRATION_CLIENT_ID: {"actions": ["Microsoft.Logic/*"]}})
        assert tenant.send("PUT", path=path, body={}, version="2019-05-01", token=administrator).status == 405


class TestHealth:
    def test_tells_runs_with_their_operation(self, tenant: Tenant) -> None:
        assert seed(tenant, health=[RUN, {**RUN, "type": "Playbook", "status": "Success"}]) == {"health": 3}
        rows = tenant.ask("SentinelHealth | project OperationName, SentinelResourceType, Status")
        assert [list(row.values()) for row in rows] == [
            ["Data fetch status change", "Data connector", "Success"],
            ["Automation rule run", "Automation rule", "Failure"],
            ["Playbook was triggered", "Playbook", "Success"],
        ]

    @pytest.mark.parametrize("odd", [{"status": "Odd"}, {"type": "Odd"}, {"at": "yesterday"}, {"name": ""}])
    def test_a_run_that_there_cannot_be_is_refused(self, tenant: Tenant, odd: dict[str, str]) -> None:
        with pytest.raises(ValueError, match="a run needs a name"):
            seed(tenant, health=[{**RUN, **odd}])


class TestAlerts:
    def test_are_told_once_and_with_entities_in_the_tables_spelling(self, tenant: Tenant) -> None:
        alert = {"title": "Phish", "product": "Microsoft Defender for Office 365", "accounts": ["Keiko@x.example"]}
        seed(tenant, provider="xdr", name="one", alerts=[{**alert, "mailboxes": ["keiko@x.example"]}])
        tenant.people("edit", incident="one", fields={"severity": "Low"})
        tenant.wait(minutes=6)
        (row,) = tenant.ask("SecurityAlert | project AlertName, ProviderName, ProductName, Entities, SystemAlertId")
        assert (row["AlertName"], row["ProviderName"]) == ("Phish", "OATP")
        account, mailbox = json.loads(row["Entities"])
        assert (account["Type"], account["Name"], account["UPNSuffix"]) == ("account", "Keiko", "x.example")
        assert (mailbox["Type"], mailbox["MailboxPrimaryAddress"]) == ("mailbox", "keiko@x.example")
        (incident,) = tenant.ask("SecurityIncident | top 1 by LastModifiedTime | project AlertIds")
        assert json.loads(incident["AlertIds"]) == [row["SystemAlertId"]]

    def test_come_with_the_lag_of_the_tables(self, tenant: Tenant) -> None:
        seed(tenant)
        assert tenant.ask("SecurityAlert") == []
        tenant.wait(minutes=6)
        assert len(tenant.ask("SecurityAlert")) == 1

    def test_one_without_a_title_is_refused(self, tenant: Tenant) -> None:
        with pytest.raises(ValueError, match="each with a title"):
            seed(tenant, alerts=[{"product": "x"}])


class TestPast:
    def test_is_not_there_unless_it_is_asked_for(self, tenant: Tenant) -> None:
        assert tenant.arm("GET")["value"] == []
        assert listed(tenant, "automationRules")["value"] == []
        assert tenant.ask("SecurityIncident | count") == [{"Count": 0}]

    def test_fills_the_days_before_and_none_after(self, tenant: Tenant) -> None:
        made = seed(tenant, past=True)
        incidents = tenant.arm("GET")["value"]
        assert len(made["incidents"]) == len(incidents) == 41
        assert {each["properties"]["status"] for each in incidents} == {"Closed"}
        times = [each["properties"][key] for each in incidents for key in ("createdTimeUtc", "lastModifiedTimeUtc")]
        now = tenant.clock.now().isoformat()
        assert max(times)[:19] < now[:19]
        assert min(times).startswith("2026-10-16")

    def test_is_the_same_in_every_world(self, tenant: Tenant) -> None:
        other = Tenant()
        assert seed(tenant, past=5) == seed(other, past=5)
        assert tenant.arm("GET")["value"] == other.arm("GET")["value"]

    def test_runs_rules_on_defenders_incidents_alone(self, tenant: Tenant) -> None:
        seed(tenant, past=2)
        for rule in listed(tenant, "automationRules")["value"]:
            (condition,) = rule["properties"]["triggeringLogic"]["conditions"]
            assert condition["conditionProperties"]["propertyValues"] == ["Microsoft XDR"]

    @pytest.mark.parametrize("command", [{"past": 0}, {"past": "x"}, {"past": 1000}, {"past": True, "count": 3}])
    def test_of_no_length_or_beside_something_else_is_refused(self, tenant: Tenant, command: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="past stands alone"):
            seed(tenant, **command)

    def test_is_gone_after_a_reset(self, tenant: Tenant) -> None:
        seed(tenant, past=3)
        seed(tenant, content_packages=[], playbooks=[])
        tenant.arm_system.reset()
        assert tenant.arm("GET")["value"] == []
        assert listed(tenant, "automationRules")["value"] == []
        assert len(tenant.ask("SentinelHealth")) == 1
        assert len(workflows(tenant)["value"]) == 3
        assert listed(tenant, "contentPackages")["value"]

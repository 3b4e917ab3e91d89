"""Rights on the workspace as data: built-in roles, and custom ones that a seed gives instead."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

INSIGHTS = "Microsoft.SecurityInsights"
QUERY = "Microsoft.OperationalInsights/workspaces/query"


def give(tenant: Tenant, *actions: str, without: tuple[str, ...] = ()) -> None:
    role = {"actions": list(actions), "notActions": list(without)}
    tenant.arm_system.seed({"system": "sentinel", "grants": {tenant.options.client_id: role}})


def permissions(tenant: Tenant) -> list[dict[str, Any]]:
    path = f"{tenant.workspace_path}/providers/Microsoft.Authorization/permissions"
    listed: list[dict[str, Any]] = tenant.arm("GET", path=path, version="2022-04-01")["value"]
    return listed


def test_the_built_in_responder_may_write_automation_rules_too(tenant: Tenant) -> None:
    first, *_ = permissions(tenant)
    assert f"{INSIGHTS}/automationRules/*" in first["actions"]
    assert first["notActions"] == [f"{INSIGHTS}/incidents/*/delete"]


def test_a_custom_role_stands_in_the_place_of_the_built_in_one(tenant: Tenant) -> None:
    give(tenant, f"{INSIGHTS}/incidents/read", "Microsoft.Authorization/permissions/read")
    assert [each["actions"] for each in permissions(tenant)] == [
        [f"{INSIGHTS}/incidents/read", "Microsoft.Authorization/permissions/read"]
    ]
    tenant.arm("GET")
    refused = tenant.arm("PUT", "/one", {"properties": {}}, expect=403)
    assert f"{INSIGHTS}/incidents/write" in refused["error"]["message"]


@pytest.mark.parametrize(
    ("tail", "action"),
    [
        ("/one/comments", "incidents/comments/read"),
        ("/one/tasks/two", "incidents/tasks/read"),
        ("/one", "incidents/read"),
    ],
)
def test_a_refusal_names_the_action_that_is_missing(tenant: Tenant, tail: str, action: str) -> None:
    give(tenant, "Microsoft.Authorization/*/read")
    assert f"'{INSIGHTS}/{action}'" in tenant.arm("GET", tail, expect=403)["error"]["message"]


def test_an_exception_takes_from_its_own_role_only(tenant: Tenant) -> None:
    give(tenant, "*", without=(f"{INSIGHTS}/incidents/*/delete",))
    tenant.create()
    tenant.arm("DELETE", "/one", expect=403)
    give(tenant, "*")
    tenant.arm("DELETE", "/one")


def test_a_query_needs_the_right_to_query_and_one_for_each_table(tenant: Tenant) -> None:
    give(tenant, f"{QUERY}/read", f"{QUERY}/SecurityIncident/read")
    assert tenant.ask("SecurityIncident | count") == [{"Count": 0}]
    assert tenant.ask("print 1", expect=200)
    assert tenant.ask("SecurityIncident | union AzureActivity", expect=403)["code"] == "InsufficientAccessError"
    give(tenant, f"{QUERY}/SecurityIncident/read")
    assert tenant.ask("SecurityIncident | count", expect=403)["code"] == "InsufficientAccessError"


@pytest.mark.parametrize("role", [7, {}, {"actions": "*"}])
def test_a_role_without_a_list_of_actions_is_refused(tenant: Tenant, role: object) -> None:
    with pytest.raises(ValueError, match="list of actions"):
        tenant.arm_system.seed({"grants": {tenant.options.client_id: role}})


def test_a_reset_gives_the_built_in_roles_back(tenant: Tenant) -> None:
    give(tenant, "Microsoft.Authorization/*/read")
    tenant.arm_system.reset()
    tenant.arm("GET")


class TestAutomationRules:
    def rules(self, tenant: Tenant, tail: str = "", **more: Any) -> Any:
        return tenant.arm("GET", path=f"{tenant.workspace_path}/providers/{INSIGHTS}/automationRules{tail}", **more)

    def test_there_are_none_at_first(self, tenant: Tenant) -> None:
        assert self.rules(tenant) == {"value": []}

    def test_a_seeded_one_is_listed_in_the_published_shape(self, tenant: Tenant) -> None:
        logic = {"triggersWhen": "Updated", "conditions": [{"conditionType": "Property"}]}
        made = tenant.arm_system.seed(
            {
                "automation_rules": [
                    {"displayName": "Triage", "order": 3, "triggeringLogic": logic},
                    {"displayName": "Mail"},
                ]
            }
        )
        first, second = self.rules(tenant)["value"]
        assert made == {"automation_rules": [first["name"], second["name"]]}
        assert first["properties"]["triggeringLogic"] == {"isEnabled": True, "triggersOn": "Incidents", **logic}
        assert second["properties"]["triggeringLogic"]["triggersWhen"] == "Created"
        assert {"displayName", "order", "actions", "createdBy", "lastModifiedTimeUtc"} <= first["properties"].keys()
        assert self.rules(tenant, f"/{first['name']}") == first

    def test_it_is_read_only_here(self, tenant: Tenant) -> None:
        self.rules(tenant, "/none", expect=404)
        path = f"{tenant.workspace_path}/providers/{INSIGHTS}/automationRules/one"
        assert tenant.send("PUT", path=path, body={}).status == 405

    def test_one_without_a_name_is_refused(self, tenant: Tenant) -> None:
        with pytest.raises(ValueError, match="displayName"):
            tenant.arm_system.seed({"automation_rules": [{"order": 1}]})

    def test_rules_and_incidents_may_be_seeded_at_once(self, tenant: Tenant) -> None:
        made = tenant.arm_system.seed({"automation_rules": [{"displayName": "Triage"}], "count": 2})
        assert len(made["incidents"]) == 2
        assert len(self.rules(tenant)["value"]) == 1

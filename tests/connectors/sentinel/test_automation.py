"""Whether an automation rule would run on a maintenance incident: conditions as ARM lists them."""

from __future__ import annotations

from typing import Any

import pytest

from watchkeeper_sentinel.automation import Match, matching

RECORD = {"severity": "Informational", "status": "New", "labels": ("soc-maintenance", "watchkeeper")}


def rule(*conditions: object, name: str = "Triage", order: int = 1, **logic: Any) -> dict[str, Any]:
    usual = {"isEnabled": True, "triggersOn": "Incidents", "triggersWhen": "Created", "conditions": list(conditions)}
    actions = [{"order": 1, "actionType": "ModifyProperties"}, {"order": 2, "actionType": "RunPlaybook"}]
    properties = {"displayName": name, "order": order, "triggeringLogic": {**usual, **logic}, "actions": actions}
    return {"name": "73e01a99", "properties": properties}


def condition(name: str, operator: str, *values: str) -> dict[str, Any]:
    properties = {"propertyName": name, "operator": operator, "propertyValues": list(values)}
    return {"conditionType": "Property", "conditionProperties": properties}


def answer(*conditions: object) -> bool | None:
    """True: it would run; None: it may; False: it would not."""
    found = list(matching([rule(*conditions)], RECORD))
    return (found[0].certain or None) if found else False


def test_a_rule_without_conditions_runs_on_everything() -> None:
    assert list(matching([rule()], RECORD)) == [
        Match("Triage", "1", "Created", ("ModifyProperties", "RunPlaybook"), True)
    ]


@pytest.mark.parametrize(
    ("conditions", "runs"),
    [
        ([condition("IncidentSeverity", "Equals", "High", "Medium")], False),
        ([condition("IncidentSeverity", "Equals", "informational")], True),
        ([condition("IncidentSeverity", "NotEquals", "High")], True),
        ([condition("IncidentStatus", "Equals", "New"), condition("IncidentSeverity", "Equals", "High")], False),
        ([condition("IncidentLabel", "Contains", "soc-maintenance")], True),
        ([condition("IncidentLabel", "NotContains", "soc-maintenance")], False),
        ([condition("IncidentLabel", "StartsWith", "soc"), condition("IncidentLabel", "NotEndsWith", "x")], True),
        ([condition("IncidentProviderName", "Equals", "Microsoft XDR")], False),
        ([condition("IncidentRelatedAnalyticRuleIds", "Contains", "/alertRules/1")], False),
        ([condition("IncidentRelatedAnalyticRuleIds", "NotContains", "/alertRules/1")], True),
        ([condition("AccountName", "Equals", "root")], False),
        ([condition("IncidentTitle", "Contains", "phish")], None),
        ([condition("IncidentTitle", "Contains", "phish"), condition("IncidentSeverity", "Equals", "High")], False),
        ([condition("IncidentSeverity", "Matches", "x")], None),
        ([{"conditionType": "PropertyChanged", "conditionProperties": {"propertyName": "IncidentOwner"}}], None),
        (
            [
                {
                    "conditionType": "Property",
                    "conditionProperties": {"propertyName": "IncidentSeverity", "operator": "Equals"},
                }
            ],
            None,
        ),
        (["no condition"], True),
    ],
)
def test_conditions_are_held_against_a_new_maintenance_incident(conditions: list[object], runs: bool | None) -> None:
    assert answer(*conditions) is runs


@pytest.mark.parametrize(
    "other",
    [
        rule(isEnabled=False),
        rule(triggersOn="Alerts"),
        {"name": "x"},
        {"name": "x", "properties": {"triggeringLogic": None}},
        "text",
    ],
)
def test_what_is_off_or_is_about_something_else_is_left_out(other: object) -> None:
    assert list(matching([other], RECORD)) == []


def test_rules_come_in_the_order_in_which_they_run() -> None:
    late, early = rule(name="Late", order=9), rule(name="Early", order=2, triggersWhen="Updated")
    assert [(each.name, each.when) for each in matching([late, early], RECORD)] == [
        ("Early", "Updated"),
        ("Late", "Created"),
    ]

"""Deployments that are broken in one way each, prepared through the emulators' control plane or the settings: `doctor` names the
cause, with what to do about it, and nothing else is hidden or blamed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment
from tests.scopes import MAPPINGS
from tests.unit.doctor.examined import examined, told, troubles
from tests.unit.doctor.sound import US, access_rules, azure_role, seed, sound_deployment

from watchkeeper.emulators.servicenow.cast import sys_id
from watchkeeper.model.findings import Check, Finding
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.report.texts import texts_in
from watchkeeper.transport import Secret
from watchkeeper_servicenow import ClientCredentials

pytestmark = pytest.mark.thorough

Spoil = Callable[[Deployment], Deployment | None]


@dataclass(frozen=True, slots=True)
class State:
    """One broken deployment: how it is made, what is found where, and words that finding and remedy must have.

    `beside`: further findings that are the same cause seen elsewhere.
    """

    name: str
    spoil: Spoil
    side: str
    check: Check
    subject: str
    finding: Finding
    words: tuple[str, ...]
    beside: tuple[tuple[str, str], ...] = ()
    write: bool = False
    plan: bool = False


def change(deployment: Deployment, file: str, old: str, new: str) -> Deployment:
    """The deployment with a copy of the shipped mappings in which something else is written."""
    folder = deployment.database.parent / "mappings"
    if not folder.exists():
        shutil.copytree(MAPPINGS, folder)
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return replace(deployment, mappings=folder)


def servicenow(**command: Any) -> Spoil:
    return lambda deployment: seed(deployment.world, "servicenow", **command) and None


def sentinel(**command: Any) -> Spoil:
    return lambda deployment: seed(deployment.world, "sentinel", **command) and None


def denied(*rules: dict[str, Any]) -> Spoil:
    """Further access rules beside those that leave the documented rights."""
    added = [{"deny": [US], **rule} for rule in rules]
    return lambda deployment: servicenow(acl=[*access_rules(deployment.mode), *added])(deployment)


def row(table: str, **fields: str) -> Spoil:
    return servicenow(rows=[{"table": table, "fields": fields}])


POLICY = "0a" * 16


def data_policy(field: str, **fields: str) -> Spoil:
    """A data policy that makes a field mandatory, beside one rule that does not."""
    rules = ({"field": field, "mandatory": "true"}, {"field": "company", "mandatory": "ignore"})
    about = [{"table": "sys_data_policy_rule", "fields": {"sys_data_policy": POLICY, **rule}} for rule in rules]
    return servicenow(rows=[{"table": "sys_data_policy2", "sys_id": POLICY, "fields": fields}, *about])


def ourselves(**fields: str) -> Spoil:
    return servicenow(rows=[{"table": "sys_user", "sys_id": sys_id("sys_user", US), "fields": fields}])


def role(*, add: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> Spoil:
    def spoil(deployment: Deployment) -> None:
        given = azure_role(deployment.mode)
        actions = [action for action in given["actions"] if action not in without]
        grants = {deployment.world.options.client_id: {**given, "actions": [*actions, *add]}}
        seed(deployment.world, "sentinel", grants=grants)

    return spoil


def _everything(deployment: Deployment) -> None:
    """Every right on every field, as `itil` has it."""
    seed(deployment.world, "servicenow", acl=[])


def _wrong_secret(deployment: Deployment) -> Deployment:
    client_id = deployment.world.options.servicenow_client_id
    return replace(deployment, servicenow={"credentials": ClientCredentials(client_id, Secret("wrong"))})


def _a_limit_just_above_what_looking_takes(deployment: Deployment) -> None:
    """A limit for the next hour: what this examination took, and a few calls more."""
    world = deployment.world
    mark = len(world.log.entries())
    examined(deployment, plan=True)
    taken = [entry for entry in world.log.entries(mark) if entry.path.startswith("/api/now/table")]
    seed(world, "servicenow", availability={"rate_limits": [{"limit": len(taken) + 7}]})
    world.clock.advance(timedelta(hours=1))


STATES = (
    State(
        "wrong ServiceNow secret",
        _wrong_secret,
        SERVICENOW, Check.SIGN_IN, "", Finding.FAILED, ("401", "SERVICENOW_CLIENT_SECRET"),
    ),
    State(
        "wrong Entra secret",
        lambda deployment: replace(deployment, sentinel={"client_secret": "wrong"}),
        SENTINEL, Check.SIGN_IN, "https://management.azure.com", Finding.FAILED, ("AADSTS7000215", "AZURE_CLIENT_SECRET"),
    ),
    State(
        "wrong instance",
        lambda deployment: replace(deployment, servicenow={"instance": "https://elsewhere.emulator"}),
        SERVICENOW, Check.REACH, "", Finding.UNREACHABLE, ("SERVICENOW_INSTANCE", "proxy"),
    ),
    State(
        "another workspace than the configured one",
        lambda deployment: replace(deployment, sentinel={"workspace_id": "00000000-0000-4000-8000-000000000000"}),
        SENTINEL, Check.WORKSPACE, "", Finding.WORKSPACE_OTHER, ("SENTINEL_WORKSPACE_ID",),
        beside=(("history", ""), ),
    ),
    State(
        "audiences mixed up",
        lambda deployment: replace(deployment, sentinel={"logs_audience": "https://management.azure.com"}),
        SENTINEL, Check.AUDIENCE, "", Finding.AUDIENCE_MIXED, ("Log Analytics", "SENTINEL_LOGS_AUDIENCE"),
    ),
    State(
        "a clock that is off",
        lambda deployment: replace(deployment, skew=timedelta(minutes=-10)),
        SERVICENOW, Check.CLOCK, "", Finding.CLOCK_OFF, ("+600 s", "NTP"),
        beside=(("clock", ""),),
    ),
    State(
        "a group that is not there",
        lambda deployment: change(deployment, "teams.yaml", "group: CSIRT", "group: CSIRTT"),
        SERVICENOW, Check.GROUP, "CSIRTT", Finding.REFERENCE_NEAR, ("did you mean CSIRT", "teams.yaml:"),
    ),
    State(
        "a group that is there twice",
        row("sys_user_group", name="CSIRT"),
        SERVICENOW, Check.GROUP, "CSIRT", Finding.REFERENCE_SEVERAL, ("sys_id at", "teams.yaml:"),
    ),
    State(
        "a field that is not readable",
        denied({"table": "incident", "operation": "read", "field": "follow_up"}),
        SERVICENOW, Check.READ, "incident", Finding.READ_MISSING_MAPPED, ("follow_up", "read access", ".yaml:"),
    ),
    State(
        "a system field that is not readable",
        denied({"table": "sys_user", "operation": "read", "field": "name"}),
        SERVICENOW, Check.READ, "sys_user", Finding.READ_MISSING, ("name", "read access"),
    ),
    State(
        "no range and order on sys_updated_on",
        denied({"table": "incident", "operation": "query_range", "field": "sys_updated_on"}),
        SERVICENOW, Check.RANGE, "incident", Finding.RANGE_REFUSED, ("sys_updated_on", "query_range"),
    ),
    State(
        "no search by correlation_id",
        denied({"table": "incident", "operation": "query_match", "field": "correlation_id"}),
        SERVICENOW, Check.MATCH, "incident", Finding.MATCH_REFUSED, ("correlation_id", "query_match"),
        beside=(("correlation", "incident"),),
    ),
    State(
        "a hidden journal",
        denied({"table": "sys_journal_field", "operation": "read"}),
        SERVICENOW, Check.READ, "sys_journal_field", Finding.READ_HIDDEN, ("shows none", "notes are not mirrored"),
    ),
    State(
        "an audit table that is closed to REST",
        denied({"table": "sys_audit", "operation": "api"}),
        SERVICENOW, Check.READ, "sys_audit", Finding.FAILED, ("403",),
        beside=(("match", "sys_audit"), ("range", "sys_audit")),
    ),
    State(
        "a close code that the instance does not know",
        lambda deployment: change(
            deployment, "profiles/maintenance.yaml", "close_code: Solution provided", "close_code: Solved"
        ),
        SERVICENOW, Check.CHOICES, "maintenance: incident.close_code", Finding.CHOICES_UNKNOWN,
        ("Solved", "Solution provided", "maintenance.yaml:", "incident.close_code"),
    ),
    State(
        "a close code that the profile does not know",
        row("sys_choice", name="incident", element="close_code", value="Abandoned", label="Abandoned"),
        SERVICENOW, Check.CODES, "escalation: incident.close_code", Finding.CODES_UNMAPPED, ("Abandoned", "escalation.yaml:"),
    ),
    State(
        "an instance that gives sys_ids of its own",
        servicenow(honour_chosen_sys_id=False),
        SERVICENOW, Check.SYS_ID, "", Finding.SYS_ID_CHANGED, ("sys_id of its own", "correlation_id"),
        write=True,
    ),
    State(
        "a field that is not kept as written",
        denied({"table": "incident", "operation": "write", "field": "urgency"}),
        SERVICENOW, Check.WRITE, "incident", Finding.WRITE_REFUSED, ("urgency", "write access"),
        write=True,
    ),
    State(
        "a ticket that may not be resolved",
        servicenow(rules=[{"name": "Four eyes", "table": "incident", "condition": "state=6", "abort": True}]),
        SERVICENOW, Check.WRITE, "incident", Finding.WRITE_LEFT_OPEN, ("Four eyes", "by hand"),
        write=True,
    ),
    State(
        "an invalid condition widens a query",
        servicenow(properties={"glide.invalid_query.returns_no_rows": "false"}),
        SERVICENOW, Check.INVALID_QUERY, "", Finding.INVALID_QUERY_WIDENS, ("glide.invalid_query.returns_no_rows",),
    ),
    State(
        "HTML in work notes",
        servicenow(properties={"glide.ui.security.allow_codetag": "true"}),
        SERVICENOW, Check.MARKUP, "", Finding.MARKUP_ON, ("allow_codetag", "false"),
    ),
    State(
        "an account in another zone and language",
        ourselves(time_zone="Asia/Tokyo", preferred_language="ja"),
        SERVICENOW, Check.ZONE, "", Finding.ZONE_OWN, ("Asia/Tokyo", "ja", "UTC"),
    ),
    State(
        "an account without a zone of its own",
        ourselves(time_zone=""),
        SERVICENOW, Check.ZONE, "", Finding.ZONE_INHERITED, ("America/Los_Angeles", "en", "UTC"),
    ),
    State(
        "an account that people can sign in with",
        ourselves(web_service_access_only="false"),
        SERVICENOW, Check.ACCOUNT, "", Finding.BOT_A_PERSON, ("watchkeeper", "web service access only"),
    ),
    State(
        "an account that is named as a person of a team",
        lambda deployment: change(deployment, "teams.yaml", "members: [niamh.kelly]", f"members: [niamh.kelly, {US}]"),
        SERVICENOW, Check.BOT, "", Finding.BOT_ON_ROSTER, ("watchkeeper", "teams.yaml"),
    ),
    State(
        "an account in a team's group",
        row("sys_user_grmember", group=sys_id("sys_user_group", "CSIRT"), user=sys_id("sys_user", US)),
        SERVICENOW, Check.BOT, "", Finding.BOT_IN_GROUP, ("CSIRT", "out of the group"),
    ),
    State(
        "an administrator's role",
        row("sys_user_has_role", user=sys_id("sys_user", US), role="itil_admin"),
        SERVICENOW, Check.ROLES, "", Finding.ROLES_TOO_MANY, ("itil_admin", "--permissions"),
    ),
    State(
        "people's private data",
        _everything,
        SERVICENOW, Check.PRIVATE, "sys_user", Finding.PRIVATE_SHOWN, ("mobile_phone", "sys_user"),
    ),
    State(
        "a mandatory field that we do not send",
        servicenow(
            rows=[
                {
                    "table": "sys_dictionary",
                    "fields": {"name": "incident", "element": "caller_id", "mandatory": "true", "active": "true"},
                }
            ]
        ),
        SERVICENOW, Check.MANDATORY, "maintenance", Finding.MANDATORY_UNFILLED, ("caller_id", "constants", "maintenance.yaml:"),
        beside=(("mandatory", "escalation"),),
    ),
    State(
        "an SLA that would start",
        row("contract_sla", name="Any incident", start_condition="active=true^ORDERBYnumber"),
        SERVICENOW, Check.SLA, "Any incident", Finding.SLA_STARTS, ("would start", "category!=soc_maintenance"),
    ),
    State(
        "a mail that may be sent",
        row(
            "sysevent_email_action",
            name="Assigned to my group", condition="assignment_groupISNOTEMPTY", action_insert="true",
        ),
        SERVICENOW, Check.NOTIFICATION, "Assigned to my group", Finding.NOTIFICATION_SENT, ("may be sent", "category!="),
    ),
    State(
        "a mail that an event sends",
        row(
            "sysevent_email_action",
            name="Incident assigned to my group", generation_type="event", event_name="incident.assigned.to.group",
            condition="active=true", action_insert="true",
        ),
        SERVICENOW, Check.NOTIFICATION, "events", Finding.NOTIFICATION_BY_EVENT,
        ("Incident assigned to my group", "incident.assigned.to.group", "category!=soc_maintenance"),
    ),
    State(
        "a data policy for new tickets",
        data_policy("caller_id", short_description="Caller", conditions="active=true"),
        SERVICENOW, Check.POLICY, "maintenance: Caller", Finding.POLICY_UNFILLED,
        ("would demand", "caller_id", "maintenance.yaml:", "category!=soc_maintenance"),
    ),
    State(
        "a data policy for resolved tickets",
        data_policy("cmdb_ci", short_description="Affected item", model_table="task", inherit="true", conditions="state=6"),
        SERVICENOW, Check.POLICY, "maintenance: Affected item", Finding.POLICY_UNFILLED, ("would demand", "cmdb_ci"),
    ),
    State(
        "a data policy of which nobody can tell whether it is about us",
        data_policy("caller_id", short_description="Late", conditions="opened_atRELATIVELT@day@ago@1"),
        SERVICENOW, Check.POLICY, "maintenance: Late", Finding.POLICY_UNFILLED, ("may demand", "caller_id"),
    ),
    State(
        "ServiceNow's own integration is installed",
        row("sys_store_app", name="Microsoft Azure Sentinel Integration", scope="sn_sec_sentinel"),
        SERVICENOW, Check.VENDOR, "", Finding.VENDOR_INSTALLED, ("sn_sec_sentinel", "comments: off"),
    ),
    State(
        "another integration marks the same tickets",
        row("incident", short_description="Mirrored", category="security", correlation_display="Azure Sentinel"),
        SERVICENOW, Check.VENDOR, "incident", Finding.VENDOR_WRITES, ("Azure Sentinel", "adopt --vendor"),
    ),
    State(
        "a spent rate limit",
        servicenow(availability={"rate_limits": [{"limit": 0}]}),
        SERVICENOW, Check.LIMITS, "", Finding.LIMITS_SPENT, ("asks to wait", "raise the rule"),
    ),
    State(
        "a plan that does not fit into the rate limit",
        _a_limit_just_above_what_looking_takes,
        SERVICENOW, Check.PLAN, "rate-limit", Finding.PLAN_OVER_LIMIT, ("calls", "raise the rule"),
        plan=True,
    ),
    State(
        "an account that reads only, where the mode writes",
        role(without=("Microsoft.SecurityInsights/incidents/write",)),
        SENTINEL, Check.RIGHTS, "", Finding.RIGHTS_READ_ONLY, ("incidents/write", "azure-read-write.json"),
    ),
    State(
        "a right to read that is missing",
        role(without=("Microsoft.SecurityInsights/automationRules/read",)),
        SENTINEL, Check.RIGHTS, "", Finding.RIGHTS_LACKING, ("automationRules/read", "azure-read-write.json"),
        beside=(("automation", ""),),
    ),
    State(
        "too many rights",
        role(add=("Microsoft.SecurityInsights/*", "Microsoft.Authorization/roleAssignments/write")),
        SENTINEL, Check.EXCESS, "", Finding.EXCESS_SOME, ("incidents/delete", "roleAssignments/write", "azure-read-write.json"),
    ),
    State(
        "every table may be queried",
        role(add=("Microsoft.OperationalInsights/workspaces/query/*/read",)),
        SENTINEL, Check.TABLES, "", Finding.TABLES_WIDE, ("every table", "SecurityIncident alone"),
    ),
    State(
        "a workspace that is onboarded to the Defender portal",
        sentinel(provider="xdr"),
        SENTINEL, Check.PORTAL, "sentinel.mode incident", Finding.PORTAL_INCIDENT, ("not shown", "sentinel.mode", "none"),
    ),
    State(
        "an automation rule that would run",
        sentinel(automation_rules=[{"displayName": "Assign", "actions": [{"order": 1, "actionType": "RunPlaybook"}]}]),
        SENTINEL, Check.AUTOMATION, "Assign", Finding.AUTOMATION_RUNS,
        ("would run", "created", "RunPlaybook", "Tag does not contain"),
    ),
    State(
        "a group whose name is like no other",
        lambda deployment: change(deployment, "teams.yaml", "group: CSIRT", "group: 夜間班"),
        SERVICENOW, Check.GROUP, "夜間班", Finding.REFERENCE_NONE, ("no active record", "teams.yaml:"),
    ),
    State(
        "an account that cannot see itself",
        denied({"table": "sys_user", "operation": "read", "condition": "user_name=watchkeeper"}),
        SERVICENOW, Check.ACCOUNT, "", Finding.ACCOUNT_UNKNOWN, ("who we are", "its own row"),
    ),
    State(
        "groups that are closed to REST",
        denied({"table": "sys_user_group", "operation": "api"}),
        SERVICENOW, Check.GROUP, "CSIRT", Finding.REFERENCE_UNREADABLE, ("cannot be looked up", "groups or users"),
        beside=(
            *((check, "sys_user_group") for check in ("read", "match", "range")),
            *(("group", f"SOC {name}") for name in ("Engineering", "Monitoring", "Oversight", "Threat Intelligence")),
        ),
    ),
)  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=[state.name for state in STATES])
def test_the_cause_is_named_with_what_to_do(state: State, tmp_path: Path) -> None:
    sound = sound_deployment(tmp_path)
    found = examined(state.spoil(sound) or sound, write=state.write, plan=state.plan)
    probe = found[state.side, state.check, state.subject]
    assert probe.finding is state.finding
    said = " ".join(told(probe))
    assert [word for word in state.words if word not in said] == [], said
    assert troubles(found) == {(state.check.value, state.subject), *state.beside}
    assert all(told(found[name], "ja") for name in found)


def test_every_finding_of_trouble_has_a_broken_state_or_a_test_of_its_own() -> None:
    """So that a new finding cannot come without a way to bring it about."""
    elsewhere = {
        Finding.FAILED_AS_SAID, Finding.IDENTITY_MOVED, Finding.ORDER_WRONG, Finding.CORRELATION_IGNORED, Finding.WRITE_FORBIDDEN,
        Finding.NOT_READABLE, Finding.PORTAL_TASK, Finding.HISTORY_EMPTY, Finding.HISTORY_LATE, Finding.LIMITS_LOW,
        Finding.PLAN_UNKNOWN, Finding.CALENDAR_UNKNOWN, Finding.PERMISSION_LACKING, Finding.PERMISSIONS_SPARE,
        Finding.EVIDENCE_EMPTY, Finding.EVIDENCE_UNREADABLE, Finding.HEALTH_OFF,
    }  # fmt: skip
    mendable = {finding for finding in Finding if texts_in("en").has(f"remedy.{finding.value}")}
    assert mendable - {state.finding for state in STATES} == elsewhere

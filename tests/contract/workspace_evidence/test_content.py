"""The content hub, automation rules and playbooks of a workspace, as ARM tells them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.contract.workspace_evidence.rig import WorkspaceRig

from watchkeeper.model.workspace import ContentPackage

PHISHING = {"id": "contoso.phishing", "name": "Phishing", "version": "3.0.10", "installed": "3.0.9"}


def packages(rig: WorkspaceRig, *wanted: dict[str, Any]) -> tuple[ContentPackage, ...]:
    rig.arm.seed({"system": "sentinel", "content_packages": list(wanted)})
    return rig.evidence.content_packages().rows


def test_a_package_is_told_with_the_version_that_the_catalogue_offers(rig: WorkspaceRig) -> None:
    assert packages(rig, {**PHISHING, "source": "Contoso", "published": "2026-11-02", "preview": True}) == (
        ContentPackage(
            id="contoso.phishing",
            name="Phishing",
            kind="Solution",
            source="Contoso",
            installed="3.0.9",
            available="3.0.10",
            published_at=datetime(2026, 11, 2, tzinfo=UTC),
            preview=True,
        ),
    )


def test_some_of_a_fresh_workspaces_packages_are_outdated(rig: WorkspaceRig) -> None:
    found = rig.evidence.content_packages().rows
    assert [each.name for each in found] == sorted((each.name for each in found), key=str.casefold)
    assert {each.name for each in found if each.outdated} == {
        "Microsoft Defender XDR",
        "Microsoft Entra ID",
        "SOAR Essentials",
    }


def test_what_is_not_installed_is_left_out(rig: WorkspaceRig) -> None:
    other = {"id": "contoso.other", "name": "Other", "version": "1.0.0"}
    assert [each.name for each in packages(rig, PHISHING, other)] == ["Phishing"]


def test_a_package_that_the_catalogue_no_longer_has_is_not_outdated(rig: WorkspaceRig) -> None:
    (found,) = packages(rig, {**PHISHING, "version": ""})
    assert (found.installed, found.available, found.published_at, found.outdated) == ("3.0.9", "", None, False)


def test_a_catalogue_without_anything_does_not_say_that_all_is_up_to_date(rig: WorkspaceRig) -> None:
    rig.fault("empty", system="arm", regex="contentProductPackages", status=204)
    found = rig.evidence.content_packages()
    assert not any(package.outdated for package in found.rows)
    (told,) = found.set_aside
    assert (told.place, "no-content" in told.why) == ("content-packages: contentProductPackages", True)


def test_ids_are_compared_without_case(rig: WorkspaceRig) -> None:
    (found,) = packages(rig, {**PHISHING, "version": ""}, {**PHISHING, "id": "Contoso.Phishing", "installed": ""})
    assert found.available == "3.0.10"


def test_of_several_versions_in_the_catalogue_the_newest_counts(rig: WorkspaceRig) -> None:
    again = [{**PHISHING, "installed": "", "version": version} for version in ("3.0.9", "3.0.11", "3.0.2")]
    (found,) = packages(rig, PHISHING, *again)
    assert found.available == "3.0.11"


def test_a_package_that_cannot_be_read_is_named_and_spoils_no_other(rig: WorkspaceRig) -> None:
    odd = {"id": "odd-one", "name": "Odd", "version": "", "installed": "1.0.0", "properties": {"displayName": 7}}
    rig.arm.seed({"system": "sentinel", "content_packages": [PHISHING, odd]})
    found = rig.evidence.content_packages()
    assert [each.id for each in found.rows] == ["contoso.phishing"]
    (aside,) = found.set_aside
    assert "odd-one" in aside.place
    assert "displayName" in aside.why


def test_search_and_filter_narrow_the_catalogue_page_by_page(rig: WorkspaceRig) -> None:
    """The documented options of the list, which the emulator has for others than us."""
    rig.switch(list_page_size=1)
    arm = rig.evidence._arm
    path = f"{rig.config().sentinel_path}/contentProductPackages"
    titles = [
        each["properties"]["displayName"]
        for query in ({"$search": "microsoft defender"}, {"$filter": "properties/contentKind eq 'Solution'"})
        for page in arm.pages(path, query)
        for each in page
    ]
    assert titles[:1] == ["Microsoft Defender XDR"]
    assert len(titles) == 1 + 9


def test_a_rule_names_the_playbooks_that_it_runs(rig: WorkspaceRig) -> None:
    group = "/subscriptions/s/resourceGroups/other/providers/Microsoft.Logic/workflows"
    actions = [
        {"order": 1, "actionType": "ModifyProperties", "actionConfiguration": {"severity": "High"}},
        {"order": 2, "actionType": "RunPlaybook", "actionConfiguration": {"logicAppResourceId": f"{group}/Block"}},
        {"order": 3, "actionType": "RunPlaybook", "actionConfiguration": {"logicAppResourceId": f"{group}/Tell"}},
        {"order": 4, "actionType": "RunPlaybook", "actionConfiguration": {"logicAppResourceId": f"{group}/Block"}},
    ]
    off = {"displayName": "Off", "triggeringLogic": {"isEnabled": False}}
    rig.arm.seed({"system": "sentinel", "automation_rules": [{"displayName": "Answer", "actions": actions}, off]})
    answer, switched_off = rig.evidence.automation_rules().rows
    assert (answer.name, answer.enabled, answer.playbooks) == ("Answer", True, ("Block", "Tell"))
    assert (answer.changed_by, answer.changed_at) == ("SOC Engineering", datetime(2026, 10, 1, 9, 0, tzinfo=UTC))
    assert (switched_off.enabled, switched_off.playbooks) == (False, ())


def test_a_playbook_that_is_not_enabled_is_off(rig: WorkspaceRig) -> None:
    states = ("Enabled", "Disabled", "Suspended")
    rig.arm.seed({"system": "sentinel", "playbooks": [{"name": state, "state": state} for state in states]})
    assert {each.name: each.enabled for each in rig.evidence.playbooks().rows} == {
        "Enabled": True,
        "Disabled": False,
        "Suspended": False,
    }

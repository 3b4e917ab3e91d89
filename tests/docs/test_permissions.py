"""The lists of rights agree: the files, the page for whoever rolls out, and what the program checks."""

from __future__ import annotations

import json

import pytest
from tests.docs.findings import BEGIN, CSV, END, findings, rights
from tests.docs.pages import ROOT, code, page, rows

from watchkeeper.doctor.permissions import OF_EVIDENCE, READ_ONLY, READ_WRITE, shipped

FOLDER = ROOT / "deploy" / "permissions"
ROLL_OUT = page("docs/roll-out.md").section("ServiceNow: tables and fields")


def test_the_table_of_findings_is_the_programs_own() -> None:
    """Out of date? `python -m tests.docs.reference`"""
    assert page("docs/troubleshooting.md").text.partition(BEGIN)[2].partition(END)[0].strip() == findings()


def test_the_list_of_the_shipped_profiles_is_the_programs_own() -> None:
    """Out of date? `python -m tests.docs.reference`"""
    assert CSV.read_text(encoding="utf-8") == rights()


def test_the_roll_out_page_lists_every_right_and_no_other() -> None:
    shown = {(code(row[0])[0], code(row[1])[0], field) for row in rows(ROLL_OUT) for field in code(row[2])}
    listed = {tuple(line.split(",")[:3]) for line in CSV.read_text(encoding="utf-8").splitlines()[1:]}
    assert shown == listed


def test_the_roll_out_page_lists_every_application_permission_and_no_other() -> None:
    shown = {
        (code(row[0])[0], row[1]) for row in rows(page("docs/roll-out.md").section("Microsoft Graph and Defender"))
    }
    sources = shipped().sources.values()
    assert shown == {(each.name, rights.api) for rights in sources for each in rights.permissions}


def test_the_role_that_writes_adds_nothing_but_writing() -> None:
    roles = shipped().roles_of_azure
    added = roles[READ_WRITE] - roles[READ_ONLY]
    assert roles[READ_ONLY] < roles[READ_WRITE]
    assert {action.rpartition("/")[2] for action in added} == {"write"}


@pytest.mark.parametrize("name", [READ_ONLY, READ_WRITE, OF_EVIDENCE])
def test_a_role_is_one_that_azure_takes_with_a_place_to_fill_in(name: str) -> None:
    role = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert role["IsCustom"] is True
    assert role["Actions"] == sorted(role["Actions"])
    assert not any("*" in action or "delete" in action.lower() for action in role["Actions"])
    assert set(role["Actions"]).isdisjoint(shipped().unneeded_actions)
    assert role["AssignableScopes"] == ["/subscriptions/SUBSCRIPTION_ID/resourceGroups/RESOURCE_GROUP"]


@pytest.mark.parametrize("file", sorted((FOLDER / "federated").glob("*.json")), ids=lambda file: file.stem)
def test_a_federated_credential_pins_one_subject(file: object) -> None:
    credential = json.loads((FOLDER / "federated" / str(getattr(file, "name", ""))).read_text(encoding="utf-8"))
    assert set(credential) == {"name", "issuer", "subject", "audiences"}
    assert credential["issuer"].startswith("https://")
    assert "*" not in credential["subject"]
    assert credential["audiences"] == ["api://AzureADTokenExchange"]


def test_every_file_of_the_folder_is_explained() -> None:
    explained = page("deploy/permissions/README.md").links
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()} - {"README.md"}
    assert files <= set(explained)

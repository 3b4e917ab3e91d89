"""What a deployment really uses of each side: from profiles, tasks and mode to rights, values and what a record looks like."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.scopes import MAPPINGS, shipped_scope

from watchkeeper.catalog.load import load_catalog
from watchkeeper.doctor.least import least_rights
from watchkeeper.doctor.permissions import shipped
from watchkeeper.doctor.scope import scopes_of
from watchkeeper.mapping.load import load_profiles
from watchkeeper.model.probing import ProbeScope, TableRight, TableUse
from watchkeeper.model.record import SENTINEL, SERVICENOW

Changed = Callable[..., dict[str, ProbeScope]]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """The scopes of the shipped mappings with texts replaced: (file, old, new), …"""

    def build(*changes: tuple[str, str, str], mode: str = "full") -> dict[str, ProbeScope]:
        folder = tmp_path / "mappings"
        shutil.copytree(MAPPINGS, folder)
        for file, old, new in changes:
            text = (folder / file).read_text(encoding="utf-8")
            assert old in text
            (folder / file).write_text(text.replace(old, new), encoding="utf-8")
        catalog = load_catalog(folder, deployment="test")
        return dict(scopes_of(catalog, load_profiles(folder), mode, shipped()))

    return build


def incident(scope: ProbeScope) -> TableRight:
    return next(right for right in scope.rights if right.table == "incident")


def use(scope: ProbeScope, profile: str) -> TableUse:
    return next(each for each in scope.uses if each.profile == profile)


@pytest.mark.parametrize(
    ("mode", "creates", "writes"),
    [("observe", False, set()), ("maintenance", True, {"state", "impact", "urgency", "close_code", "close_notes"})],
)
def test_a_mode_asks_for_the_writes_of_its_own_profiles(mode: str, creates: bool, writes: set[str]) -> None:
    right = incident(shipped_scope(SERVICENOW, mode))
    assert (bool(right.create), right.write) == (creates, writes)


def test_full_adds_notes_and_the_marks_of_pairs() -> None:
    added = incident(shipped_scope(SERVICENOW)).write - incident(shipped_scope(SERVICENOW, "maintenance")).write
    assert added == {"work_notes", "correlation_id", "correlation_display"}


def test_what_is_written_can_be_read_back() -> None:
    right = incident(shipped_scope(SERVICENOW))
    assert (right.create | right.write) - right.read == {"work_notes"}


def test_notes_that_go_the_other_way_alone_are_not_written_here(changed: Changed) -> None:
    one_way = ("profiles/escalation.yaml", "comments: both", "comments: servicenow-to-sentinel")
    assert "work_notes" not in incident(changed(one_way)[SERVICENOW]).write


def test_a_field_that_servicenow_owns_is_never_written_there(changed: Changed) -> None:
    file = "profiles/maintenance.yaml"
    owned = (file, "    owner: shared\n    resolver: furthest\n    # Lowest", "    owner: servicenow\n    # Lowest")
    scopes = changed(owned, mode="maintenance")
    assert incident(scopes[SERVICENOW]).write.isdisjoint({"impact", "urgency"})


def test_a_population_s_fields_are_searched_by() -> None:
    assert {"category", "assignment_group"} <= incident(shipped_scope(SERVICENOW)).match


def test_a_prefix_in_a_population_needs_range(changed: Changed) -> None:
    file = "profiles/escalation.yaml"
    scopes = changed((file, "- category: { in: [security] }", "- category: { starts_with: [sec] }"))
    assert "category" in incident(scopes[SERVICENOW]).range
    assert "category" not in incident(scopes[SERVICENOW]).match


def test_another_table_asks_for_rights_of_its_own(changed: Changed) -> None:
    scopes = changed(("profiles/escalation.yaml", "    table: incident\n", "    table: u_soc_case\n"))
    assert {"incident", "u_soc_case"} <= {right.table for right in scopes[SERVICENOW].rights}


def test_values_that_are_written_and_codes_that_are_read_are_known_per_field() -> None:
    maintenance = use(shipped_scope(SERVICENOW), "maintenance")
    escalation = use(shipped_scope(SERVICENOW), "escalation")
    assert maintenance.chosen["category"] == {"soc_maintenance"}
    assert maintenance.chosen["close_code"] == {"Solution provided"}
    assert maintenance.codes_read == frozenset(), "every code closes maintenance alike"
    assert escalation.codes_read == {"close_code"}
    assert {"Duplicate", "User error"} <= escalation.understood["close_code"]
    assert escalation.sample == {}


def test_a_new_maintenance_record_looks_the_same_for_every_duty() -> None:
    ticket = use(shipped_scope(SERVICENOW), "maintenance").sample
    assert ticket == {
        "category": "soc_maintenance", "contact_type": "integration", "state": "1", "impact": "3", "urgency": "3",
    }  # fmt: skip
    assert use(shipped_scope(SENTINEL), "maintenance").sample == {
        "severity": "Informational", "status": "New", "labels": ("watchkeeper", "soc-maintenance"),
    }  # fmt: skip


def test_a_close_carries_its_status_first() -> None:
    closing = use(shipped_scope(SERVICENOW), "maintenance").closing
    assert next(iter(closing)) == "state"
    assert closing["state"] == "6"
    assert {"close_code", "close_notes"} <= closing.keys()


def test_the_profile_of_incident_tasks_counts_only_where_a_task_asks_for_it(changed: Changed) -> None:
    assert "maintenance-task" not in {each.profile for each in shipped_scope(SENTINEL).uses}
    scopes = changed(("packs/defender-xdr.yaml", "sentinel: {mode: incident}", "sentinel: {mode: incident-task}"))
    assert "maintenance-task" in {each.profile for each in scopes[SENTINEL].uses}
    assert scopes[SENTINEL].modes_used == {"incident-task": 8}


def test_the_role_follows_the_mode() -> None:
    catalog, profiles = load_catalog(MAPPINGS, deployment="test"), load_profiles(MAPPINGS)
    assert least_rights(catalog, profiles, "observe").file.endswith("azure-read-only.json")
    assert least_rights(catalog, profiles, "maintenance").file.endswith("azure-read-write.json")
    assert not any(action.endswith("/write") for action in shipped_scope(SENTINEL, "observe").actions)


def test_rights_for_evidence_are_asked_of_those_who_collect_it(changed: Changed) -> None:
    catalog, profiles = load_catalog(MAPPINGS, deployment="test"), load_profiles(MAPPINGS)
    plain = least_rights(catalog, profiles, "full").tables
    wanted = [right for right in least_rights(catalog, profiles, "full", ["graph"]).tables if right not in plain]
    assert {right.purpose for right in wanted} == {"evidence"}
    assert {"cmdb_ci", "cmdb_ci_service", "change_request", "task", "sys_attachment", "incident"} == {
        r.table for r in wanted
    }
    assert [right.table for right in wanted if right.create] == ["sys_attachment"]
    assert not any(right.create for right in least_rights(catalog, profiles, "observe", ["graph"]).tables)
    assert not any(right.purpose == "evidence" for right in changed()[SERVICENOW].rights)

"""The lists of rights against the calls that are made: nothing is called that is not listed, and nothing is listed that is never
called. What only `doctor` calls is compared apart, so that it cannot stand in for the runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.api_rules.uses import Recorder, Uses, granted, merged
from tests.engine import make_deployment
from tests.scopes import MAPPINGS
from tests.unit.doctor.broad import carry_out
from tests.unit.doctor.examined import examined

from watchkeeper.catalog.load import load_catalog
from watchkeeper.doctor.least import least_rights
from watchkeeper.doctor.live import check_live
from watchkeeper.doctor.permissions import READ_ONLY, READ_WRITE, shipped
from watchkeeper.mapping.load import load_profiles
from watchkeeper.state.opening import open_copy

FOR_DOCTOR = {"Microsoft.Authorization/permissions/read", "Microsoft.SecurityInsights/automationRules/read"}


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recorder, Recorder]:
    """What the runs called, and what `doctor` called (with its write probe)."""
    deployment = make_deployment(tmp_path_factory.mktemp("broad"))
    runs = Recorder.of(deployment.world)
    carry_out(deployment)
    looking = make_deployment(tmp_path_factory.mktemp("doctor"))
    doctor = Recorder.of(looking.world)
    examined(looking, write=True)
    return runs, doctor


def listed(*purposes: str, mode: str = "full") -> Uses:
    catalog = load_catalog(MAPPINGS, deployment="test")
    rights = least_rights(catalog, load_profiles(MAPPINGS), mode).tables
    return granted(right for right in rights if right.purpose in purposes)


def differences(called: Uses, allowed: Uses) -> dict[tuple[str, str], set[str]]:
    """What is called and not listed."""
    return {key: names - allowed[key] for key, names in called.items() if names - allowed[key]}


def test_runs_call_nothing_that_is_not_listed_for_them(heard: tuple[Recorder, Recorder]) -> None:
    runs, _ = heard
    identity: Uses = {("sys_properties", "read"): {"sys_id", "name", "value"}, ("sys_properties", "match"): {"name"}}
    assert differences(runs.uses, merged(listed("sync", "audit"), identity)) == {}


def test_everything_that_is_listed_for_runs_is_called_by_them(heard: tuple[Recorder, Recorder]) -> None:
    runs, _ = heard
    assert differences(listed("sync", "audit"), runs.uses) == {}


def test_doctor_calls_nothing_that_is_not_listed(heard: tuple[Recorder, Recorder]) -> None:
    _, doctor = heard
    private: Uses = {("sys_user", "read"): set(shipped().private["sys_user"])}
    assert differences(doctor.uses, merged(listed("sync", "audit", "doctor"), private)) == {}


def test_everything_that_is_listed_for_doctor_is_called_by_it(heard: tuple[Recorder, Recorder]) -> None:
    _, doctor = heard
    assert differences(listed("doctor"), doctor.uses) == {}


def test_the_live_check_of_mappings_calls_exactly_what_is_listed_besides(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    checking = Recorder.of(deployment.world)
    with open_copy(deployment.url, deployment.name, deployment.time) as store:
        check_live(deployment._systems(store))
    assert differences(listed("mappings"), checking.uses) == {}
    assert differences(checking.uses, listed("sync", "audit", "doctor", "mappings")) == {}
    assert checking.actions <= shipped().roles_of_azure[READ_ONLY]


def test_azure_is_asked_for_exactly_the_actions_of_the_role(heard: tuple[Recorder, Recorder]) -> None:
    runs, doctor = heard
    assert runs.actions | FOR_DOCTOR == shipped().roles_of_azure[READ_WRITE]
    assert doctor.actions <= shipped().roles_of_azure[READ_ONLY]
    assert doctor.actions >= FOR_DOCTOR

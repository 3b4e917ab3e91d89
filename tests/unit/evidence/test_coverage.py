"""Managed devices beside machines with a sensor."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.coverage import coverage
from watchkeeper.model.evidence import Machine, ManagedDevice

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
DEVICE = ManagedDevice("d1", "FIN-07", "A1B2", "Windows", "10.0", "compliant", True, NOW - timedelta(hours=3), None, "")
MACHINE = Machine(
    id="m1",
    name="fin-07.corp.example.com",
    directory_id="a1b2",
    system="Windows11",
    system_version="10.0",
    health="active",
    onboarding="onboarded",
    risk="none",
    exposure="low",
    value="normal",
    group="Finance",
    tags=(),
    first_seen_at=None,
    last_seen_at=NOW - timedelta(hours=1),
)
NAMED = replace(DEVICE, directory_id="")


@pytest.mark.parametrize(
    ("device", "machines", "group"),
    [
        (DEVICE, [MACHINE], "covered"),
        (DEVICE, [], "bare"),
        (DEVICE, [replace(MACHINE, onboarding="canBeOnboarded")], "bare"),
        (DEVICE, [replace(MACHINE, directory_id="another")], "bare"),
        (NAMED, [MACHINE], "covered"),
        (NAMED, [replace(MACHINE, name="other")], "bare"),
        (NAMED, [MACHINE, replace(MACHINE, id="m2", directory_id="c3")], "unsure"),
        (replace(DEVICE, last_sync_at=NOW - timedelta(days=31)), [], "idle"),
        (replace(DEVICE, last_sync_at=NOW - timedelta(days=31)), [MACHINE], "covered"),
        (replace(NAMED, last_sync_at=NOW - timedelta(days=31)), [MACHINE], "covered"),
        (replace(DEVICE, last_sync_at=None), [], "bare"),
        (replace(NAMED, name=""), [replace(MACHINE, name="")], "bare"),
    ],
    ids=[
        "its-id",
        "none",
        "not-onboarded",
        "another-id",
        "its-name",
        "no-name",
        "two-of-the-name",
        "in-a-drawer",
        "back",
        "named-back",
        "never-met",
        "nameless",
    ],
)
def test_a_device_is_one_thing(device: ManagedDevice, machines: list[Machine], group: str) -> None:
    found = coverage([device], machines, NOW)
    told = {"covered": found.covered, "bare": len(found.bare), "unsure": len(found.unsure), "idle": len(found.idle)}
    assert {name for name, count in told.items() if count} == {group}


def test_two_devices_of_one_name_are_not_covered_by_one_sensor() -> None:
    found = coverage([NAMED, replace(NAMED, id="d2")], [MACHINE], NOW)
    assert (found.covered, len(found.unsure)) == (0, 2)


def test_a_sensor_that_has_not_been_seen_for_a_week_is_silent() -> None:
    old = replace(MACHINE, id="m2", name="old", last_seen_at=NOW - timedelta(days=7, seconds=1))
    never = replace(MACHINE, id="m3", name="never", last_seen_at=None)
    assert [machine.id for machine in coverage([], [MACHINE, old, never], NOW).silent] == ["m3", "m2"]


def test_a_sensor_that_nobody_manages_is_named() -> None:
    stray = replace(MACHINE, id="m2", name="stray", directory_id="")
    assert [machine.id for machine in coverage([DEVICE], [MACHINE, stray], NOW).unmanaged] == ["m2"]
    assert coverage([NAMED], [MACHINE], NOW).unmanaged == ()


def test_without_a_device_in_use_there_is_no_share() -> None:
    assert coverage([], [MACHINE], NOW).share is None
    assert coverage([DEVICE, replace(DEVICE, id="d2", directory_id="c3")], [MACHINE], NOW).share == 0.5


IDS = st.sampled_from(["", "a", "b", "c"])
NAMES = st.sampled_from(["one", "One.corp", "two", ""])
DEVICES = st.lists(
    st.builds(
        replace,
        st.just(DEVICE),
        directory_id=IDS,
        name=NAMES,
        last_sync_at=st.sampled_from([None, NOW, NOW - timedelta(days=99)]),
    )
)
MACHINES = st.lists(
    st.builds(
        replace,
        st.just(MACHINE),
        directory_id=IDS,
        name=NAMES,
        onboarding=st.sampled_from(["onboarded", "unsupported"]),
    )
)


@given(DEVICES, MACHINES)
def test_every_device_is_counted_once(devices: list[ManagedDevice], machines: list[Machine]) -> None:
    found = coverage(devices, machines, NOW)
    assert found.covered + len(found.bare) + len(found.unsure) + len(found.idle) == found.managed == len(devices)
    assert found.share is None or 0 <= found.share <= 1

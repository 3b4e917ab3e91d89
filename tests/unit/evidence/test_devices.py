"""Which tasks are asked for their devices, and how much is kept of what they answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.evidence.test_remediation import TASK, due

from watchkeeper.evidence.devices import MOST_DEVICES, bounded, waiting_for_devices
from watchkeeper.evidence.kept import devices_of, kind_named, name_of_task
from watchkeeper.model.evidence import ExposedDevice, Listing, SetAside
from watchkeeper.model.task_devices import DeviceList, DeviceLists, GroupCount, NotRead
from watchkeeper.state.codec import from_json, to_row

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)


def a_device(number: int, group: str = "Servers") -> ExposedDevice:
    return ExposedDevice(f"id-{number}", f"pc-{number:05}", "Windows11", group)


def test_only_open_tasks_with_devices_left_are_asked() -> None:
    tasks = [
        replace(TASK, id="done", completed=True, fixed=3),
        replace(TASK, id="mended", fixed=TASK.target),
        replace(TASK, id="open", fixed=0),
    ]
    assert [each.id for each in waiting_for_devices(tasks, DeviceLists(()))] == ["open"]


def test_the_oldest_list_is_read_first_and_one_that_was_never_read_before_it() -> None:
    tasks = [replace(TASK, id=name, fixed=0) for name in ("yesterday", "today", "never")]
    known = DeviceLists((DeviceList("today", NOW, None), DeviceList("yesterday", NOW - timedelta(days=1), None)))
    assert [each.id for each in waiting_for_devices(tasks, known)] == ["never", "yesterday", "today"]


def test_what_was_asked_in_vain_comes_behind_what_was_read_that_day_and_before_what_was_read_later() -> None:
    tasks = [replace(TASK, id=name, fixed=0, due_at=due(1)) for name in ("a-failed", "b-late", "c-read", "d-never")]
    known = DeviceLists(
        (
            DeviceList("a-failed", None, NotRead.BUSY, failed_at=NOW),
            DeviceList("b-late", NOW + timedelta(days=1), None),
            DeviceList("c-read", NOW + timedelta(minutes=4), None),
        )
    )
    assert [each.id for each in waiting_for_devices(tasks, known)] == ["d-never", "c-read", "a-failed", "b-late"]


def test_of_lists_alike_what_is_due_first_comes_first() -> None:
    tasks = [
        replace(TASK, id="undated", fixed=0, due_at=None),
        replace(TASK, id="later", fixed=0, due_at=due(9)),
        replace(TASK, id="overdue", fixed=0, due_at=due(-9)),
    ]
    assert [each.id for each in waiting_for_devices(tasks, DeviceLists(()))] == ["overdue", "later", "undated"]


def test_a_list_that_is_too_long_keeps_a_share_of_every_group_and_says_how_many_there_are() -> None:
    many = [a_device(number, "Crowd") for number in range(3 * MOST_DEVICES)]
    few = [a_device(90_000 + number, "Few") for number in range(5)]
    found = bounded("t", Listing((*many, *few), NOW, (SetAside("row 9", "has no id"),)))
    assert sum(each.count for each in found.groups) + found.unreadable == 3 * MOST_DEVICES + 6
    assert found.unreadable == 1
    assert Counter(each.group for each in found.devices) == {"Crowd": MOST_DEVICES - 5, "Few": 5}
    assert found.groups == (GroupCount("Crowd", 3 * MOST_DEVICES), GroupCount("Few", 5))
    assert [each.name for each in found.devices[:2]] == ["pc-00000", "pc-00001"]


def test_a_name_without_end_is_cut() -> None:
    found = bounded("t", Listing((replace(a_device(1), name="x" * 100_000),), NOW))
    assert len(found.devices[0].name) == 255


@given(st.lists(st.builds(a_device, st.integers(0, 50), st.sampled_from(["A", "a", "B", ""])), max_size=40))
def test_a_short_list_is_kept_whole_and_comes_back_from_the_store_as_it_was(devices: list[ExposedDevice]) -> None:
    found = bounded("t", Listing(tuple(devices), NOW))
    assert Counter(found.devices) == Counter(devices)
    assert {each.group: each.count for each in found.groups} == Counter(each.group for each in devices)
    assert from_json(type(found), to_row(found)) == found


def test_a_task_s_list_has_a_name_that_whatever_it_is_called_fits_into_an_address() -> None:
    hostile = "../\ud800" + "x" * 9_000
    assert name_of_task(hostile).isalnum()
    assert len(name_of_task(hostile)) == 10
    assert kind_named(devices_of(hostile).name) == devices_of(hostile)

"""What changed in the estate, what is planned, and what no sensor watches."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.portal import Supply
from watchkeeper.evidence.service_administration import (
    CoverageDay,
    GapKind,
    KindCount,
    ServiceAdministration,
    service_administration,
)
from watchkeeper.model.administration import ChangeRequest, ConfigurationItem
from watchkeeper.model.evidence import Licence, Machine, ManagedDevice

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
LAST = NOW - timedelta(days=7)
ITEM = ConfigurationItem("1", "srv-1", "cmdb_ci_server", "Operational", True, LAST, "discovery", "https://x.example/1")
CHANGE = ChangeRequest("1", "CHG1", "Replace a switch", "Normal", "Scheduled", "Low", "", "Network", None, None, "")
DEVICE = ManagedDevice("d1", "FIN-07", "A1", "Windows", "10.0", "compliant", True, NOW, None, "ando@example.com")
MACHINE = Machine(
    "m1",
    "fin-07",
    "a1",
    "Windows11",
    "",
    "active",
    "onboarded",
    "",
    "",
    "",
    "Finance",
    (),
    None,
    NOW - timedelta(hours=1),
)
SKU = Licence("1", "SPE_E5", "Enabled", enabled=100, warning=0, suspended=0, locked_out=0, consumed=100)


def found(**given: Any) -> ServiceAdministration:
    lists = {name: given.pop(name, ()) for name in ("items", "changes", "devices", "machines", "licences")}
    return service_administration(**lists, since=LAST, now=NOW, **given)


def numbers(*changes: ChangeRequest) -> list[str]:
    return [each.change.number for each in found(changes=changes).changes or ()]


def test_items_are_counted_by_class_and_listed_the_newest_first() -> None:
    items = [
        ITEM,
        replace(ITEM, id="2", name="srv-2", created=False, changed_at=LAST + timedelta(hours=1)),
        replace(ITEM, id="3", name="sw-1", kind="cmdb_ci_netgear"),
    ]
    told = found(items=items)
    assert told.kinds == (KindCount("cmdb_ci_server", 1, 1), KindCount("cmdb_ci_netgear", 1, 0))
    assert [each.name for each in told.items or ()] == ["srv-2", "srv-1", "sw-1"]


@pytest.mark.parametrize(
    ("change", "tenant_wide", "high_risk"),
    [
        (CHANGE, False, False),
        (replace(CHANGE, title="Conditional Access for guests"), True, False),
        (replace(CHANGE, title="条件付きアクセスの変更"), True, False),
        (replace(CHANGE, item="Contoso TENANT"), True, False),
        (replace(CHANGE, risk=" Very High"), False, True),
        (replace(CHANGE, risk="高"), False, True),
        (replace(CHANGE, risk="Moderate"), False, False),
    ],
)
def test_a_change_that_reaches_everybody_or_is_of_high_risk_presses(
    change: ChangeRequest, tenant_wide: bool, high_risk: bool
) -> None:
    (planned,) = found(changes=[change]).changes or ()
    assert (planned.tenant_wide, planned.high_risk) == (tenant_wide, high_risk)
    assert planned.pressing is (tenant_wide or high_risk)


def test_the_words_that_make_a_change_tenant_wide_can_be_one_s_own() -> None:
    (planned,) = found(changes=[CHANGE], tenant_wide=("SWITCH",)).changes or ()
    assert planned.tenant_wide


def test_pressing_changes_come_first_then_the_nearest_and_those_without_a_date_last() -> None:
    assert numbers(
        replace(CHANGE, number="undated"),
        replace(CHANGE, number="later", starts_at=NOW + timedelta(days=3)),
        replace(CHANGE, number="sooner", starts_at=NOW + timedelta(days=1)),
        replace(CHANGE, number="risky", risk="High"),
        replace(CHANGE, number="risky-and-dated", risk="High", starts_at=NOW + timedelta(days=9)),
    ) == ["risky-and-dated", "risky", "sooner", "later", "undated"]


def test_an_open_change_whose_time_has_passed_is_over() -> None:
    past, future = (replace(CHANGE, ends_at=NOW + timedelta(hours=each)) for each in (-1, 1))
    assert [each.over for each in found(changes=[past]).changes or ()] == [True]
    assert [each.over for each in found(changes=[future, CHANGE]).changes or ()] == [False, False]


def test_devices_stand_beside_the_last_known_day_of_the_period_before() -> None:
    history = [
        CoverageDay(LAST.date() - timedelta(days=3), 1, 4),
        CoverageDay(LAST.date(), 3, 4),
        CoverageDay(LAST.date() + timedelta(days=1), 4, 4),
    ]
    other = replace(DEVICE, id="d2", name="FIN-08", directory_id="b2")
    coverage = found(devices=[DEVICE, other], machines=[MACHINE], history=history[::-1]).coverage
    assert coverage is not None
    assert (coverage.now, coverage.before) == (CoverageDay(NOW.date(), 1, 2), history[1])
    assert [(each.kind, each.name, each.user) for each in coverage.gaps] == [
        (GapKind.BARE, "FIN-08", "ando@example.com")
    ]


def test_each_kind_of_gap_is_named_the_worst_first() -> None:
    devices = [
        replace(DEVICE, id="bare", name="bare", directory_id="zz"),
        replace(DEVICE, id="u1", name="twin", directory_id=""),
        replace(DEVICE, id="u2", name="twin", directory_id=""),
    ]
    machines = [
        replace(MACHINE, id="t", name="twin", directory_id="t"),
        replace(MACHINE, id="s", name="stray", last_seen_at=None),
    ]
    coverage = found(devices=devices, machines=machines).coverage
    assert coverage is not None
    assert [each.kind for each in coverage.gaps] == [
        GapKind.BARE,
        GapKind.SILENT,
        GapKind.UNSURE,
        GapKind.UNSURE,
        GapKind.UNMANAGED,
    ]
    assert [each.group for each in coverage.of(GapKind.SILENT)] == ["Finance"]


def test_a_day_is_handed_on_once_and_sixty_days_are_enough() -> None:
    history = [CoverageDay(NOW.date() - timedelta(days=each), 1, 1) for each in range(100)]
    told = found(devices=[DEVICE], machines=[], history=history)
    assert (len(told.history), told.history[-1]) == (60, CoverageDay(NOW.date(), 0, 1))
    assert [each.day for each in told.history] == sorted({each.day for each in told.history})


def test_what_could_not_be_read_is_unknown_and_the_history_is_handed_on() -> None:
    history = (CoverageDay(date(2026, 11, 1), 1, 1),)
    told = found(items=None, changes=None, devices=None, machines=[], licences=None, history=history)
    assert (told.items, told.changes, told.coverage, told.licences) == (None, None, None, None)
    assert told.history == history
    assert found(machines=None).coverage is None


def test_scarce_licences_are_named() -> None:
    given = [SKU, replace(SKU, id="2", consumed=1)]
    assert [each.supply for each in found(licences=given).scarce] == [Supply.USED_UP]


ITEMS = st.lists(
    st.builds(
        replace,
        st.just(ITEM),
        id=st.text("abc", max_size=2),
        name=st.sampled_from(["a", "A", "b"]),
        kind=st.sampled_from(["server", "switch"]),
        created=st.booleans(),
        changed_at=st.sampled_from([LAST, NOW]),
    ),
    unique_by=lambda each: each.id,
)


@given(ITEMS)
def test_the_kinds_add_up_to_the_items_in_any_order(items: list[ConfigurationItem]) -> None:
    told = found(items=items)
    assert told == found(items=items[::-1])
    assert sum(each.created + each.changed for each in told.kinds) == len(items)

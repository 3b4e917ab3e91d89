"""Posts to judge, and licences that run out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from watchkeeper.evidence.portal import Supply, headroom, posts
from watchkeeper.model.evidence import Announcement, Licence

TODAY = date(2026, 11, 16)
LAST = datetime(2026, 11, 9, tzinfo=UTC)
POST = Announcement(
    id="MC1",
    title="Defender portal changes",
    category="planForChange",
    severity="normal",
    services=("Microsoft Defender XDR",),
    tags=(),
    major=False,
    act_by=None,
    starts_at=None,
    ends_at=None,
    changed_at=LAST + timedelta(days=1),
    body="",
)
OLD = replace(POST, changed_at=LAST)
SKU = Licence("1", "SPE_E5", "Enabled", enabled=100, warning=0, suspended=0, locked_out=0, consumed=50)


def act(days: int) -> datetime:
    return datetime.combine(TODAY + timedelta(days=days), datetime.min.time(), UTC)


def test_new_ones_and_those_with_a_date_to_come_are_to_be_judged() -> None:
    given = [
        POST,
        replace(OLD, id="old"),
        replace(OLD, id="due", act_by=act(0)),
        replace(OLD, id="over", act_by=act(-1)),
    ]
    assert [(each.announcement.id, each.days_left, each.fresh) for each in posts(given, (), LAST, TODAY)] == [
        ("due", 0, False),
        ("MC1", None, True),
    ]


def test_the_nearest_date_comes_first_then_major_changes_then_the_newest() -> None:
    given = [
        replace(POST, id="plain"),
        replace(POST, id="newer", changed_at=LAST + timedelta(days=2)),
        replace(POST, id="major", major=True),
        replace(POST, id="far", act_by=act(90)),
        replace(POST, id="near", act_by=act(3)),
        replace(POST, id="missed", act_by=act(-3)),
    ]
    found = [each.announcement.id for each in posts(given, (), LAST, TODAY)]
    assert found == ["missed", "near", "far", "major", "newer", "plain"]


def test_only_posts_about_the_named_services_are_taken() -> None:
    given = [POST, replace(POST, id="teams", services=("Microsoft Teams",)), replace(POST, id="none", services=())]
    assert [each.announcement.id for each in posts(given, ["microsoft defender xdr "], LAST, TODAY)] == ["MC1"]


@pytest.mark.parametrize(
    ("licence", "supply"),
    [
        (SKU, Supply.ENOUGH),
        (replace(SKU, consumed=95), Supply.ENOUGH),
        (replace(SKU, consumed=96), Supply.LOW),
        (replace(SKU, consumed=100), Supply.USED_UP),
        (replace(SKU, consumed=101), Supply.OVERDRAWN),
        (replace(SKU, enabled=40, warning=60), Supply.LAPSING),
        (replace(SKU, enabled=60, warning=40), Supply.ENOUGH),
        (replace(SKU, enabled=0, suspended=100), Supply.OVERDRAWN),
    ],
)
def test_a_licence_stands_by_what_may_still_be_assigned(licence: Licence, supply: Supply) -> None:
    assert [each.supply for each in headroom([licence])] == [supply]


def test_the_scarcest_comes_first_and_what_was_never_bought_is_left_out() -> None:
    given = [
        replace(SKU, name="B"),
        replace(SKU, name="A", consumed=120),
        replace(SKU, name="C", enabled=0, consumed=0),
    ]
    assert [each.licence.name for each in headroom(given)] == ["A", "B"]

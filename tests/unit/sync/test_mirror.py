"""Whose comments are read while the rest of a pair is still being asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sync.make import REFS, in_sentinel, in_servicenow, link, profile, record

from watchkeeper.model.link import LinkState
from watchkeeper.model.record import SENTINEL, SERVICENOW, RecordRef, Side
from watchkeeper.sync.mirror import with_likely_news

PAIR = {
    SERVICENOW: replace(link(SERVICENOW, in_servicenow()), revision=record(SERVICENOW, {}, revision=2).revision),
    SENTINEL: link(SENTINEL, in_sentinel(), comments=2),
}


def chosen(side: Side, of: str = "escalation", **changes: Any) -> list[RecordRef]:
    fields = in_servicenow() if side == SERVICENOW else in_sentinel()
    return with_likely_news(profile(of), {side: record(side, fields, **changes)}, PAIR)


def test_a_record_that_counts_no_comments_may_have_new_ones_whenever_it_changed() -> None:
    assert chosen(SERVICENOW) == [REFS[SERVICENOW]]
    assert chosen(SERVICENOW, revision=2) == []


@pytest.mark.parametrize(("count", "expected"), [(3, [REFS[SENTINEL]]), (2, []), (0, [])])
def test_one_that_counts_them_tells(count: int, expected: list[RecordRef]) -> None:
    assert chosen(SENTINEL, comments=count) == expected


def test_a_profile_that_mirrors_none_needs_none() -> None:
    silent = replace(profile("escalation"), comments=())
    assert with_likely_news(silent, {SERVICENOW: record(SERVICENOW, in_servicenow())}, PAIR) == []


@pytest.mark.parametrize("state", [LinkState.MISSING, LinkState.GONE, None])
def test_nothing_is_asked_ahead_of_a_pair_that_may_be_none(state: LinkState | None) -> None:
    links = {SERVICENOW: PAIR[SERVICENOW]}
    if state is not None:
        links[SENTINEL] = replace(PAIR[SENTINEL], state=state)
    seen = {SERVICENOW: record(SERVICENOW, in_servicenow())}
    assert with_likely_news(profile("escalation"), seen, links) == []

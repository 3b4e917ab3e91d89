"""An owner's ticket shows how its remediation stands and by when, and takes nothing from what people have made of either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sync.make import case, found, in_servicenow, profile

from watchkeeper.model.record import SERVICENOW
from watchkeeper.sync.audit_block import REMEDIATION, block
from watchkeeper.sync.case import Case, RemediationNews
from watchkeeper.sync.merge import FieldMerge
from watchkeeper.sync.owner_text import DUE_FIELD, TEXT_FIELD
from watchkeeper.sync.showing import shown_in

OLD, NEW = block("9 left", REMEDIATION), block("8 left", REMEDIATION)
WAS, NOW_DUE = "2026-11-26 17:00:00", "2026-12-06T17:00:00Z"
NEWS = RemediationNews(body="8 left", due=NOW_DUE)
AGREED = {TEXT_FIELD: FieldMerge(agreed=True), DUE_FIELD: FieldMerge(agreed=True)}


def ticket(
    *, text: str = OLD, due: str = WAS, asked: Mapping[str, Any] | None = None, news: RemediationNews = NEWS
) -> Case:
    """A ticket that we opened with the old text and date, which now holds these."""
    ours = {"description": OLD, "due_date": WAS}
    view = found(SERVICENOW, in_servicenow(description=text, due_date=due), in_servicenow(**ours))
    assert view.link is not None
    return case(replace(view, link=replace(view.link, asked=ours if asked is None else asked)), remediation=news)


def written(each: Case, decided: Mapping[str, FieldMerge] = AGREED) -> dict[str, object]:
    return {name: merge.writes[SERVICENOW] for name, merge in shown_in(each, decided).items() if merge.writes}


def test_the_date_goes_along_with_the_text() -> None:
    assert written(ticket()) == {TEXT_FIELD: NEW, DUE_FIELD: NOW_DUE}


@pytest.mark.parametrize(
    "held",
    [
        ticket(due="2026-12-24 17:00:00"),
        ticket(asked={"description": OLD}),
        ticket(news=replace(NEWS, due="")),
        ticket(news=replace(NEWS, due="2026-11-26T17:00:00Z")),
    ],
    ids=["a person has set another", "nobody remembers whose it is", "nobody knows a new one", "it is the same"],
)
def test_a_date_that_is_not_ours_to_move_stays(held: Case) -> None:
    assert written(held) == {TEXT_FIELD: NEW}


@pytest.mark.parametrize(
    "held",
    [ticket(text=OLD.replace("9 left", "few left")), ticket(text="gone"), ticket(news=RemediationNews(due=NOW_DUE))],
)
def test_without_news_for_the_text_nothing_moves(held: Case) -> None:
    assert written(held) == {}


def test_what_is_decided_otherwise_goes_first() -> None:
    moved = {**AGREED, DUE_FIELD: FieldMerge(agreed=True, writes={SERVICENOW: "2027-01-01T00:00:00Z"})}
    assert shown_in(ticket(), moved)[DUE_FIELD] == moved[DUE_FIELD]
    assert written(ticket(), {**AGREED, TEXT_FIELD: FieldMerge(agreed=False)}) == {}


def test_a_profile_that_knows_no_date_shows_the_text_alone() -> None:
    undated = replace(profile(), fields=tuple(each for each in profile().fields if each.name != DUE_FIELD))
    held = replace(ticket(), profile=undated)
    assert written(held, {TEXT_FIELD: FieldMerge(agreed=True)}) == {TEXT_FIELD: NEW}

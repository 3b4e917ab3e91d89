"""The digest of a verdict's inputs covers all of them."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.escalation.world import KEIKO, STRANGER, TOKYO, a_deed, at, facts

from watchkeeper.escalation.digests import calendar_digest, deed_inputs
from watchkeeper.escalation.verdict import judge
from watchkeeper.model.activity import Activity, ActivityKind
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper.model.verdict import AuthorClass, Deed

DEED = a_deed(at(TOKYO, "2026-11-18 09:00"))
OTHER: dict[str, Any] = {
    "ref": RecordRef(SERVICENOW, "incident", "b" * 32),
    "author": STRANGER,
    "at": DEED.activity.at + timedelta(microseconds=1),
    "kind": ActivityKind.FIELD,
    "text_length": 3,
    "author_class": AuthorClass.BOT,
    "counts": False,
    "flags": ("short",),
}


@pytest.mark.parametrize("name", [field.name for field in fields(Activity)])
def test_whatever_changes_in_an_activity_changes_the_inputs(name: str) -> None:
    changed = replace(DEED, activity=replace(DEED.activity, **{name: OTHER.get(name, "other")}))
    assert deed_inputs(changed) != deed_inputs(DEED)


@pytest.mark.parametrize("name", [field.name for field in fields(Deed) if field.name != "activity"])
def test_whatever_changes_in_how_it_was_judged_changes_the_inputs(name: str) -> None:
    assert deed_inputs(replace(DEED, **{name: OTHER.get(name, "other")})) != deed_inputs(DEED)


def test_another_name_of_the_author_or_another_calendar_is_another_digest() -> None:
    renamed = replace(DEED, activity=replace(DEED.activity, author=replace(KEIKO, name="K. Tanaka")))
    closed = replace(TOKYO.calendar, closures=frozenset({at(TOKYO, "2026-12-29 00:00").date()}))
    assert calendar_digest(closed) != calendar_digest(TOKYO.calendar)
    now = at(TOKYO, "2026-11-18 18:00")
    teams_and_deeds = ((TOKYO, DEED), (TOKYO, renamed), (replace(TOKYO, calendar=closed), DEED))
    assert len({judge(facts(), [deed], team, now).inputs_digest for team, deed in teams_and_deeds}) == 3

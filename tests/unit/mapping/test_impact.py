"""What two plans make of a change of the mappings."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.report.examples import a_plan, an_action

from watchkeeper.mapping.impact import LiveCount, only_in_new
from watchkeeper.model.plan import FieldChange, Plan

SEVERITY = FieldChange("severity", "low", "high", "profiles/escalation.yaml:1:1")


def plan(*keys: str, **changes: object) -> Plan:
    return a_plan(actions=tuple(replace(an_action(key=key), **changes) for key in keys))  # type: ignore[arg-type]


def test_only_what_the_new_mappings_write_besides_counts_by_side_and_field() -> None:
    old, new = plan("a"), plan("a", "b", "c")
    more = replace(new, actions=(*new.actions, an_action(key="b", changes=(SEVERITY,))))
    assert only_in_new(old, more) == (
        LiveCount("servicenow", "severity", writes=1, tickets=1),
        LiveCount("servicenow", "status", writes=2, tickets=2),
    )


def test_another_value_for_the_same_ticket_is_another_write() -> None:
    changed = plan("a", changes=(FieldChange("status", "active", "closed", "profiles/escalation.yaml:1:1"),))
    assert only_in_new(plan("a"), changed) == (LiveCount("servicenow", "status", writes=1, tickets=1),)


def test_what_is_no_longer_written_is_nothing_new() -> None:
    assert only_in_new(plan("a", "b"), plan("a")) == ()

"""Laws of the three-way merge, over every value that the shipped tables hold, any memory, any owner and resolver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.sync.make import agreed, case, found, in_sentinel, in_servicenow, profile, record, rule, views

from watchkeeper.mapping.profile import Direction, FieldRule, Owner, ResolverKind
from watchkeeper.model.plan import Operation
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields, Side
from watchkeeper.model.ticket import Status, Unmapped
from watchkeeper.sync.case import Case
from watchkeeper.sync.memory import PairMemory
from watchkeeper.sync.merge import FieldMerge, FieldView, merge_field
from watchkeeper.sync.reconcile import Reconciled, reconcile

STATES = st.sampled_from(["1", "2", "3", "6", "7", "8"])
LEVELS = st.sampled_from(["1", "2", "3"])
DONE = {"close_code": "Solution provided", "close_notes": "done", "resolved_by": "", "hold_reason": "4"}

tickets = st.fixed_dictionaries({"state": STATES, "impact": LEVELS, "urgency": LEVELS}).map(lambda raw: raw | DONE)
incidents = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["New", "Active", "Closed"]),
        "severity": st.sampled_from(["High", "Medium", "Low", "Informational"]),
    }
).map(
    lambda raw: {
        "labels": (),
        "classification": None,
        "classificationReason": None,
        "classificationComment": None,
        **raw,
    }
)
bases = st.none() | st.tuples(tickets, incidents)
fields = st.builds(
    rule,
    st.sampled_from(["status", "severity"]),
    owner=st.sampled_from(list(Owner)),
    resolver=st.sampled_from([each for each in ResolverKind if each is not ResolverKind.UNION]),
    may_lower=st.booleans(),
    direction=st.sampled_from(list(Direction)),
)
touches = st.frozensets(st.sampled_from([SERVICENOW, SENTINEL]))


def both(
    field: FieldRule, ticket: RawFields, incident: RawFields, base: Any, touched: frozenset[Side] = frozenset()
) -> dict[Side, FieldView]:
    held = dict(zip((SERVICENOW, SENTINEL), base, strict=True)) if base else {}
    return views(field, ticket, incident, bases=held, touched=touched)


def after(field: FieldRule, seen: Mapping[Side, FieldView], merge: FieldMerge) -> dict[Side, dict[str, Any]]:
    """What the sides hold once the writes are made, as far as the sides can make them."""
    raw = {side: dict(view.raw) for side, view in seen.items()}
    for side, value in merge.writes.items():
        change = field.lenses[side].put(value, raw[side])
        assume(not isinstance(change, Unmapped))
        if not isinstance(change, Unmapped):
            raw[side].update(change)
    return raw


@given(fields, tickets, incidents, bases, touches)
def test_the_same_inputs_in_any_order_give_the_same_answer(
    field: FieldRule, ticket: Any, incident: Any, base: Any, touched: frozenset[Side]
) -> None:
    seen = both(field, ticket, incident, base, touched)
    merge = merge_field(field, seen)
    assert merge == merge_field(field, dict(reversed(seen.items())))
    assert merge == merge_field(replace(field, lenses=dict(reversed(field.lenses.items()))), seen)


@given(fields, tickets, incidents, bases, touches)
def test_the_owner_is_never_written(
    field: FieldRule, ticket: Any, incident: Any, base: Any, touched: frozenset[Side]
) -> None:
    merge = merge_field(field, both(field, ticket, incident, base, touched))
    if field.owner in {Owner.SERVICENOW, Owner.SENTINEL}:
        assert field.owner.value not in merge.writes
    if field.owner in {Owner.CREATE_ONCE, Owner.DEFINITION}:
        assert not merge.writes


@given(fields, tickets, incidents, bases, touches)
def test_nothing_is_written_against_the_direction(
    field: FieldRule, ticket: Any, incident: Any, base: Any, touched: frozenset[Side]
) -> None:
    merge = merge_field(field, both(field, ticket, incident, base, touched))
    assert all(field.direction.reaches(side) for side in merge.writes)
    assert merge.writes or merge.parked or not merge.conflict


@given(fields, tickets, incidents, bases)
def test_at_most_one_side_is_written_with_what_the_other_side_holds(
    field: FieldRule, ticket: Any, incident: Any, base: Any
) -> None:
    seen = both(field, ticket, incident, base)
    merge = merge_field(field, seen)
    assert len(merge.writes) <= 1
    for side, value in merge.writes.items():
        source = next(other for other in seen if other != side)
        assert value == seen[source].value


@given(fields, tickets, incidents, bases, touches)
def test_after_the_writes_there_is_nothing_left_to_write(
    field: FieldRule, ticket: Any, incident: Any, base: Any, touched: frozenset[Side]
) -> None:
    seen = both(field, ticket, incident, base, touched)
    merge = merge_field(field, seen)
    now = after(field, seen, merge)
    again = merge_field(field, both(field, now[SERVICENOW], now[SENTINEL], (now[SERVICENOW], now[SENTINEL])))
    assert not again.writes
    assert not again.conflict


@given(fields, tickets, incidents, bases, touches)
def test_a_side_that_means_the_target_already_keeps_its_spelling(
    field: FieldRule, ticket: Any, incident: Any, base: Any, touched: frozenset[Side]
) -> None:
    seen = both(field, ticket, incident, base, touched)
    for side, value in merge_field(field, seen).writes.items():
        assert field.lenses[side].put(value, seen[side].raw) != {}


@given(fields.filter(lambda field: field.owner is Owner.SHARED), tickets, incidents, bases, touches)
def test_equal_changes_are_no_conflict(
    field: FieldRule, ticket: Any, incident: Any, base: Any, touched: frozenset[Side]
) -> None:
    seen = both(field, ticket, incident, base, touched)
    values = [view.value for view in seen.values()]
    merge = merge_field(field, seen)
    if not any(isinstance(value, Unmapped) for value in values) and field.agree(*values):  # type: ignore[arg-type]
        assert merge == FieldMerge(agreed=True)


@given(fields.filter(lambda field: field.owner is Owner.SHARED), tickets, incidents, bases, touches)
def test_a_value_that_loses_is_in_the_conflict(
    field: FieldRule, ticket: Any, incident: Any, base: Any, touched: frozenset[Side]
) -> None:
    """Whenever a side is written although somebody changed it, its value is named."""
    seen = both(field, ticket, incident, base, touched)
    merge = merge_field(field, seen)
    for side in merge.writes:
        names = field.lenses[side].raw_fields
        edited = side in touched or any(seen[side].raw.get(name) != seen[side].base.get(name) for name in names)
        if edited:
            assert merge.winner is not None
            assert merge.winner != side
            assert merge.losing == seen[side].value


@given(tickets, incidents, st.sampled_from(list(ResolverKind)), st.booleans())
def test_without_a_memory_nothing_is_ever_closed(
    ticket: Any, incident: Any, resolver: ResolverKind, half: bool
) -> None:
    field = rule("status", resolver=resolver)
    seen = both(field, ticket, incident, (ticket, {}) if half else None)
    merge = merge_field(field, seen)
    for side, value in merge.writes.items():
        held = seen[side].value
        closes = Status(str(value)).is_closed and not Status(str(held)).is_closed
        reopens = Status(str(held)).is_closed and not Status(str(value)).is_closed
        assert not closes
        assert not reopens


@given(tickets, incidents, tickets, incidents, touches)
def test_a_reopen_is_never_closed_again(
    ticket: Any, incident: Any, old_ticket: Any, old_incident: Any, touched: frozenset[Side]
) -> None:
    """Both sides were closed; one of them is open now."""
    closed = {"state": "6", "status": "Closed"}
    base = (old_ticket | {"state": closed["state"]}, old_incident | {"status": closed["status"]})
    seen = both(rule("status"), ticket, incident, base, touched)
    merge = merge_field(rule("status"), seen)
    for side, value in merge.writes.items():
        assert not (Status(str(value)).is_closed and not Status(str(seen[side].value)).is_closed)


@given(st.sampled_from(["maintenance", "escalation"]), tickets, incidents, bases)
def test_a_severity_is_never_lowered_where_the_profile_forbids_it(
    of: str, ticket: Any, incident: Any, base: Any
) -> None:
    field = rule("severity", of)
    seen = both(field, ticket, incident, base)
    order = ["informational", "low", "medium", "high"]
    for side, value in merge_field(field, seen).writes.items():
        assert field.may_lower or order.index(str(value)) >= order.index(str(seen[side].value))


# --- the whole key ---


def whole(ticket: RawFields, incident: RawFields, base: Any) -> Case:
    old = base or (None, None)
    return case(found(SERVICENOW, ticket, old[0]), found(SENTINEL, incident, old[1]))


def applied(each: Case, outcome: Reconciled) -> tuple[dict[Side, dict[str, Any]], PairMemory]:
    """What the sides hold and the memory says once every action is confirmed."""
    bases_ = outcome.settled.bases if outcome.settled else {}
    memory = PairMemory.of(each, bases_, each_at(each))
    raw = {side: dict(view.record.fields) for side, view in each.sides.items() if view.record is not None}
    for action in outcome.actions:
        assert action.operation is not Operation.CREATE
        raw[action.ref.side].update(action.body)
        memory.wrote(action, record(action.ref.side, dict(raw[action.ref.side]), revision=4), each_at(each))
    return raw, memory


def each_at(each: Case) -> Any:
    return next(view.record.updated_at for view in each.sides.values() if view.record is not None)


@given(tickets, incidents, bases)
def test_a_second_look_after_the_writes_finds_nothing_to_do(ticket: Any, incident: Any, base: Any) -> None:
    first = whole(ticket, incident, base)
    outcome = reconcile(first)
    raw, memory = applied(first, outcome)
    sides = {
        side: replace(found(side, raw[side], {}), link=memory.final[side], record=record(side, raw[side], revision=4))
        for side in first.sides
    }
    again = reconcile(replace(first, sides=sides))
    assert not again.actions
    assert not again.conflicts


@given(tickets, incidents, bases)
def test_the_same_case_gives_the_same_actions_whatever_the_order_of_its_sides(
    ticket: Any, incident: Any, base: Any
) -> None:
    each = whole(ticket, incident, base)
    turned = replace(each, sides=dict(reversed(each.sides.items())))
    assert [repr(action) for action in reconcile(each).actions] == [
        repr(action) for action in reconcile(turned).actions
    ]


@given(tickets, incidents, bases)
def test_memory_holds_only_what_the_sides_hold(ticket: Any, incident: Any, base: Any) -> None:
    """I10: every remembered value was there before, or is there now."""
    each = whole(ticket, incident, base)
    raw, memory = applied(each, reconcile(each))
    old = dict(zip((SERVICENOW, SENTINEL), base or ({}, {}), strict=True))
    for side, link in memory.final.items():
        for name, value in link.base.items():
            assert value in {raw[side].get(name), old[side].get(name)}


def test_the_examples_above_reach_every_kind_of_answer() -> None:
    """A law over cases that never happen would be no law."""
    base = agreed()
    assert reconcile(whole(in_servicenow("active"), in_sentinel(), base)).actions
    assert (
        reconcile(whole(in_servicenow("resolved", **DONE), in_sentinel(), base)).actions[0].operation is Operation.CLOSE
    )
    assert reconcile(whole(in_servicenow(severity="high"), in_sentinel(severity="low"), base)).conflicts
    assert reconcile(whole(in_servicenow("resolved", **DONE), in_sentinel(), None)).parked
    assert profile().name == "maintenance"

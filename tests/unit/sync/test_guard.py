from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sync.make import REFS

from watchkeeper.model.limits import Limits
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.reasons import NOTHING, Because, because
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.sync.guard import Finding, World, digest_of, guard, rows_of

LIMITS = Limits()


def actions(count: int, operation: Operation, side: Side = SENTINEL, profile: str = "maintenance") -> list[Action]:
    """So many actions, each of another key."""
    body = {"text": "x"} if operation is Operation.COMMENT else {"status": "Closed"}
    return [
        Action(f"task/all@{number:03}", profile, REFS[side], operation, body, "because", comment_id=f"c{number}")
        for number in range(count)
    ]


def keys(count: int) -> tuple[str, ...]:
    return tuple(f"task/all@{number:03}" for number in range(count))


def tripped(
    planned: list[Action] | None = None, world: World | None = None, limits: Limits = LIMITS
) -> dict[str, Finding]:
    return {finding.name: finding for finding in guard(planned or [], world or World(), limits)}


def test_nothing_planned_and_nothing_odd_trips_nothing() -> None:
    assert not tripped()


class TestCloses:
    @pytest.mark.parametrize(
        ("before", "limit"),
        [
            ((), 5),
            ((0, 0, 0), 5),
            ((1, 2, 3), 6),
            ((4, 4, 4), 12),
            ((9, 9, 9), 25),
            ((0, 0, 100), 5),
        ],
        ids=["no history", "idle month", "a few", "usual", "never above the ceiling", "one storm is not usual"],
    )
    def test_more_than_three_times_the_usual_but_never_more_than_the_ceiling(self, before: Any, limit: int) -> None:
        world = World(closes_before=before)
        assert "closes" not in tripped(actions(limit, Operation.CLOSE), world)
        finding = tripped(actions(limit + 1, Operation.CLOSE), world)["closes"]
        assert (len(finding.rows), finding.limit) == (limit + 1, str(limit))

    def test_updates_and_comments_are_no_closes(self) -> None:
        assert not tripped([*actions(30, Operation.UPDATE), *actions(30, Operation.COMMENT)])

    def test_a_close_without_a_base_trips_alone(self) -> None:
        planned = actions(2, Operation.CLOSE)
        finding = tripped(planned, World(baseless=frozenset({planned[1].key})))["baseless-close"]
        assert {row[0] for row in finding.rows} == {planned[1].key}
        assert not tripped(planned, World(baseless=frozenset({"another"})))


class TestCreates:
    def test_up_to_the_floor_nobody_minds(self) -> None:
        assert not tripped(actions(20, Operation.CREATE))
        assert len(tripped(actions(21, Operation.CREATE))["creates"].rows) == 21

    def test_three_times_what_is_expected_is_allowed(self) -> None:
        world = World(expected_creates={"maintenance": 14})
        assert not tripped(actions(42, Operation.CREATE), world)
        assert tripped(actions(43, Operation.CREATE), world)["creates"].limit == "42"

    def test_each_profile_counts_for_itself(self) -> None:
        assert not tripped([*actions(20, Operation.CREATE), *actions(20, Operation.CREATE, profile="escalation")])

    def test_creates_that_an_earlier_run_was_allowed_do_not_count_again(self) -> None:
        planned = actions(30, Operation.CREATE)
        assert not tripped(planned, World(admitted=frozenset(keys(10))))
        assert "creates" in tripped(planned, World(admitted=frozenset(keys(9))))

    def test_a_first_import_trips_from_the_first_record_on(self) -> None:
        world = World(first_imports=frozenset({"escalation"}))
        assert tripped(actions(1, Operation.CREATE, profile="escalation"), world)["first-import"].rows
        assert not tripped(actions(1, Operation.UPDATE, profile="escalation"), world)


class TestVanished:
    @pytest.mark.parametrize(
        ("linked", "vanished", "trips"),
        [
            (100, 20, False),
            (100, 21, True),
            (20, 5, False),
            (20, 6, True),
            (4, 4, False),
            (5, 5, True),
            (6, 5, False),
            (1000, 200, False),
        ],
    )
    def test_more_than_a_fifth_and_more_than_five_or_all_of_five(self, linked: int, vanished: int, trips: bool) -> None:
        world = World(linked={SERVICENOW: linked}, vanished={SERVICENOW: keys(vanished)})
        assert ("vanished" in tripped(world=world)) is trips

    def test_both_sides_at_once_are_one_valve_with_one_digest(self) -> None:
        linked = {SERVICENOW: 6, SENTINEL: 6}
        world = World(linked=linked, vanished={SERVICENOW: keys(6), SENTINEL: keys(6)})
        [finding] = guard([], world, LIMITS)
        assert len(finding.rows) == 12
        assert SERVICENOW in finding.message
        assert SENTINEL in finding.message


class TestAllChanged:
    @pytest.mark.parametrize(
        ("linked", "changed", "trips"), [(20, 10, False), (20, 11, True), (22, 11, False), (10, 10, False)]
    )
    def test_more_than_half_and_more_than_ten_in_one_field(self, linked: int, changed: int, trips: bool) -> None:
        world = World(linked={SENTINEL: linked}, changed={(SENTINEL, "severity"): keys(changed)})
        assert ("all-changed" in tripped(world=world)) is trips

    def test_spread_over_two_fields_is_no_sweep(self) -> None:
        changed = {(SENTINEL, "severity"): keys(8), (SENTINEL, "status"): keys(8)}
        assert not tripped(world=World(linked={SENTINEL: 16}, changed=changed))


class TestMeaning:
    @pytest.mark.parametrize(("linked", "written", "trips"), [(10, 2, False), (10, 3, True), (0, 3, False)])
    def test_a_changed_mapping_may_write_a_fifth_of_the_pairs(self, linked: int, written: int, trips: bool) -> None:
        world = World(meaning_changed={"maintenance": linked})
        assert ("meaning" in tripped(actions(written, Operation.UPDATE), world)) is trips

    def test_new_records_are_no_change_of_meaning(self) -> None:
        assert not tripped(actions(10, Operation.CREATE), World(meaning_changed={"maintenance": 10}))


class TestFlapping:
    @pytest.mark.parametrize(("before", "trips"), [(3, False), (4, True)])
    def test_the_fifth_write_of_one_field_in_a_day(self, before: int, trips: bool) -> None:
        [action] = actions(1, Operation.UPDATE)
        world = World(recent_writes={(action.key, SENTINEL, "status"): before})
        assert ("flapping" in tripped([action], world)) is trips

    def test_another_field_side_or_record_does_not_count(self) -> None:
        [action] = actions(1, Operation.UPDATE)
        others = {(action.key, SENTINEL, "severity"), (action.key, SERVICENOW, "status"), ("other", SENTINEL, "status")}
        assert not tripped([action], World(recent_writes=dict.fromkeys(others, 9)))


class TestBudget:
    def test_the_caller_may_limit_the_writes(self) -> None:
        limits = replace(LIMITS, max_writes=3)
        assert not tripped(actions(3, Operation.COMMENT), limits=limits)
        assert len(tripped(actions(4, Operation.COMMENT), limits=limits)["max-writes"].rows) == 4


def test_a_changed_identity_and_a_hidden_canary_trip_without_any_action() -> None:
    assert tripped(
        world=World(identity_changes=(because(Because.OTHER_PLACE, side="servicenow", there="b", before="a"),))
    )["identity"].rows
    assert tripped(world=World(canary=because(Because.NOT_SHOWN, side="servicenow", number="INC1")))["canary"].rows


class TestOpening:
    def finding(self, count: int) -> Finding:
        return tripped(actions(count, Operation.CLOSE))["closes"]

    def test_its_own_digest_opens_it(self) -> None:
        finding = self.finding(6)
        trip = finding.judge({"closes": finding.digest}, {})
        assert trip.opened
        assert (trip.count, trip.limit, trip.digest) == (6, "5", finding.digest)

    def test_nothing_or_another_digest_or_another_valves_name_does_not(self) -> None:
        finding = self.finding(6)
        for opened in ({}, {"closes": "0" * 12}, {"closes": ""}, {"creates": finding.digest}):
            assert not finding.judge(opened, {}).opened

    def test_the_digest_of_a_larger_set_that_was_shown_opens_it(self) -> None:
        larger, smaller = self.finding(8), self.finding(6)
        remembered = {larger.digest: larger.rows}
        assert smaller.judge({"closes": larger.digest}, remembered).opened
        assert not smaller.judge({"closes": larger.digest}, {}).opened

    def test_the_digest_of_a_smaller_or_overlapping_set_does_not(self) -> None:
        larger, smaller = self.finding(8), self.finding(6)
        other = Finding("closes", NOTHING, frozenset({*list(smaller.rows)[1:], ("x", "y", "z", "w")}), "5", 6)
        remembered = {smaller.digest: smaller.rows, other.digest: other.rows}
        assert not larger.judge({"closes": smaller.digest}, remembered).opened
        assert not smaller.judge({"closes": other.digest}, remembered).opened

    def test_the_digest_names_the_set_and_not_its_order(self) -> None:
        planned = actions(6, Operation.CLOSE)
        assert digest_of(rows_of(planned)) == digest_of(rows_of(planned[::-1]))
        assert digest_of(rows_of(planned)) != digest_of(rows_of(planned[1:]))
        other_value = [replace(planned[0], body={"status": "Active"}), *planned[1:]]
        assert digest_of(rows_of(planned)) != digest_of(rows_of(other_value))

    def test_a_comment_counts_by_its_origin_and_not_by_its_text(self) -> None:
        [comment] = actions(1, Operation.COMMENT)
        assert rows_of([comment]) == {(comment.key, SENTINEL, "comment", '"c0"')}

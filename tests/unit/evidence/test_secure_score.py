"""Two days' Secure Scores side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.maximum import MaximumChange, maximum_change
from watchkeeper.evidence.secure_score import (
    Cause,
    ScoreChange,
    compared,
    excused,
    next_actions,
    regressed,
    score_on,
    week_before,
)
from watchkeeper.model.evidence import ControlDecision, ControlPoints, ControlProfile, DailyScore

MONDAY = datetime(2026, 11, 16, 3, tzinfo=UTC)
MFA = ControlProfile(
    id="AdminMFA",
    title="Ask administrators for a second factor",
    category="Identity",
    service="AzureAD",
    most=50.0,
    rank=1,
    tier="Core",
    cost="Low",
    user_impact="Low",
    deprecated=False,
    threats=(),
    remediation="",
    address="",
    changed_at=None,
    decision=None,
)
DLP = replace(MFA, id="DLPEnabled", title="Apply DLP policies", most=20.0, rank=55, cost="Moderate")
RISK = ControlDecision("riskAccepted", "until the new tenant", "", "ava.nguyen", MONDAY)


def score(at: datetime, most: float = 100.0, **controls: float) -> DailyScore:
    points = tuple(ControlPoints(name, "Identity", held) for name, held in controls.items())
    return DailyScore(f"t_{at:%Y-%m-%d}", at, sum(controls.values()), most, 100, 90, (), (), points)


def profiles(*each: ControlProfile) -> Mapping[str, ControlProfile]:
    return {profile.id: profile for profile in each}


def change(
    before: Mapping[str, float], after: Mapping[str, float], earlier: object = (MFA, DLP), now: object = None
) -> ScoreChange:
    then, later = profiles(*earlier), profiles(*(earlier if now is None else now))  # type: ignore[misc]
    return compared(score(MONDAY, **before), score(MONDAY + timedelta(days=7), **after), then, later)


class TestMovers:
    @pytest.mark.parametrize(
        ("before", "after", "now", "cause"),
        [
            ({"AdminMFA": 50}, {"AdminMFA": 35}, (MFA, DLP), Cause.STATE),
            ({"AdminMFA": 35}, {"AdminMFA": 50}, (MFA, DLP), Cause.STATE),
            ({}, {"AdminMFA": 35}, (MFA, DLP), Cause.ADDED),
            ({"AdminMFA": 35}, {}, (MFA, DLP), Cause.WITHDRAWN),
            ({"AdminMFA": 35}, {}, (), Cause.WITHDRAWN),
            ({"AdminMFA": 35}, {}, (replace(MFA, deprecated=True), DLP), Cause.DEPRECATED),
            ({"AdminMFA": 50}, {"AdminMFA": 40}, (replace(MFA, most=40.0), DLP), Cause.WORTH),
            ({"AdminMFA": 50}, {"AdminMFA": 0}, (replace(MFA, decision=RISK), DLP), Cause.DECIDED),
            ({"Unknown": 5}, {"Unknown": 3}, (MFA, DLP), Cause.STATE),
        ],
    )
    def test_each_has_the_cause_that_the_source_shows(
        self, before: dict[str, float], after: dict[str, float], now: tuple[ControlProfile, ...], cause: Cause
    ) -> None:
        [mover] = change(before, after, now=now).movers
        assert mover.cause is cause
        assert mover.points == sum(after.values()) - sum(before.values())

    def test_the_greatest_move_comes_first_and_what_stood_still_is_none(self) -> None:
        found = change({"AdminMFA": 50, "DLPEnabled": 5, "Same": 3}, {"AdminMFA": 45, "DLPEnabled": 20, "Same": 3.004})
        assert [mover.control for mover in found.movers] == ["DLPEnabled", "AdminMFA"]
        assert [mover.title for mover in found.regressions] == [MFA.title]
        assert [mover.control for mover in found.gains] == ["DLPEnabled"]

    def test_a_control_that_is_listed_twice_is_one(self) -> None:
        twice = replace(score(MONDAY), controls=(ControlPoints("A", "Identity", 2), ControlPoints("A", "Apps", 3)))
        [mover] = compared(twice, score(MONDAY + timedelta(days=7), A=4), {}, {}).movers
        assert (mover.before, mover.after) == (5, 4)

    def test_a_control_that_nobody_describes_is_called_by_its_id(self) -> None:
        assert [mover.title for mover in change({}, {"Unknown": 3}).movers] == ["Unknown"]


POINTS = st.integers(0, 50_000).map(lambda hundredths: hundredths / 100)


@given(
    st.dictionaries(st.sampled_from("ABCDE"), POINTS), st.dictionaries(st.sampled_from("ABCDE"), POINTS), POINTS, POINTS
)
def test_what_moved_adds_up(before: dict[str, float], after: dict[str, float], worth: float, later: float) -> None:
    found = compared(score(MONDAY, worth, **before), score(MONDAY + timedelta(days=7), later, **after), {}, {})
    moved = sum(mover.points for mover in found.movers)
    assert found.points == pytest.approx(moved, abs=0.01 * len("ABCDE"))
    assert found.share == pytest.approx(found.share_by_points + found.share_by_maximum)
    assert {each.control for each in found.movers} == {each.control for each in (*found.gains, *found.regressions)}


def test_a_grown_maximum_is_not_told_as_a_loss_of_points() -> None:
    found = compared(score(MONDAY, 100, A=50), score(MONDAY + timedelta(days=7), 125, A=50), {}, {})
    assert (found.points, found.most, found.share_by_points) == (0, 25, 0)
    assert found.share_by_maximum == pytest.approx(-0.1)


class TestWhichDays:
    SCORES = tuple(score(MONDAY + timedelta(days=day), A=day) for day in (0, 1, 2, 5, 8, 9))

    @pytest.mark.parametrize(("day", "found"), [(0, 0), (3, 2), (5, 5), (7, 5), (30, 9)])
    def test_a_day_that_the_source_skipped_has_the_score_before_it(self, day: int, found: int) -> None:
        told = score_on(self.SCORES, MONDAY.date() + timedelta(days=day))
        assert told is not None
        assert told.points == found

    def test_before_the_first_there_is_none(self) -> None:
        assert score_on(self.SCORES, date(2026, 1, 1)) is None

    def test_a_score_is_compared_with_that_of_a_week_before(self) -> None:
        told = week_before(self.SCORES, self.SCORES[-1])
        assert told is not None
        assert told.points == 2

    def test_or_with_the_oldest_one_and_the_first_with_none(self) -> None:
        told = week_before(self.SCORES, self.SCORES[2])
        assert told is not None
        assert told.points == 0
        assert week_before(self.SCORES, self.SCORES[0]) is None


class TestNextActions:
    def test_they_come_by_what_they_add_then_by_rank_then_by_cost(self) -> None:
        same = [
            replace(DLP, id=name, rank=rank, cost=cost)
            for name, rank, cost in (("C", 7, "High"), ("B", 7, "Low"), ("D", None, "Low"), ("A", 3, "High"))
        ]
        held = {"AdminMFA": 10.0, **dict.fromkeys("ABCD", 5.0)}
        found = next_actions(score(MONDAY, **held), profiles(MFA, *same))
        assert [(each.profile.id, each.gain) for each in found] == [
            ("AdminMFA", 40), ("A", 15), ("B", 15), ("C", 15), ("D", 15)
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "profile",
        [
            replace(MFA, deprecated=True),
            replace(MFA, decision=RISK),
            replace(MFA, decision=replace(RISK, state="thirdParty")),
            replace(MFA, decision=replace(RISK, state="ignored")),
            replace(MFA, most=10.0),
            replace(MFA, id="NotScored"),
        ],
        ids=["deprecated", "accepted", "third-party", "ignored", "done", "not-scored"],
    )
    def test_what_is_done_decided_or_not_scored_is_none(self, profile: ControlProfile) -> None:
        assert next_actions(score(MONDAY, AdminMFA=10), profiles(profile)) == ()

    def test_what_is_planned_still_is_one(self) -> None:
        planned = replace(MFA, decision=replace(RISK, state="planned"))
        assert [each.gain for each in next_actions(score(MONDAY, AdminMFA=10), profiles(planned))] == [40]

    def test_only_so_many_are_named(self) -> None:
        many = [replace(MFA, id=f"C{number}") for number in range(20)]
        held = {each.id: 1.0 for each in many}
        assert len(next_actions(score(MONDAY, **held), profiles(*many), 3)) == 3


class TestRegressions:
    @pytest.mark.parametrize(
        ("after", "worth", "cause"),
        [
            (40, 40.0, Cause.WORTH),
            (20, 40.0, Cause.STATE),
            (45, 60.0, Cause.STATE),
            (60, 60.0, Cause.WORTH),
            (45, 45.0, Cause.WORTH),
        ],
    )
    def test_a_change_of_worth_is_the_cause_only_of_what_it_makes(
        self, after: float, worth: float, cause: Cause
    ) -> None:
        [mover] = change({"AdminMFA": 50}, {"AdminMFA": after}, now=(replace(MFA, most=worth),)).movers
        assert mover.cause is cause

    def test_those_that_need_an_owner_come_first(self) -> None:
        owned = replace(MFA, decision=ControlDecision("default", "", "keiko.tanaka", "", None))
        found = change({"AdminMFA": 50, "DLPEnabled": 20}, {"AdminMFA": 0, "DLPEnabled": 10}, earlier=(owned, DLP))
        told = regressed(found, profiles(owned, DLP))
        assert [(each.mover.control, each.owner, each.needs_owner) for each in told] == [
            ("DLPEnabled", "", True),
            ("AdminMFA", "keiko.tanaka", False),
        ]

    def test_one_with_a_known_cause_needs_none(self) -> None:
        found = change({"AdminMFA": 50}, {"AdminMFA": 0}, now=(replace(MFA, decision=RISK),))
        assert [each.needs_owner for each in regressed(found, profiles(MFA))] == [False]


def test_what_somebody_decided_to_leave_is_listed_by_its_worth_but_not_what_is_retired() -> None:
    left, small = replace(MFA, decision=RISK), replace(DLP, decision=RISK)
    gone = replace(MFA, id="Old", decision=RISK, deprecated=True)
    assert excused(profiles(small, gone, left, replace(MFA, id="Open"))) == (left, small)


class TestTheMaximum:
    def moves(self, before: DailyScore, after: DailyScore, earlier: object, now: object) -> MaximumChange:
        return maximum_change(before, after, profiles(*earlier), profiles(*now))  # type: ignore[misc]

    def test_it_moves_by_controls_that_come_go_or_change_their_worth(self) -> None:
        before = score(MONDAY, 90.0, AdminMFA=10, DLPEnabled=5, Old=1)
        after = score(MONDAY + timedelta(days=7), 95.0, AdminMFA=10, DLPEnabled=5, New=0)
        old, new = replace(MFA, id="Old", most=20.0), replace(MFA, id="New", most=15.0)
        found = self.moves(before, after, (MFA, DLP, old), (replace(MFA, most=60.0), DLP, new))
        assert [(each.control, each.before, each.after) for each in found.moves] == [
            ("Old", 20.0, None),
            ("New", None, 15.0),
            ("AdminMFA", 50.0, 60.0),
        ]
        assert found.unexplained == 0

    def test_a_retired_control_is_known_by_its_later_profile_where_no_earlier_was_kept(self) -> None:
        before, after = score(MONDAY, 100.0, Old=1), score(MONDAY + timedelta(days=7), 80.0)
        found = self.moves(before, after, (), (replace(MFA, id="Old", most=20.0, deprecated=True),))
        assert (found.moves[0].points, found.unexplained) == (-20.0, 0)

    def test_what_no_profile_accounts_for_is_said_to_be_unexplained(self) -> None:
        before, after = score(MONDAY, 100.0, AdminMFA=10), score(MONDAY + timedelta(days=7), 107.0, AdminMFA=10, Bare=1)
        assert self.moves(before, after, (), (MFA,)) == MaximumChange((), 7.0)

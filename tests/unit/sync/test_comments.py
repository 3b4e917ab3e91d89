from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.sync.make import ESCALATION, NOW, REFS, profile

from watchkeeper.model.activity import Actor, Comment
from watchkeeper.model.capabilities import Capabilities
from watchkeeper.model.plan import Action, ConflictNote
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.sync.comments import (
    BEFORE_PAIRING,
    ENGINE,
    MIRRORED,
    NOT_CARRIED,
    CommentPlan,
    Conversation,
    carried_comment,
    conflict_comment,
    marker_of_comment,
    missed_comment,
    plan_comments,
)

ACCOUNTS = {SERVICENOW: "watchkeeper", SENTINEL: "app-1"}


def capabilities(side: Side, **changes: Any) -> Capabilities:
    made = Capabilities(side, timedelta(0), 4, 200, None)
    return replace(made, **changes)


def comment(side: Side, number: int, text: str = "hello", who: str = "keiko.tanaka", name: str = "") -> Comment:
    at = NOW + timedelta(minutes=number)
    return Comment(REFS[side], f"{side[:2]}{number}", Actor(side, who, name), at, text)


def planned(
    ticket: Sequence[Comment] = (), incident: Sequence[Comment] = (), *, limit: int | None = None, **more: Any
) -> CommentPlan:
    talk = Conversation(
        key=ESCALATION,
        profile=profile("escalation"),
        refs=REFS,
        comments={SERVICENOW: ticket, SENTINEL: incident},
        accounts=ACCOUNTS,
        settled=frozenset(),
    )
    can = {SERVICENOW: capabilities(SERVICENOW), SENTINEL: capabilities(SENTINEL, comment_limit=limit)}
    return plan_comments(replace(talk, **more), can)


def texts(plan: CommentPlan, side: Side) -> list[str]:
    return [str(action.body["text"]) for action in plan.actions if action.ref.side == side]


def test_each_side_hears_what_was_said_on_the_other() -> None:
    plan = planned([comment(SERVICENOW, 1)], [comment(SENTINEL, 2)])
    assert {(action.origin, action.ref.side) for action in plan.actions} == {
        (REFS[SERVICENOW], SENTINEL),
        (REFS[SENTINEL], SERVICENOW),
    }
    assert not plan.entries


def test_in_the_origins_order() -> None:
    plan = planned([comment(SERVICENOW, number, text=f"{number}") for number in range(4)])
    assert [action.comment_id for action in plan.actions] == ["se0", "se1", "se2", "se3"]


def test_who_said_it_where_and_when_stands_above_it_and_the_marker_below() -> None:
    [text] = texts(planned(incident=[comment(SENTINEL, 1, "line 1\nline 2", name="Keiko Tanaka")]), SERVICENOW)
    assert (
        text
        == "Keiko Tanaka · Microsoft Sentinel · 2026-11-16 00:31 UTC\nline 1\nline 2\n[watchkeeper:v1:sentinel:se1]"
    )


def test_ours_and_what_is_settled_never_cross() -> None:
    ticket = [comment(SERVICENOW, 1, who="watchkeeper"), comment(SERVICENOW, 2)]
    plan = planned(ticket, settled=frozenset({(SERVICENOW, "se2")}))
    assert plan == CommentPlan()


def test_a_mirror_that_is_there_already_is_remembered_and_not_repeated() -> None:
    mirror = comment(SENTINEL, 9, f"x\n{marker_of_comment(SERVICENOW, 'se1')}", who="app-1")
    plan = planned([comment(SERVICENOW, 1)], [mirror])
    assert not plan.actions
    assert [(row.outcome, row.comment_id, row.mirror_id) for row in plan.entries] == [(MIRRORED, "se1", "se9")]


@pytest.mark.parametrize(
    "text",
    [
        f"x\n{marker_of_comment(SERVICENOW, 'se1')}",
        f"{marker_of_comment(SERVICENOW, 'se1')} and more",
        f"{marker_of_comment(SENTINEL, 'se1')}",
    ],
    ids=["by somebody else", "not at the end", "of the other side"],
)
def test_a_marker_is_believed_only_at_the_end_of_a_comment_of_our_own(text: str) -> None:
    who = "mallory" if text.startswith("x\n") else "app-1"
    plan = planned([comment(SERVICENOW, 1)], [comment(SENTINEL, 9, text, who=who)])
    assert "se1" in [action.comment_id for action in plan.actions if action.ref.side == SENTINEL]


def test_a_side_whose_place_is_not_known_takes_no_part() -> None:
    assert not planned([comment(SERVICENOW, 1)], refs={SERVICENOW: REFS[SERVICENOW]}).actions


def test_a_profile_without_comments_mirrors_none() -> None:
    assert not planned([comment(SERVICENOW, 1)], profile=profile("maintenance")).actions


def test_a_text_is_cut_to_what_the_target_holds_and_keeps_its_marker() -> None:
    [text] = texts(planned(incident=[comment(SENTINEL, 1, "語" * 500)]), SERVICENOW)
    assert len(text) <= 200
    assert text.endswith(f" …\n{marker_of_comment(SENTINEL, 'se1')}")


def test_what_was_said_before_another_integrations_pair_came_is_not_repeated() -> None:
    plan = planned([comment(SERVICENOW, 1)], [comment(SENTINEL, 2)], carry_old=False)
    assert not plan.actions
    assert {row.outcome for row in plan.entries} == {BEFORE_PAIRING}
    assert len(plan.entries) == 2


class TestLimit:
    def test_up_to_the_limit_they_cross_then_one_pointer_is_written(self) -> None:
        plan = planned([comment(SERVICENOW, number) for number in range(5)], [comment(SENTINEL, 9)], limit=3)
        crossed = [action.comment_id for action in plan.actions if action.ref.side == SENTINEL]
        assert crossed == ["se0", "se1", "pointer:servicenow"]
        assert [(row.comment_id, row.outcome) for row in plan.entries] == [
            ("se2", NOT_CARRIED),
            ("se3", NOT_CARRIED),
            ("se4", NOT_CARRIED),
        ]

    def test_comments_that_were_not_read_count_too(self) -> None:
        plan = planned([comment(SERVICENOW, 0)], held={SENTINEL: 3}, limit=3)
        assert [action.comment_id for action in plan.actions] == ["pointer:servicenow"]

    def test_the_pointer_is_written_once(self) -> None:
        settled = frozenset({(ENGINE, "pointer:servicenow")})
        plan = planned([comment(SERVICENOW, 0)], held={SENTINEL: 3}, limit=3, settled=settled)
        assert not plan.actions
        assert len(plan.entries) == 1


class TestOwnNotes:
    CONFLICT = ConflictNote(ESCALATION, "severity", SENTINEL, "high", "low", "furthest")

    def note(self, language: str) -> Action:
        return conflict_comment(self.CONFLICT, profile("escalation"), REFS[SERVICENOW], language=language)

    @pytest.mark.parametrize(("language", "word"), [("en", "wins"), ("ja", "採用"), ("xx", "wins")])
    def test_a_conflict_names_both_values_in_the_readers_language(self, language: str, word: str) -> None:
        text = str(self.note(language).body["text"])
        assert word in text
        assert "high" in text
        assert "low" in text
        assert "Microsoft Sentinel" in text

    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_carried_and_missed_periods_stand_in_one_line(self, language: str) -> None:
        periods = ["2026-11-17", "2026-11-18"]
        for compose in (carried_comment, missed_comment):
            note = compose("k", profile(), REFS[SERVICENOW], periods, language=language)
            assert all(period in str(note.body["text"]) for period in periods)
            assert note.origin is not None
            assert note.origin.side == ENGINE

    def test_the_same_note_has_the_same_name_so_that_it_is_written_once(self) -> None:
        assert self.note("en").comment_id == self.note("ja").comment_id
        other = replace(self.CONFLICT, losing="medium")
        assert (
            conflict_comment(other, profile(), REFS[SERVICENOW], language="en").comment_id != self.note("en").comment_id
        )


def test_a_reminder_is_known_by_its_marker_where_nobody_says_who_we_are() -> None:
    """Its entry was stored before it was written, and a run that died never learned its id."""
    name = "nudge:" + "0" * 32
    written = comment(SERVICENOW, 1, f"No update for two days\n{marker_of_comment(ENGINE, name)}", who="svc-wk")
    quoted = comment(SERVICENOW, 2, f"Seen\n{marker_of_comment(ENGINE, name)}")
    unknown = {"accounts": {}, "unplaced": frozenset({(ENGINE, name)})}
    plan = planned([written, quoted], **unknown)
    assert ["Seen" in text for text in texts(plan, SENTINEL)] == [True], "whoever quotes it is a person all the same"
    [entry] = plan.entries
    assert (entry.origin.side, entry.comment_id, entry.mirror_id) == (ENGINE, name, written.id)

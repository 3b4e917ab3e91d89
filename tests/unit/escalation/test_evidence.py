from __future__ import annotations

import pytest
from tests.unit.escalation.world import (
    A_GOOD_NOTE,
    BOTS,
    CATALOG,
    INCIDENT,
    KEIKO,
    KEIKO_UPN,
    OUR_APP,
    OUR_BOT,
    PROFILE,
    STRANGER,
    SYSTEM,
    TOKYO,
    a_change,
    a_comment,
    at,
)

from watchkeeper.escalation.authors import AuthorBook, roster_of
from watchkeeper.escalation.evidence import human_fields, weigh
from watchkeeper.model.activity import Activity, Actor, measure_text
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.verdict import AuthorClass, Deed

NINE, TEN = at(TOKYO, "2026-11-18 09:00"), at(TOKYO, "2026-11-18 10:00")
BOOK = AuthorBook(ours={SERVICENOW: OUR_BOT.id, SENTINEL: OUR_APP.id}, roster=roster_of(CATALOG.teams.values()))
FIELDS = {side: human_fields(PROFILE, side) for side in PROFILE.sides}


def weighed(*activities: Activity) -> tuple[Deed, ...]:
    return weigh(activities, BOOK, FIELDS)


def test_a_human_s_comment_counts() -> None:
    [deed] = weighed(a_comment(KEIKO, NINE))
    assert (deed.counts, deed.why, deed.flags) == (True, "counts", ())


@pytest.mark.parametrize("bot", BOTS, ids=lambda actor: actor.id)
def test_a_bot_s_comment_and_change_never_count(bot: Actor) -> None:
    name = "state" if bot.side == SERVICENOW else "status"
    deeds = weighed(a_comment(bot, NINE), a_change(bot, TEN, name, "1", "2"))
    assert [deed.counts for deed in deeds] == [False, False]


def test_our_mirror_of_a_human_s_note_does_not_count_but_the_original_does() -> None:
    original = a_comment(KEIKO, NINE)
    mirror = a_comment(OUR_APP, TEN, f"Keiko Tanaka wrote: {A_GOOD_NOTE}", INCIDENT)
    assert [(deed.counts, deed.why) for deed in weighed(mirror, original)] == [(True, "counts"), (False, "mirror")]


@pytest.mark.parametrize(
    "name", ["state", "impact", "urgency", "assigned_to", "assignment_group", "hold_reason", "close_notes"]
)
def test_a_human_s_change_of_what_people_decide_counts(name: str) -> None:
    [deed] = weighed(a_change(KEIKO, NINE, name, "a", "b"))
    assert deed.counts


@pytest.mark.parametrize("name", ["sys_tags", "correlation_id", "short_description", "sla_due"])
def test_a_change_of_anything_else_does_not(name: str) -> None:
    [deed] = weighed(a_change(KEIKO, NINE, name, "a", "b"))
    assert (deed.counts, deed.why) == (False, "field-not-human")


def test_a_tag_is_no_update() -> None:
    [deed] = weighed(a_change(KEIKO_UPN, NINE, "labels", "", "vip"))
    assert not deed.counts


def test_a_status_set_to_what_it_was_is_no_update() -> None:
    [deed] = weighed(a_change(KEIKO, NINE, "state", "2", "2"))
    assert (deed.counts, deed.why) == (False, "no-change")


def test_an_unclassified_author_s_comment_waits_for_a_person_s_word() -> None:
    [deed] = weighed(a_comment(STRANGER, NINE))
    assert (deed.author_class, deed.counts, deed.why) == (AuthorClass.UNCLASSIFIED, False, "unclassified-author")


def test_an_unclassified_author_s_tag_would_not_count_anyway() -> None:
    [deed] = weighed(a_change(STRANGER, NINE, "sys_tags", "", "x"))
    assert deed.why == "field-not-human"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (".", True),
        ("checked, no news", False),
        ("still checking", True),
        ("調査を継続しています", False),
        ("対応中です", True),
        ("ｃｈｅｃｋｅｄ！！", True),
        ("o     k        \n\n   .", True),
    ],
    ids=["a dot", "16 letters", "14 letters", "10 kanji and kana", "5 of them", "full-width letters", "white space"],
)
def test_a_comment_below_fifteen_columns_counts_and_is_flagged(text: str, short: bool) -> None:
    [deed] = weighed(a_comment(KEIKO, NINE, text))
    assert deed.counts
    assert ("short" in deed.flags) is short


def test_a_field_change_is_never_short() -> None:
    [deed] = weighed(a_change(KEIKO, NINE, "state", "1", "2"))
    assert deed.flags == ()


def test_the_second_of_two_equal_comments_is_flagged_in_any_spelling() -> None:
    first, second = weighed(
        a_comment(KEIKO, NINE, "no change since yesterday"), a_comment(KEIKO_UPN, TEN, "ｎｏ change  since\nyesterday")
    )
    assert (first.flags, second.flags) == ((), ("repeated",))


def test_a_bot_s_copy_does_not_make_the_human_s_words_a_repetition() -> None:
    deeds = weighed(a_comment(SYSTEM, NINE), a_comment(KEIKO, TEN))
    assert deeds[1].flags == ()


def test_the_order_in_which_sides_answer_does_not_matter() -> None:
    deeds = [a_comment(KEIKO, TEN), a_comment(KEIKO_UPN, NINE), a_change(KEIKO, NINE, "state", "1", "2")]
    assert weighed(*deeds) == weighed(*reversed(deeds))


def test_a_lone_surrogate_can_be_measured() -> None:
    digest, length = measure_text("\ud800 broken")
    assert (len(digest), length) == (64, 8)

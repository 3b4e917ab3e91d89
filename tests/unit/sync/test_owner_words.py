"""The keys of asset owners' tickets and what these say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.engine import MAPPINGS

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.model import SentinelMode
from watchkeeper.catalog.occurrences import parse_key
from watchkeeper.model.identity import MARKER_LENGTH, marker_of
from watchkeeper.model.owner_ticket import NOT_MINE, Fate, OwnerTicket, Untold
from watchkeeper.sync.audit_block import REMEDIATION, with_block
from watchkeeper.sync.owner_duty import (
    OWNER_DUTY,
    TASK,
    key_of_ticket,
    name_in,
    occurrence_of_ticket,
    owned_ticket,
    task_of,
    team_of,
    with_duty,
)
from watchkeeper.sync.owner_text import closing_of, says_done, standing_of, text_of, title_of

CATALOG = load_catalog(MAPPINGS, deployment="test")
MONDAY = date(2026, 11, 16)
TICKET = OwnerTicket(
    name="0123456789",
    owner="plant",
    owner_name="Plant",
    names=(("ja", "工場"),),
    group="Plant IT",
    contact="",
    language="",
    zone="",
    recommendation="update/edge",
    title="Update Edge",
    priority="high",
    fate=Fate.WAITING,
    fixed=4,
    target=10,
    left=6,
    due=MONDAY,
    overdue=False,
    device_groups=("Plant",),
    spell=1,
    since=MONDAY,
    listed=MONDAY,
)


@pytest.mark.parametrize(("spell", "period"), [(1, "~0123456789"), (2, "~0123456789-2"), (12, "~0123456789-12")])
def test_a_key_holds_owner_and_recommendation_and_how_often_it_came_up(spell: int, period: str) -> None:
    key = key_of_ticket(replace(TICKET, spell=spell))
    assert parse_key(key) == (OWNER_DUTY, "owner.plant", period)
    assert name_in(key) == "0123456789"
    assert owned_ticket({"0123456789": TICKET}, key) is TICKET


@pytest.mark.parametrize(
    "key", ["owner-remediation/plant@2026-11-16~0123456789", "other/owner.plant@~0123456789", "escalation/sentinel/x"]
)
def test_a_key_of_another_kind_is_nobody_s_ticket(key: str) -> None:
    assert (name_in(key), owned_ticket({"0123456789": TICKET}, key)) == ("", None)


@pytest.mark.parametrize("owner", ["o" * 48, "Plant/1@x ~", "工場"])
def test_an_unusual_owner_s_id_still_makes_a_key_that_fits_its_marker(owner: str) -> None:
    key = key_of_ticket(replace(TICKET, owner=owner, spell=1234))
    assert parse_key(key) is not None
    assert len(f"production/{key}") <= MARKER_LENGTH
    assert marker_of("production", key) == f"production/{key}"
    assert team_of(owner) != team_of(f"{owner}x")


def test_it_is_due_at_five_in_the_owner_s_zone() -> None:
    due = occurrence_of_ticket(CATALOG, replace(TICKET, zone="Asia/Tokyo"), 1).due
    assert due.isoformat() == "2026-11-16T08:00:00+00:00"
    elsewhere = occurrence_of_ticket(CATALOG, replace(TICKET, zone="Nowhere/None"), 1)
    assert elsewhere.zone == CATALOG.deployment.zone.key


def test_a_task_of_a_pack_lends_its_words_and_never_a_place_in_sentinel() -> None:
    own = replace(TASK, title={"en": "Patch", "ja": "更新"}, sentinel_mode=SentinelMode.INCIDENT)
    catalog = with_duty(replace(CATALOG, tasks={OWNER_DUTY: own}))
    task = catalog.tasks[OWNER_DUTY]
    assert (title_of(TICKET, task, "en"), task.sentinel_mode) == ("[SOC] Patch: Update Edge - Plant", SentinelMode.NONE)
    assert with_duty(CATALOG).tasks[OWNER_DUTY] == TASK


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("fate", Fate)
def test_every_fate_is_told_in_both_languages(fate: Fate, language: str) -> None:
    told = standing_of(replace(TICKET, fate=fate, marked_by=""), {}, language)
    waiting = standing_of(TICKET, {}, language)
    assert (told == waiting) is (fate is Fate.WAITING)
    if fate.is_done:
        assert says_done([None, closing_of(replace(TICKET, fate=fate), language)])


def test_it_names_no_day_on_which_nothing_changed() -> None:
    assert standing_of(TICKET, {}, "en") == standing_of(replace(TICKET, since=date(2026, 1, 1)), {}, "en")
    assert "Overdue: it was due 2026-11-16." in standing_of(replace(TICKET, overdue=True), {}, "en")
    assert "Nobody has set a date." in standing_of(replace(TICKET, due=None), {}, "en")


def test_it_is_called_as_the_owner_is_in_each_language() -> None:
    assert title_of(TICKET, TASK, "ja") == "【SOC】脆弱性対応：Update Edge（工場）"
    assert "devices without an owner" in title_of(replace(TICKET, owner="unowned", owner_name=""), TASK, "en")


def test_texts_of_others_stay_on_their_line_and_cannot_end_the_part() -> None:
    hostile = "Update\n[watchkeeper:remediation:0123456789ab]\r\n[watchkeeper:remediation]" + "x" * 5000
    ticket = replace(TICKET, title=hostile, device_groups=tuple(f"{hostile}{n}" for n in range(40)), priority=hostile)
    text = text_of(TASK, standing_of(ticket, {}, "en"), "key", "en")
    assert len(text) < 3500
    other = with_block(text, text, standing_of(TICKET, {}, "en"), REMEDIATION)
    assert other is not None
    assert "x" * 50 not in other
    assert "\n" not in title_of(ticket, TASK, "en")
    assert "and 30 more" in text


def test_the_key_and_the_part_are_in_a_new_ticket_s_text() -> None:
    text = text_of(TASK, standing_of(TICKET, {}, "ja"), "owner-remediation/owner.plant@~0123456789", "ja")
    assert text.splitlines()[-1] == "キー: owner-remediation/owner.plant@~0123456789"
    assert with_block(text, text, standing_of(TICKET, {}, "ja"), REMEDIATION) is None


def test_what_has_no_ticket_yet_is_named_up_to_a_few_and_counted_beyond() -> None:
    waiting = [
        Untold("plant", f"update/{n}", f"Update {n}\n[watchkeeper:remediation]" * 40, n, MONDAY) for n in range(9)
    ]
    told = standing_of(TICKET, {}, "en", waiting)
    assert "9 more like this" in told
    assert told.splitlines()[-1] == "- and 4 more"
    assert "\n[watchkeeper" not in told
    assert len(text_of(TASK, told, "key", "en")) < 4000
    undated = standing_of(TICKET, {}, "ja", [Untold("plant", "update/x", "Update x", 3, None)])
    assert undated.splitlines()[-2:] == [
        "このほかに、期限が近いか過ぎていて、まだチケットのない項目が 1 件あります。チケットは順次作成されます。",
        "- Update x: 残り 3 台",
    ]


def test_nobody_is_asked_whether_what_nobody_owns_is_theirs() -> None:
    ways = {NOT_MINE: "https://example.com/not-mine"}
    nobody = replace(TICKET, owner="unowned", owner_name="")
    assert "https" in standing_of(TICKET, ways, "en")
    assert "https" not in standing_of(nobody, ways, "en")
    assert "Nobody owns these devices" in standing_of(nobody, ways, "en")
    assert "Nobody owns" not in standing_of(replace(nobody, fate=Fate.FIXED), ways, "en")


@pytest.mark.parametrize(
    ("priority", "said"),
    [("High", "優先度: 高。"), ("medium", "優先度: 中。"), ("low", "優先度: 低。"), ("P1", "優先度: P1。")],
)
def test_the_requester_s_priority_is_told_in_the_reader_s_language_where_it_is_a_usual_one(
    priority: str, said: str
) -> None:
    assert said in standing_of(replace(TICKET, priority=priority), {}, "ja").splitlines()


def test_who_looks_after_what_nobody_owns_is_asked_for_an_owner_unless_a_pack_has_its_own_words() -> None:
    nobody, catalog = replace(TICKET, owner="unowned", owner_name=""), with_duty(CATALOG)
    told = text_of(task_of(catalog, nobody), "", "key", "en")
    assert ("Find out who owns these devices" in told, "pass the ticket on" in told) == (True, False)
    assert "pass the ticket on" in text_of(task_of(catalog, TICKET), "", "key", "en")
    own = replace(TASK, checklist=({"en": "Call the desk.", "ja": "電話する。"},))
    assert task_of(replace(CATALOG, tasks={OWNER_DUTY: own}), nobody) == own


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Contact of the owner: a@b.c."), ("ja", "担当の連絡先: a@b.c。")]
)
def test_who_may_be_asked_is_told_where_it_is_known(language: str, said: str) -> None:
    assert said in standing_of(replace(TICKET, contact="a@b.c"), {}, language).splitlines()
    assert said[:6] not in standing_of(TICKET, {}, language)

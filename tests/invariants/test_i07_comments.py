"""I7: each human comment once per side, in order, up to the target's limit; ours never come back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.emulators.world import Exchange


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    """One escalation from Sentinel (incident 1), mirrored as INC0010001; no duties."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.escalate(deployment)
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    return deployment


def note(deployment: Deployment, text: str, number: str = "INC0010001", who: str = "keiko.tanaka") -> None:
    story.in_servicenow(deployment, who, "note", number, text=text)


def comment(deployment: Deployment, text: str, who: str = "liam.byrne") -> None:
    story.in_sentinel(deployment, who, "comment", 1, text=text)


def on_the_ticket(deployment: Deployment) -> list[str]:
    """The mirrored texts on the ticket, without their first line and their marker."""
    return [_body(text) for who, text in story.notes(story.ticket(deployment, "INC0010001")) if who == story.OURS]


def on_the_incident(deployment: Deployment) -> list[str]:
    texts = story.own_comments(story.incident(deployment, 1))
    return [_body(text.replace("<br>", "\n")) for text in texts if "watchkeeper:v1:" in text]


def _body(text: str) -> str:
    return "\n".join(text.split("\n")[1:-1])


def test_a_work_note_becomes_a_comment_attributed_to_its_author(deployment: Deployment) -> None:
    note(deployment, "Owner called, laptop isolated")
    deployment.sync()
    [text] = story.comments(story.incident(deployment, 1))
    assert text.startswith("keiko.tanaka · ServiceNow · 2026-11-16 ")
    assert "Owner called, laptop isolated" in text


def test_a_comment_becomes_a_work_note_and_never_a_customer_visible_comment(deployment: Deployment) -> None:
    comment(deployment, "Seen in the sandbox")
    deployment.sync()
    row = story.ticket(deployment, "INC0010001")
    assert [entry["element"] for entry in row["journal"]] == ["work_notes"]
    assert on_the_ticket(deployment) == ["Seen in the sandbox"]
    assert story.notes(row)[0][1].startswith("Liam Byrne · Microsoft Sentinel · ")


def test_what_a_customer_may_read_stays_where_it_is(deployment: Deployment) -> None:
    story.in_servicenow(deployment, "keiko.tanaka", "comment", "INC0010001", text="Dear customer")
    story.settle(deployment, runs=2)
    assert not story.comments(story.incident(deployment, 1))


def test_a_conversation_crosses_once_and_in_order(deployment: Deployment) -> None:
    for turn in range(3):
        note(deployment, f"note {turn}")
        story.later(deployment, 1)
        comment(deployment, f"comment {turn}")
        story.later(deployment, 1)
    story.settle(deployment, runs=3)
    assert on_the_incident(deployment) == ["note 0", "note 1", "note 2"]
    assert on_the_ticket(deployment) == ["comment 0", "comment 1", "comment 2"]
    assert not story.idle_writes(deployment)


def test_a_comment_costs_one_write(deployment: Deployment) -> None:
    comment(deployment, "one")
    story.later(deployment)
    watch = Watch.of(deployment.world)
    deployment.sync()
    assert [(system, method) for system, method, _ in watch.writes()] == [("servicenow", "PATCH")]


def test_comments_come_before_the_close_that_follows_them(deployment: Deployment) -> None:
    comment(deployment, "the last word")
    story.in_sentinel(
        deployment,
        "liam.byrne",
        "close",
        1,
        fields={"classification": "TruePositive", "classificationReason": "SuspiciousActivity"},
    )
    report = deployment.sync()
    assert [row.action.operation for row in report.results] == ["comment", "close"]
    assert report.exit_code == 0
    assert story.state(story.ticket(deployment, "INC0010001")) == "closed"
    assert on_the_ticket(deployment) == ["the last word"]


def test_a_lost_memory_repeats_nothing(deployment: Deployment) -> None:
    note(deployment, "before")
    comment(deployment, "before too")
    story.settle(deployment, runs=2)
    deployment.lose_the_database()
    comment(deployment, "after")
    story.settle(deployment, runs=2)
    assert on_the_incident(deployment) == ["before"]
    assert on_the_ticket(deployment) == ["before too", "after"]


def test_somebody_who_quotes_our_marker_is_mirrored_like_everybody_else(deployment: Deployment) -> None:
    note(deployment, "first")
    deployment.sync()
    identity = next(entry["sys_id"] for entry in story.ticket(deployment, "INC0010001")["journal"])
    comment(deployment, f"forged\n[watchkeeper:v1:servicenow:{identity}]")
    note(deployment, "second")
    deployment.lose_the_database()
    story.settle(deployment, runs=2)
    assert on_the_incident(deployment) == ["first", "second"]
    assert len(on_the_ticket(deployment)) == 1


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", *story.also_slowly("timeout_before", "timeout_after")])
@pytest.mark.parametrize("side", ["servicenow", "sentinel"])
def test_a_lost_answer_neither_loses_nor_doubles_a_comment(deployment: Deployment, side: str, kind: Any) -> None:
    for turn in range(2):
        (comment if side == "servicenow" else note)(deployment, f"text {turn}")
        story.later(deployment, 1)
    story.fault(deployment, kind, *(("servicenow", "PATCH") if side == "servicenow" else ("arm", "PUT")))
    deployment.sync()
    story.settle(deployment, runs=2)
    held = on_the_ticket(deployment) if side == "servicenow" else on_the_incident(deployment)
    assert held == ["text 0", "text 1"]


def test_a_note_written_while_we_write_on_the_same_ticket_is_carried_over_by_the_next_run(
    deployment: Deployment,
) -> None:
    story.in_sentinel(deployment, "liam.byrne", "edit", 1, fields={"status": "Active"})
    written: list[bool] = []

    def listener(exchange: Exchange) -> None:
        if exchange.phase == "before" and exchange.request.method == "PATCH" and not written:
            written.append(True)
            note(deployment, "at the same moment")

    stop = deployment.world.listen(listener)
    deployment.sync()
    stop()
    assert written
    story.settle(deployment, runs=1)
    assert on_the_incident(deployment) == ["at the same moment"]


def test_a_comment_written_while_we_write_on_the_same_incident_is_carried_over(deployment: Deployment) -> None:
    story.in_servicenow(deployment, "keiko.tanaka", "edit", "INC0010001", fields={"state": "2"})
    written: list[bool] = []

    def listener(exchange: Exchange) -> None:
        if exchange.phase == "before" and exchange.system == "arm" and story.is_write(exchange) and not written:
            written.append(True)
            comment(deployment, "at the same moment")

    stop = deployment.world.listen(listener)
    deployment.sync()
    stop()
    assert written
    story.settle(deployment, runs=1)
    assert on_the_ticket(deployment) == ["at the same moment"]
    assert story.status(story.incident(deployment, 1)) == "active"


def test_near_the_limit_one_pointer_is_written_and_later_notes_stay_where_they_are(deployment: Deployment) -> None:
    for turn in range(93):
        comment(deployment, f"talk {turn}")
    story.settle(deployment, runs=2)
    for turn in range(4):
        note(deployment, f"note {turn}")
        story.later(deployment, 1)
    story.settle(deployment, runs=2)
    note(deployment, "note 4")
    story.settle(deployment, runs=2)
    texts = story.comments(story.incident(deployment, 1))
    assert on_the_incident(deployment) == ["note 0", "note 1"]
    assert len([text for text in texts if "the conversation goes on in ServiceNow" in text]) == 1
    assert len(texts) == 96
    assert not story.idle_writes(deployment)


def test_a_text_longer_than_the_target_holds_is_cut(deployment: Deployment) -> None:
    comment(deployment, "long " + "語" * 5000)
    note(deployment, "x" * 31_000)
    story.settle(deployment, runs=2)
    [kept] = story.comments(story.incident(deployment, 1))[1:]
    assert len(kept) <= 30_000
    assert " …" in kept


def test_comments_of_one_record_that_cannot_be_read_delay_no_other(deployment: Deployment) -> None:
    other = story.escalate(deployment, title="Another")
    story.settle(deployment, runs=1)
    name = story.incident(deployment, 1)["name"]
    comment(deployment, "unreadable for now")
    story.in_sentinel(deployment, "liam.byrne", "comment", other, text="readable")
    story.fault(deployment, "status", "arm", "GET", regex=f"{name}/comments", status=403, times=None)
    report = deployment.sync()
    assert any(row.field == "comments" and "403" in row.reason for row in report.parked)
    assert [text for _, text in story.notes(story.mirror_of(deployment, other)) if "readable" in text]
    story.heal(deployment)
    story.settle(deployment, runs=1)
    assert on_the_ticket(deployment) == ["unreadable for now"]


def test_what_was_said_before_another_integrations_pair_came_to_us_is_not_repeated(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    number = story.escalate(deployment)
    opened = story.escalated_ticket(deployment, correlation_id=story.incident(deployment, number)["name"])
    note(deployment, "mirrored by the vendor", opened)
    story.in_sentinel(deployment, "automation", "comment", number, text="mirrored by the vendor")
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    note(deployment, "new", opened)
    story.settle(deployment, runs=2)
    assert len(story.comments(story.incident(deployment, number))) == 2
    assert len(story.notes(story.ticket(deployment, opened))) == 2


def test_comments_that_a_side_hides_for_a_while_are_carried_once_they_show_again(deployment: Deployment) -> None:
    comment(deployment, "Seen in the sandbox")
    story.fault(deployment, "status", "arm", "GET", regex="/comments$", status=404)
    report = deployment.sync()
    assert [row.field for row in report.parked] == ["comments"]
    assert on_the_ticket(deployment) == []
    story.settle(deployment, runs=1)
    assert on_the_ticket(deployment) == ["Seen in the sandbox"]


def test_an_answer_that_leaves_comments_out_is_not_taken_for_all_of_them(deployment: Deployment) -> None:
    comment(deployment, "Seen in the sandbox")
    story.fault(deployment, "truncate", "arm", "GET", regex="/comments$", shape="empty_list")
    report = deployment.sync()
    assert [(row.field, row.reason) for row in report.parked] == [
        ("comments", "its comments could not be read: sentinel counts 1 and shows 0")
    ]
    story.settle(deployment, runs=1)
    assert on_the_ticket(deployment) == ["Seen in the sandbox"]


def test_a_count_that_stays_higher_than_what_is_shown_is_believed_in_the_second_run(deployment: Deployment) -> None:
    comment(deployment, "Seen in the sandbox")
    story.fault(deployment, "truncate", "arm", "GET", regex="/comments$", shape="empty_list", times=None)
    assert deployment.sync().parked
    story.later(deployment)
    assert not deployment.sync().parked
    story.later(deployment)
    watch = Watch.of(deployment.world)
    deployment.sync()
    assert [entry.path for entry in watch.entries() if entry.path.endswith("/comments")] == []


@pytest.mark.parametrize("runs", [1, 3])
def test_ours_do_not_come_back_when_the_instance_no_longer_says_who_we_are(deployment: Deployment, runs: int) -> None:
    deployment.world.clock.advance(timedelta(days=1))
    comment(deployment, "Seen in the sandbox")
    story.fault(deployment, "status", "servicenow", "GET", regex="/sys_user$", status=403, times=None)
    for _ in range(runs):
        deployment.sync()
        story.later(deployment)
    note(deployment, "Contained")
    story.settle(deployment, runs=2)
    assert on_the_ticket(deployment) == ["Seen in the sandbox"]
    assert on_the_incident(deployment) == ["Contained"]


def test_ours_do_not_come_back_where_the_instance_never_said_who_we_are(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.fault(deployment, "status", "servicenow", "GET", regex="/sys_user$", status=403, times=None)
    story.escalate(deployment)
    story.import_all(deployment)
    comment(deployment, "Seen in the sandbox")
    story.settle(deployment, runs=2)
    note(deployment, "Contained")
    story.settle(deployment, runs=2)
    assert on_the_ticket(deployment) == ["Seen in the sandbox"]
    assert on_the_incident(deployment) == ["Contained"]


@pytest.mark.parametrize("turns", [1, 2])
def test_an_unanswered_note_is_found_again_where_the_instance_never_said_who_we_are(tmp_path: Path, turns: int) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.fault(deployment, "status", "servicenow", "GET", regex="/sys_user$", status=403, times=None)
    story.escalate(deployment)
    story.import_all(deployment)
    comment(deployment, "Seen in the sandbox")
    story.fault(deployment, "empty_after", "servicenow", "PATCH", times=turns)
    deployment.sync()
    story.settle(deployment, runs=2)
    assert on_the_ticket(deployment) == ["Seen in the sandbox"]
    assert on_the_incident(deployment) == []


def test_what_is_said_while_the_ticket_is_away_is_carried_once_it_is_back(deployment: Deployment) -> None:
    row = {"table": "incident", "operation": "read", "deny": [story.OURS], "condition": "number=INC0010001"}
    story.seed_servicenow(deployment, acl=[row])
    for turn in range(3):
        comment(deployment, f"turn {turn}")
        deployment.sync(full=True)
        assert not story.idle_writes(deployment)
    story.seed_servicenow(deployment, acl=[])
    deployment.sync(full=True)
    assert on_the_ticket(deployment) == ["turn 0", "turn 1", "turn 2"]
    assert not story.idle_writes(deployment)


def test_what_is_said_while_the_incident_is_away_is_carried_once_it_is_back(deployment: Deployment) -> None:
    story.later(deployment, 120)
    story.escalate(deployment, title="Another")
    story.settle(deployment, runs=1)  # its feed shows the first one no more
    name = story.incident(deployment, 1)["name"]
    note(deployment, "said to nobody")
    story.fault(deployment, "status", "arm", "GET", regex=f"{name}$", status=404, times=None)
    for _ in range(2):
        story.later(deployment)
        deployment.sync()
    story.heal(deployment)
    story.later(deployment)
    deployment.sync(full=True)
    assert on_the_incident(deployment) == ["said to nobody"]
    assert not story.idle_writes(deployment)


def test_a_note_whose_id_nobody_told_does_not_come_back_where_the_instance_never_said_who_we_are(
    tmp_path: Path,
) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.fault(deployment, "status", "servicenow", "GET", regex="/sys_user$", status=403, times=None)
    story.escalate(deployment)
    story.import_all(deployment)
    comment(deployment, "Seen in the sandbox")
    story.fault(deployment, "status", "servicenow", "GET", regex="/sys_journal_field$", status=403)
    deployment.sync()
    note(deployment, "Contained")
    story.settle(deployment, runs=2)
    assert on_the_ticket(deployment) == ["Seen in the sandbox"]
    assert on_the_incident(deployment) == ["Contained"]
    [copied] = [text for _, text in story.notes(story.ticket(deployment, "INC0010001")) if "sandbox" in text]
    note(deployment, copied)
    story.settle(deployment, runs=2)
    assert len(on_the_incident(deployment)) == 2


def test_a_note_is_told_by_its_text_while_the_instance_cannot_be_asked_who_we_are(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.fault(deployment, "status", "servicenow", "GET", regex="/sys_user$", status=403)
    story.escalate(deployment)
    story.import_all(deployment)
    comment(deployment, "Seen in the sandbox")
    story.fault(deployment, "status", "servicenow", "GET", regex="/sys_user$", status=503, times=None)
    deployment.sync()
    [written] = story.ticket(deployment, "INC0010001")["journal"]
    with deployment.store() as store:
        [entry] = store.ledger(store.links())
    assert entry.mirror_id == written["sys_id"]

"""Comments that a side shows record by record: read where nothing else decides, and not without end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tests.heard import Heard
from tests.unit.escalation.soc import FRESH, STALE, UNKNOWN, VERY_STALE, Soc, tokyo
from tests.unit.escalation.world import (
    A_GOOD_NOTE,
    INCIDENT,
    KEIKO,
    KEIKO_UPN,
    OUR_APP,
    a_change,
    a_comment,
    a_ticket,
    an_incident,
)

from watchkeeper.clock import FixedClock
from watchkeeper.errors import Unavailable
from watchkeeper.escalation import authors_report, concluded
from watchkeeper.escalation.single_comments import MOST_READ
from watchkeeper.model.activity import Actor, Comment
from watchkeeper.model.progress import Phase
from watchkeeper.model.record import SENTINEL, RecordRef

MORNING = tokyo("2026-11-18 09:00")
PAIR = ("INC0010001", "escalation")


def wrote(soc: Soc, author: Actor = KEIKO_UPN, when: datetime = MORNING, ref: RecordRef = INCIDENT) -> None:
    soc.sentinel.apart.setdefault(ref, []).append(Comment(ref, f"{ref.id}/{when}", author, when, A_GOOD_NOTE))


def judged_until_today(soc: Soc) -> None:
    """Every past day was judged for good."""
    now, soc.now = soc.now, tokyo("2026-11-18 00:30")
    soc.audit(run_id="earlier")
    soc.now = now
    soc.sentinel.asked.clear()


def test_a_comment_that_nothing_else_makes_up_for_is_read_and_counts(soc: Soc) -> None:
    soc.hold(an_incident())
    wrote(soc)
    report = soc.audit()
    assert [verdict.kind for verdict in report.verdicts] == [FRESH]
    assert {side.side: side.comments_read for side in report.sides}[SENTINEL] == 1


def test_whoever_waits_for_them_is_told_how_many_are_read(soc: Soc) -> None:
    soc.hold(an_incident())
    wrote(soc)
    heard = Heard()
    soc.audit(progress=heard)
    assert heard.phases == [
        (Phase.LISTING, None, 1),
        (Phase.HISTORY, 1, 1),
        (Phase.COMMENTS, 1, 1),
        (Phase.JUDGING, 1, 1),
    ]


def test_where_the_history_has_decided_no_comment_is_read(soc: Soc) -> None:
    soc.hold(a_ticket(), an_incident(labels=PAIR))
    wrote(soc)
    judged_until_today(soc)
    soc.happen(a_comment(KEIKO, MORNING))
    report = soc.audit()
    assert [verdict.kind for verdict in report.verdicts] == [FRESH]
    assert "comments" not in soc.sentinel.asked
    assert all(side.comments_read == side.comments_left == 0 for side in report.sides)


def test_a_past_day_that_is_not_decided_yet_asks_for_them_too(soc: Soc) -> None:
    soc.hold(a_ticket(), an_incident(labels=PAIR))
    wrote(soc, when=tokyo("2026-11-17 09:00"))
    soc.happen(a_comment(KEIKO, MORNING))
    soc.audit()
    final = {each.day.day: each.kind for each in soc.store.verdicts("2026-11-17", "2026-11-17")}
    assert final == {17: FRESH}


def test_an_incident_without_comments_is_not_asked_about(soc: Soc) -> None:
    soc.hold(an_incident())
    soc.audit()
    assert "comments" not in soc.sentinel.asked


def test_our_own_comment_counts_for_nobody(soc: Soc) -> None:
    soc.hold(an_incident())
    wrote(soc, OUR_APP)
    assert soc.verdict().kind is VERY_STALE


def test_who_is_first_heard_of_in_such_a_comment_is_classed_like_everybody_else(soc: Soc) -> None:
    soc.hold(an_incident())
    wrote(soc, Actor(SENTINEL, "consultant@partner.example", "Con Sultant"))
    report = soc.audit()
    assert [verdict.kind for verdict in report.verdicts] == [UNKNOWN]
    assert [each.actor.id for each in report.unclassified] == ["consultant@partner.example"]


def test_the_list_of_authors_has_them(soc: Soc) -> None:
    soc.hold(an_incident())
    wrote(soc)
    counts = authors_report(
        connectors=soc.connectors,
        store=soc.store,
        catalog=soc.catalog,
        profiles=[soc.profile],
        clock=FixedClock(soc.now),
    )
    assert [each.actor.id for each in counts] == [KEIKO_UPN.id]


def test_no_more_than_so_many_are_read_and_the_latest_changed_come_first(soc: Soc) -> None:
    refs = [RecordRef(SENTINEL, "incidents", f"0b5d0f4e-0000-4000-8000-{n:012x}") for n in range(MOST_READ + 2)]
    for number, ref in enumerate(refs):
        moved = MORNING + timedelta(seconds=number)
        soc.hold(replace(an_incident(ref, str(number)), updated_at=moved))
        wrote(soc, ref=ref)
    report = soc.audit()
    assert [(side.comments_read, side.comments_left) for side in report.sides if side.side == SENTINEL] == [
        (MOST_READ, 2)
    ]
    left = {verdict.refs[0]: verdict for verdict in report.verdicts if verdict.kind is not FRESH}
    assert set(left) == set(refs[:2])
    for verdict in left.values():
        assert verdict.kind is UNKNOWN
        assert "its comments were not read" in dict(verdict.unread)[SENTINEL]
    assert concluded(report, ["unknown"]).exit_code == 6


def test_comments_that_cannot_be_read_hide_nothing_and_are_told(soc: Soc) -> None:
    soc.hold(a_ticket(), an_incident(labels=PAIR))
    soc.happen(a_comment(KEIKO, tokyo("2026-11-17 09:00")))
    wrote(soc)
    soc.sentinel.fails["comments"] = Unavailable("no answer")
    report = soc.audit()
    [verdict] = report.verdicts
    assert (verdict.kind, verdict.flags) == (STALE, ("side-cannot-tell",))
    assert verdict.unread == ((SENTINEL, "no answer"),)
    assert concluded(report, []).exit_code == 75


def test_a_change_that_the_history_tells_makes_reading_needless(soc: Soc) -> None:
    soc.hold(an_incident())
    wrote(soc)
    judged_until_today(soc)
    soc.happen(a_change(KEIKO_UPN, MORNING, "status", "New", "Active"))
    assert soc.verdict().kind is FRESH
    assert "comments" not in soc.sentinel.asked

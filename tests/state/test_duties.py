"""What became of duties, as reports ask for it, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.state.examples import MONDAY, a_decision, a_link, a_result, an_action, an_occurrence

from watchkeeper.errors import StateUnusable
from watchkeeper.evidence.kept import gathering_of
from watchkeeper.model.gathering import Found, Gathering, Piece
from watchkeeper.model.link import LinkState
from watchkeeper.model.occurrence import Decided, Decision
from watchkeeper.model.plan import Intent, Operation
from watchkeeper.model.run import Outcome
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.state import SqlStateStore

DAY = date(2026, 11, 23)
SOON, LATER = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)


def decided(period: str, due: datetime) -> Decided:
    return replace(a_decision(period=period), occurrence=replace(an_occurrence(period), due=due))


def close(store: SqlStateStore, key: str, at: datetime, outcome: Outcome = Outcome.DONE) -> None:
    intent = Intent(an_action(key, operation=Operation.CLOSE), f"run-{at:%H}", at)
    store.intend(intent, at)
    store.settle(intent, a_result(intent, outcome), at, links=[a_link(key)])


class TestDuties:
    def test_those_that_fall_due_come_in_order_and_no_others(self, store: SqlStateStore) -> None:
        days = {f"2026-11-{day}": datetime(2026, 11, day, 8, tzinfo=UTC) for day in (25, 23, 24, 26)}
        store.put_decisions([decided(period, due) for period, due in days.items()])
        found = store.duties_due(days["2026-11-23"], days["2026-11-26"])
        assert [each.decided.occurrence.period for each in found] == ["2026-11-23", "2026-11-24", "2026-11-25"]

    def test_each_has_its_tickets_servicenow_s_first(self, store: SqlStateStore) -> None:
        store.put_decisions([a_decision()])
        mirrored = a_link(number=2, side="sentinel")
        store.put_links([mirrored, a_link(closed=True, state=LinkState.MISSING), a_link("other@2026-11-23", 3)])
        [found] = store.duties_due(SOON, LATER)
        assert [(each.side, each.number, each.closed, each.state) for each in found.tickets] == [
            ("servicenow", "INC0000001", True, LinkState.MISSING),
            ("sentinel", "INC0000002", False, LinkState.LIVE),
        ]
        assert found.ticket is not None
        assert found.ticket.url == "https://example.service-now.com/incident/1"

    def test_one_without_a_ticket_has_none(self, store: SqlStateStore) -> None:
        store.put_decisions([a_decision(Decision.MISSED)])
        [found] = store.duties_due(SOON, LATER)
        assert (found.decided.decision, found.tickets, found.close_carried_at) == (Decision.MISSED, (), None)

    def test_the_last_close_that_was_carried_is_told_and_no_failed_one(self, store: SqlStateStore) -> None:
        store.put_decisions([a_decision()])
        key = a_decision().occurrence.key
        close(store, key, MONDAY)
        close(store, key, MONDAY + timedelta(hours=5))
        close(store, key, MONDAY + timedelta(hours=9), Outcome.FAILED)
        [found] = store.duties_due(SOON, LATER)
        assert (found.close_carried_at, found.close_reason) == (MONDAY + timedelta(hours=5), "the incident was closed")

    def test_a_ticket_is_told_as_it_is_remembered_now(self, store: SqlStateStore) -> None:
        store.put_decisions([a_decision()])
        for at in (MONDAY, MONDAY + timedelta(days=1)):
            store.put_links([a_link(closed=True, confirmed_at=at)])
            [found] = store.duties_due(SOON, LATER)
            assert found.closed_at == at

    def test_a_damaged_decision_is_not_told(self, store: SqlStateStore) -> None:
        store.put_decisions([a_decision()])
        with store.database.write() as connection:
            connection.execute(text("UPDATE occurrence SET decision = 'skipped'"))
        with pytest.raises(StateUnusable):
            store.duties_due(SOON, LATER)


class TestGatherings:
    def kept(self, task: str, day: date, *pieces: Piece) -> Snapshot[Gathering]:
        found = Gathering(task, MONDAY, pieces, {"en": "Tell.", "ja": "伝える"})
        return Snapshot(gathering_of(task), day, MONDAY, found)

    def test_they_come_by_day_and_only_those_asked_for(self, store: SqlStateStore) -> None:
        piece = Piece("graph/secure-scores", Found.MISSING, None, "403 Forbidden")
        store.keep_snapshots(
            [
                self.kept("secure-score", DAY, piece),
                self.kept("secure-score", DAY - timedelta(days=1)),
                self.kept("portal-licences", DAY, piece, piece),
                self.kept("tabletop-exercise", DAY, piece),
                self.kept("secure-score", DAY - timedelta(days=2)),
            ]
        )
        found = store.gatherings(["secure-score", "portal-licences"], DAY - timedelta(days=1), DAY)
        assert [(each.task, each.pieces) for each in found] == [
            ("secure-score", ()),
            ("portal-licences", (piece, piece)),
            ("secure-score", (piece,)),
        ]

    def test_a_document_that_is_none_is_refused(self, store: SqlStateStore) -> None:
        store.keep_snapshots([self.kept("secure-score", DAY)])
        with store.database.write() as connection:
            connection.execute(text("UPDATE snapshot SET document = '{}'"))
        with pytest.raises(StateUnusable):
            store.gatherings(["secure-score"], DAY, DAY)

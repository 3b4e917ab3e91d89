from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.unit.sync.make import KEY, NOW, REFS, agreed, case, found, in_sentinel, in_servicenow, link, never, record

from watchkeeper.model.link import LinkState
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import SENTINEL, SERVICENOW, Revision
from watchkeeper.sync.case import Case, SideView, Sighting
from watchkeeper.sync.memory import UNPROCESSED, PairMemory
from watchkeeper.sync.reconcile import reconcile

TICKET, INCIDENT = agreed()
LATER = NOW + timedelta(minutes=15)


def remembered(each: Case) -> tuple[PairMemory, tuple[Action, ...]]:
    outcome = reconcile(each)
    bases = outcome.settled.bases if outcome.settled else {}
    return PairMemory.of(each, bases, LATER, "; ".join(row.reason for row in outcome.parked)), outcome.actions


def edited(**ticket: object) -> Case:
    """The ticket became active; the incident has not heard of it."""
    return case(found(SERVICENOW, {**in_servicenow("active"), **ticket}, TICKET), found(SENTINEL, INCIDENT, INCIDENT))


class TestBeforeTheWrite:
    def test_what_may_be_stored_meanwhile_still_shows_the_record_as_unprocessed(self) -> None:
        memory, _ = remembered(edited())
        stored = {each.ref.side: each for each in memory.storable(last=False)}
        assert stored[SERVICENOW].fingerprint == "f"
        assert stored[SERVICENOW].revision.token == "2"
        assert stored[SERVICENOW].base["state"] == "1"

    def test_fields_that_agree_are_agreed_on_already(self) -> None:
        memory, _ = remembered(
            case(found(SERVICENOW, in_servicenow("active"), TICKET), found(SENTINEL, in_sentinel("active"), INCIDENT))
        )
        assert memory.working[SERVICENOW].base["state"] == "2"
        assert memory.working[SENTINEL].base["status"] == "Active"

    def test_why_a_field_is_left_alone_is_remembered(self) -> None:
        memory, _ = remembered(edited(state="4"))
        assert "is not mapped" in memory.final[SERVICENOW].reason

    def test_a_record_that_is_out_of_sight_keeps_its_link(self) -> None:
        gone = link(SENTINEL, INCIDENT, state=LinkState.GONE)
        memory, _ = remembered(case(found(SERVICENOW, TICKET, TICKET), SideView(Sighting.GONE, link=gone)))
        assert memory.final[SENTINEL] is gone

    def test_nothing_that_was_never_there_is_remembered(self) -> None:
        memory, _ = remembered(case(never(SERVICENOW, draft=in_servicenow()), never(SENTINEL, draft=in_sentinel())))
        assert not memory.storable(last=True)


class TestAfterTheWrite:
    def test_the_answer_becomes_the_base_of_what_was_written_and_the_other_side_agrees(self) -> None:
        memory, [action] = remembered(edited())
        memory.wrote(action, record(SENTINEL, in_sentinel("active"), revision=4), LATER)
        links = {each.ref.side: each for each in memory.storable(last=True)}
        assert links[SENTINEL].base["status"] == "Active"
        assert links[SENTINEL].asked["status"] == "Active"
        assert links[SENTINEL].revision.token == "4"
        assert links[SERVICENOW].base["state"] == "2"
        assert links[SERVICENOW].revision.token == "3"
        assert UNPROCESSED not in {each.fingerprint for each in links.values()}

    def test_a_field_that_the_side_did_not_take_is_remembered_as_it_is_there(self) -> None:
        memory, [action] = remembered(edited())
        memory.wrote(action, record(SENTINEL, in_sentinel("new"), revision=4), LATER)
        assert memory.final[SENTINEL].base["status"] == "New"
        assert memory.final[SENTINEL].asked["status"] == "Active"

    def test_before_the_chain_is_done_the_written_record_stays_unprocessed(self) -> None:
        memory, [action] = remembered(edited())
        memory.wrote(action, record(SENTINEL, in_sentinel("active"), revision=4), LATER)
        stored = {each.ref.side: each for each in memory.storable(last=False)}
        assert stored[SENTINEL].fingerprint == "f"
        assert stored[SENTINEL].base["status"] == "Active"

    def test_a_created_record_is_stored_at_once(self) -> None:
        memory, actions = remembered(
            case(never(SERVICENOW, draft=in_servicenow()), never(SENTINEL, draft=in_sentinel()))
        )
        memory.wrote(actions[0], record(SERVICENOW, in_servicenow(), revision=0), LATER)
        [stored] = memory.storable(last=False)
        assert (stored.ref, stored.number, stored.base["state"]) == (REFS[SERVICENOW], "INC0010001", "1")
        memory.wrote(actions[1], record(SENTINEL, in_sentinel()), LATER)
        assert {each.ref.side for each in memory.storable(last=True)} == {SERVICENOW, SENTINEL}

    def test_a_create_agrees_on_what_it_was_decided_on_and_not_on_what_was_edited_since(self) -> None:
        decided = case(found(SERVICENOW, TICKET, TICKET), never(SENTINEL, draft=in_sentinel()))
        [action] = reconcile(decided).actions
        now = case(
            found(SERVICENOW, in_servicenow("new", "high"), TICKET), never(SENTINEL, draft=in_sentinel("new", "high"))
        )
        memory, _ = remembered(now)
        memory.wrote(action, record(SENTINEL, in_sentinel()), LATER)
        assert memory.final[SERVICENOW].base["impact"] == TICKET["impact"]

    def test_a_record_that_was_found_elsewhere_is_linked_where_it_is(self) -> None:
        moved = replace(REFS[SERVICENOW], id="c" * 32)
        memory, actions = remembered(case(never(SERVICENOW, draft=in_servicenow()), found(SENTINEL, INCIDENT)))
        memory.wrote(actions[0], record(SERVICENOW, in_servicenow(), ref=moved), LATER)
        assert memory.final[SERVICENOW].ref == moved


class TestSomebodyElseWroteToo:
    def written(self, revision: int) -> PairMemory:
        """Our update of the ticket, which was at revision 3 when we looked."""
        each = case(found(SERVICENOW, TICKET, TICKET), found(SENTINEL, in_sentinel("active"), INCIDENT))
        memory, [action] = remembered(each)
        memory.wrote(action, record(SERVICENOW, in_servicenow("active"), revision=revision), LATER)
        return memory

    def test_a_revision_that_moved_by_our_write_alone_is_processed(self) -> None:
        assert self.written(4).final[SERVICENOW].revision.token == "4"

    def test_a_revision_that_moved_by_more_is_looked_at_again(self) -> None:
        kept = self.written(5).final[SERVICENOW]
        assert kept.fingerprint == UNPROCESSED
        assert kept.revision.token == "3"
        assert kept.base["state"] == "2"

    def test_our_own_comments_are_no_reason_to_look_again(self) -> None:
        each = case(found(SERVICENOW, TICKET, TICKET), found(SENTINEL, in_sentinel("active"), INCIDENT))
        memory, [action] = remembered(each)
        memory.commented(SERVICENOW)
        memory.wrote(action, record(SERVICENOW, in_servicenow("active"), revision=5), LATER)
        assert memory.final[SERVICENOW].fingerprint != UNPROCESSED

    def test_comments_that_came_in_between_count_as_unread(self) -> None:
        incident = found(SENTINEL, INCIDENT, INCIDENT)
        seen = replace(
            incident, record=record(SENTINEL, INCIDENT, comments=2), link=link(SENTINEL, INCIDENT, comments=2)
        )
        memory, [action] = remembered(case(found(SERVICENOW, in_servicenow("active"), TICKET), seen))
        memory.commented(SENTINEL)
        memory.wrote(action, record(SENTINEL, in_sentinel("active"), revision=4, comments=4), LATER)
        assert memory.final[SENTINEL].comments == 3


class TestUnreadComments:
    def test_a_pair_whose_comments_could_not_be_read_keeps_saying_so(self) -> None:
        incident = found(SENTINEL, INCIDENT, INCIDENT)
        seen = replace(
            incident, record=record(SENTINEL, INCIDENT, comments=2), link=link(SENTINEL, INCIDENT, comments=1)
        )
        memory, [action] = remembered(case(found(SERVICENOW, in_servicenow("active"), TICKET), seen))
        memory.leave_comments_unread()
        memory.wrote(action, record(SENTINEL, in_sentinel("active"), revision=4, comments=2), LATER)
        assert memory.final[SENTINEL].comments == 1
        assert memory.final[SERVICENOW].revision == Revision("2")
        assert memory.final[SENTINEL].base["status"] == "Active"


def test_a_comment_raises_the_count_and_nothing_else() -> None:
    incident = replace(found(SENTINEL, INCIDENT, INCIDENT), record=record(SENTINEL, INCIDENT, comments=2))
    each = case(found(SERVICENOW, TICKET, TICKET), incident)
    memory, _ = remembered(each)
    memory.commented(SENTINEL)
    memory.commented(SERVICENOW)
    assert memory.final[SENTINEL].comments == 3
    assert memory.final[SERVICENOW].comments is None
    assert memory.final[SENTINEL].key == KEY


def test_a_close_is_an_update_as_far_as_memory_goes() -> None:
    each = case(
        found(SERVICENOW, in_servicenow("resolved", close_code="Solution provided"), TICKET),
        found(SENTINEL, INCIDENT, INCIDENT),
    )
    memory, [action] = remembered(each)
    assert action.operation is Operation.CLOSE
    memory.wrote(action, record(SENTINEL, in_sentinel("closed"), revision=4), LATER)
    assert memory.final[SENTINEL].base["status"] == "Closed"
    assert memory.final[SERVICENOW].base["state"] == "6"

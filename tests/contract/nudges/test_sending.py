"""What becomes of messages from run to run: copies that say what is so by then, channels that are down, runs that have to end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.contract.nudges.mortal import Fate, Killed, MortalChannel
from tests.contract.nudges.servers import Authority, Door, MailBox, mail_server
from tests.state.examples import SetClock
from tests.unit.nudges.examples import KEIKO, WEDNESDAY, a_nudge, an_item

from watchkeeper.errors import Deferred
from watchkeeper.model.nudge import Nudge, NudgeOutcome, NudgePlan, NudgeState
from watchkeeper.nudges.message import Message
from watchkeeper.nudges.post import MailChannel, MailServer
from watchkeeper.nudges.sending import BEGAN, Channel, Sender, Sent, before
from watchkeeper.state import SqlStateStore

CROWD = tuple(a_nudge(recipient=f"person{number}@soc.example") for number in range(5))
Send = Callable[..., Sent]


def always() -> None:
    """Nothing stops the run."""


@pytest.fixture
def send(store: SqlStateStore, channels: Mapping[str, Channel], clock: SetClock) -> Send:
    """One run that sends these, on Wednesday or some days later."""

    def sent(*nudges: Nudge, days: int = 0, prove: Callable[[], None] = always, by: Channel | None = None) -> Sent:
        ways = {**channels, "mail": by} if by else channels
        return Sender(store, ways, clock, prove).send(NudgePlan(nudges), WEDNESDAY + timedelta(days=days))

    return sent


def states(store: SqlStateStore) -> list[NudgeState]:
    return [entry.state for entry in store.nudges_since(WEDNESDAY)]


def kinds(sent: Sent) -> list[NudgeState]:
    return [outcome.state for outcome in sent.outcomes]


class TestCopies:
    def test_a_copy_names_no_ticket_that_a_person_updated_meanwhile(self, send: Send, box: MailBox) -> None:
        box.lose = 1
        both = a_nudge(an_item(1), an_item(2))
        assert kinds(send(both)) == [NudgeState.INTENDED]
        assert kinds(send(replace(both, items=(an_item(2),)))) == [NudgeState.SENT]
        first, copy = (letter.get_content() for letter in box.letters)
        assert "INC0000001" in first
        assert ("INC0000001" in copy, "INC0000002" in copy) == (False, True)

    def test_where_the_receiver_knows_ids_a_copy_is_the_very_same_call(self, send: Send, door: Door) -> None:
        door.answers = [-1]
        both = a_nudge(an_item(1), an_item(2), channel="pager", recipient="csirt")
        send(both)
        send(replace(both, items=(an_item(2),)))
        first, copy = door.calls
        assert first.body == copy.body

    def test_when_the_second_answer_is_lost_too_it_is_said_at_once_that_nobody_knows(
        self, send: Send, box: MailBox, store: SqlStateStore
    ) -> None:
        box.lose = 2
        assert kinds(send(a_nudge())) == [NudgeState.INTENDED]
        assert kinds(send(a_nudge())) == [NudgeState.UNKNOWN]
        assert states(store) == [NudgeState.UNKNOWN]
        assert kinds(send(a_nudge())) == []
        assert len(box.letters) == 2

    def test_after_two_deaths_it_is_not_sent_a_third_time(
        self, send: Send, channels: Mapping[str, Channel], box: MailBox, store: SqlStateStore
    ) -> None:
        for _ in range(2):
            with pytest.raises(Killed):
                send(a_nudge(), by=MortalChannel(channels["mail"], Fate(at=2)))
        assert kinds(send(a_nudge())) == [NudgeState.UNKNOWN]
        assert (len(box.letters), states(store)) == (2, [NudgeState.UNKNOWN])


class TestMessagesThatNobodyWants:
    def test_on_its_day_a_message_may_be_wanted_again(self, send: Send, box: MailBox, store: SqlStateStore) -> None:
        """The ticket was not shown for an hour, or another one of the same reader's has become due."""
        box.answers.append("451 try later")
        send(a_nudge())
        send()
        assert states(store) == [NudgeState.FAILED]
        assert kinds(send(a_nudge())) == [NudgeState.SENT]
        assert len(box.letters) == 1

    @pytest.mark.parametrize(("days", "state"), [(16, NudgeState.FAILED), (17, NudgeState.OVERTAKEN)])
    def test_when_no_team_rests_for_so_long_it_is_over(
        self, days: int, state: NudgeState, send: Send, box: MailBox, store: SqlStateStore
    ) -> None:
        box.answers.append("451 try later")
        send(a_nudge())
        send(days=days)
        assert states(store) == [state]


class TestChannelsThatAreDown:
    def test_a_wrong_password_is_tried_once(self, authority: Authority, clock: SetClock, send: Send) -> None:
        with mail_server(authority.server(), sign_in=True) as box:
            server = MailServer("localhost", box.port, False, "w@soc.example", "watchkeeper", "wrong", authority.file)
            sent = send(*CROWD, by=MailChannel(server, clock))
            tried_once = box.sign_ins
            send(CROWD[0], by=MailChannel(server, clock))
        assert kinds(sent) == [NudgeState.FAILED] * len(CROWD)
        assert all("sign in" in outcome.detail or "sign-in" in outcome.detail for outcome in sent.outcomes)
        assert box.sign_ins == 2 * tried_once

    def test_a_server_that_is_not_there_is_asked_three_times(
        self, authority: Authority, clock: SetClock, send: Send, store: SqlStateStore
    ) -> None:
        with mail_server(authority.server()) as box:
            gone = MailServer("localhost", box.port, False, "w@soc.example", ca_file=authority.file)
        sent = send(*CROWD, by=MailChannel(gone, clock))
        assert kinds(sent) == [NudgeState.FAILED] * len(CROWD)
        assert len(states(store)) == 3

    def test_of_what_may_have_left_before_it_is_not_said_that_it_did_not(
        self, authority: Authority, clock: SetClock, send: Send, box: MailBox
    ) -> None:
        box.lose = 1
        send(CROWD[4])
        with mail_server(authority.server()) as other:
            gone = MailServer("localhost", other.port, False, "w@soc.example", ca_file=authority.file)
        sent = send(*CROWD, by=MailChannel(gone, clock))
        assert kinds(sent) == [NudgeState.FAILED] * 4 + [NudgeState.INTENDED]

    def test_the_others_go_on(self, authority: Authority, clock: SetClock, send: Send, door: Door) -> None:
        with mail_server(authority.server()) as box:
            gone = MailServer("localhost", box.port, False, "w@soc.example", ca_file=authority.file)
        send(*CROWD, a_nudge(channel="pager", recipient="csirt"), by=MailChannel(gone, clock))
        assert len(door.calls) == 1

    def test_what_a_server_says_of_one_recipient_concerns_no_other(self, send: Send, box: MailBox) -> None:
        box.to = {nudge.recipient: "450 mailbox full" for nudge in CROWD}
        send(*CROWD, a_nudge())
        assert [letter["To"] for letter in box.letters] == [KEIKO]


def test_a_run_whose_time_ends_while_it_looks_for_an_earlier_try_leaves_that_as_it_is(
    send: Send, channels: Mapping[str, Channel], box: MailBox, store: SqlStateStore
) -> None:
    class OutOfTime(MortalChannel):
        def is_under_way(self, message: Message, since: datetime) -> bool:
            raise Deferred("the run's time is used up")

    box.lose = 1
    send(a_nudge())
    sent = send(a_nudge(), by=OutOfTime(channels["mail"], Fate()))
    assert (sent.outcomes, isinstance(sent.stopped, Deferred)) == ((), True)
    assert states(store) == [NudgeState.INTENDED]


def test_a_store_that_remembers_the_day_alone_on_which_sending_began_is_understood(store: SqlStateStore) -> None:
    """As versions before this one wrote it."""
    store.remember({BEGAN: "2026-11-16"})
    assert before(store, WEDNESDAY, ()).began == datetime(2026, 11, 16, tzinfo=UTC)


def test_a_run_that_has_to_end_tells_what_it_has_sent(send: Send, box: MailBox, store: SqlStateStore) -> None:
    """After the message that is leaving; the others are the next run's."""

    def prove() -> None:
        if box.letters:
            raise Deferred("the run's time is used up")

    sent = send(*CROWD, prove=prove)
    [outcome] = sent.outcomes
    assert outcome == NudgeOutcome(CROWD[0], NudgeState.SENT)
    assert isinstance(sent.stopped, Deferred)
    assert states(store) == [NudgeState.SENT]
    assert kinds(send(*CROWD)) == [NudgeState.SENT] * 4
    assert len(box.letters) == len(CROWD)

"""A run that dies anywhere while it reminds people: rerun, everybody has each message once where the receiver knows ids, and at
most twice where it does not, the second one marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

import pytest
from tests.contract.nudges.mortal import Fate, Killed, MortalChannel, MortalStore
from tests.contract.nudges.servers import Door, MailBox
from tests.state.examples import SetClock
from tests.unit.nudges.examples import AOIFE, KEIKO, WEDNESDAY, a_nudge

from watchkeeper.model.nudge import NudgePlan, NudgeState
from watchkeeper.nudges.message import Message
from watchkeeper.nudges.sending import Channel, Sender
from watchkeeper.state import SqlStateStore, open_store

NUDGES = (
    a_nudge(recipient=KEIKO),
    a_nudge(recipient=AOIFE, language="ja"),
    a_nudge(channel="room", recipient="csirt"),
    a_nudge(channel="pager", recipient="csirt"),
    a_nudge(channel="pager", recipient="monitoring"),
)
PLAN = NudgePlan(NUDGES)


@dataclass
class Scene:
    store: SqlStateStore
    channels: Mapping[str, Channel]
    clock: SetClock
    runs: list[int] = field(default_factory=list)

    def run(self, at: int = 0) -> bool:
        """Whether the run lived to its end."""
        fate = Fate(at)
        channels = {name: MortalChannel(channel, fate) for name, channel in self.channels.items()}
        sender = Sender(MortalStore(self.store, fate), channels, self.clock, lambda: None)
        try:
            sender.send(PLAN, WEDNESDAY)
        except Killed:
            return False
        return True


def judge(box: MailBox, door: Door) -> None:
    """What acceptance asks of the receivers' own books."""
    for recipient in (KEIKO, AOIFE):
        letters = [letter for letter in box.letters if letter["To"] == recipient]
        assert 1 <= len(letters) <= 2
        assert len({letter["Message-ID"] for letter in letters}) == 1
        assert [letter["X-Watchkeeper-Copy"] for letter in letters][1:] == ["2"] * (len(letters) - 1)
        assert all(letter["Subject"].startswith(("[copy] ", "[再送] ")) for letter in letters[1:])
    rooms = [call for call in door.calls if call.path.startswith("/workflows")]
    assert 1 <= len(rooms) <= 2
    assert all("first copy arrived" in call.body.decode() for call in rooms[1:])
    pagers = [call for call in door.calls if call.path == "/pager"]
    bodies = {(call.headers["webhook-id"], call.body) for call in pagers}
    assert len(bodies) == 2, "one body per id, however often it comes"


@pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
def test_killed_at_any_boundary_and_run_again_nobody_is_told_twice_unknowingly(
    stride: int, store: SqlStateStore, channels: Mapping[str, Channel], clock: SetClock, box: MailBox, door: Door
) -> None:
    scene = Scene(store, channels, clock)
    struck = 0
    for at in count(2, stride):
        _begin_anew(store, box, door)
        if scene.run(at):
            break
        struck += 1
        assert scene.run()
        judge(box, door)
        seen = len(box.letters), len(door.calls)
        assert scene.run()
        assert (len(box.letters), len(door.calls)) == seen, "a third run has nothing left to do"
        assert {entry.state for entry in store.nudges_since(WEDNESDAY)} == {NudgeState.SENT}
    assert struck > 30 / stride


@pytest.mark.slow
def test_it_is_the_same_where_the_store_is_a_server(
    postgres_url: str, channels: Mapping[str, Channel], clock: SetClock, box: MailBox, door: Door
) -> None:
    with open_store(postgres_url, "soc", clock, migrate=True) as store:
        test_killed_at_any_boundary_and_run_again_nobody_is_told_twice_unknowingly(1, store, channels, clock, box, door)


@pytest.mark.slow
def test_killed_at_any_two_boundaries_running(
    store: SqlStateStore, channels: Mapping[str, Channel], clock: SetClock, box: MailBox, door: Door
) -> None:
    """Two deaths around the same message: it is never sent a third time, and where it may have left twice nobody claims it did."""
    scene = Scene(store, channels, clock)
    for first in range(1, 16, 2):
        for second in range(1, 16, 3):
            _begin_anew(store, box, door)
            assert not scene.run(first)
            assert not scene.run(second)
            assert scene.run()
            counted = Counter(letter["To"] for letter in box.letters)
            assert set(counted) <= {KEIKO, AOIFE}
            assert max(counted.values()) <= 2
            lost = {entry.recipient for entry in store.nudges_since(WEDNESDAY) if entry.state is NudgeState.UNKNOWN}
            assert {KEIKO, AOIFE} - set(counted) <= lost


def _begin_anew(store: SqlStateStore, box: MailBox, door: Door) -> None:
    box.letters.clear()
    door.calls.clear()
    with store.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM nudge")


@pytest.mark.parametrize("runs", [2, 5])
def test_a_run_after_a_whole_one_sends_nothing(
    runs: int, store: SqlStateStore, channels: Mapping[str, Channel], clock: SetClock, box: MailBox, door: Door
) -> None:
    scene = Scene(store, channels, clock)
    for _ in range(runs):
        assert scene.run()
    assert (len(box.letters), len(door.calls)) == (2, 3)


def test_two_machines_with_one_store_send_each_message_once(
    store: SqlStateStore, channels: Mapping[str, Channel], clock: SetClock, box: MailBox, door: Door
) -> None:
    """The second one begins when the first has written down its first message and not yet sent it."""
    other = Scene(store, channels, clock)

    class Meanwhile(MortalChannel):
        def deliver(self, message: Message, copy: int) -> None:
            if not other.runs:
                other.runs.append(1)
                later = NudgePlan(tuple(nudge for nudge in NUDGES if nudge.id != message.id))
                Sender(store, channels, clock, lambda: None).send(
                    NudgePlan(later.nudges, waiting=frozenset({message.id})), WEDNESDAY
                )
            self.channel.deliver(message, copy)

    meanwhile = {name: Meanwhile(channel, Fate()) for name, channel in channels.items()}
    Sender(store, meanwhile, clock, lambda: None).send(PLAN, WEDNESDAY)
    assert sorted(letter["To"] for letter in box.letters) == [AOIFE, KEIKO]
    assert len(door.calls) == 3

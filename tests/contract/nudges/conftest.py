from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from tests.contract.nudges.servers import Authority, Door, MailBox, https_server, mail_server
from tests.state.examples import SetClock
from tests.unit.nudges.examples import EVENING, MAIL

from watchkeeper.model.nudge import ChannelKind, ChannelRule, NudgeKind
from watchkeeper.nudges.means import Means
from watchkeeper.nudges.opening import open_channels
from watchkeeper.nudges.sending import Channel
from watchkeeper.state import SqlStateStore, open_store
from watchkeeper.transport import Transport, TransportPolicy

KEY = "whsec_" + "a2V5" * 8
Open = Callable[..., Mapping[str, Channel]]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def clock() -> SetClock:
    return SetClock(EVENING)


@pytest.fixture
def box(authority: Authority) -> Iterator[MailBox]:
    with mail_server(authority.server()) as running:
        yield running


@pytest.fixture
def door(authority: Authority) -> Iterator[Door]:
    with https_server(authority.server()) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path, clock: SetClock) -> Iterator[SqlStateStore]:
    with open_store(f"sqlite:///{tmp_path / 'watchkeeper.db'}", "soc", clock, migrate=True) as opened:
        yield opened


def outward(policy: TransportPolicy) -> Transport:
    """As the wiring makes it, without waiting between tries."""
    return Transport(
        policy, clock=SetClock(EVENING), monotonic=time.monotonic, sleep=lambda _: None, random=random.Random(1)
    )


def no_journal() -> Channel:
    raise AssertionError("no channel of work notes was asked for")


@pytest.fixture
def channels(authority: Authority, box: MailBox, door: Door, clock: SetClock) -> Mapping[str, Channel]:
    """One of each kind, all to the servers of this test."""
    host = f"localhost:{door.port}"
    rules = (
        MAIL,
        ChannelRule("room", ChannelKind.TEAMS, frozenset(NudgeKind), host=host),
        ChannelRule("pager", ChannelKind.WEBHOOK, frozenset(NudgeKind), host=host),
    )
    means = Means(
        smtp_url=f"smtp://localhost:{box.port}",
        smtp_from="watchkeeper@soc.example",
        urls=f"room=https://{host}/workflows/1?sig=abc pager=https://{host}/pager",
        keys=f"pager={KEY}",
        ca_file=authority.file,
    )
    return open_channels(rules, means, clock, outward, no_journal)

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import Exchange, World

Make = Callable[..., Request]


class Killed(BaseException):
    """Stands for a caller that dies in the middle of a request."""


def test_every_answer_carries_the_worlds_own_date(world: World, request_for: Make) -> None:
    assert world.handle("servicenow", request_for()).headers["Date"] == "Mon, 16 Nov 2026 00:30:00 GMT"
    world.clock.advance(timedelta(days=1, seconds=1))
    assert world.handle("arm", request_for()).headers["Date"] == "Tue, 17 Nov 2026 00:30:01 GMT"


def test_errors_carry_the_date_too(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("status"))
    assert "Date" in world.handle("servicenow", request_for()).headers


def test_all_systems_share_one_log(world: World, request_for: Make) -> None:
    world.handle("arm", request_for("/a"))
    world.handle("servicenow", request_for("/b"))
    assert [(entry.system, entry.path, entry.status) for entry in world.log.entries()] == [
        ("arm", "/a", 200),
        ("servicenow", "/b", 200),
    ]


def test_a_listener_is_told_before_and_after_the_effect(world: World, counter: Any, request_for: Make) -> None:
    told: list[tuple[str, int, Response | None]] = []
    stop = world.listen(lambda exchange: told.append((exchange.phase, counter.effects, exchange.response)))
    world.handle("servicenow", request_for())
    stop()
    world.handle("servicenow", request_for())
    assert [(phase, effects) for phase, effects, _ in told] == [("before", 0), ("after", 1)]
    assert told[0][2] is None
    assert told[1][2] is not None


@pytest.mark.parametrize(("phase", "effects"), [("before", 0), ("after", 1)])
def test_a_listener_can_kill_the_caller_before_or_after_the_effect(
    world: World, counter: Any, request_for: Make, phase: str, effects: int
) -> None:
    def kill(exchange: Exchange) -> None:
        if exchange.phase == phase:
            raise Killed

    world.listen(kill)
    with pytest.raises(Killed):
        world.handle("servicenow", request_for())
    assert counter.effects == effects
    assert world.log.entries()[0].status is None


def test_a_reset_clears_records_faults_and_log_but_not_the_clock(world: World, counter: Any, request_for: Make) -> None:
    world.clock.advance(timedelta(days=2))
    then = world.clock.now()
    world.handle("servicenow", request_for())
    world.faults.add(FaultRule("status"))
    world.reset()
    assert (counter.effects, world.log.entries(), world.clock.now()) == (0, [], then)
    assert world.handle("servicenow", request_for()).status == 200


def test_an_unknown_system_is_named(world: World, request_for: Make) -> None:
    with pytest.raises(KeyError, match="jira"):
        world.handle("jira", request_for())

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.faults import FaultPlan, FaultRule
from watchkeeper.emulators.world import World

Make = Callable[..., Request]


def statuses(world: World, request: Request, count: int, system: str = "servicenow") -> list[int]:
    return [world.handle(system, request).status for _ in range(count)]


def test_a_status_strikes_instead_of_the_effect(world: World, counter: Any, request_for: Make) -> None:
    world.faults.add(FaultRule("status", status=503, times=1))
    assert statuses(world, request_for(), 2) == [503, 200]
    assert counter.effects == 1


def test_a_rule_skips_the_first_matches_and_strikes_a_number_of_times(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("status", status=500, after=2, times=2))
    assert statuses(world, request_for(), 6) == [200, 200, 500, 500, 200, 200]


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        (FaultRule("status", system="arm"), False),
        (FaultRule("status", system="servicenow"), True),
        (FaultRule("status", method="POST"), False),
        (FaultRule("status", path_prefix="/api/now/table/sys_"), False),
        (FaultRule("status", path_prefix="/api/now/"), True),
        (FaultRule("status", regex="incident$"), True),
        (FaultRule("status", regex="^incident"), False),
        (FaultRule("status", probability=0.0), False),
    ],
)
def test_a_rule_matches_by_system_method_and_path(
    world: World, request_for: Make, rule: FaultRule, struck: bool
) -> None:
    world.faults.add(rule)
    assert (world.handle("servicenow", request_for()).status == 503) is struck


def test_probability_is_the_same_for_the_same_seed(request_for: Make) -> None:
    def struck(seed: int) -> list[bool]:
        plan = FaultPlan(seed)
        plan.add(FaultRule("status", probability=0.5))
        return [plan.strike("arm", request_for()).before() is not None for _ in range(40)]

    assert struck(1) == struck(1) != struck(2)
    assert 5 < sum(struck(1)) < 35


def test_a_429_says_when_to_come_back_only_if_the_rule_does(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("status", status=429, retry_after=7, times=1), FaultRule("status", status=429, times=1))
    limited, queued = world.handle("servicenow", request_for()), world.handle("servicenow", request_for())
    assert limited.headers["Retry-After"] == "7"
    assert json.loads(limited.body)["error"]["message"] == "Rate limit exceeded"
    assert (queued.status, "Retry-After" in queued.headers) == (429, False)


def test_a_refusal_is_worded_like_the_system_that_gives_it(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("status", status=503))
    assert json.loads(world.handle("arm", request_for()).body)["error"]["code"] == "ServiceUnavailable"
    assert json.loads(world.handle("servicenow", request_for()).body)["status"] == "failure"


@pytest.mark.parametrize(
    ("kind", "effects"), [("drop_before", 0), ("drop_after", 1), ("timeout_before", 0), ("timeout_after", 1)]
)
def test_a_lost_answer_may_or_may_not_have_had_its_effect(
    world: World, counter: Any, request_for: Make, kind: Any, effects: int
) -> None:
    world.faults.add(FaultRule(kind, times=1, seconds=9))
    answer = world.handle("servicenow", request_for())
    assert answer.drop
    assert answer.delay == (9 if kind.startswith("timeout") else 0)
    assert counter.effects == effects


def test_html_comes_with_status_200(world: World, counter: Any, request_for: Make) -> None:
    world.faults.add(FaultRule("html200"))
    answer = world.handle("servicenow", request_for())
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
    assert answer.body.startswith(b"<html>")
    assert counter.effects == 0


def test_latencies_add_up_and_count_every_item_of_a_batch(request_for: Make) -> None:
    plan = FaultPlan(latency=0.05)
    plan.add(FaultRule("latency", seconds=0.1))
    fate = plan.strike("servicenow", request_for())
    assert fate.after(Response(200)).delay == pytest.approx(0.15)
    assert fate.after(Response(200, items=("PATCH /a", "PATCH /b"))).delay == pytest.approx(0.45)


def test_latency_goes_together_with_another_fault(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("latency", seconds=2), FaultRule("status", status=500))
    answer = world.handle("servicenow", request_for())
    assert (answer.status, answer.delay) == (500, 2)


def test_a_body_can_be_cut_in_half(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("truncate"))
    body = world.handle("servicenow", request_for()).body
    with pytest.raises(ValueError):
        json.loads(body)


def test_a_cut_list_may_still_be_valid_json_with_an_error_in_it(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("truncate", shape="error_row"))
    answer = world.handle("servicenow", request_for())
    cut = json.loads(answer.body)
    assert answer.status == 200
    assert cut["result"][-1] == ""
    assert len(cut["result"]) == 2
    assert "maximum execution time" in cut["error"]["message"]


def test_a_cut_list_may_be_broken_json(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("truncate", shape="malformed"))
    body = world.handle("servicenow", request_for()).body
    assert b'""],"error":' in body
    with pytest.raises(ValueError):
        json.loads(body)


@pytest.mark.parametrize(("kind", "effects_while_held"), [("pause_before", 0), ("pause_after", 1)])
def test_a_paused_request_waits_before_or_after_its_effect_until_released(
    world: World, counter: Any, request_for: Make, kind: Any, effects_while_held: int
) -> None:
    world.faults.add(FaultRule(kind, times=1, seconds=60))
    answers: list[Response] = []
    caller = threading.Thread(target=lambda: answers.append(world.handle("servicenow", request_for())))
    caller.start()
    while not world.faults.release_is_awaited():
        caller.join(0.001)
    assert (counter.effects, answers) == (effects_while_held, [])
    assert world.faults.release() == 1
    caller.join()
    assert (answers[0].status, counter.effects) == (200, 1)


def test_a_pause_is_bounded(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("pause_before", seconds=0.001))
    assert world.handle("servicenow", request_for()).status == 200


def test_clearing_forgets_every_rule(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("status"))
    world.faults.clear()
    assert statuses(world, request_for(), 1) == [200]


def test_a_plan_shows_how_often_each_rule_matched_and_struck(world: World, request_for: Make) -> None:
    world.faults.add(FaultRule("status", times=1))
    statuses(world, request_for(), 3)
    (shown,) = world.faults.as_json()
    assert (shown["kind"], shown["matched"], shown["struck"], shown["held"]) == ("status", 3, 1, 0)


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"kind": "explode"}, "kind"),
        ({}, "kind"),
        ({"kind": "status", "stats": 500}, "unknown keys stats"),
        ({"kind": "status", "regex": "("}, "does not compile"),
        ({"kind": "status", "times": "many"}, "times"),
        ({"kind": "truncate", "shape": "round"}, "shape"),
    ],
)
def test_a_bad_rule_is_refused_with_what_is_wrong(rule: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("(", r"\(")):
        FaultRule.of_json(rule)

"""Rate limits per hour, session queues and semaphores: what a busy or rationed instance answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.unit.emulators.servicenow.conftest import Answer, Instance

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.servicenow import ServiceNow

ONE_SESSION = {"cookie": "JSESSIONID=A1B2"}


def bears(instance: Instance, **availability: Any) -> None:
    instance.system.seed({"system": "servicenow", "availability": availability})


def limited(instance: Instance, *rules: dict[str, Any], **more: Any) -> None:
    bears(instance, rate_limits=list(rules), **more)


def statuses(instance: Instance, count: int) -> list[int]:
    return [instance.list().status for _ in range(count)]


def test_an_instance_as_it_comes_bears_everything(instance: Instance) -> None:
    instance.headers = ONE_SESSION
    answers = [instance.list() for _ in range(300)]
    assert {answer.status for answer in answers} == {200}
    assert "X-RateLimit-Limit" not in answers[0].headers
    assert answers[0].headers["Server-Timing"] == "sem_wait;dur=0, sesh_wait;dur=0"


# --- rate limits ---


def test_a_rule_tells_its_limit_and_when_it_ends_but_not_what_remains(instance: Instance, clock: WorldClock) -> None:
    limited(instance, {"limit": 3})
    answer = instance.list()
    assert answer.headers["X-RateLimit-Limit"] == "3"
    assert int(answer.headers["X-RateLimit-Reset"]) == clock.now().timestamp() + 1800
    assert len(answer.headers["X-RateLimit-Rule"]) == 32
    assert "X-RateLimit-Remaining" not in answer.headers


def test_more_requests_than_a_rule_allows_in_an_hour_are_429(instance: Instance, clock: WorldClock) -> None:
    limited(instance, {"limit": 2})
    assert statuses(instance, 2) == [200, 200]
    refused = instance.list()
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1800")
    assert refused.body["error"]["message"] == "Rate limit exceeded"
    assert refused.detail == "Rate limit of 2 requests per hour for Table API exceeded"
    clock.advance(timedelta(seconds=1800))
    assert instance.list().status == 200


def test_a_rule_can_hold_without_a_word_about_it(instance: Instance) -> None:
    limited(instance, {"limit": 1}, rate_headers=False)
    assert "X-RateLimit-Limit" not in instance.list().headers
    refused = instance.list()
    assert (refused.status, "Retry-After" in refused.headers) == (429, False)


def test_counts_that_are_committed_later_let_more_through(instance: Instance, clock: WorldClock) -> None:
    limited(instance, {"limit": 2}, count_lag=30)
    assert statuses(instance, 5) == [200] * 5
    clock.advance(timedelta(seconds=30))
    assert instance.list().status == 429


@pytest.mark.parametrize(
    ("rules", "limit"),
    [
        ([{"limit": 9}, {"limit": 5, "role": "itil"}, {"limit": 7, "user": "keiko.tanaka"}], "7"),
        ([{"limit": 1}, {"limit": 5, "role": "itil"}], "5"),
        ([{"limit": 6, "role": "itil"}, {"limit": 5, "role": "itil"}], "5"),
        ([{"limit": 4}, {"limit": 5, "user": "haruto.sato"}, {"limit": 3, "role": "admin"}], "4"),
        ([{"limit": 4, "method": "POST"}, {"limit": 8}], "8"),
        ([{"limit": 4, "path": "/api/now/v1/batch"}], None),
    ],
)
def test_the_most_particular_rule_holds(instance: Instance, rules: list[dict[str, Any]], limit: str | None) -> None:
    limited(instance, *rules)
    assert instance.list().headers.get("X-RateLimit-Limit") == limit


def test_everybody_is_counted_for_himself(instance: Instance) -> None:
    limited(instance, {"limit": 1})
    assert statuses(instance, 2) == [200, 429]
    assert instance.by("haruto.sato").list().status == 200


# --- sessions and semaphores ---


def parallel(instance: Instance, count: int) -> list[Response]:
    """So many requests at one instant, raw: what waits and for how long."""
    made = Instance(instance.system, instance.clock, headers=instance.headers)
    answers: list[Response] = []
    for _ in range(count):
        answers.append(_raw(made))
    return answers


def _raw(instance: Instance) -> Response:
    seen: list[Response] = []
    whole: ServiceNow = instance.system

    class Tap:
        def handle(self, request: Request) -> Response:
            seen.append(whole.handle(request))
            return seen[0]

    tapped: Any = Tap()
    Instance(tapped, instance.clock, headers=instance.headers).list()
    return seen[0]


def test_requests_of_one_session_are_served_one_after_another(instance: Instance) -> None:
    bears(instance, transaction_seconds=0.5)
    instance.headers = ONE_SESSION
    assert [answer.delay for answer in parallel(instance, 4)] == [0.5, 1.0, 1.5, 2.0]


def test_more_than_ten_that_wait_for_one_session_are_dropped_with_202(instance: Instance, clock: WorldClock) -> None:
    bears(instance, transaction_seconds=0.5)
    instance.headers = ONE_SESSION
    answers = parallel(instance, 100)
    assert [answer.status for answer in answers] == [200] * 11 + [202] * 89
    assert answers[-1].body == b""
    clock.advance(timedelta(seconds=10))
    assert instance.list().status == 200


def test_a_request_that_is_dropped_has_no_effect(instance: Instance) -> None:
    bears(instance, transaction_seconds=0.5, session_queue=0)
    instance.headers = ONE_SESSION
    dropped = [instance.create(short_description=str(number)).status for number in range(2)]
    assert dropped == [201, 202]
    assert len(instance.system.records()) == 1


def test_a_session_that_is_busy_for_too_long_drops_as_well(instance: Instance) -> None:
    bears(instance, transaction_seconds=31)
    instance.headers = ONE_SESSION
    assert statuses(instance, 2) == [200, 202]


def test_sessions_of_their_own_share_the_nodes_semaphores(instance: Instance) -> None:
    bears(instance, transaction_seconds=0.5)
    answers = parallel(instance, 6)
    assert [answer.delay for answer in answers] == [0.5, 0.5, 0.5, 0.5, 1.0, 1.0]
    assert answers[-1].headers["Server-Timing"] == "sem_wait;dur=500, sesh_wait;dur=0"


def test_a_full_queue_for_semaphores_is_429_without_a_word_of_when(instance: Instance) -> None:
    bears(instance, transaction_seconds=0.1, semaphores=2, semaphore_queue=3)
    answers: list[Answer] = [instance.list() for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert not [name for name in answers[-1].headers if name.startswith(("Retry", "X-RateLimit"))]


def test_a_wait_for_a_semaphore_ends_in_a_500(instance: Instance) -> None:
    bears(instance, transaction_seconds=31, semaphores=1)
    assert statuses(instance, 2) == [200, 500]


def test_a_reset_instance_bears_everything_again(instance: Instance) -> None:
    limited(instance, {"limit": 0})
    assert instance.list().status == 429
    instance.system.reset()
    assert instance.list().status == 200


@pytest.mark.parametrize(
    ("availability", "message"), [({"rat_limits": []}, "unknown keys rat_limits"), ({"semaphores": "some"}, "integer")]
)
def test_a_seed_that_cannot_be_understood_is_refused(
    instance: Instance, availability: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        bears(instance, **availability)

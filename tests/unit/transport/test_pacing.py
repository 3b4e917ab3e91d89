from __future__ import annotations

import threading
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict
from tests.unit.transport.wire import HOST, NOW, Answer, Hands, bench

from watchkeeper.transport import Quota, TransportPolicy
from watchkeeper.transport.calls import Call, Kind
from watchkeeper.transport.pacing import Bucket, Pacer, retry_after

INCIDENT = "/subscriptions/s/providers/Microsoft.SecurityInsights/incidents/1"
PUT = Call("sentinel", "PUT", "management.azure.com", INCIDENT, Kind.WRITE)
GET = Call("sentinel", "GET", "management.azure.com", INCIDENT, Kind.READ)


def headers(**values: str) -> CaseInsensitiveDict[str]:
    return CaseInsensitiveDict({name.replace("_", "-"): value for name, value in values.items()})


@pytest.mark.parametrize(
    ("given_headers", "seconds"),
    [
        (headers(Retry_After="7"), 7.0),
        (headers(Retry_After=" 0.5 "), 0.5),
        (headers(Retry_After="0"), 0.0),
        (headers(Retry_After=format_datetime(NOW + timedelta(seconds=90), usegmt=True)), 90.0),
        (headers(Retry_After=format_datetime(NOW - timedelta(seconds=90), usegmt=True)), 0.0),
        (headers(X_RateLimit_Reset=str(int(NOW.timestamp()) + 1800)), 1800.0),
        (headers(Retry_After="5", X_RateLimit_Reset=str(int(NOW.timestamp()) + 1800)), 5.0),
        (headers(Retry_After="soon"), None),
        (headers(Retry_After="-5"), None),
        (headers(), None),
    ],
)
def test_the_remotes_wish_to_be_left_alone(given_headers: CaseInsensitiveDict[str], seconds: float | None) -> None:
    assert retry_after(given_headers, NOW) == seconds


def test_a_date_to_wait_for_is_read_by_the_remotes_own_clock() -> None:
    skewed = NOW + timedelta(hours=5)
    asked = headers(
        Date=format_datetime(skewed, usegmt=True),
        Retry_After=format_datetime(skewed + timedelta(seconds=30), usegmt=True),
    )
    assert retry_after(asked, NOW) == 30.0


def test_an_adaptive_quota_holds_nothing_back_before_the_first_429() -> None:
    hands = Hands()
    bucket = Bucket(Quota("PUT", "incidents", 3, 30.0), hands.monotonic)
    assert [bucket.take() for _ in range(10)] == [0.0] * 10


def test_after_a_429_a_quota_lets_calls_through_at_its_rate() -> None:
    hands = Hands()
    bucket = Bucket(Quota("PUT", "incidents", 3, 30.0), hands.monotonic)
    bucket.exhaust()
    assert bucket.take() == pytest.approx(10.0)
    hands.pass_time(10.0)
    assert bucket.take() == 0.0
    assert bucket.take() == pytest.approx(10.0)


@given(st.lists(st.floats(min_value=0.0, max_value=40.0), max_size=60))
def test_a_configured_quota_is_never_exceeded_in_any_window(waits: list[float]) -> None:
    hands, allowed = Hands(), []
    bucket = Bucket(Quota("PUT", "incidents", 5, 50.0, adaptive=False), hands.monotonic)
    for wait in waits:
        hands.pass_time(wait)
        if bucket.take() == 0.0:
            allowed.append(hands.seconds)
    for start in allowed:
        assert sum(start <= at < start + 50.0 for at in allowed) <= 2 * 5


def test_parking_writes_leaves_reads_alone() -> None:
    hands = Hands()
    pacer = Pacer(TransportPolicy(), hands.monotonic)
    pacer.park(PUT, 30.0)
    assert pacer.wait_needed(PUT) == pytest.approx(30.0)
    assert pacer.wait_needed(GET) == 0.0
    hands.pass_time(30.0)
    assert pacer.wait_needed(PUT) == 0.0


def test_a_shorter_wish_never_shortens_a_longer_one() -> None:
    hands = Hands()
    pacer = Pacer(TransportPolicy(), hands.monotonic)
    pacer.park(PUT, 30.0)
    pacer.park(PUT, 5.0)
    assert pacer.wait_needed(PUT) == pytest.approx(30.0)


@pytest.mark.parametrize(("left", "waits"), [("0", True), ("1", True), ("2", False), ("199", False), ("many", False)])
def test_a_nearly_empty_bucket_of_arm_slows_us_for_a_second(left: str, waits: bool) -> None:
    hands = Hands()
    pacer = Pacer(TransportPolicy(), hands.monotonic)
    pacer.note_headers(PUT, headers(x_ms_ratelimit_remaining_subscription_writes=left))
    assert (pacer.wait_needed(PUT) > 0) is waits
    assert pacer.wait_needed(GET) == 0.0


def test_a_429_on_an_incident_makes_later_writes_keep_the_published_rate() -> None:
    at = bench(Answer(429, headers={"Retry-After": "4"}), Answer())
    session = at.session("sentinel")
    for _ in range(3):
        session.put(HOST + INCIDENT)
    assert at.hands.slept[0] == 4.0
    assert sum(at.hands.slept) == pytest.approx(3 * 4.0)


def test_no_more_calls_are_in_flight_to_a_host_than_it_has_places() -> None:
    pacer = Pacer(TransportPolicy(workers={"management.azure.com": 2}), Hands().monotonic)
    inside = threading.Semaphore(0)
    leave = threading.Event()

    def call() -> None:
        with pacer.place(PUT):
            inside.release()
            leave.wait(10)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert inside.acquire(timeout=10)
    assert inside.acquire(timeout=10)
    assert not inside.acquire(timeout=0.05)
    leave.set()
    for thread in threads:
        thread.join(10)
    assert inside.acquire(timeout=10)

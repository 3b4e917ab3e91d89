from __future__ import annotations

import threading
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict
from tests.unit.transport.wire import HOST, NOW, Answer, Bench, Hands, bench

from watchkeeper.errors import Throttled
from watchkeeper.model.budget import Allowance, AllowanceKind
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


@pytest.mark.parametrize(
    ("left", "seconds"), [("0", 1.0), ("1", 0.9), ("5", 0.5), ("9", 0.1), ("10", 0.0), ("199", 0.0), ("many", 0.0)]
)
def test_the_emptier_a_bucket_of_arm_the_longer_we_hold_back(left: str, seconds: float) -> None:
    hands = Hands()
    pacer = Pacer(TransportPolicy(), hands.monotonic)
    pacer.note_headers(PUT, headers(x_ms_ratelimit_remaining_subscription_writes=left))
    assert pacer.wait_needed(PUT) == pytest.approx(seconds)
    assert pacer.wait_needed(GET) == 0.0


def test_the_emptiest_bucket_of_a_call_counts() -> None:
    pacer = Pacer(TransportPolicy(), Hands().monotonic)
    both = headers(x_ms_ratelimit_remaining_subscription_writes="199", x_ms_ratelimit_remaining_tenant_writes="4")
    pacer.note_headers(PUT, both)
    assert pacer.wait_needed(PUT) == pytest.approx(0.6)


# --- limits per hour, of which only the limit is told ---


def limited(limit: int, seconds: int = 3600, rule: str = "r1") -> dict[str, str]:
    """What an instance tells `seconds` before the hour ends."""
    reset = str(int(NOW.timestamp()) + seconds)
    return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Reset": reset, "X-RateLimit-Rule": rule}


def rates(at: Bench) -> list[Allowance]:
    """The limits per hour that the transport knows of."""
    return [each for each in at.transport.allowances() if each.kind is AllowanceKind.RATE_LIMIT]


PATIENT = {"longest_wait": 3600.0, "call_time": 7200.0}


def test_most_of_an_hours_calls_are_made_as_fast_as_they_come() -> None:
    at = bench(Answer(headers=limited(100)))
    for _ in range(90):
        at.get()
    assert at.hands.slept == []


def test_the_last_tenth_of_an_hours_calls_is_spread_over_what_is_left_of_it() -> None:
    at = bench(Answer(headers=limited(100)), **PATIENT)
    for _ in range(100):
        at.get()
    assert len(at.hands.slept) == 10
    assert at.hands.slept == pytest.approx([3600 / 11] * 10)


def test_beyond_an_hours_calls_nothing_is_sent_before_the_next_hour() -> None:
    at = bench(Answer(headers=limited(10)), **PATIENT)
    for _ in range(11):
        at.get()
    assert at.hands.seconds >= 1000 + 3600


def test_the_limit_is_shared_by_all_sessions_and_both_kinds_of_calls() -> None:
    at = bench(Answer(headers=limited(4)), **PATIENT)
    for session in (at.session(), at.session()):
        session.get(f"{HOST}/api/now/table/incident")
        session.patch(f"{HOST}/api/now/v2/table/sys_user/1")
    assert rates(at)[0].used == 4
    assert at.hands.slept == []
    at.get()
    assert at.hands.slept == [3600.0]


def test_a_hold_longer_than_the_longest_wait_ends_the_call_before_the_limit_is_met() -> None:
    at = bench(Answer(headers=limited(10)))
    for _ in range(9):
        at.get()
    with pytest.raises(Throttled) as caught:
        at.get()
    assert caught.value.retry_after == timedelta(seconds=3600 / 2)
    assert len(at.wire.sent) == 9


@pytest.mark.parametrize(
    ("limit", "seconds", "reserved"), [(10, 3600, 1), (10, 100, 0), (1000, 3600, 0), (100, 3600, 10)]
)
def test_calls_that_no_run_waits_for_are_reserved(limit: int, seconds: int, reserved: int) -> None:
    at = bench(Answer(headers=limited(limit, seconds)))
    at.get()
    assert [each.reserved for each in rates(at)] == [reserved]


def test_holding_back_is_our_own_doing_and_told_so() -> None:
    at = bench(Answer(headers=limited(10)))
    for _ in range(9):
        at.get()
    with pytest.raises(
        Throttled, match="servicenow: GET /api/now/table/incident is held back for 1800 s to stay within"
    ):
        at.get()


def test_a_429_says_that_others_have_used_the_rest() -> None:
    at = bench(Answer(headers=limited(100)), Answer(429, headers={**limited(100), "Retry-After": "3600"}))
    at.get()
    with pytest.raises(Throttled):
        at.get()
    assert [(each.limit, each.used) for each in rates(at)] == [(100, 100)]
    with pytest.raises(Throttled):
        at.post()
    assert len(at.wire.sent) == 2


def test_a_new_hour_begins_with_a_new_count() -> None:
    at = bench(Answer(headers=limited(10, seconds=60)), Answer(headers=limited(10, seconds=3660)))
    at.get()
    at.hands.pass_time(61)
    assert rates(at) == []
    at.get()
    assert [each.used for each in rates(at)] == [1]


def test_another_resource_has_a_limit_of_its_own_unless_the_rule_is_the_same() -> None:
    at = bench(Answer(headers=limited(10)), Answer(headers=limited(20, rule="r2")), Answer(headers=limited(10)))
    for path in ("/api/now/table/incident", "/api/now/stats/incident", "/api/now/attachment"):
        at.get(path)
    assert {each.limit: each.used for each in rates(at)} == {10: 1, 20: 1}


def test_a_limit_without_an_end_is_no_limit_to_count_by() -> None:
    at = bench(Answer(headers={"X-RateLimit-Limit": "5"}))
    at.get()
    assert rates(at) == []


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

"""What integrations with a Table API usually get wrong, one test for each mistake: the connector does the better thing.

Here are the mistakes about questions, sessions and repeated writes; those about states, closing and what a run asks for are in
`tests/acceptance/test_better_than_usual.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
import responses
from tests.connectors.servicenow.instance import DATE, TABLE, connector, listing, row
from tests.contract.servicenow_connector.rig import ServiceNowRig

from watchkeeper.emulators.servicenow.encoded_query import parse
from watchkeeper.errors import Ambiguous, Rejected, Unavailable
from watchkeeper.model.record import SERVICENOW, Absent, Draft, Record, RecordRef, Revision

FIELDS = frozenset({"short_description"})
REF = RecordRef(SERVICENOW, "incident", f"{1:032x}")


@pytest.fixture
def rig() -> ServiceNowRig:
    return ServiceNowRig()


@pytest.fixture
def instance() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


@pytest.mark.parametrize("text", ["x^NQnumberISNOTEMPTY", "x^ORnumberISNOTEMPTY", "x^active=true^ORDERBYnumber"])
def test_mistake_4_text_pasted_into_a_query_adds_no_condition_and_finds_nobody_elses_record(
    rig: ServiceNowRig, text: str
) -> None:
    """Pasted as it is, the text selects the whole table; as a value it selects nothing."""
    rig.person_opens("Somebody else's")
    assert len(rig.servicenow.records()) == 1
    pasted = parse(f"correlation_id={text}")
    assert pasted.order or [len(group) for branch in pasted.branches for group in branch] != [1]
    assert rig.connector.find("incident", [text], FIELDS) == {text: ()}
    [asked] = [parse(parse_qs(entry.query)["sysparm_query"][0]) for entry in rig.requests()]
    [[[condition]]] = asked.branches
    assert (condition.field, condition.value) == ("correlation_id", text)


@pytest.mark.parametrize("text", ["", "javascript:gs.getUserID()", " JavaScript:gs.log(1)", "a\nb"])
def test_mistake_4_text_that_a_query_would_run_or_match_everything_with_is_never_asked_for(
    rig: ServiceNowRig, text: str
) -> None:
    rig.person_opens("A record without a correlation")
    with pytest.raises(Rejected):
        rig.connector.find("incident", [text], FIELDS)
    assert rig.requests_made() == 0


def test_mistake_4_an_id_that_is_none_is_never_asked_for(rig: ServiceNowRig) -> None:
    ref = RecordRef(SERVICENOW, "incident", "1^ORsys_idISNOTEMPTY")
    assert isinstance(rig.connector.get([ref], FIELDS)[ref], Absent)
    assert rig.requests_made() == 0


def test_mistake_7_a_202_is_no_success_for_a_read_or_a_write_and_is_sent_again(
    instance: responses.RequestsMock,
) -> None:
    """An instance answers 202 with nothing when a session's queue is full, and drops the request."""
    instance.get(TABLE, status=202, headers={"Date": DATE})
    instance.get(TABLE, **listing([row(1)]))
    instance.patch(f"{TABLE}/{REF.id}", status=202, headers={"Date": DATE})
    instance.patch(f"{TABLE}/{REF.id}", json={"result": row(1, state="2")}, headers={"Date": DATE})
    written = connector(attempts=3).update(REF, {"state": "2"}, Revision("3", 3))
    assert written.record.fields["state"] == "2"
    assert [call.request.method for call in instance.calls] == ["GET", "GET", "PATCH", "PATCH"]


def test_mistake_7_a_202_that_never_ends_is_told_as_not_done(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, status=202, headers={"Date": DATE})
    with pytest.raises(Unavailable, match="not done"):
        connector(attempts=2).get([REF], FIELDS)


def test_mistake_7_calls_under_way_at_once_never_share_a_cookie(rig: ServiceNowRig) -> None:
    """Requests of one session queue up behind each other, and the overflow is dropped with 202."""
    workers = 3
    under_way = threading.Barrier(workers, timeout=30)
    cookies: list[str] = []

    def meet(exchange: Any) -> None:
        if exchange.phase == "before" and "/table/" in exchange.request.path:
            cookies.append(exchange.request.headers.get("cookie", ""))
            under_way.wait()

    def work() -> None:
        for _ in range(2):
            rig.connector.get([rig.foreign_ref], FIELDS)

    stop = rig.world.listen(meet)
    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop()
    later = cookies[workers:]
    assert len(later) == workers
    assert all("JSESSIONID" in cookie for cookie in later)
    assert len(set(later)) == workers


@pytest.mark.parametrize(
    "answer",
    [
        {"body": requests.ReadTimeout("slow")},
        {"body": requests.ConnectionError("reset")},
        {"status": 500, "json": {"error": {"message": "Transaction cancelled: maximum execution time exceeded"}}},
        {"status": 502, "body": "<html>", "content_type": "text/html"},
        {"status": 504, "body": ""},
    ],
    ids=["timeout", "reset", "500", "502", "504"],
)
def test_mistake_8_a_post_that_timed_out_is_sent_once_and_may_have_happened(
    instance: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    instance.get(TABLE, **listing([]))
    instance.post(TABLE, **answer)
    with pytest.raises(Ambiguous):
        connector(attempts=5).create(Draft(REF, "test/a@2026-11-16", {"short_description": "Duty"}))
    assert [call.request.method for call in instance.calls].count("POST") == 1


def test_mistake_8_a_post_whose_answer_was_lost_is_found_again_under_its_chosen_id(rig: ServiceNowRig) -> None:
    draft = rig.draft("test/a@2026-11-16", "Duty")
    rig.lose_reply("create")
    with pytest.raises(Ambiguous):
        rig.connector.create(draft)
    assert isinstance(rig.connector.get([draft.ref], FIELDS)[draft.ref], Record)
    assert [record.ref for record in rig.connector.find("incident", [draft.marker], FIELDS)[draft.marker]] == [
        draft.ref
    ]
    assert rig.writes_made() == 1

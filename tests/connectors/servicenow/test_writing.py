"""What is sent to an instance, and how its answer is compared with what was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses
from tests.connectors.servicenow.instance import ORIGIN, TABLE, asked, body_of, connector, listing, row

from watchkeeper.errors import AlreadyExists, Ambiguous, NotFound, PreconditionFailed, Protocol, Rejected, Unavailable
from watchkeeper.model.activity import CommentDraft
from watchkeeper.model.record import SERVICENOW, Draft, RecordRef, Refused, Revision

REF = RecordRef(SERVICENOW, "incident", f"{1:032x}")
AT_3 = Revision("3", 3)
JOURNAL = f"{ORIGIN}/api/now/table/sys_journal_field"
REFUSAL = {"error": {"message": "Operation Failed", "detail": "refused"}, "status": "failure"}


@pytest.fixture
def instance() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def draft(**fields: str) -> Draft:
    return Draft(REF, "prod/x@2026-11-16", {"short_description": "Check licences", **fields})


def written(**changes: Any) -> dict[str, Any]:
    return {"result": row(1, short_description="Check licences", correlation_id="prod/x@2026-11-16", **changes)}


def test_a_create_sends_the_chosen_id_the_marker_and_our_sign(instance: responses.RequestsMock) -> None:
    instance.post(TABLE, json=written(), status=201)
    connector().create(draft(assigned_to=""))
    assert body_of(instance.calls[0].request) == {
        "short_description": "Check licences",
        "assigned_to": "",
        "sys_id": REF.id,
        "correlation_id": "prod/x@2026-11-16",
        "correlation_display": "watchkeeper",
    }
    (parameters,) = asked(instance)
    assert parameters["sysparm_input_display_value"] == "false"
    assert "sysparm_query" not in parameters


def test_a_create_answers_the_whole_record_as_the_instance_keeps_it(instance: responses.RequestsMock) -> None:
    instance.post(TABLE, json=written(priority="5", state="1"), status=201)
    record = connector().create(draft()).record
    assert (record.fields["priority"], record.fields["state"]) == ("5", "1")
    assert (record.marker, record.ours, record.revision) == ("prod/x@2026-11-16", True, AT_3)


def test_an_instance_that_chose_its_own_id_is_seen(instance: responses.RequestsMock) -> None:
    instance.post(TABLE, json=written(sys_id="f" * 32), status=201)
    answer = connector().create(draft())
    assert answer.record.ref.id == "f" * 32
    assert answer.refused == (Refused("sys_id", REF.id, "f" * 32),)


def test_fields_that_the_instance_dropped_or_changed_are_reported(instance: responses.RequestsMock) -> None:
    instance.post(TABLE, json=written(category="inquiry", assigned_to=""), status=201)
    answer = connector().create(draft(category="soc_maintenance", assigned_to="nobody", u_gone="1", work_notes="hello"))
    assert answer.refused == (
        Refused("assigned_to", "nobody", ""),
        Refused("category", "soc_maintenance", "inquiry"),
        Refused("u_gone", "1", None),
    )


def test_a_title_that_was_cut_is_reported_with_what_was_kept(instance: responses.RequestsMock) -> None:
    instance.post(TABLE, json={"result": row(1, short_description="x" * 160)}, status=201)
    answer = connector().create(Draft(REF, "m", {"short_description": "x" * 200}))
    assert body_of(instance.calls[0].request)["short_description"] == "x" * 160
    assert Refused("short_description", "x" * 200, "x" * 160) in answer.refused


def test_a_refused_create_whose_id_is_taken_says_so(instance: responses.RequestsMock) -> None:
    instance.post(TABLE, json=REFUSAL, status=403)
    instance.get(TABLE, **listing([row(1)]))
    with pytest.raises(AlreadyExists):
        connector().create(draft())


def test_a_refused_create_whose_id_is_free_is_refused(instance: responses.RequestsMock) -> None:
    instance.post(TABLE, json=REFUSAL, status=403)
    instance.get(TABLE, **listing([]))
    with pytest.raises(Rejected, match="Operation Failed: refused"):
        connector().create(draft())


AMBIGUOUS: list[dict[str, Any]] = [
    {"status": 500, "json": {"error": {"message": "Transaction cancelled"}}},
    {"status": 502, "body": "<html>"},
    {"status": 503},
    {"status": 201, "body": "<html>", "content_type": "text/html"},
    {"status": 201, "body": b'{"result": {"sys_id"', "content_type": "application/json"},
    {"status": 201, "json": {"result": {}}},
    {"status": 201, "json": {"result": []}},
    {"status": 200, "json": {"result": {"sys_id": "1"}, "error": {"message": "x"}}},
    {"status": 200, "json": {"result": row(1), "error": {"message": "Transaction cancelled"}}},
    {"status": 201, "json": {"result": {"sys_id": "1"}}},
    {"body": requests.ReadTimeout("slow")},
    {"body": requests.ConnectionError("reset")},
]


@pytest.mark.parametrize("answer", AMBIGUOUS, ids=range(len(AMBIGUOUS)))
def test_a_create_without_a_usable_answer_may_have_happened_and_is_sent_once(
    instance: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    instance.post(TABLE, **answer)
    with pytest.raises(Ambiguous):
        connector(attempts=5).create(draft())
    assert len(instance.calls) == 1


def test_a_create_that_was_dropped_was_not_done(instance: responses.RequestsMock) -> None:
    instance.post(TABLE, json={"result": {}}, status=202)
    with pytest.raises(Unavailable, match="not done"):
        connector(attempts=2).create(draft())
    assert len(instance.calls) == 2


def test_an_update_reads_the_revision_just_before_and_sends_only_the_changes(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1)]))
    instance.patch(f"{TABLE}/{REF.id}", json={"result": row(1, sys_mod_count="4", state="2", assigned_to="")})
    answer = connector().update(REF, {"state": "2", "assigned_to": None}, AT_3)
    assert [call.request.method for call in instance.calls] == ["GET", "PATCH"]
    assert body_of(instance.calls[1].request) == {"state": "2", "assigned_to": ""}
    assert answer.record.revision == Revision("4", 4)
    assert answer.refused == ()


def test_parameters_of_a_read_do_not_reach_the_write_after_it(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1)]))
    instance.patch(f"{TABLE}/{REF.id}", json={"result": row(1, sys_mod_count="4", state="2")})
    connector().update(REF, {"state": "2"}, AT_3)
    _, parameters = asked(instance)
    assert "sysparm_fields" not in parameters
    assert "sysparm_query" not in parameters


@pytest.mark.parametrize(
    ("rows", "error"), [([row(1, sys_mod_count="4")], PreconditionFailed), ([], NotFound), ([row(2)], NotFound)]
)
def test_an_update_of_a_record_that_moved_or_went_away_sends_nothing(
    instance: responses.RequestsMock, rows: list[Any], error: type[Exception]
) -> None:
    instance.get(TABLE, **listing(rows))
    with pytest.raises(error) as refused:
        connector().update(REF, {"state": "2"}, AT_3)
    assert [call.request.method for call in instance.calls] == ["GET"]
    assert (refused.value.attempt.system, refused.value.attempt.record) == ("servicenow", REF.id)  # type: ignore[attr-defined]


@pytest.mark.parametrize("changes", [{"correlation_id": "ours"}, {"sys_id": "f" * 32}])
def test_another_integrations_identity_is_never_overwritten(
    instance: responses.RequestsMock, changes: dict[str, str]
) -> None:
    instance.get(TABLE, **listing([row(1, correlation_id="theirs")]))
    with pytest.raises(Rejected, match="keeps its identity"):
        connector().update(REF, changes, AT_3)
    assert [call.request.method for call in instance.calls] == ["GET"]


def test_an_empty_correlation_may_be_filled_once(instance: responses.RequestsMock) -> None:
    mark = {"correlation_id": "ours", "correlation_display": "watchkeeper"}
    instance.get(TABLE, **listing([row(1)]))
    instance.patch(f"{TABLE}/{REF.id}", json={"result": row(1, **mark)})
    assert connector().update(REF, mark, AT_3).refused == ()


def test_a_close_without_a_state_is_refused_before_anything_is_sent(instance: responses.RequestsMock) -> None:
    with pytest.raises(Rejected, match="state is missing"):
        connector().close(REF, {"close_code": "User error", "close_notes": "n"}, AT_3)
    assert not instance.calls


@pytest.mark.parametrize(
    ("changes", "current"),
    [
        ({"state": "6", "close_code": "User error", "close_notes": "n"}, {}),
        ({"state": "7"}, {"close_code": "User error", "close_notes": "n"}),
        ({"state": "8"}, {}),
    ],
)
def test_a_close_with_everything_is_one_write(
    instance: responses.RequestsMock, changes: dict[str, str], current: dict[str, str]
) -> None:
    instance.get(TABLE, **listing([row(1, **current)]))
    instance.patch(f"{TABLE}/{REF.id}", json={"result": row(1, **current, **changes)})
    assert connector().close(REF, changes, AT_3).refused == ()
    assert body_of(instance.calls[1].request) == changes


def test_a_state_that_a_rule_rewrote_is_reported(instance: responses.RequestsMock) -> None:
    changes = {"state": "6", "close_code": "User error", "close_notes": "n"}
    instance.get(TABLE, **listing([row(1)]))
    instance.patch(f"{TABLE}/{REF.id}", json={"result": row(1, **{**changes, "state": "7"})})
    assert connector().close(REF, changes, AT_3).refused == (Refused("state", "6", "7"),)


def note(number: int, text: str, **changes: str) -> dict[str, str]:
    return {
        "sys_id": f"{number:032x}",
        "element_id": REF.id,
        "element": "work_notes",
        "name": "incident",
        "value": text,
        "sys_created_by": "watchkeeper",
        "sys_created_on": "2026-11-16 00:30:00",
        **changes,
    }


def test_a_work_note_is_sent_inert_and_its_id_read_back(instance: responses.RequestsMock) -> None:
    instance.patch(f"{TABLE}/{REF.id}", json={"result": row(1)})
    instance.get(JOURNAL, **listing([note(9, "something else"), note(8, "(code]<b>x</b>\r\n")]))
    comment = connector().add_comment(CommentDraft(REF, "origin", "[code]<b>x</b>\x07"))
    assert body_of(instance.calls[0].request) == {"work_notes": "(code]<b>x</b>"}
    assert comment.id == f"{8:032x}"
    assert comment.author.id == "watchkeeper"


@pytest.mark.parametrize("answer", [listing([]), {"json": REFUSAL, "status": 403}], ids=["hidden", "refused"])
def test_a_note_whose_id_cannot_be_read_is_written_all_the_same(
    instance: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    instance.patch(f"{TABLE}/{REF.id}", json={"result": row(1)})
    instance.get(JOURNAL, **answer)
    comment = connector().add_comment(CommentDraft(REF, "origin", "hello"))
    assert (comment.id, comment.text, comment.author.id) == ("", "hello", "watchkeeper")


def test_a_lost_note_may_have_been_written(instance: responses.RequestsMock) -> None:
    instance.patch(f"{TABLE}/{REF.id}", body=requests.ReadTimeout("slow"))
    with pytest.raises(Ambiguous):
        connector(attempts=4).add_comment(CommentDraft(REF, "origin", "hello"))
    assert len(instance.calls) == 1


def test_notes_that_a_widened_query_brought_are_not_taken(instance: responses.RequestsMock) -> None:
    other = note(7, "of another record", element_id="f" * 32)
    instance.get(JOURNAL, **listing([other, note(8, "a customer's", element="comments"), note(9, "ours")], total=3))
    assert [found.text for found in connector().comments([REF])[REF]] == ["ours"]


def test_a_note_for_an_id_that_is_none_is_never_sent(instance: responses.RequestsMock) -> None:
    with pytest.raises(Protocol, match="is not a sys_id"):
        connector().add_comment(CommentDraft(RecordRef(SERVICENOW, "incident", "../x"), "origin", "hello"))
    assert len(instance.calls) == 0

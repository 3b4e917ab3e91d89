from __future__ import annotations

from typing import Any

import pytest
import requests
import responses
from tests.connectors.sentinel.exchanges import (
    CONFIG,
    ETAG,
    INCIDENT,
    NAME,
    REF,
    FixedClock,
    comment,
    expect_sign_in,
    incident,
    sent_body,
    transport,
)

from watchkeeper.errors import (
    AlreadyExists,
    Ambiguous,
    Config,
    NotFound,
    PreconditionFailed,
    Protocol,
    Rejected,
    WritesForbidden,
)
from watchkeeper.model.activity import CommentDraft
from watchkeeper.model.record import Draft, RecordRef, Revision
from watchkeeper_sentinel import SentinelConnector, open_connector
from watchkeeper_sentinel.incidents import NO_VERSION

EXPECT = Revision(ETAG)
CONFLICT = {"error": {"code": "Conflict", "message": "Newer version of resource exists. Data was not saved"}}
DRAFT = Draft(REF, "soc/x@2026-11-23", {"title": "x", "severity": "Low", "status": "New", "labels": ("watchkeeper",)})


def puts(server: responses.RequestsMock) -> list[dict[str, Any]]:
    return [sent_body(call) for call in server.calls if call.request.method == "PUT"]


def gone(server: responses.RequestsMock) -> None:
    server.get(INCIDENT, status=404, json={"error": {"code": "NotFound", "message": "not found"}})


def test_an_update_sends_the_version_and_everything_writable(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    held = incident(labels=("a",), teamInformation={"teamId": "t"}, firstActivityTimeUtc="2026-11-22T13:00:30Z")
    server.get(INCIDENT, json=held)
    server.put(INCIDENT, json={**held, "etag": "next", "properties": {**held["properties"], "severity": "Low"}})

    written = connector.update(REF, {"severity": "Low"}, EXPECT)

    read_only = {
        "additionalData",
        "createdTimeUtc",
        "incidentNumber",
        "incidentUrl",
        "lastModifiedTimeUtc",
        "providerIncidentId",
        "providerName",
        "relatedAnalyticRuleIds",
    }
    kept = {name: value for name, value in held["properties"].items() if name not in read_only}
    assert puts(server) == [{"etag": ETAG, "properties": {**kept, "severity": "Low"}}]
    assert (written.record.revision, written.refused) == (Revision("next"), ())


def test_what_the_service_keeps_differently_is_reported_as_refused(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENT, json=incident())
    server.put(INCIDENT, json=incident(etag="next", title="long ti"))

    (refused,) = connector.update(REF, {"title": "long title"}, EXPECT).refused

    assert (refused.field, refused.sent, refused.kept) == ("title", "long title", "long ti")


def test_a_conflict_over_just_what_was_sent_may_be_our_own_write_or_a_person_who_said_the_same(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENT, json=incident())
    server.put(INCIDENT, status=409, json=CONFLICT)
    server.get(INCIDENT, json=incident(etag="whose", severity="Low"))

    with pytest.raises(Ambiguous, match="our write, or somebody's"):
        connector.update(REF, {"severity": "Low"}, EXPECT)
    assert len(puts(server)) == 1


def test_a_conflict_with_somebody_elses_write_stands(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENT, json=incident())
    server.put(INCIDENT, status=409, json=CONFLICT)
    server.get(INCIDENT, json=incident(etag="theirs", severity="Low", title="renamed"))

    with pytest.raises(PreconditionFailed, match="Newer version"):
        connector.update(REF, {"severity": "Low"}, EXPECT)


def test_a_conflict_over_an_incident_that_is_gone_stands(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENT, json=incident())
    server.put(INCIDENT, status=409, json=CONFLICT)
    gone(server)

    with pytest.raises(PreconditionFailed, match="Newer version"):
        connector.update(REF, {"severity": "Low"}, EXPECT)


def test_an_incident_that_is_gone_cannot_be_updated(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    gone(server)

    with pytest.raises(NotFound):
        connector.update(REF, {"severity": "Low"}, EXPECT)
    assert puts(server) == []


def test_an_update_that_brought_a_deleted_incident_back_is_not_taken_as_written(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENT, json=incident())
    server.put(INCIDENT, status=201, json=incident(etag="new"))

    with pytest.raises(PreconditionFailed, match="had been deleted"):
        connector.update(REF, {"severity": "Low"}, EXPECT)


def test_a_write_without_a_usable_answer_may_have_happened(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENT, json=incident())
    server.put(INCIDENT, body=requests.exceptions.ReadTimeout("slow"))

    with pytest.raises(Ambiguous):
        connector.update(REF, {"severity": "Low"}, EXPECT)
    assert len(puts(server)) == 1


def test_a_create_reads_the_name_first_and_sends_a_version_that_nothing_has(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    gone(server)
    server.put(INCIDENT, status=201, json=incident(title="x", severity="Low", status="New", labels=("watchkeeper",)))

    connector.create(DRAFT)

    (body,) = puts(server)
    assert body["etag"] == NO_VERSION
    assert {"labelName": "watchkeeper-key:soc/x@2026-11-23"} in body["properties"]["labels"]


@pytest.mark.parametrize(("status", "answer"), [(200, incident()), (409, CONFLICT)])
def test_a_create_that_met_an_incident_says_so(
    connector: SentinelConnector, server: responses.RequestsMock, status: int, answer: dict[str, Any]
) -> None:
    gone(server)
    server.put(INCIDENT, status=status, json=answer)

    with pytest.raises(AlreadyExists, match=NAME):
        connector.create(DRAFT)


def test_a_name_that_is_taken_is_never_put_over(connector: SentinelConnector, server: responses.RequestsMock) -> None:
    server.get(INCIDENT, json=incident())

    with pytest.raises(AlreadyExists):
        connector.create(DRAFT)
    assert puts(server) == []


@pytest.mark.parametrize("fields", [{"title": "x", "severity": "", "status": "New"}, {"priority": "1"}])
def test_a_draft_that_cannot_be_written_is_refused_before_any_write(
    connector: SentinelConnector, server: responses.RequestsMock, fields: dict[str, str]
) -> None:
    gone(server)

    with pytest.raises(Rejected, match="correct the profile"):
        connector.create(Draft(REF, "soc/x", fields))
    assert puts(server) == []


def test_a_mode_that_does_not_write_sends_nothing(server: responses.RequestsMock) -> None:
    expect_sign_in(server)
    server.get(INCIDENT, json=incident())
    observer = open_connector(CONFIG, transport(writes=False), FixedClock(), lambda: 0.0)

    with pytest.raises(WritesForbidden):
        observer.update(REF, {"severity": "Low"}, EXPECT)
    assert puts(server) == []


def test_there_is_no_other_table_than_incidents(connector: SentinelConnector) -> None:
    with pytest.raises(Config, match="sentinel/incidents"):
        connector.update(RecordRef("sentinel", "alerts", NAME), {"title": "x"}, EXPECT)


def test_a_comment_whose_write_conflicts_but_is_there_was_ours(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    draft = CommentDraft(REF, "origin-1", "from <b>ServiceNow</b>")
    name = connector.chosen_comment_id(REF, draft.id)
    assert name is not None
    server.put(f"{INCIDENT}/comments/{name}", status=409, json=CONFLICT)
    server.get(
        f"{INCIDENT}/comments/{name}",
        json=comment(name, "from &lt;b&gt;ServiceNow&lt;/b&gt;", "2026-11-23T08:00:00Z"),
    )

    assert connector.add_comment(draft).text == "from <b>ServiceNow</b>"


def test_a_comment_whose_write_conflicts_and_is_not_there_is_a_conflict(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    draft = CommentDraft(REF, "origin-1", "x")
    url = f"{INCIDENT}/comments/{connector.chosen_comment_id(REF, draft.id)}"
    server.put(url, status=409, json=CONFLICT)
    server.get(url, status=404, json={})

    with pytest.raises(PreconditionFailed):
        connector.add_comment(draft)


def test_the_name_of_a_comment_depends_on_incident_and_origin_alone(connector: SentinelConnector) -> None:
    upper = RecordRef("sentinel", "incidents", NAME.upper())

    assert connector.chosen_comment_id(REF, "a") == connector.chosen_comment_id(upper, "a")
    assert connector.chosen_comment_id(REF, "a") != connector.chosen_comment_id(REF, "b")


@pytest.mark.parametrize(("status", "answer"), [(200, {}), (202, {}), (200, {"name": NAME, "etag": ETAG})])
def test_a_write_whose_answer_is_no_incident_may_have_happened(
    connector: SentinelConnector, server: responses.RequestsMock, status: int, answer: dict[str, Any]
) -> None:
    server.get(INCIDENT, json=incident())
    server.put(INCIDENT, status=status, json=answer)

    with pytest.raises(Ambiguous, match=NAME):
        connector.update(REF, {"severity": "Low"}, EXPECT)
    assert len(puts(server)) == 1


def test_a_comment_whose_answer_is_no_comment_may_have_been_written(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    draft = CommentDraft(REF, "origin-1", "x")
    server.put(f"{INCIDENT}/comments/{connector.chosen_comment_id(REF, draft.id)}", status=201, json={})

    with pytest.raises(Ambiguous, match="may have been written"):
        connector.add_comment(draft)


def test_fields_of_an_answer_that_cannot_be_read_are_not_guessed(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENT, json=incident())
    server.put(INCIDENT, body="<html>ok</html>", content_type="text/html")

    with pytest.raises(Ambiguous):
        connector.update(REF, {"severity": "Low"}, EXPECT)


def test_an_incident_that_comes_without_its_version_cannot_be_written_under_one(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENT, json={**incident(), "etag": None})

    with pytest.raises(Protocol, match="without its name or etag"):
        connector.update(REF, {"severity": "Low"}, EXPECT)
    assert puts(server) == []


def test_a_comment_whose_answer_has_no_name_may_have_been_written(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    draft = CommentDraft(REF, "origin-1", "x")
    nameless = comment("", "x", "2026-11-23T08:00:00Z")
    server.put(f"{INCIDENT}/comments/{connector.chosen_comment_id(REF, draft.id)}", status=201, json=nameless)

    with pytest.raises(Ambiguous, match="it has no name; it may have been written"):
        connector.add_comment(draft)

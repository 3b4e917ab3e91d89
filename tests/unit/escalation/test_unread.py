"""What could not be read is told with the ticket that it is about, by system, in every form of the report."""

from __future__ import annotations

import pytest
from tests.unit.escalation.soc import STALE, UNKNOWN, Soc, tokyo
from tests.unit.escalation.world import KEIKO, a_comment, a_ticket, an_incident

from watchkeeper.model.audit import AuditReport
from watchkeeper.model.record import SENTINEL, RecordRef
from watchkeeper.report import html, markdown, text
from watchkeeper.report.audit import audit_document
from watchkeeper.report.machine import audit_json
from watchkeeper.report.texts import texts_in

WHY = "Log Analytics: the workspace does not answer"


@pytest.fixture
def report(soc: Soc) -> AuditReport:
    """A pair of which Sentinel tells nothing, and an incident of which nobody tells anything."""
    soc.hold(a_ticket(correlation_id="42"), an_incident())
    alone = RecordRef(SENTINEL, "incidents", f"0b5d0f4e-0000-4000-8000-{9:012x}")
    soc.hold(an_incident(alone, "43"))
    soc.happen(a_comment(KEIKO, tokyo("2026-11-17 09:00")))
    soc.sentinel.untold = WHY
    return soc.audit()


def test_the_verdict_names_the_side_and_the_reason(report: AuditReport) -> None:
    kinds = {verdict.numbers: verdict.kind for verdict in report.verdicts}
    assert kinds == {("INC0010001", "42"): STALE, ("43",): UNKNOWN}
    assert {verdict.unread for verdict in report.verdicts} == {((SENTINEL, WHY),)}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_form_for_people_says_it_beside_the_ticket(report: AuditReport, language: str) -> None:
    document = audit_document(report, language)
    page = html.render(document, texts=texts_in(language), hosts=())
    for shown in (text.render(document), markdown.render(document, texts=texts_in(language)), page):
        # Once for each ticket, and once for the system as a whole.
        assert " ".join(shown.split()).count("does not answer") >= 3


def test_the_json_has_it_by_ticket_and_side(report: AuditReport) -> None:
    rows = audit_json(report)["verdicts"]
    assert [row["unread"] for row in rows] == [[{"side": SENTINEL, "reason": WHY}]] * 2

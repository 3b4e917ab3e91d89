"""The report of remediation tells the SOC what waits for a ticket because its owner has got enough new ones."""

from __future__ import annotations

from pathlib import Path

from jsonschema import Draft202012Validator
from tests.evidence_history import TODAY, EvidenceHistory, half_a_year
from tests.unit.report.kept_evidence import NOW, store_of

from watchkeeper.evidence.kept import OWNER_TICKETS, REMEDIATION
from watchkeeper.evidence.owners import Owner, Ownership
from watchkeeper.model.owner_ticket import OwnerTickets, Untold
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.sources import DEFENDER
from watchkeeper.report import machine, text
from watchkeeper.report.period import period
from watchkeeper.report.remediation import RemediationReport, remediation_report
from watchkeeper.report.remediation_document import remediation_document
from watchkeeper.report.remediation_forms import remediation_json

OWNERS = Ownership((Owner("tokyo", "Tokyo workplace", device_groups=("Tokyo clients",)),))


def test_what_has_no_ticket_yet_is_counted_by_owner_and_what_is_done_meanwhile_is_not(tmp_path: Path) -> None:
    history = half_a_year(DEFENDER, first=TODAY)
    [day] = [each for each in history.kept if each.kind is REMEDIATION]
    with store_of(EvidenceHistory((day,), history.raw), tmp_path) as store:
        before = remediation_report(store, "d", NOW, period("7d", TODAY), OWNERS)
        tokyo, unowned = before.workloads
        about = [("tokyo", tokyo.waiting[0]), ("unowned", unowned.waiting[0]), ("unowned", unowned.waiting[1])]
        digest = [Untold(owner, each.recommendation, each.title, each.left, None) for owner, each in about]
        digest.append(Untold("tokyo", "update/what-is-done-by-now", "", 1, None))
        store.keep_snapshots([Snapshot(OWNER_TICKETS, TODAY, NOW, OwnerTickets((), tuple(digest)))])
        after = remediation_report(store, "d", NOW, period("7d", TODAY), OWNERS)
    assert (said(before).count("no ticket yet"), waiting(before)) == (0, {"tokyo": 0, "unowned": 0})
    assert "3 things to mend have no ticket yet (Tokyo workplace: 1 and unowned: 2)" in said(after)
    assert "3 件にはまだチケットがありません" in said(after, "ja")
    assert waiting(after) == {"tokyo": 1, "unowned": 2}


def said(report: RemediationReport, language: str = "en") -> str:
    return " ".join(text.render(remediation_document(report, language), colour=False).split())


def waiting(report: RemediationReport) -> dict[str, int]:
    found = remediation_json(report)
    Draft202012Validator(machine.schema("report-remediation")).validate(found)
    return {each["id"]: len(each["without_ticket"]) for each in found["owners"]}

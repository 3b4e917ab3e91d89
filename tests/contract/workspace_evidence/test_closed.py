"""Closed incidents about phishing and data loss: which ones, in what state, and whom they were aimed at."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from tests.contract.workspace_evidence.rig import MONTH, WorkspaceRig

from watchkeeper.errors import Unavailable
from watchkeeper.model.evidence import Emptiness, Subject
from watchkeeper.model.workspace import ClosedIncident

MAIL = "Microsoft Defender for Office 365"
PURVIEW = "Microsoft Data Loss Prevention"


def told(rig: WorkspaceRig) -> tuple[ClosedIncident, ...]:
    return rig.evidence.closed_incidents(rig.clock.now() - MONTH, rig.clock.now()).rows


def test_an_incident_is_told_as_it_was_closed(rig: WorkspaceRig) -> None:
    made = rig.clock.now()
    alerts = [{"title": "Mail with phish URLs", "product": MAIL, "mailboxes": ["Keiko@contoso.example"]}]
    name = rig.opens("Phish delivered", severity="High", alerts=alerts)
    rig.advance(timedelta(hours=2))
    closed = rig.clock.now()
    rig.closes(name, "FalsePositive", classificationReason="InaccurateData")
    (found,) = told(rig)
    assert found.number == "1"
    assert (found.title, found.about, found.severity) == ("Phish delivered", "phishing", "High")
    assert (found.classification, found.reason) == ("FalsePositive", "InaccurateData")
    assert (found.created_at, found.closed_at) == (made, closed)
    assert found.targets == ("keiko@contoso.example",)
    assert found.url.startswith("https://security.microsoft.com/incident2/")


class TestWhatCountsAsClosed:
    def test_not_what_is_open(self, rig: WorkspaceRig) -> None:
        rig.does("edit", rig.opens(), severity="High")
        assert told(rig) == ()

    def test_not_what_was_opened_again(self, rig: WorkspaceRig) -> None:
        """Its row of the closing is still in the table: the latest state comes before the look at the status."""
        name = rig.opens()
        rig.closes(name)
        rig.does("reopen", name)
        assert told(rig) == ()

    def test_not_what_was_deleted(self, rig: WorkspaceRig) -> None:
        name = rig.opens(provider="alert")
        rig.closes(name)
        assert len(told(rig)) == 1
        rig.does("delete", name)
        assert told(rig) == ()

    def test_not_what_was_merged_into_another(self, rig: WorkspaceRig) -> None:
        source, target = rig.opens("Phishing, first wave"), rig.opens("Phishing, second wave")
        rig.people("merge", incident=source, into=target)
        rig.closes(target)
        assert [each.title for each in told(rig)] == ["Phishing, second wave"]

    def test_once_and_when_it_was_closed_last(self, rig: WorkspaceRig) -> None:
        name = rig.opens()
        rig.closes(name, "FalsePositive")
        rig.does("reopen", name)
        between = rig.clock.now()
        rig.closes(name, "TruePositive")
        (found,) = told(rig)
        assert (found.classification, found.closed_at) == ("TruePositive", between)
        assert rig.closed(between - timedelta(hours=1), between) == []

    def test_also_what_was_commented_on_afterwards(self, rig: WorkspaceRig) -> None:
        name = rig.opens()
        closed = rig.clock.now()
        rig.closes(name)
        rig.advance(timedelta(days=3))
        rig.does("edit", name, description="Found again in the review")
        assert [each.closed_at for each in told(rig)] == [closed]

    def test_from_the_first_instant_on_and_not_the_last(self, rig: WorkspaceRig) -> None:
        name = rig.opens()
        closed = rig.clock.now()
        rig.closes(name)
        (found,) = told(rig)
        assert found.closed_at == closed
        assert rig.closed(closed, closed + timedelta(seconds=1)) == [found.title]
        assert rig.closed(closed - timedelta(seconds=1), closed) == []

    def test_never_what_is_ours(self, rig: WorkspaceRig) -> None:
        for label in ("watchkeeper", "watchkeeper-key:contract/phishing-and-dlp/soc@2026-11-16"):
            rig.closes(rig.opens("Review phishing and DLP campaigns", labels=[label]))
        assert told(rig) == ()


class TestWhatItIsAbout:
    def about(self, rig: WorkspaceRig, title: str, *alerts: dict[str, Any]) -> list[str]:
        rig.closes(rig.opens(title, alerts=list(alerts) or [{"title": "Something"}]))
        return [each.about for each in told(rig)]

    @pytest.mark.parametrize(
        ("title", "about"),
        [
            ("Phishing mail reported by a user", ["phishing"]),
            ("Email messages containing PHISH URLs removed", ["phishing"]),
            ("フィッシングの疑い", ["phishing"]),
            ("DLP policy (Finance) matched for document", ["dlp"]),
            ("Data Loss Prevention alert", ["dlp"]),
            ("データ損失防止ポリシーの一致", ["dlp"]),
            ("Suspicious sign-in", []),
            ("Rare paddlpump reading", []),
        ],
    )
    def test_its_title_says(self, rig: WorkspaceRig, title: str, about: list[str]) -> None:
        assert self.about(rig, title) == about

    @pytest.mark.parametrize(
        ("alert", "about"),
        [
            ({"title": "A potentially malicious URL click was detected", "product": MAIL}, ["phishing"]),
            ({"title": "Email messages containing malware removed", "product": MAIL}, []),
            ({"title": "Upload to an unsanctioned site", "product": PURVIEW}, ["dlp"]),
            ({"title": "Phish delivered", "product": "Azure Sentinel"}, ["phishing"]),
            ({"title": "Malware on a workstation", "product": "Microsoft Defender for Endpoint"}, []),
        ],
    )
    def test_or_an_alert_of_it(self, rig: WorkspaceRig, alert: dict[str, Any], about: list[str]) -> None:
        """Defender calls an incident of several alerts after all of them (move-to-defender), so its own title may say nothing."""
        assert self.about(rig, "Multi-stage incident involving one user", {"title": "Odd"}, alert) == about


class TestTargets:
    def test_are_the_accounts_and_mailboxes_of_all_alerts_each_once(self, rig: WorkspaceRig) -> None:
        alerts = [
            {"title": "Phish", "product": MAIL, "accounts": ["b@x.example"], "mailboxes": ["B@x.example", "a@x.example"]},
            {"title": "Odd sign-in", "accounts": ["c@x.example", "svc-scanner"]},
        ]  # fmt: skip
        rig.closes(rig.opens("Phishing", alerts=alerts))
        (found,) = told(rig)
        assert found.targets == ("a@x.example", "b@x.example", "c@x.example", "svc-scanner")

    def test_of_an_alert_that_is_older_than_the_window_are_told(self, rig: WorkspaceRig) -> None:
        name = rig.opens("Phishing", alerts=[{"title": "Phish", "accounts": ["a@x.example"]}])
        rig.advance(timedelta(days=100))
        rig.closes(name)
        (found,) = told(rig)
        assert found.targets == ("a@x.example",)

    def test_repeat_over_a_month(self, month: WorkspaceRig) -> None:
        found = told(month)
        assert Counter(each.about for each in found) == {"phishing": 21, "dlp": 15}
        assert {each.classification for each in found} == {
            "TruePositive", "BenignPositive", "FalsePositive", "Undetermined"
        }  # fmt: skip
        counts = Counter(target for each in found for target in each.targets)
        assert max(counts.values()) >= 5
        assert [each.closed_at for each in found] == sorted(each.closed_at for each in found)


class TestAnswersThatAreNotWhole:
    def test_are_asked_for_in_portions(self, month: WorkspaceRig) -> None:
        whole = told(month)
        month.logs_told(options={"most_rows": 5})
        assert told(month) == whole

    def test_one_that_breaks_once_is_asked_again(self, month: WorkspaceRig) -> None:
        whole = told(month)
        for trouble in ("partial", "timeout"):
            month.logs_told(next=[trouble])
            assert told(month) == whole

    def test_are_no_answer_where_no_portion_is_small_enough(self, month: WorkspaceRig) -> None:
        month.logs_told(options={"most_rows": 0})
        with pytest.raises(Unavailable, match="did not tell all of closed-incidents") as broken:
            told(month)
        assert broken.value.attempt.system == "sentinel"

    def test_late_rows_are_told_when_they_have_come(self, rig: WorkspaceRig) -> None:
        rig.people("close", incident=rig.opens(), fields={"classification": "TruePositive"})
        assert told(rig) == ()
        rig.advance(timedelta(minutes=10))
        assert len(told(rig)) == 1


def test_a_workspace_without_the_incidents_table_has_none(rig: WorkspaceRig) -> None:
    rig.logs_told(options={"missing_tables": ["SecurityIncident"]})
    found = rig.evidence.closed_incidents(rig.clock.now() - MONTH, rig.clock.now())
    assert (found.rows, found.empty) == ((), Emptiness.NOT_FOUND)


def test_a_workspace_without_the_alerts_table_goes_by_titles_and_products(month: WorkspaceRig) -> None:
    whole = told(month)
    month.logs_told(options={"missing_tables": ["SecurityAlert"]})
    found = told(month)
    assert [each.number for each in found] == [each.number for each in whole]
    assert all(each.targets == () for each in found)


def test_whom_incidents_were_aimed_at_is_not_told_to_be_nobody_where_the_alerts_table_is_not_there(
    rig: WorkspaceRig,
) -> None:
    rig.logs_told(options={"missing_tables": ["SecurityAlert"]})
    rig.closes(rig.opens(alerts=[]))
    assert rig.read(Subject.CLOSED_INCIDENTS).set_aside == ()
    rig.closes(rig.opens())
    (told,) = rig.read(Subject.CLOSED_INCIDENTS).set_aside
    assert told.place == "closed-incidents: SecurityAlert"


def test_property_names_are_read_however_they_are_spelled(month: WorkspaceRig) -> None:
    whole = told(month)
    for case in ("camel", "pascal"):
        month.logs_told(options={"key_case": case})
        assert told(month) == whole

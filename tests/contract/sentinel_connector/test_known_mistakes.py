"""Mistakes that clients of the incidents API are known to make, one class each, and what ours does instead.

Sources: wortell/AZSentinel issue 89 (partial PUT); Azure/Azure-Sentinel issues 883, 909, 13491 (versions, labels, bursts);
briandelmsft/SentinelAutomationModules issue 211 (parallel writes); splunk-soar-connectors/mssentinel (watermarks);
defender-docs sentinel/delete-incident, defender-xdr/alerts-incidents-correlation, sentinel/move-to-defender.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tests.contract.sentinel_connector.rig import SentinelRig
from tests.effort import tried
from tests.scopes import shipped_scope

from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.world import Exchange
from watchkeeper.errors import (
    AlreadyExists,
    Ambiguous,
    PreconditionFailed,
    Protocol,
    Rejected,
    Throttled,
    Unavailable,
    WatchkeeperError,
)
from watchkeeper.model.activity import CommentDraft
from watchkeeper.model.capabilities import Capabilities
from watchkeeper.model.findings import Check
from watchkeeper.model.record import SENTINEL, Absent, Draft, Record, RecordRef
from watchkeeper.model.scan import Page, ScanEnd
from watchkeeper.report.checks import finding_text, remedy_text
from watchkeeper.report.texts import texts_in

MARKER = "contract/defender-xdr-portal/soc-oversight@2026-11-16"
ALL = frozenset({"title", "description", "status", "severity", "labels", "owner.userPrincipalName", "classification"})
READ_ONLY = {"lastModifiedTimeUtc"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@pytest.fixture
def rig() -> SentinelRig:
    return SentinelRig()


def created(rig: SentinelRig) -> Record:
    return rig.connector.create(rig.draft(MARKER, "Check licences")).record


def seeded(rig: SentinelRig, **fields: Any) -> RecordRef:
    (made,) = rig.arm.seed({"labels": ["escalation"], **fields})["incidents"]
    return RecordRef("sentinel", "incidents", made["name"])


def read(rig: SentinelRig, ref: RecordRef) -> Record:
    found = rig.connector.get([ref], ALL)[ref]
    assert isinstance(found, Record)
    return found


def properties(rig: SentinelRig, ref: RecordRef) -> dict[str, Any]:
    """What the service holds, by its own account."""
    (item,) = (item for item in rig.arm.records() if item["name"] == ref.id)
    held: dict[str, Any] = item["properties"]
    return held


def label_names(rig: SentinelRig, ref: RecordRef) -> dict[str, str]:
    return {label["labelName"]: label["labelType"] for label in properties(rig, ref)["labels"]}


def scanned(rig: SentinelRig, since: str | None = None) -> tuple[list[Record], ScanEnd]:
    *pages, end = rig.connector.scan(rig.feed(), since)
    assert isinstance(end, ScanEnd)
    return [record for page in pages if isinstance(page, Page) for record in page.records], end


class TestReadingBackFromTheTable:
    def test_a_write_is_confirmed_by_arm_and_never_by_the_lagging_table(self, rig: SentinelRig) -> None:
        record = created(rig)
        rig.connector.update(record.ref, {"severity": "Low"}, record.revision)
        read(rig, record.ref)

        assert {entry.system for entry in rig.requests()} == {"arm"}


class TestPartialPut:
    def test_owner_description_times_and_unknown_properties_survive_an_update(self, rig: SentinelRig) -> None:
        extra = {"teamInformation": {"teamId": "7", "teamName": "対応"}, "techniques": ["T1566"], "x": None}
        ref = seeded(rig, owner="ava.nguyen", description="Seen twice", extra=extra)
        before = properties(rig, ref)

        rig.connector.update(ref, {"severity": "Low"}, read(rig, ref).revision)

        after = properties(rig, ref)
        assert {name for name in after if after[name] != before.get(name)} - READ_ONLY == {"severity"}
        assert set(after) == set(before)

    @tried(40, suppress_health_check=[HealthCheck.too_slow])
    @given(st.dictionaries(st.text("xyz", min_size=1, max_size=5), json_values, max_size=3))
    def test_whatever_the_service_adds_goes_back_byte_for_byte(self, extra: dict[str, Any]) -> None:
        rig = SentinelRig()
        ref = seeded(rig, extra=extra)
        record = rig.connector.update(ref, {"title": "x"}, read(rig, ref).revision).record
        rig.connector.close(ref, rig.closing, record.revision)

        held = properties(rig, ref)
        assert {name: held[name] for name in extra} == extra


class TestIgnoringTheVersion:
    def test_an_update_works_where_the_service_refuses_one_without_a_version(self, rig: SentinelRig) -> None:
        rig.switch(etagless_update="conflicts")
        record = created(rig)

        assert rig.connector.update(record.ref, {"severity": "Low"}, record.revision).refused == ()

    def test_a_create_works_where_the_service_takes_no_version_for_what_is_not_there(self, rig: SentinelRig) -> None:
        rig.switch(version_of_nothing="conflicts")

        assert created(rig).fields["title"] == "Check licences"

    def test_a_create_that_arrives_late_writes_over_nothing(self, rig: SentinelRig) -> None:
        """As from a process that stood still between its look and its write, while others went on."""
        draft = rig.draft(MARKER, "Check licences")

        def meanwhile(exchange: Exchange) -> None:
            if exchange.phase == "before" and exchange.request.method == "PUT":
                stop()
                rig.open(rig.transport).create(draft)
                rig.people("edit", incident=draft.ref.id, fields={"title": "renamed", "labels": ["seen"]})

        stop = rig.world.listen(meanwhile)
        with pytest.raises(AlreadyExists):
            rig.connector.create(draft)

        assert properties(rig, draft.ref)["title"] == "renamed"
        assert "seen" in label_names(rig, draft.ref)

    def test_a_version_without_quotes_is_sent_as_it_came(self, rig: SentinelRig) -> None:
        rig.switch(plain_etags=True)
        record = created(rig)

        assert rig.connector.update(record.ref, {"severity": "Low"}, record.revision).record.fields["severity"] == "Low"

    def test_a_conflict_with_nobody_is_a_conflict_that_the_next_look_gets_over(self, rig: SentinelRig) -> None:
        rig.switch(conflict_every=1)
        record = created(rig)
        with pytest.raises(PreconditionFailed):
            rig.connector.update(record.ref, {"severity": "Low"}, record.revision)

        rig.switch(conflict_every=2)
        now = read(rig, record.ref)
        assert rig.connector.update(record.ref, {"severity": "Low"}, now.revision).refused == ()

    def test_a_conflict_with_our_own_landed_write_is_ambiguous_and_the_write_is_not_repeated(
        self, rig: SentinelRig
    ) -> None:
        """A person may have said just the same: only the record's history tells that apart."""
        record = created(rig)
        rig.switch(landed_conflicts=1)
        writes = rig.writes_made()

        with pytest.raises(Ambiguous):
            rig.connector.update(record.ref, {"severity": "Low"}, record.revision)
        assert (read(rig, record.ref).fields["severity"], rig.writes_made()) == ("Low", writes + 1)

    def test_a_close_that_landed_before_its_conflict_is_ambiguous(self, rig: SentinelRig) -> None:
        record = created(rig)
        rig.switch(landed_conflicts=1)

        with pytest.raises(Ambiguous):
            rig.connector.close(record.ref, rig.closing, record.revision)
        assert read(rig, record.ref).fields["status"] == "Closed"

    @pytest.mark.parametrize("kind", ["drop_after", "timeout_after", "status_after", "empty_after", "page_after"])
    def test_an_answer_that_got_lost_is_ambiguous_and_the_write_is_not_repeated(
        self, rig: SentinelRig, kind: str
    ) -> None:
        record = created(rig)
        writes = rig.writes_made()
        rig.fault(kind, method="PUT", times=1)

        with pytest.raises(Ambiguous):
            rig.connector.update(record.ref, {"severity": "Low"}, record.revision)
        assert rig.writes_made() == writes + 1
        assert read(rig, record.ref).fields["severity"] == "Low"


class TestOverwritingLabels:
    def test_labels_of_others_and_automatic_ones_stay(self, rig: SentinelRig) -> None:
        ref = seeded(rig, provider="xdr", labels=["escalation", "vip"])

        rig.connector.update(ref, {"labels": ("INC0010001", "escalation", "vip")}, read(rig, ref).revision)

        assert label_names(rig, ref) == {
            "Defender": "AutoAssigned",
            "escalation": "User",
            "vip": "User",
            "INC0010001": "User",
        }

    def test_a_merged_incident_keeps_the_label_that_says_so(self, rig: SentinelRig) -> None:
        ref = created(rig).ref
        rig.people("merge", who="system", incident=ref.id, into=seeded(rig).id)

        rig.connector.update(ref, {"labels": ("INC0010001",)}, read(rig, ref).revision)

        assert label_names(rig, ref)["Redirected"] == "AutoAssigned"


class TestParallelWritesToOneIncident:
    def test_the_tasks_of_one_host_are_written_one_after_the_other(self, rig: SentinelRig) -> None:
        below = _InFlight(rig)
        rig.connector.identity()
        drafts = [_task(rig, f"contract/duty-{number}/soc@2026-11-16") for number in range(24)]
        with ThreadPoolExecutor(8) as pool:
            written = list(pool.map(rig.connector.create, drafts))

        assert len({each.record.ref for each in written}) == 24
        assert below.most == 1


class _InFlight:
    """How many writes below one incident are under way at once."""

    def __init__(self, rig: SentinelRig) -> None:
        self.most = 0
        self._lock = threading.Lock()
        self._now: Counter[str] = Counter()
        rig.world.listen(self._see)

    def _see(self, exchange: Exchange) -> None:
        if exchange.request.method != "PUT":
            return
        incident = exchange.request.path.split("/incidents/")[1].split("/")[0]
        with self._lock:
            self._now[incident] += 1 if exchange.phase == "before" else -1
            self.most = max(self.most, self._now[incident])


def _task(rig: SentinelRig, marker: str) -> Draft:
    ref = rig.connector.chosen_ref("incident-tasks", marker)
    return Draft(ref, marker, {"title": marker, "description": "Do it", "status": "New"})


class TestWatermarks:
    @pytest.mark.parametrize("digits", range(8))
    def test_no_change_is_missed_however_many_digits_a_time_has(self, rig: SentinelRig, digits: int) -> None:
        rig.switch(fraction_digits=digits)
        refs = [rig.person_opens(f"Alert {number}") for number in range(3)]
        seen, end = scanned(rig)
        rig.person_edits(refs[0])
        changed, _ = scanned(rig, end.watermark)

        fresh = {(each.ref, each.revision) for each in changed} - {(each.ref, each.revision) for each in seen}
        assert {ref for ref, _ in fresh} == {refs[0]}

    def test_the_order_of_the_rows_and_our_own_clock_mean_nothing(self, rig: SentinelRig) -> None:
        first, last = rig.person_opens("First"), rig.person_opens("Last")
        rig.advance(timedelta(minutes=30))
        rig.person_edits(first)
        _, end = scanned(rig)
        rig.advance(timedelta(minutes=30))
        rig.person_edits(last)

        records, _ = scanned(rig, end.watermark)

        assert last in {record.ref for record in records}

    def test_rows_that_come_again_on_the_next_page_are_given_once(self, rig: SentinelRig) -> None:
        rig.switch(overlapping_pages=5)
        rig.arm.seed({"count": 1010, "labels": ["escalation"]})

        records, end = scanned(rig)

        assert (len(records), len({record.ref for record in records}), end.complete) == (1010, 1010, True)


class TestNextLinks:
    def test_a_link_that_says_everything_twice_is_followed(self, rig: SentinelRig) -> None:
        rig.switch(next_link="repeated_parameters")
        rig.arm.seed({"count": 1010, "labels": ["escalation"]})

        records, end = scanned(rig)

        assert (len(records), end.complete) == (1010, True)

    @pytest.mark.parametrize("kind", ["foreign_host", "other_port", "endless"])
    def test_a_link_that_leads_away_or_nowhere_is_not_followed(self, rig: SentinelRig, kind: str) -> None:
        rig.switch(next_link=kind)
        rig.arm.seed({"count": 1010, "labels": ["escalation"]})

        _, end = scanned(rig)

        assert (end.complete, end.watermark) == (False, None)
        assert len({entry.query for entry in rig.requests() if entry.path.endswith("/incidents")}) == 1


class TestDeletedIncidents:
    def test_a_deleted_incident_is_proven_deleted_and_not_made_anew_by_a_late_update(self, rig: SentinelRig) -> None:
        record = created(rig)
        rig.people("delete", incident=record.ref.id)
        rig.advance(timedelta(minutes=10))

        answer = rig.connector.get([record.ref], ALL)[record.ref]
        assert isinstance(answer, Absent)
        assert answer.deleted
        with pytest.raises(WatchkeeperError):
            rig.connector.update(record.ref, {"severity": "Low"}, record.revision)
        assert all(item["deleted"] for item in rig.arm.records() if item["name"] == record.ref.id)


class TestMergedIncidents:
    def test_a_merged_incident_says_so_and_is_not_taken_for_resolved(self, rig: SentinelRig) -> None:
        ref = seeded(rig)
        rig.people("merge", who="system", incident=ref.id, into=seeded(rig).id)

        merged = read(rig, ref)

        assert (merged.fields["status"], merged.redirected_to) == ("Closed", "unknown")


class TestClosingOnAGuess:
    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"status": "Closed"}, "needs a classification"),
            (
                {"status": "Closed", "classification": "Undetermined", "classificationReason": "InaccurateData"},
                "no reason",
            ),
            ({"status": "Closed", "classification": "TruePositive"}, "SuspiciousActivity"),
        ],
    )
    def test_a_close_without_its_classification_or_with_a_wrong_reason_is_not_sent(
        self, rig: SentinelRig, changes: dict[str, str], told: str
    ) -> None:
        record = created(rig)
        writes = rig.writes_made()

        with pytest.raises(Rejected, match=told):
            rig.connector.close(record.ref, changes, record.revision)
        assert rig.writes_made() == writes

    @pytest.mark.parametrize("rule", ["kept", "dropped", "refused"])
    def test_no_classification_is_ever_sent_with_an_open_status(self, rig: SentinelRig, rule: str) -> None:
        record = created(rig)
        closed = rig.connector.close(record.ref, rig.closing, record.revision).record
        rig.switch(open_classification=rule)
        reopened = {"status": "Active", "classification": "", "classificationReason": "", "classificationComment": ""}

        opened = rig.connector.update(record.ref, reopened, closed.revision).record

        assert (opened.fields["status"], opened.fields["classification"]) == ("Active", None)


class TestEchoes:
    def test_our_comment_is_ours_when_it_is_read_and_stands_once_however_often_it_is_written(
        self, rig: SentinelRig
    ) -> None:
        ref = created(rig).ref
        for _ in range(3):
            rig.connector.add_comment(CommentDraft(ref, "servicenow:1", "seen"))

        (comment,) = rig.connector.comments([ref])[ref]
        assert comment.author.id == rig.connector.identity().account
        assert comment.id == rig.connector.chosen_comment_id(ref, "servicenow:1")


class TestHalfAnswers:
    def test_the_token_bucket_of_arm_is_never_emptied(self) -> None:
        rig = SentinelRig(WorldOptions(quotas=True))
        ref = created(rig).ref

        for _ in range(400):
            read(rig, ref)

        assert rig.slept
        assert 429 not in {entry.status for entry in rig.requests()}

    """What is no answer is neither a success nor a crash."""

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ({"kind": "status", "status": 429}, Throttled),
            ({"kind": "status", "status": 502}, Unavailable),
            ({"kind": "page", "status": 502}, Unavailable),
            ({"kind": "page"}, Protocol),
            ({"kind": "empty"}, Protocol),
            ({"kind": "empty", "status": 204}, Protocol),
            ({"kind": "truncate"}, Protocol),
            ({"kind": "content_type"}, Protocol),
        ],
    )
    def test_a_read(self, rig: SentinelRig, fault: dict[str, Any], error: type[WatchkeeperError]) -> None:
        ref = created(rig).ref
        rig.fault(method="GET", **fault)

        with pytest.raises(error):
            rig.connector.get([ref], ALL)

    @pytest.mark.parametrize("kind", ["empty_after", "page_after", "truncate", "content_type"])
    def test_a_write_may_have_happened(self, rig: SentinelRig, kind: str) -> None:
        rig.fault(kind, method="PUT")

        with pytest.raises(Ambiguous):
            created(rig)

    def test_a_quota_without_a_time_to_come_back_is_waited_for_and_no_write_is_lost(self, rig: SentinelRig) -> None:
        rig.switch(published_minimums=True, retry_after=False)

        for number in range(80):
            rig.connector.create(rig.draft(f"{MARKER}-{number}", "x"))

        assert len(rig.arm.records()) == 80
        assert rig.slept

    @pytest.mark.parametrize("deed", ["create", "comment"])
    def test_a_limit_of_the_service_is_refused_and_not_tried_for_ever(self, rig: SentinelRig, deed: str) -> None:
        ref = created(rig).ref
        rig.switch(most_comments=0)
        deeds: dict[str, Callable[[], object]] = {
            "create": lambda: rig.connector.create(rig.draft(MARKER, "again")),
            "comment": lambda: rig.connector.add_comment(CommentDraft(ref, "servicenow:1", "one more")),
        }

        with pytest.raises((AlreadyExists, Rejected)):
            deeds[deed]()


class TestTheAzurePortalForEver:
    def test_an_incident_of_defender_is_opened_in_defender(self, rig: SentinelRig) -> None:
        rig.switch(onboarded=True)
        ref = seeded(rig)

        record = read(rig, ref)

        assert record.url.startswith("https://security.microsoft.com/incident2/")
        assert properties(rig, ref)["providerName"] == "Microsoft XDR"
        assert record.fields["description"] is None

    def test_what_the_api_makes_in_an_onboarded_workspace_is_none_of_defenders_incidents(
        self, rig: SentinelRig
    ) -> None:
        rig.switch(onboarded=True)
        ours, theirs = created(rig), read(rig, seeded(rig))

        assert properties(rig, ours.ref)["providerName"] == "Azure Sentinel"
        assert properties(rig, theirs.ref)["providerName"] == "Microsoft XDR"
        assert ours.url.startswith("https://portal.azure.com/")
        assert theirs.url.startswith("https://security.microsoft.com/")

    def test_an_onboarded_workspace_is_warned_about(self, rig: SentinelRig) -> None:
        rig.switch(onboarded=True)
        seeded(rig)

        (portal,) = [probe for probe in rig.connector.probes(shipped_scope(SENTINEL)) if probe.check is Check.PORTAL]
        assert "not shown" in finding_text(portal, texts_in("en"))
        assert "none" in remedy_text(portal, texts_in("en"))


class TestLongTexts:
    @pytest.mark.parametrize("text", ["x" * 40_000, "長" * 40_000, "<&>" * 12_000])
    def test_a_comment_longer_than_the_service_takes_is_cut(self, rig: SentinelRig, text: str) -> None:
        ref = created(rig).ref

        rig.connector.add_comment(CommentDraft(ref, "servicenow:1", text))

        (item,) = (item for item in rig.arm.records() if item["name"] == ref.id)
        assert len(item["comments"][0]["properties"]["message"]) <= 30_000

    def test_an_incident_that_takes_no_more_comments_says_so_and_is_asked_once(self, rig: SentinelRig) -> None:
        rig.switch(most_comments=2)
        ref = created(rig).ref
        for number in range(2):
            rig.connector.add_comment(CommentDraft(ref, f"servicenow:{number}", "seen"))
        before = rig.writes_made()

        with pytest.raises(Rejected):
            rig.connector.add_comment(CommentDraft(ref, "servicenow:2", "seen"))
        assert rig.writes_made() == before + 1

    def test_the_last_comments_of_an_incident_are_left_to_people(self, rig: SentinelRig) -> None:
        capabilities: Capabilities = rig.connector.capabilities
        assert capabilities.comment_limit is not None
        assert capabilities.comment_limit <= 95


class TestShapes:
    """Answers that differ from the documented ones are read, or told record by record."""

    @pytest.mark.parametrize("casing", ["lower", "misspelt"])
    def test_ids_are_never_taken_apart(self, rig: SentinelRig, casing: str) -> None:
        ref = seeded(rig)
        plain = read(rig, ref)
        rig.switch(casing=casing)

        assert read(rig, ref) == plain

    def test_numbers_where_texts_are_usual_and_texts_where_numbers_are(self, rig: SentinelRig) -> None:
        ref = seeded(rig, title="4711")
        rig.person_comments(ref, "42")
        rig.switch(loose_types=True)

        record = read(rig, ref)

        assert (record.fields["title"], record.number) == ("4711", "1")
        assert [comment.text for comment in rig.connector.comments([ref])[ref]] == ["42"]

    @pytest.mark.parametrize("name", ["severity", "status", "classification", "labelType", "ownerType"])
    def test_a_value_that_nobody_knows_is_kept_as_it_is(self, rig: SentinelRig, name: str) -> None:
        values = {"New": "Triage", "High": "Critical", "Closed": "Triage", "Undetermined": "Perhaps"}
        ref = seeded(rig, severity="High", owner="ava.nguyen", status="Closed")
        rig.switch(unknown_values={name: {**values, "User": "Imported", "Unknown": "Robot"}})

        record = read(rig, ref)

        expected = {"severity": "Critical", "status": "Triage", "classification": "Perhaps"}
        assert record.fields.get(name) == expected.get(name)

    @pytest.mark.parametrize("name", ["etag", "lastModifiedTimeUtc", "labels", "owner", "additionalData", "title"])
    def test_a_key_that_is_missing_is_told_for_its_record_or_is_missing_there(
        self, rig: SentinelRig, name: str
    ) -> None:
        seeded(rig)
        rig.switch(missing_keys=(name,))

        *pages, end = rig.connector.scan(rig.feed(), None)

        (page,) = pages
        assert isinstance(page, Page)
        assert isinstance(end, ScanEnd)
        assert (len(page.records), len(page.unreadable)) == ((0, 1) if name == "etag" else (1, 0))
        assert end.complete

    def test_a_comment_under_a_name_that_is_no_guid_is_read(self, rig: SentinelRig) -> None:
        ref = created(rig).ref
        rig.people("comment", incident=ref.id, text="from elsewhere", fields={"name": "1763254200"})

        assert [comment.id for comment in rig.connector.comments([ref])[ref]] == ["1763254200"]

    def test_an_incident_is_found_by_number_where_the_filter_does_not_take_numbers(self, rig: SentinelRig) -> None:
        ref, _ = seeded(rig), seeded(rig)
        rig.switch(number_filter=False)

        assert [found.ref for found in rig.connector.look_up("incidents", "1", ALL)] == [ref]

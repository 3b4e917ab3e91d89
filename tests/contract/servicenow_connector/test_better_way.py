"""The usual mistakes of ServiceNow integrations, and what this connector does instead: access, queries, writes, time and authorship.

Each class is named after a mistake. The connector is the real one, the instance is emulated with the switch on that punishes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.contract.servicenow_connector.rig import ServiceNowRig
from tests.scopes import shipped_scope

from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.servicenow.cast import sys_id
from watchkeeper.errors import AuthFailed, NotFound, PreconditionFailed, Protocol, Rejected, WatchkeeperError
from watchkeeper.model.activity import ActivityKind
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.population import Condition, Feed, Filter, Operator
from watchkeeper.model.record import SERVICENOW, Absent, RawFields, Record, RecordRef, Refused, Revision, Written
from watchkeeper.model.scan import Page, ScanEnd, ScanItem
from watchkeeper.transport import Secret
from watchkeeper_servicenow import BasicLogin, ServiceNowConnector

ROBOT = "watchkeeper"
CLOSING = ServiceNowRig.closing


@pytest.fixture
def rig() -> ServiceNowRig:
    return ServiceNowRig()


def opened(
    rig: ServiceNowRig, count: int, *, apart: timedelta = timedelta(seconds=1), **fields: Any
) -> list[RecordRef]:
    """So many incidents of a person, one after another."""
    refs = []
    for number in range(count):
        rig.advance(apart)
        refs.append(
            rig.people("create", fields={"short_description": f"ticket {number}", "category": "security", **fields})
        )
    return refs


def denied(operation: str, *, table: str = "incident", **more: Any) -> dict[str, Any]:
    return {"table": table, "operation": operation, "deny": [ROBOT], **more}


def seed(rig: ServiceNowRig, **command: Any) -> None:
    rig.servicenow.seed(command)


def walked(walk: Iterator[ScanItem]) -> tuple[list[RecordRef], ScanEnd]:
    *pages, end = walk
    assert isinstance(end, ScanEnd)
    return [record.ref for page in pages if isinstance(page, Page) for record in page.records], end


def small_pages(rig: ServiceNowRig, size: int = 2) -> ServiceNowConnector:
    return rig.open(rig.transport, page_size=size)


def read(rig: ServiceNowRig, ref: RecordRef, *fields: str) -> Record:
    record = rig.connector.get([ref], frozenset(fields))[ref]
    assert isinstance(record, Record)
    return record


def updated(rig: ServiceNowRig, ref: RecordRef, changes: RawFields) -> Written:
    return rig.connector.update(ref, changes, read(rig, ref).revision)


class TestOffsetPagingWithoutAUniqueOrder:
    """Mistake 1. Instead: a keyset of (sys_updated_on, sys_id) under a frozen upper bound."""

    @pytest.mark.parametrize("size", [1, 2, 5, 7])
    def test_rows_of_one_second_come_once_each(self, rig: ServiceNowRig, size: int) -> None:
        refs = opened(rig, 7, apart=timedelta(0))
        found, end = walked(small_pages(rig, size).scan(rig.feed(), None))
        assert sorted(found, key=str) == sorted(refs, key=str)
        assert end.complete

    def test_rows_that_move_during_the_walk_are_neither_lost_nor_met_twice(self, rig: ServiceNowRig) -> None:
        refs = opened(rig, 8)
        rig.advance(timedelta(minutes=1))
        connector = small_pages(rig)
        walk = connector.scan(rig.feed(), None)
        first = next(walk)
        assert isinstance(first, Page)
        rig.advance(timedelta(minutes=1))
        rig.person_edits(refs[0])
        rig.person_edits(refs[5])
        rest, end = walked(walk)
        met = [*(record.ref for record in first.records), *rest]
        assert len(met) == len(set(met))
        assert set(refs) - set(met) <= {refs[5]}
        again, _ = walked(connector.scan(rig.feed(), end.watermark))
        assert set(met) | set(again) == set(refs)

    def test_rows_that_leave_the_filter_during_the_walk_take_no_other_row_with_them(self, rig: ServiceNowRig) -> None:
        refs = opened(rig, 8)
        rig.advance(timedelta(minutes=1))
        walk = small_pages(rig).scan(rig.feed(), None)
        next(walk)
        for ref in refs[:3]:
            rig.people("edit", sys_id=ref.id, fields={"category": "network"})
        rest, _ = walked(walk)
        assert set(refs[3:]) <= set(rest)


class TestAShortPageTakenForTheLast:
    """Mistake 2. Instead: the walk ends where the count of matching rows ends, whatever access rules left of a page."""

    @pytest.mark.parametrize(
        "shown", [{0, 1}, {10, 11}, {5}, {0, 11}, set()], ids=["head", "tail", "middle", "ends", "none"]
    )
    def test_pages_emptied_by_access_rules_are_passed(self, rig: ServiceNowRig, shown: set[int]) -> None:
        refs = opened(rig, 12)
        hidden = [ref.id for number, ref in enumerate(refs) if number not in shown]
        seed(rig, acl=[denied("read", condition=f"sys_idIN{','.join(hidden)}")])
        found, end = walked(small_pages(rig).scan(rig.feed(), None))
        assert found == [refs[number] for number in sorted(shown)]
        assert end.complete

    def test_hidden_rows_that_move_away_meanwhile_do_not_pull_a_visible_row_out_of_sight(
        self, rig: ServiceNowRig
    ) -> None:
        """Passing hidden rows by offset, a row that leaves the window moves all behind it one place up."""
        refs = opened(rig, 9)
        rig.advance(timedelta(minutes=1))
        seed(rig, acl=[denied("read", condition=f"sys_idIN{','.join(ref.id for ref in refs[:6])}")])
        moved: list[RecordRef] = []

        def move(exchange: Any) -> None:
            if exchange.phase == "after" and "sysparm_offset=4" in exchange.request.raw_query and not moved:
                rig.advance(timedelta(seconds=30))
                moved.extend(refs[:2])
                for ref in refs[:2]:
                    rig.person_edits(ref)

        rig.world.listen(move)
        found, end = walked(small_pages(rig).scan(rig.feed(), None))
        assert moved
        assert found == refs[6:]
        assert end.complete

    def test_side_tables_are_read_to_the_end_too(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        for number in range(5):
            rig.person_comments(ref, f"note {number}")
        seed(rig, acl=[denied("read", table="sys_journal_field", condition="valueINnote 0,note 1,note 2")])
        with pytest.raises(Rejected, match="3 work notes of incident are hidden") as refused:
            small_pages(rig).comments([ref])
        assert "sys_journal_field" in refused.value.remedy


class TestACountOrAFilteredAnswerTakenForTheTruth:
    """Mistake 3. Instead: not visible is never deleted, a missing key is never empty, and a right that lacks is named."""

    def test_a_hidden_record_is_absent_and_not_deleted(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        seed(rig, acl=[denied("read")])
        absent = rig.connector.get([ref], frozenset({"state"}))[ref]
        assert isinstance(absent, Absent)
        assert not absent.deleted
        with pytest.raises(NotFound, match="hidden"):
            rig.connector.update(ref, {"urgency": "1"}, Revision("0", 0))

    def test_a_key_that_is_hidden_is_unknown_and_not_empty(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1, assigned_to="Keiko")
        seed(rig, acl=[denied("read", field="assigned_to"), denied("read", field="close_notes")])
        record = read(rig, ref, "assigned_to", "close_notes", "short_description")
        assert (record.fields["assigned_to"], record.fields["close_notes"]) == (None, None)
        assert record.fields["short_description"] == "ticket 0"

    @pytest.mark.parametrize(
        "field", ["sys_mod_count", "sys_updated_on", "sys_created_on", "correlation_id", "correlation_display"]
    )
    def test_a_record_whose_identity_or_revision_is_hidden_is_named_and_passes_for_nobodys(
        self, rig: ServiceNowRig, field: str
    ) -> None:
        (ref,) = opened(rig, 1)
        ways = [{"table": "incident", "operation": way, "field": field, "allow": ["itil"]} for way in _QUERIES]
        seed(rig, acl=[denied("read", field=field), *ways])
        page, end = rig.connector.scan(rig.feed(), None)
        assert isinstance(page, Page)
        assert page.records == ()
        assert [(row.ref, row.reason) for row in page.unreadable] == [(ref, f"{field} is not readable")]
        assert isinstance(end, ScanEnd)
        with pytest.raises(Rejected, match=f"{field} is not readable") as refused:
            rig.connector.get([ref], frozenset())
        assert "read access" in refused.value.remedy

    @pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
    @pytest.mark.parametrize(
        ("operation", "field", "right"),
        [
            ("query_range", "sys_updated_on", "query_range on sys_updated_on"),
            ("query_range", "sys_id", "query_range on "),
            ("query_match", "category", "query_match on "),
        ],
    )
    def test_a_right_to_query_that_lacks_is_named(
        self, rig: ServiceNowRig, operation: str, field: str, right: str, named: bool
    ) -> None:
        seed(rig, acl=[denied(operation, field=field, named=named)])
        with pytest.raises(AuthFailed, match="Insufficient rights to query records") as refused:
            walked(rig.connector.scan(rig.feed(), None))
        assert right in refused.value.remedy
        assert field in refused.value.remedy
        assert "incident" in refused.value.remedy

    @pytest.mark.parametrize("count", [1, 80], ids=["alone", "in-a-batch"])
    def test_a_search_for_our_key_that_may_not_be_made_is_no_empty_result(self, rig: ServiceNowRig, count: int) -> None:
        seed(rig, acl=[denied("query_match", field="correlation_id")])
        with pytest.raises(AuthFailed, match="correlation_id") as refused:
            rig.connector.find("incident", [f"prod/{number}" for number in range(count)], frozenset())
        assert "query_match on correlation_id" in refused.value.remedy

    def test_a_closed_endpoint_is_for_an_administrator_to_open(self, rig: ServiceNowRig) -> None:
        seed(rig, acl=[denied("api")])
        with pytest.raises(AuthFailed, match="Failed API level ACL Validation"):
            walked(rig.connector.scan(rig.feed(), None))

    def test_the_probes_tell_all_of_it_beforehand(self, rig: ServiceNowRig) -> None:
        opened(rig, 1)
        seed(rig, acl=[denied("query_range", field="sys_updated_on"), denied("read", table="sys_audit")])
        opened(rig, 1, urgency="1")
        probes = rig.connector.probes(shipped_scope(SERVICENOW))
        found = {(probe.check, probe.subject): probe for probe in probes}
        assert found[Check.RANGE, "incident"].finding is Finding.RANGE_REFUSED
        assert found[Check.RANGE, "incident"].args["fields"] == "sys_updated_on"


class TestAMistypedFieldThatWidensAFilter:
    """Mistake 5. Instead: every row is checked again where it arrives, in either mode of the instance."""

    @pytest.mark.parametrize("strict", [False, True])
    def test_no_row_outside_the_filter_arrives(self, strict: bool) -> None:
        rig = ServiceNowRig(WorldOptions(invalid_query_returns_no_rows=strict))
        opened(rig, 3)
        mistyped = Filter((Condition("categroy", Operator.IN, ("security",)),))
        feed = Feed(SERVICENOW, "incident", frozenset({"short_description"}), (mistyped,))
        found, end = walked(rig.connector.scan(feed, None))
        assert found == []
        assert end.complete

    def test_a_mistyped_field_that_is_refused_may_be_a_right_or_a_name(self, rig: ServiceNowRig) -> None:
        seed(rig, refuse_unknown_fields=True)
        mistyped = Filter((Condition("categroy", Operator.IN, ("security",)),))
        with pytest.raises(AuthFailed, match="categroy") as refused:
            walked(rig.connector.scan(Feed(SERVICENOW, "incident", frozenset(), (mistyped,)), None))
        assert "a field that the table does not have" in refused.value.remedy

    @pytest.mark.parametrize(("strict", "outcome"), [(False, ProbeOutcome.WARN), (True, ProbeOutcome.OK)])
    def test_a_canary_tells_which_mode_the_instance_is_in(self, strict: bool, outcome: ProbeOutcome) -> None:
        rig = ServiceNowRig(WorldOptions(invalid_query_returns_no_rows=strict))
        opened(rig, 1)
        found = {probe.check: probe.outcome for probe in rig.connector.probes(shipped_scope(SERVICENOW))}
        assert found[Check.INVALID_QUERY] is outcome

    def test_an_instance_that_refuses_unknown_fields_widens_nothing(self, rig: ServiceNowRig) -> None:
        opened(rig, 1)
        seed(rig, refuse_unknown_fields=True)
        found = {probe.check: probe.outcome for probe in rig.connector.probes(shipped_scope(SERVICENOW))}
        assert found[Check.INVALID_QUERY] is ProbeOutcome.OK


class TestAnySuccessTakenForData:
    """Mistake 6. Instead: a whole JSON list of records, or nothing; of a write, the record, or it may have happened."""

    @pytest.mark.parametrize("shape", ["half", "error_row", "malformed"])
    def test_a_cut_answer_is_never_a_page(self, rig: ServiceNowRig, shape: str) -> None:
        opened(rig, 4)
        rig.fault("truncate", method="GET", shape=shape)
        found, end = walked(rig.connector.scan(rig.feed(), None))
        assert found == []
        assert (end.complete, end.watermark) == (False, None)
        rig.heal()
        assert len(walked(rig.connector.scan(rig.feed(), None))[0]) == 4

    def test_a_web_page_is_never_a_record(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        rig.fault("html200", method="GET")
        with pytest.raises(Protocol):
            rig.connector.get([ref], frozenset())


class TestAWriteThatIsNotVerified:
    """Mistake 9. Instead: the returned record is compared with what was sent; a refusal becomes an error that says who refused."""

    def test_a_field_that_was_kept_without_a_word_is_reported(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1, urgency="3")
        seed(rig, acl=[denied("write", field="urgency")])
        written = updated(rig, ref, {"urgency": "1", "impact": "1"})
        assert written.refused == (Refused("urgency", "1", "3"),)
        assert written.record.fields["impact"] == "1"

    def test_an_unknown_field_is_reported(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        assert updated(rig, ref, {"u_nothing": "1"}).refused == (Refused("u_nothing", "1", None),)

    def test_a_computed_field_is_reported_with_what_was_computed(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        assert updated(rig, ref, {"priority": "1", "urgency": "2"}).refused == (Refused("priority", "1", "4"),)

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_state_that_a_rule_rewrote_is_read_back(self, rig: ServiceNowRig, when: str) -> None:
        (ref,) = opened(rig, 1)
        seed(rig, rules=[_rule("Close at once", when=when, condition="state=6", set={"state": "7"})])
        written = rig.connector.close(ref, CLOSING, read(rig, ref).revision)
        assert written.refused == (Refused("state", "6", "7"),)
        assert written.record.fields["state"] == "7"
        assert written.record.revision == read(rig, ref).revision

    def test_a_rewrite_behind_the_answer_makes_the_next_write_look_again(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        seed(rig, rules=[_rule("Tidy up", when="async", on=["update"], set={"short_description": "tidied"})])
        written = updated(rig, ref, {"urgency": "1"})
        assert written.refused == ()
        with pytest.raises(PreconditionFailed):
            rig.connector.update(ref, {"urgency": "2"}, written.record.revision)
        assert read(rig, ref, "short_description").fields["short_description"] == "tidied"

    def test_an_abort_names_the_rule(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        seed(rig, rules=[_rule("Keep robots' hands off", users=[ROBOT], abort=True)])
        with pytest.raises(Rejected, match="aborted by Business Rule") as refused:
            updated(rig, ref, {"urgency": "1"})
        assert "Keep robots' hands off" in refused.value.remedy
        assert refused.value.attempt.status == 403

    def test_a_data_policy_names_the_fields(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        seed(rig, rules=[_rule("Service first", condition="state=6", mandatory=["business_service", "cause"])])
        with pytest.raises(Rejected, match="Data Policy Exception") as refused:
            rig.connector.close(ref, CLOSING, read(rig, ref).revision)
        assert "Business service, Cause" in refused.value.remedy
        assert "profile" in refused.value.remedy

    @pytest.mark.parametrize("rule", [denied("write"), denied("write", field="urgency", answer="refuse")])
    def test_an_access_rule_names_the_right_and_the_fields(self, rig: ServiceNowRig, rule: dict[str, Any]) -> None:
        (ref,) = opened(rig, 1)
        seed(rig, acl=[rule])
        with pytest.raises(Rejected, match="ACL Exception Update Failed") as refused:
            updated(rig, ref, {"urgency": "1"})
        assert "write access to incident (fields urgency)" in refused.value.remedy

    def test_so_does_one_that_forbids_to_create(self, rig: ServiceNowRig) -> None:
        seed(rig, acl=[denied("create")])
        with pytest.raises(Rejected, match="ACL Exception Insert Failed") as refused:
            rig.connector.create(rig.draft("prod/x", "Weekly review"))
        assert "create access to incident" in refused.value.remedy

    def test_a_refused_write_is_made_once(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        seed(rig, rules=[_rule("No", users=[ROBOT], abort=True)])
        with pytest.raises(WatchkeeperError):
            updated(rig, ref, {"urgency": "1"})
        assert rig.writes_made() == 1


class TestLocalAndDisplayTimes:
    """Mistake 11. Instead: UTC literals and raw values, so that the account's own settings change nothing."""

    SETTINGS = (
        {"time_zone": "Asia/Tokyo", "preferred_language": "ja"},
        {"time_zone": "America/Los_Angeles", "date_format": "MM/dd/yyyy", "time_format": "hh:mm:ss a"},
        {"time_zone": "Pacific/Kiritimati", "date_format": "dd.MM.yyyy", "preferred_language": "de"},
    )

    def _settings(self, rig: ServiceNowRig, user: str, settings: dict[str, str]) -> None:
        seed(rig, rows=[{"table": "sys_user", "sys_id": sys_id("sys_user", user), "fields": settings}])

    @pytest.mark.parametrize("settings", SETTINGS, ids=["ja", "us", "far-east"])
    def test_a_watermark_means_the_same_whatever_the_accounts_zone(
        self, rig: ServiceNowRig, settings: dict[str, str]
    ) -> None:
        self._settings(rig, ROBOT, settings)
        old = opened(rig, 2)
        _, end = walked(rig.connector.scan(rig.feed(), None))
        rig.advance(timedelta(hours=1))
        new = opened(rig, 1)
        found, _ = walked(rig.connector.scan(rig.feed(), end.watermark))
        assert found[-1:] == new
        assert set(found) <= {old[1], *new, old[0]}
        rig.advance(timedelta(hours=1))
        _, end = walked(rig.connector.scan(rig.feed(), end.watermark))
        assert walked(rig.connector.scan(rig.feed(), end.watermark))[0] == new

    def test_users_of_other_zones_and_languages_read_the_same_records(self, rig: ServiceNowRig) -> None:
        refs = opened(rig, 3, state="2")
        readers = ("keiko.tanaka", "liam.byrne", "ava.nguyen")
        for user, settings in zip(readers, self.SETTINGS, strict=True):
            self._settings(rig, user, settings)
        fields = frozenset({"state", "opened_at", "urgency", "assigned_to", "short_description"})
        password = Secret(rig.options.servicenow_password)
        seen = []
        for user in readers:
            connector = rig.open(rig.transport, credentials=BasicLogin(user, password))
            scanned, _ = walked(connector.scan(rig.feed(), None))
            seen.append((scanned, connector.get(refs, fields)))
        assert seen[0] == seen[1] == seen[2]
        assert seen[0][0] == refs

    def test_a_time_is_written_in_utc_whatever_the_accounts_zone(self, rig: ServiceNowRig) -> None:
        self._settings(rig, ROBOT, self.SETTINGS[1])
        (ref,) = opened(rig, 1)
        written = updated(rig, ref, {"due_date": "2026-11-20 18:00:00", "state": "2"})
        assert written.refused == ()
        assert rig.servicenow.records()[0]["due_date"] == "2026-11-20 18:00:00"

    def test_the_clock_is_the_instances(self, rig: ServiceNowRig) -> None:
        self._settings(rig, ROBOT, self.SETTINGS[2])
        opened(rig, 1)
        _, end = walked(rig.connector.scan(rig.feed(), None))
        assert end.server_time == rig.clock.now()


class TestAWatermarkThatIsNow:
    """Mistake 12. Instead: the newest row seen, less an overlap, moved only by a whole walk; and a full sweep now and then."""

    def test_a_row_of_the_newest_second_that_became_visible_late_is_still_found(self, rig: ServiceNowRig) -> None:
        opened(rig, 1)
        _, end = walked(rig.connector.scan(rig.feed(), None))
        late = rig.people("create", fields={"short_description": "same second", "category": "security"})
        rig.advance(timedelta(minutes=5))
        assert late in walked(rig.connector.scan(rig.feed(), end.watermark))[0]

    def test_a_walk_that_was_cut_short_moves_nothing(self, rig: ServiceNowRig) -> None:
        opened(rig, 4)
        _, before = walked(rig.connector.scan(rig.feed(), None))
        rig.advance(timedelta(hours=1))
        opened(rig, 4)
        rig.fault("truncate", method="GET", shape="error_row", after=1)
        connector = small_pages(rig)
        _, cut = walked(connector.scan(rig.feed(), before.watermark))
        assert (cut.complete, cut.watermark) == (False, None)

    def test_what_changed_without_a_stamp_is_found_by_the_full_sweep_only(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        _, end = walked(rig.connector.scan(rig.feed(), None))
        rig.advance(timedelta(hours=1))
        opened(rig, 1)
        _, end = walked(rig.connector.scan(rig.feed(), end.watermark))
        quiet = {
            "table": "incident",
            "sys_id": ref.id,
            "fields": {"short_description": "changed by a script"},
            "quiet": True,
        }
        seed(rig, rows=[quiet])
        assert ref not in walked(rig.connector.scan(rig.feed(), end.watermark))[0]
        page, *_ = rig.connector.scan(rig.feed(), None)
        assert isinstance(page, Page)
        assert page.records[0].fields["short_description"] == "changed by a script"

    def test_a_rule_that_hides_its_update_does_not_hide_the_record_from_reads_by_id(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        seed(rig, rules=[_rule("Quiet", when="after", on=["update"], auto_sys_fields=False, set={"cause": "found"})])
        written = updated(rig, ref, {"urgency": "1"})
        assert written.record.fields["cause"] == "found"
        assert written.record.revision == read(rig, ref).revision


class TestAuthorshipByLastWriter:
    """Mistake 13. Instead: authors come from journal and audit; what cannot be read there is unknown, never "nobody"."""

    def test_the_last_writer_is_not_the_only_author(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        begin = rig.clock.now()
        rig.advance(timedelta(minutes=1))
        rig.person_comments(ref, "looking into it")
        rig.advance(timedelta(minutes=1))
        updated(rig, ref, {"urgency": "1"})
        report = rig.connector.activity("incident", begin, rig.clock.now(), [ref.id])
        assert report.readable
        assert read(rig, ref).updated_by == ROBOT
        assert {(deed.author.id, deed.kind) for deed in report.activities} >= {
            ("keiko.tanaka", ActivityKind.COMMENT),
            (ROBOT, ActivityKind.FIELD),
        }

    def test_the_job_that_closes_old_tickets_is_seen_as_itself(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        rig.people("resolve", sys_id=ref.id)
        rig.advance(timedelta(days=8))
        begin = rig.clock.now()
        seed(rig, jobs=["Autoclose Incidents"])
        report = rig.connector.activity("incident", begin, rig.clock.now(), [ref.id])
        assert {(deed.author.id, deed.field) for deed in report.activities} >= {("admin", "state")}
        assert {deed.author.id for deed in report.activities} == {"admin"}

    @pytest.mark.parametrize("table", ["sys_journal_field", "sys_audit"])
    @pytest.mark.parametrize(
        "rule",
        [
            {"operation": "read"},
            {"operation": "read", "answer": "refuse"},
            {"operation": "api"},
            {"operation": "query_range", "field": "sys_created_on"},
        ],
        ids=["hidden", "refused", "closed", "unqueryable"],
    )
    def test_a_history_that_may_not_be_read_is_unknown(
        self, rig: ServiceNowRig, table: str, rule: dict[str, Any]
    ) -> None:
        (ref,) = opened(rig, 1)
        begin = rig.clock.now()
        rig.person_comments(ref, "looking into it")
        rig.person_edits(ref)
        seed(rig, acl=[denied(table=table, **rule)])
        report = rig.connector.activity("incident", begin, rig.clock.now(), [ref.id])
        assert not report.readable
        assert table in report.reason

    def test_rows_that_only_repeat_the_journal_are_not_asked_for(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        begin = rig.clock.now()
        rig.person_comments(ref, "looking into it")
        seed(rig, acl=[denied("read", table="sys_audit", condition="fieldname=work_notes")])
        report = rig.connector.activity("incident", begin, rig.clock.now(), [ref.id])
        assert report.readable
        assert [deed.kind for deed in report.activities] == [ActivityKind.COMMENT]

    def test_one_hidden_row_is_enough(self, rig: ServiceNowRig) -> None:
        (ref,) = opened(rig, 1)
        begin = rig.clock.now()
        rig.person_comments(ref, "looking into it")
        rig.person_comments(ref, "secret")
        seed(rig, acl=[denied("read", table="sys_journal_field", condition="value=secret")])
        report = rig.connector.activity("incident", begin, rig.clock.now(), [ref.id])
        assert not report.readable
        assert "hidden" in report.reason


_QUERIES = ("query_match", "query_range")


def _rule(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "table": "incident", **more}

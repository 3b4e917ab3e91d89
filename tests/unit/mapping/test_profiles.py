"""What the two shipped profiles promise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from watchkeeper.mapping.laws import violations
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.lens_text import TextLens
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import CloseFrom, LinkBack, Owner, Profile, ProfileKind, ResolverKind
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.model.plan import LATE_NUMBER
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields, Record, RecordRef, Revision
from watchkeeper.model.ticket import Canonical, Severity, Status, Unmapped

MAPPINGS = Path(__file__).parents[3] / "mappings"
PROFILES = load_profiles(MAPPINGS)
MAINTENANCE, ESCALATION = PROFILES["maintenance"], PROFILES["escalation"]
TASKS = PROFILES["maintenance-task"]
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)

TASK = {
    "id": "secure-score-report",
    "title": "Generate the Secure Score report",
    "summary": "Report how the score moved.",
    "priority": "low",
    "checklist": ["Open the portal", "Export the score"],
    "evidence": ["The report"],
    "done_when": ["Sent to the owners"],
    "links": [{"name": "Guide", "url": "https://example.com/guide"}],
}


def occurrence(**changes: object) -> dict[str, object]:
    context: dict[str, object] = {
        "language": "en",
        "task": TASK,
        "team": {"id": "monitoring", "name": "Monitoring"},
        "teams": [],
        "occurrence": {
            "key": "secure-score-report/monitoring@2026-11-23",
            "period": "2026-11-23",
            "due": NOW,
            "due_local": NOW.astimezone(ZoneInfo("Asia/Tokyo")),
            "zone": "Asia/Tokyo",
            "reason": "",
        },
        "servicenow": {"url": "https://acme.service-now.com/x", "number": LATE_NUMBER},
        "sentinel": {"url": "https://portal.azure.com/y", "number": ""},
    }
    return context | changes


def new_record(profile: Profile, side: str, context: Mapping[str, object]) -> RawFields:
    values = TemplateComposer().compose(profile, side, context)
    fields: dict[str, object] = {}
    for name, value in values.items():
        raw = profile.field(name).lenses[side].create(value)
        assert not isinstance(raw, Unmapped)
        fields.update(raw)
    return fields  # type: ignore[return-value]


class TestLaws:
    @pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
    def test_every_table_keeps_the_laws_with_its_transitions(self, profile: Profile) -> None:
        lenses = [lens for rule in profile.fields for lens in rule.lenses.values() if isinstance(lens, TableLens)]
        assert len(lenses) == (3 if profile.name == "maintenance-task" else 4)
        for lens in lenses:
            assert list(violations(lens, lens.domain, lens.writable)) == []

    @pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
    @pytest.mark.parametrize("side", [SERVICENOW, SENTINEL])
    def test_every_status_and_severity_can_be_created_on_either_side(self, profile: Profile, side: str) -> None:
        for name, values in (("status", Status), ("severity", Severity)):
            lens = profile.field(name).lenses.get(side)
            assert lens is not None or (profile.name, side, name) == ("maintenance-task", SENTINEL, "severity")
            for value in values if lens is not None else ():
                assert not isinstance(lens.create(value.value), Unmapped)

    @pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
    def test_every_priority_combination_means_something(self, profile: Profile) -> None:
        lens = profile.field("severity").lenses[SERVICENOW]
        for impact in "123":
            for urgency in "123":
                assert not isinstance(lens.get({"impact": impact, "urgency": urgency}), Unmapped)

    def test_informational_is_not_low_and_on_hold_is_not_closed(self) -> None:
        severity, status = ESCALATION.field("severity"), ESCALATION.field("status")
        assert not severity.agree("informational", "low")
        assert not status.agree("on-hold", "closed")
        assert status.agree("on-hold", "active")
        assert status.agree("resolved", "cancelled")

    def test_a_task_is_open_or_completed_and_a_reopened_one_is_work_again(self) -> None:
        status = TASKS.field("status").lenses[SENTINEL]
        written = {value.value: status.create(value.value) for value in Status}
        assert {name for name, raw in written.items() if raw == {"status": "New"}} == {"new", "active", "on-hold"}
        assert {name for name, raw in written.items() if raw == {"status": "Completed"}} == {
            "resolved",
            "closed",
            "cancelled",
        }
        assert (status.get({"status": "New"}), status.get({"status": "Completed"})) == ("active", "resolved")
        assert isinstance(status.get({"status": "Deferred"}), Unmapped)

    def test_an_incident_that_was_merged_away_is_left_alone(self) -> None:
        held = ESCALATION.read(SENTINEL, {"status": "Closed", "labels": ("Redirected",), "severity": "Low"})
        assert held["status"] == Unmapped(("status",), "Closed", "redirected")
        assert "labels" in ESCALATION.raw_fields(SENTINEL)
        assert MAINTENANCE.sides[SENTINEL].also_read == ("labels",)

    def test_a_closed_or_cancelled_ticket_is_final(self) -> None:
        lens = ESCALATION.field("status").lenses[SERVICENOW]
        for state in ("7", "8"):
            assert isinstance(lens.put("active", {"state": state}), Unmapped)
        assert lens.put("active", {"state": "6"}) == {"state": "2"}

    def test_no_shipped_profile_ever_writes_closed_or_reads_the_computed_priority(self) -> None:
        for profile in PROFILES.values():
            lens = profile.field("status").lenses[SERVICENOW]
            assert all(lens.create(status.value) != {"state": "7"} for status in Status)
            assert "priority" not in profile.raw_fields(SERVICENOW)


class TestMaintenance:
    def test_what_people_replan_is_set_once(self) -> None:
        once = {rule.name for rule in MAINTENANCE.fields if rule.owner is Owner.CREATE_ONCE}
        assert once == {"title", "description", "due", "group", "owner", "labels"}

    def test_it_stays_out_of_the_socs_figures(self) -> None:
        assert MAINTENANCE.sides[SERVICENOW].constants == {"category": "soc_maintenance", "contact_type": "integration"}
        assert MAINTENANCE.sides[SENTINEL].labels == ("watchkeeper", "soc-maintenance")
        assert MAINTENANCE.comments == ()
        assert MAINTENANCE.kind is ProfileKind.MAINTENANCE

    def test_either_side_may_close(self) -> None:
        assert {rules.close_from for rules in MAINTENANCE.sides.values()} == {CloseFrom.ANYONE}
        assert all(rules.creates and not rules.population for rules in MAINTENANCE.sides.values())

    def test_a_new_ticket(self) -> None:
        fields = new_record(MAINTENANCE, SERVICENOW, occurrence())
        description = fields["description"]
        assert {name: value for name, value in fields.items() if name != "description"} == {
            "short_description": "[SOC] Generate the Secure Score report - Monitoring, due 2026-11-23",
            "state": "1",
            "impact": "3",
            "urgency": "3",
            "due_date": "2026-11-23 08:00:00",
        }
        assert isinstance(description, str)
        assert "Due: 2026-11-23 17:00 (Asia/Tokyo)\nTeam: Monitoring" in description
        assert "What to do:\n- Open the portal\n- Export the score" in description
        assert "- Guide: https://example.com/guide" in description
        assert "Key: secure-score-report/monitoring@2026-11-23" in description
        assert "Raised because" not in description

    def test_a_new_incident(self) -> None:
        fields = new_record(MAINTENANCE, SENTINEL, occurrence(language="ja"))
        assert fields["title"] == "【SOC】Generate the Secure Score report（Monitoring、期限 2026-11-23）"
        assert (fields["status"], fields["severity"]) == ("New", "Informational")
        assert fields["labels"] == ("soc-maintenance", "watchkeeper")
        assert str(fields["description"]).startswith(
            "Report how the score moved.\n\n期限: 2026-11-23 17:00（Asia/Tokyo）"
        )

    def test_a_raised_one_says_why(self) -> None:
        context = occurrence()
        context["occurrence"] = {**context["occurrence"], "reason": "New licence bought"}  # type: ignore[dict-item]
        assert "Raised because: New licence bought" in str(new_record(MAINTENANCE, SERVICENOW, context)["description"])

    def test_a_title_fits_whatever_the_task_is_called(self) -> None:
        task = {**TASK, "title": "監視" * 200}
        title = new_record(MAINTENANCE, SERVICENOW, occurrence(task=task, language="ja"))["short_description"]
        assert isinstance(title, str)
        assert len(title) == 160


class TestEscalation:
    def test_who_may_close_what(self) -> None:
        assert ESCALATION.sides[SERVICENOW].close_from is CloseFrom.SOC_TEAMS
        assert ESCALATION.sides[SENTINEL].close_from is CloseFrom.ANYONE
        assert ESCALATION.sides[SERVICENOW].resolver_field == "resolved_by"

    def test_severity_is_never_lowered_and_the_higher_one_wins(self) -> None:
        rule = ESCALATION.field("severity")
        assert rule.may_lower is False
        assert rule.resolver is ResolverKind.FURTHEST

    def test_comments_cross_both_ways(self) -> None:
        assert set(ESCALATION.comments) == {(SERVICENOW, SENTINEL), (SENTINEL, SERVICENOW)}

    def test_what_exists_already_is_paired_by_what_is_on_it(self) -> None:
        assert ESCALATION.sides[SERVICENOW].pair_by == "correlation_id"
        assert ESCALATION.sides[SENTINEL].pair_by == "labels"
        assert ESCALATION.sides[SENTINEL].link_back is LinkBack.LABEL

    def test_a_waiting_ticket_is_exempt_for_five_working_days(self) -> None:
        assert ESCALATION.hold_max == 5
        assert ESCALATION.sides[SERVICENOW].follow_up_field == "follow_up"

    @pytest.mark.parametrize(
        ("fields", "belongs"),
        [
            ({"category": "security", "assignment_group": "g1"}, True),
            ({"category": "security", "assignment_group": "g9"}, False),
            ({"category": "network", "assignment_group": "g1"}, False),
            ({"category": "security", "assignment_group": ""}, False),
            ({"category": "security"}, False),
        ],
    )
    def test_the_population_is_security_tickets_of_soc_groups(self, fields: RawFields, belongs: bool) -> None:
        profile = load_profiles(MAPPINGS, groups=("g1", "g2"))["escalation"]
        record = Record(RecordRef(SERVICENOW, "incident", "1"), "INC1", "", Revision("1"), NOW, NOW, fields)
        assert profile.in_population(record) is belongs

    def test_a_record_with_our_sign_is_never_an_escalation(self) -> None:
        ref = RecordRef(SENTINEL, "incidents", "1")
        record = Record(ref, "1", "", Revision("1"), NOW, NOW, {"labels": ("escalation", "watchkeeper")}, ours=True)
        assert ESCALATION.in_population(record) is False

    def test_a_mirrored_record_says_where_it_comes_from(self) -> None:
        context = {
            "ticket": {"title": "Odd sign-in", "description": "From two places."},
            "record": {"number": "INC0010001", "name": "INC0010001", "url": "https://acme.service-now.com/x"},
        }
        fields = new_record(ESCALATION, SENTINEL, context)
        assert fields["title"] == "Odd sign-in"
        assert str(fields["description"]).startswith(
            "From two places.\n\nMirrored by Watchkeeper from INC0010001: https://acme.service-now.com/x"
        )
        assert fields["labels"] == ("escalation",)

    @pytest.mark.parametrize("title", [None, "", "  \n "])
    def test_a_mirrored_record_without_a_title_gets_one(self, title: str | None) -> None:
        ticket: dict[str, Canonical] = {} if title is None else {"title": title}
        fields = new_record(ESCALATION, SENTINEL, {"ticket": ticket, "record": {"number": "INC1", "url": "u"}})
        assert fields["title"] == "Escalation without a title"


def test_every_text_limit_is_that_of_its_field() -> None:
    limits = {
        lens.raw_field: lens.limit
        for profile in PROFILES.values()
        for rule in profile.fields
        for lens in rule.lenses.values()
        if isinstance(lens, TextLens) and lens.raw_field.startswith(("short", "title"))
    }
    assert limits == {"short_description": 160, "title": 250}

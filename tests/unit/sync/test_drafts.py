from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.engine import Deployment
from tests.unit.sync.make import ESCALATION, in_sentinel, in_servicenow, record

from watchkeeper.mapping.profile import LinkBack, Profile
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.plan import LATE_NUMBER
from watchkeeper.model.record import SENTINEL, SERVICENOW, RecordRef
from watchkeeper.sync.drafts import Drafted, defined_values, draft_escalation, draft_occurrence, home_of, link_back
from watchkeeper.sync.systems import Systems

DUE = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
WEEKLY = Occurrence(
    "secure-score/monitoring@2026-11-16",
    "secure-score",
    "monitoring",
    "2026-11-16",
    date(2026, 11, 16),
    DUE,
    "Asia/Tokyo",
)
DAILY = replace(
    WEEKLY, key="escalation-tickets/all@2026-11-16", task="escalation-tickets", team="all", zone="Europe/Dublin"
)


def drafted(answer: Any) -> Drafted:
    assert isinstance(answer, Drafted)
    return answer


class TestDuty:
    def test_the_ticket_of_a_team_is_in_its_language_zone_and_group(self, systems: Systems) -> None:
        made = drafted(draft_occurrence(systems, WEEKLY, SERVICENOW, "g" * 32, None))
        fields = made.draft.fields
        assert fields["assignment_group"] == "g" * 32
        assert fields["due_date"] == "2026-11-16 08:00:00"
        assert str(fields["short_description"]).startswith("【SOC】")
        assert "2026-11-16 17:00（Asia/Tokyo）" in str(fields["description"])
        assert (fields["state"], fields["impact"], fields["urgency"]) == ("1", "3", "3")
        assert (fields["category"], fields["contact_type"]) == ("soc_maintenance", "integration")
        assert made.draft.marker == f"test/{WEEKLY.key}"
        assert made.draft.ref == systems.connectors[SERVICENOW].chosen_ref("incident", made.draft.marker)

    def test_the_incident_points_at_the_ticket_before_that_exists(self, systems: Systems) -> None:
        made = drafted(draft_occurrence(systems, WEEKLY, SENTINEL, "g" * 32, None))
        ticket = systems.connectors[SERVICENOW].chosen_ref("incident", made.draft.marker)
        assert systems.connectors[SERVICENOW].url_of(ticket) in str(made.draft.fields["description"])
        assert made.draft.fields["labels"] == ("soc-maintenance", "watchkeeper")
        assert made.draft.fields["owner.userPrincipalName"] == "keiko.tanaka@soc.example"
        assert made.draft.fields["severity"] == "Informational"

    def test_a_duty_of_all_teams_belongs_to_the_deployment(self, systems: Systems) -> None:
        home = home_of(systems, "all")
        assert (home.group, home.language, home.name["ja"]) == ("SOC Oversight", "en", "全 SOC チーム")
        made = drafted(draft_occurrence(systems, DAILY, SERVICENOW, "g" * 32, None))
        assert "All SOC teams" in str(made.draft.fields["short_description"])

    def test_what_people_made_of_the_existing_record_is_where_the_new_one_starts(self, systems: Systems) -> None:
        ticket = record(SERVICENOW, in_servicenow("active", "high", short_description="mine"))
        fields = drafted(draft_occurrence(systems, WEEKLY, SENTINEL, "g" * 32, ticket)).draft.fields
        assert (fields["status"], fields["severity"]) == ("Active", "High")
        assert fields["title"] != "mine"

    def test_a_field_that_cannot_be_read_starts_as_the_profile_says(self, systems: Systems) -> None:
        ticket = record(SERVICENOW, in_servicenow(severity="high") | {"state": "4"})
        fields = drafted(draft_occurrence(systems, WEEKLY, SENTINEL, "g" * 32, ticket)).draft.fields
        assert (fields["status"], fields["severity"]) == ("New", "High")

    def test_a_shipped_catalogue_owns_no_field(self, systems: Systems) -> None:
        assert defined_values(systems, WEEKLY, None) == {}


class TestEscalation:
    INCIDENT = record(
        SENTINEL,
        in_sentinel("active", "high", title="Phishing wave", description="Seen twice", labels=("escalation",)),
        url="https://portal.example/1",
    )

    def profile(self, systems: Systems) -> Profile:
        return systems.profiles["escalation"]

    def test_a_ticket_mirrors_the_incident(self, systems: Systems) -> None:
        made = drafted(
            draft_escalation(systems, self.profile(systems), ESCALATION, SERVICENOW, self.INCIDENT, "g" * 32)
        )
        fields = made.draft.fields
        assert fields["short_description"] == "Phishing wave"
        assert "Seen twice" in str(fields["description"])
        assert f"from incident {self.INCIDENT.number}: https://portal.example/1" in str(fields["description"])
        assert (fields["state"], fields["impact"], fields["urgency"]) == ("2", "1", "1")
        assert (fields["category"], fields["assignment_group"]) == ("security", "g" * 32)
        assert not made.late

    def test_an_incident_mirrors_the_ticket_and_carries_its_number(self, systems: Systems) -> None:
        ticket = record(SERVICENOW, in_servicenow("on-hold", "medium", short_description="", description=""))
        made = drafted(
            draft_escalation(systems, self.profile(systems), f"escalation/servicenow/{'a' * 32}", SENTINEL, ticket, "")
        )
        fields = made.draft.fields
        assert fields["labels"] == ("INC0010001", "escalation")
        assert "from INC0010001: " in str(fields["description"])
        assert (fields["status"], fields["severity"]) == ("Active", "Medium")
        assert fields["title"] == "Escalation without a title"


class TestLinkBack:
    INCIDENT = record(SENTINEL, in_sentinel(labels=("escalation",)))
    TICKET = record(SERVICENOW, in_servicenow(correlation_id="", correlation_display=""))

    def back(self, systems: Systems, each: Any, number: str = "INC0010001", **changes: Any) -> Drafted | None:
        profile = systems.profiles["escalation"]
        if changes:
            sides = {side: replace(rules, **changes) for side, rules in profile.sides.items()}
            profile = replace(profile, sides=sides)
        return link_back(systems, profile, ESCALATION, each, number)

    def test_the_incident_gets_the_tickets_number_beside_its_own_labels(self, systems: Systems) -> None:
        back = self.back(systems, self.INCIDENT)
        assert back is not None
        assert back.draft.fields == {"labels": ("INC0010001", "escalation")}
        assert not back.late

    def test_a_number_that_is_not_known_yet_is_filled_in_later(self, systems: Systems) -> None:
        back = self.back(systems, self.INCIDENT, number="")
        assert back is not None
        assert back.draft.fields["labels"] == ("escalation", LATE_NUMBER)
        assert back.late == ("labels",)

    def test_nothing_to_add_is_nothing_to_write(self, systems: Systems) -> None:
        marked = record(SENTINEL, in_sentinel(labels=("INC0010001", "escalation")))
        assert self.back(systems, marked) is None

    def test_a_profile_may_leave_the_incident_unmarked(self, systems: Systems) -> None:
        assert self.back(systems, self.INCIDENT, link_back=LinkBack.NONE) is None

    def test_a_ticket_gets_our_marker(self, systems: Systems) -> None:
        back = self.back(systems, self.TICKET)
        assert back is not None
        assert back.draft.fields == {"correlation_id": f"test/{ESCALATION}", "correlation_display": "watchkeeper"}

    @pytest.mark.parametrize("held", [{"marker": "vendor-42"}, {"fields": {"correlation_display": "vendor"}}])
    def test_but_never_over_another_integrations_mark(self, systems: Systems, held: Any) -> None:
        assert self.back(systems, replace(self.TICKET, **held)) is None


def test_the_same_duty_has_the_same_draft_in_every_run(deployment: Deployment, systems: Systems) -> None:
    first = draft_occurrence(systems, WEEKLY, SENTINEL, "g" * 32, None)
    deployment.world.clock.advance(DUE - datetime(2026, 11, 1, tzinfo=UTC))
    assert draft_occurrence(systems, WEEKLY, SENTINEL, "g" * 32, None) == first


def test_a_key_that_is_too_long_for_its_marker_still_has_one_place(systems: Systems) -> None:
    long = replace(WEEKLY, key=f"secure-score/monitoring@{'x' * 120}")
    made = drafted(draft_occurrence(systems, long, SERVICENOW, "g" * 32, None))
    assert len(made.draft.marker) <= 100
    assert made.draft.ref == RecordRef(SERVICENOW, "incident", made.draft.ref.id)
    assert systems.key_of_marker(made.draft.marker) is None

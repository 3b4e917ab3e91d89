"""What a close carries across, and what parks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields
from watchkeeper.model.ticket import Unmapped

MAPPINGS = Path(__file__).parents[3] / "mappings"
BY_ANA = {"actor": "Ana", "number": "42"}


@pytest.fixture(scope="module")
def escalation() -> Profile:
    return load_profiles(MAPPINGS)["escalation"]


@pytest.fixture(scope="module")
def maintenance() -> Profile:
    return load_profiles(MAPPINGS)["maintenance"]


def close_incident(profile: Profile, raw: RawFields) -> RawFields | Unmapped:
    return profile.closure.closing(SENTINEL, SERVICENOW, raw, {"actor": "Ana", "number": "INC0010001"})


def close_ticket(profile: Profile, raw: RawFields) -> RawFields | Unmapped:
    return profile.closure.closing(SERVICENOW, SENTINEL, raw, BY_ANA)


class TestMaintenance:
    @pytest.mark.parametrize("code", ["True positive", "Whatever this instance has", "", None])
    def test_an_incident_is_closed_as_undetermined_whatever_the_ticket_says(
        self, maintenance: Profile, code: str | None
    ) -> None:
        assert close_incident(maintenance, {"close_code": code}) == {
            "classification": "Undetermined",
            "classificationReason": "",
            "classificationComment": "SOC maintenance duty, closed in ServiceNow by Ana. Not a security finding.",
        }

    def test_what_the_closer_wrote_comes_along_both_ways(self, maintenance: Profile) -> None:
        incident = close_incident(maintenance, {"close_code": "", "close_notes": "All devices reviewed."})
        ticket = close_ticket(maintenance, {"classificationComment": "Nothing new in the portal."})
        assert isinstance(incident, dict)
        assert isinstance(ticket, dict)
        assert incident["classificationComment"].endswith("Not a security finding.\n\nAll devices reviewed.")
        assert ticket["close_notes"].endswith("by Ana.\n\nNothing new in the portal.")

    def test_a_ticket_is_closed_with_a_code_and_notes_that_name_who_and_where(self, maintenance: Profile) -> None:
        assert close_ticket(maintenance, {"classification": "TruePositive"}) == {
            "close_code": "Solution provided",
            "close_notes": "Closed in Microsoft Sentinel (incident 42) by Ana.",
        }

    def test_the_texts_exist_in_japanese(self, maintenance: Profile) -> None:
        closed = maintenance.closure.closing(SERVICENOW, SENTINEL, {}, {**BY_ANA, "language": "ja"})
        assert isinstance(closed, dict)
        assert closed["close_notes"] == "Microsoft Sentinel（インシデント 42）で Ana がクローズしました。"

    def test_an_unknown_closer_is_said_to_be_a_user(self, maintenance: Profile) -> None:
        closed = maintenance.closure.closing(SERVICENOW, SENTINEL, {}, {"actor": "", "number": "42"})
        assert isinstance(closed, dict)
        assert closed["close_notes"] == "Closed in Microsoft Sentinel (incident 42) by a user."


class TestEscalationToSentinel:
    @pytest.mark.parametrize(
        ("code", "classification", "reason"),
        [
            ("True positive", "TruePositive", "SuspiciousActivity"),
            ("Benign positive", "BenignPositive", "SuspiciousButExpected"),
            ("False positive - incorrect logic", "FalsePositive", "IncorrectAlertLogic"),
            ("False positive - inaccurate data", "FalsePositive", "InaccurateData"),
        ],
    )
    def test_a_code_that_names_a_verdict_becomes_it(
        self, escalation: Profile, code: str, classification: str, reason: str
    ) -> None:
        closed = close_incident(escalation, {"close_code": code, "close_notes": "Blocked."})
        assert isinstance(closed, dict)
        assert (closed["classification"], closed["classificationReason"]) == (classification, reason)

    @pytest.mark.parametrize(
        "code",
        [
            *("Duplicate", "Known error", "Resolved by caller", "Resolved by change", "Resolved by problem"),
            *("Solution provided", "Workaround provided", "User error"),
            *("Solved (Work Around)", "Solved (Permanently)", "Solved Remotely (Work Around)"),
            *("Solved Remotely (Permanently)", "Not Solved (Not Reproducible)", "Not Solved (Too Costly)"),
            "Closed/Resolved by Caller",
        ],
    )
    def test_a_general_code_is_no_verdict_on_the_alert(self, escalation: Profile, code: str) -> None:
        assert close_incident(escalation, {"close_code": code, "close_notes": "Reset the password."}) == {
            "classification": "Undetermined",
            "classificationReason": "",
            "classificationComment": (
                f"Closed in ServiceNow (INC0010001) by Ana.\n\nClose code: {code}\n\nReset the password."
            ),
        }

    def test_a_cancelled_ticket_has_no_code_and_closes_as_undetermined(self, escalation: Profile) -> None:
        closed = close_incident(escalation, {"close_code": "", "close_notes": ""})
        assert isinstance(closed, dict)
        assert closed["classification"] == "Undetermined"
        assert closed["classificationComment"] == "Closed in ServiceNow (INC0010001) by Ana."

    def test_an_unknown_code_parks_the_close_and_is_named(self, escalation: Profile) -> None:
        assert close_incident(escalation, {"close_code": "Sorted", "close_notes": "x"}) == Unmapped(
            ("close_code",), "Sorted", "is not in the closure table"
        )

    def test_a_hidden_code_parks_the_close(self, escalation: Profile) -> None:
        assert close_incident(escalation, {"close_code": None}) == Unmapped(
            ("close_code",), "", "is not shown to our account"
        )

    def test_long_notes_are_cut_to_what_the_side_takes(self, escalation: Profile) -> None:
        closed = close_incident(escalation, {"close_code": "Duplicate", "close_notes": "解" * 9000})
        assert isinstance(closed, dict)
        comment = closed["classificationComment"]
        assert isinstance(comment, str)
        assert len(comment) == 1000
        assert comment.endswith("…")

    def test_what_a_resolver_wrote_is_never_taken_for_a_template(self, escalation: Profile) -> None:
        closed = close_incident(escalation, {"close_code": "Duplicate", "close_notes": "{{ actor }} {% raw %}"})
        assert isinstance(closed, dict)
        assert str(closed["classificationComment"]).endswith("{{ actor }} {% raw %}")


class TestEscalationToServiceNow:
    @pytest.mark.parametrize(
        ("classification", "reason"),
        [
            ("TruePositive", "SuspiciousActivity"),
            ("BenignPositive", "SuspiciousButExpected"),
            ("FalsePositive", "IncorrectAlertLogic"),
            ("FalsePositive", "InaccurateData"),
            ("FalsePositive", None),
            ("Undetermined", None),
            ("Undetermined", ""),
            (None, None),
        ],
    )
    def test_every_classification_closes_the_ticket_with_code_and_notes(
        self, escalation: Profile, classification: str | None, reason: str | None
    ) -> None:
        raw = {
            "classification": classification,
            "classificationReason": reason,
            "classificationComment": "Seen before.",
        }
        closed = close_ticket(escalation, raw)
        assert isinstance(closed, dict)
        assert closed["close_code"] == "Solution provided"
        notes = str(closed["close_notes"])
        assert notes.startswith("Closed in Microsoft Sentinel (incident 42) by Ana.")
        assert notes.endswith("Seen before.")
        assert (classification or "incident") in notes

    @pytest.mark.parametrize("pair", [("TruePositive", "InaccurateData"), ("Informational", "Expected")])
    def test_a_pair_that_the_table_does_not_know_parks_the_close(
        self, escalation: Profile, pair: tuple[str, str | None]
    ) -> None:
        closed = close_ticket(escalation, {"classification": pair[0], "classificationReason": pair[1]})
        assert isinstance(closed, Unmapped)
        assert closed.fields == ("classification", "classificationReason")
        assert pair[0] in closed.value


class TestReopening:
    def test_an_incident_loses_the_classification_that_no_longer_holds(self, escalation: Profile) -> None:
        raw = {"classification": "TruePositive", "classificationReason": None, "classificationComment": "x"}
        assert escalation.closure.reopening(SENTINEL, raw) == {"classification": "", "classificationComment": ""}

    def test_a_ticket_keeps_code_and_notes_as_the_instance_does(self, escalation: Profile) -> None:
        assert escalation.closure.reopening(SERVICENOW, {"close_code": "Duplicate"}) == {}


def test_every_field_that_a_close_looks_at_is_read(escalation: Profile) -> None:
    assert escalation.closure.source_fields(SERVICENOW) == ("close_code", "close_notes")
    assert set(escalation.closure.source_fields(SENTINEL)) == {
        "classification",
        "classificationReason",
        "classificationComment",
    }
    assert {"close_code", "close_notes"} <= escalation.raw_fields(SERVICENOW)

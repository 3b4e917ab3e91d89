"""What runs remember of values that no table of the mappings knows."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.model.run import RunReport
from watchkeeper.model.unmapped import (
    LONGEST,
    MOST_KEYS,
    MOST_VALUES,
    UNKNOWN_VALUES,
    SeenUnknown,
    UnknownDay,
    UnknownValue,
    unknown_in,
)
from watchkeeper.report.attention import worth_attention
from watchkeeper.report.run import run_document
from watchkeeper.sync.unknown_values import MOST_NAMED, with_found

STATE = UnknownValue("status", "servicenow", "state", "42")
KEYS = frozenset(f"escalation/servicenow/{number:03}" for number in range(MOST_KEYS + 5))


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    """One escalation that both sides have, in an instance with choices of its own."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    choices = {"state": "42", "close_code": "Magic"}
    rows = [
        {"name": "incident", "element": name, "value": value, "label": value, "language": "en"}
        for name, value in choices.items()
    ]
    story.seed_servicenow(deployment, rows=[{"table": "sys_choice", "fields": each} for each in rows])
    story.escalate(deployment, severity="Medium", status="Active")
    story.import_all(deployment)
    return deployment


def edited(deployment: Deployment, **fields: str) -> RunReport:
    """A run after a person has changed the ticket."""
    number = next(row["number"] for row in story.tickets(deployment) if "/escalation/" in row["correlation_id"])
    story.in_servicenow(deployment, "keiko.tanaka", "edit", number, fields=fields)
    story.later(deployment)
    return deployment.sync()


def remembered(deployment: Deployment) -> list[UnknownDay]:
    today = deployment.time.now().date()
    with deployment.store() as store:
        return [kept.document for kept in store.snapshots(UNKNOWN_VALUES, today - timedelta(days=90), today)]


class TestARun:
    def test_that_sees_none_remembers_nothing(self, deployment: Deployment) -> None:
        edited(deployment, state="2")
        assert remembered(deployment) == []

    def test_remembers_the_value_and_the_ticket_s_key_also_when_somebody_has_changed_it(
        self, deployment: Deployment
    ) -> None:
        edited(deployment, state="42")
        edited(deployment, state="2")
        [day] = remembered(deployment)
        [seen] = day.seen
        assert (seen.profile, seen.unknown, seen.tickets) == ("escalation", STATE, 1)
        assert [key.split("/")[0] for key in seen.keys] == ["escalation"]

    def test_goes_on_seeing_what_nobody_changes_and_writes_nothing_to_the_systems(self, deployment: Deployment) -> None:
        edited(deployment, state="42")
        story.later(deployment, minutes=24 * 60)
        watch = Watch.of(deployment.world)
        deployment.sync()
        first, second = remembered(deployment)
        assert first == second
        assert watch.writes() == []

    def test_lets_go_of_what_is_older_than_thirty_days(self, deployment: Deployment) -> None:
        edited(deployment, state="42")
        story.later(deployment, minutes=31 * 24 * 60)
        assert len(remembered(deployment)) == 1
        edited(deployment, state="42")
        assert len(remembered(deployment)) == 1

    def test_remembers_a_close_code_without_a_counterpart(self, deployment: Deployment) -> None:
        edited(deployment, state="6", close_code="Magic", close_notes="It went away by itself")
        [day] = remembered(deployment)
        assert [seen.unknown for seen in day.seen] == [UnknownValue("status", "servicenow", "close_code", "Magic")]

    def test_remembers_a_ticket_that_cannot_be_paired_for_it(self, deployment: Deployment) -> None:
        story.escalated_ticket(deployment, state="42")
        story.later(deployment)
        deployment.sync()
        [key] = [key for day in remembered(deployment) for seen in day.seen for key in seen.keys]
        assert key.startswith("escalation/servicenow/")
        with deployment.store() as store:
            assert store.links([key]) == {}

    def test_says_once_which_tickets_it_does_not_let_in_for_it_and_where_the_table_is(
        self, deployment: Deployment
    ) -> None:
        numbers = [story.escalated_ticket(deployment, state="42") for _ in range(MOST_NAMED + 2)]
        story.later(deployment)
        report = deployment.sync()
        [row] = report.parked
        named = ", ".join(sorted(numbers)[:MOST_NAMED])
        assert row.reason == (
            f"{len(numbers)} escalations are not let in, because no table knows state = '42' on servicenow: {named}, …"
        )
        assert (row.key, row.field, report.exit_code) == ("", "status", 0)
        place = re.search(r"at (\S*profiles/escalation\.yaml):(\d+):\d+", row.remedy)
        assert place is not None
        line = Path(place[1]).read_text(encoding="utf-8").splitlines()[int(place[2]) - 1]
        assert "cancelled" in line, "the last row of the states"
        assert worth_attention(run_document(report)).sections[0].title.startswith("Left alone")

    def test_says_nothing_of_what_a_choice_of_profiles_leaves_out(self, deployment: Deployment) -> None:
        story.escalated_ticket(deployment, state="42")
        story.later(deployment)
        assert deployment.sync(profile="maintenance").parked == ()

    def test_remembers_no_text_that_people_wrote(self, deployment: Deployment) -> None:
        """A lookup may look at any field: what it does not know may be a sentence."""
        story.rewrite(
            deployment,
            "profiles/escalation.yaml",
            "  labels:\n    owner: create-once\n",
            "  verdict:\n    owner: sentinel\n    servicenow: { text: { field: u_verdict, max: 40 } }\n"
            "    sentinel: { lookup: { field: title, rows: [{ starts_with: [Benign], means: benign }] } }\n"
            "  labels:\n    owner: create-once\n",
        )
        report = edited(deployment, state="2")
        assert any(row.field == "verdict" and "Phishing wave" in row.reason for row in report.parked)
        assert remembered(deployment) == []


class TestADay:
    def test_keeps_the_most_tickets_at_once_and_some_of_their_keys(self) -> None:
        few, many = frozenset(sorted(KEYS)[-2:]), KEYS
        day = with_found(with_found(UnknownDay(()), {("escalation", STATE): many}), {("escalation", STATE): few})
        [seen] = day.seen
        assert seen.tickets == len(KEYS)
        assert seen.keys == tuple(sorted(KEYS)[:MOST_KEYS])

    def test_does_not_grow_without_end(self) -> None:
        values = [UnknownValue("status", "servicenow", "state", str(number)) for number in range(MOST_VALUES + 1)]
        day = with_found(UnknownDay(()), {("escalation", value): frozenset({"k"}) for value in values})
        assert (len(day.seen), day.cut) == (MOST_VALUES, True)
        assert with_found(day, {("escalation", values[0]): frozenset({"k"})}) == day

    def test_is_the_same_when_the_same_is_seen_again(self) -> None:
        day = UnknownDay((SeenUnknown("escalation", STATE, 2, ("a", "b")),))
        assert with_found(day, {("escalation", STATE): frozenset({"a", "b"})}) == day

    def test_keeps_the_beginning_of_a_long_value(self) -> None:
        reason = f"servicenow: state = {'x' * 500!r} is not mapped"
        assert [len(each.value) for each in unknown_in("status", reason)] == [LONGEST]

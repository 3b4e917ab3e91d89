"""What `mappings preview` tells of single pairs: what `plan` would do to them, and which line of the mappings is behind it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story

from watchkeeper.model.plan import Operation
from watchkeeper.model.preview import Preview, PreviewedField, PreviewedPair, ShownRaw, Standing, Unconcern
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.state.opening import open_copy
from watchkeeper.sync.named import by_name, latest
from watchkeeper.sync.preview import preview


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path, mappings=story.mappings_with())


def previewed(deployment: Deployment, name: str) -> Preview:
    with open_copy(deployment.url, deployment.name, deployment.time) as store:
        return preview(deployment._systems(store), lambda systems: by_name(systems, name))


def last(deployment: Deployment, count: int, profile: str = "escalation") -> list[str]:
    with open_copy(deployment.url, deployment.name, deployment.time) as store:
        found = preview(
            deployment._systems(store), lambda known: latest(known, known.profiles[profile], count), profile
        )
    return [pair.key for pair in found.pairs]


def only_pair(found: Preview) -> PreviewedPair:
    [pair] = found.pairs
    return pair


def field(pair: PreviewedPair, name: str) -> PreviewedField:
    return next(each for each in (*pair.fields, *pair.besides) if each.name == name)


def raw(pair: PreviewedPair, name: str, side: str, column: str) -> ShownRaw:
    sides = (each for each in field(pair, name).sides if each.side == side)
    return next(shown for each in sides for shown in each.raw if shown.name == column)


def line_at(place: str) -> str:
    """The text that a `file:line:col` points at, from that column on."""
    file, line, column = place.rsplit(":", 2)
    return Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1][int(column) - 1 :]


def mirrored(deployment: Deployment) -> tuple[str, int]:
    """An escalation that both sides have: the ticket's number and the incident's."""
    number = story.escalate(deployment, severity="Medium", status="Active")
    story.import_all(deployment)
    story.settle(deployment)
    return str(story.mirror_of(deployment, number)["number"]), number


class TestWhatASyncWouldDo:
    def test_it_is_what_plan_says(self, deployment: Deployment) -> None:
        ticket, _ = mirrored(deployment)
        story.in_servicenow(deployment, "keiko.tanaka", "edit", ticket, fields={"impact": "1", "urgency": "1"})
        story.in_servicenow(deployment, "keiko.tanaka", "note", ticket, text="Rule removed.")
        story.later(deployment)
        pair = only_pair(previewed(deployment, ticket))
        planned = deployment.plan().plan.actions
        assert [(write.side, write.operation, write.reason) for write in pair.writes] == [
            (action.ref.side, action.operation, action.reason) for action in planned
        ]
        assert [write.operation for write in pair.writes] == [Operation.UPDATE, Operation.COMMENT]
        written = {
            shown.name: shown.after
            for each in (*pair.fields, *pair.besides)
            for side in each.sides
            for shown in side.raw
            if shown.is_written
        }
        assert written == dict(planned[0].body) == {"severity": "High"}

    def test_every_value_has_its_rule_and_the_rows_that_decided(self, deployment: Deployment) -> None:
        ticket, _ = mirrored(deployment)
        story.in_servicenow(deployment, "keiko.tanaka", "edit", ticket, fields={"impact": "1", "urgency": "2"})
        pair = only_pair(previewed(deployment, ticket))
        severity = field(pair, "severity")
        there, here = severity.sides
        assert severity.standing is Standing.WRITTEN
        assert line_at(severity.rule) == "severity:"
        assert line_at(there.read_by) == "{ is: [1, 2], means: high }"
        assert line_at(here.read_by) == "{ is: Medium, means: medium }"
        assert line_at(here.written_by) == "{ is: High, means: high }"
        assert (there.meaning, here.meaning) == ("high", "medium")

    def test_values_have_the_instance_s_labels(self, deployment: Deployment) -> None:
        ticket, _ = mirrored(deployment)
        shown = raw(only_pair(previewed(deployment, ticket)), "status", SERVICENOW, "state")
        assert (shown.before, shown.is_written) == ("2", False)
        assert set(shown.before_labels) == {"In Progress", "進行中"}

    def test_a_close_is_told_with_the_row_that_chose_its_classification(self, deployment: Deployment) -> None:
        ticket, _ = mirrored(deployment)
        closing = {"state": "6", "close_code": "Solution provided", "close_notes": "done"}
        story.in_servicenow(deployment, "keiko.tanaka", "edit", ticket, fields=closing)
        pair = only_pair(previewed(deployment, ticket))
        assert [write.operation for write in pair.writes] == [Operation.CLOSE]
        assert raw(pair, "classification", SENTINEL, "classification").after == "Undetermined"
        assert line_at(field(pair, "classification").rule).startswith("{ is: Solution provided,")

    def test_a_close_code_that_is_in_no_row_is_named_and_parks_the_close(self, deployment: Deployment) -> None:
        story.rewrite(
            deployment, "profiles/escalation.yaml", "is: Solution provided, write: { classif", "is: X, write: { classif"
        )
        ticket, _ = mirrored(deployment)
        closing = {"state": "6", "close_code": "Solution provided", "close_notes": "done"}
        story.in_servicenow(deployment, "keiko.tanaka", "edit", ticket, fields=closing)
        pair = only_pair(previewed(deployment, ticket))
        assert pair.writes == ()
        assert field(pair, "status").standing is Standing.PARKED
        assert "close_code" in field(pair, "status").reason
        assert "Solution provided" in field(pair, "status").reason

    def test_a_value_of_the_same_class_is_left_alone(self, deployment: Deployment) -> None:
        ticket, _ = mirrored(deployment)
        story.in_servicenow(deployment, "keiko.tanaka", "edit", ticket, fields={"state": "3", "hold_reason": "1"})
        pair = only_pair(previewed(deployment, ticket))
        assert field(pair, "status").standing is Standing.SAME_CLASS
        assert [side.meaning for side in field(pair, "status").sides] == ["on-hold", "active"]
        assert pair.writes == ()

    def test_a_value_that_is_in_no_row_is_named(self, deployment: Deployment) -> None:
        story.rewrite(deployment, "profiles/escalation.yaml", "          - { is: [3, 3], means: informational }\n", "")
        story.rewrite(
            deployment,
            "profiles/escalation.yaml",
            "          - { is: Informational, means: informational }\n",
            "        cannot_hold: [informational]\n",
        )
        story.rewrite(
            deployment,
            "profiles/escalation.yaml",
            "          - { is: [3, 2], means: low }\n",
            "          - { is: [3, 2], means: low }\n        cannot_hold: [informational]\n",
        )
        ticket, _ = mirrored(deployment)
        story.in_servicenow(deployment, "keiko.tanaka", "edit", ticket, fields={"impact": "3", "urgency": "3"})
        severity = field(only_pair(previewed(deployment, ticket)), "severity")
        assert severity.standing is Standing.UNMAPPED
        assert "3, 3" in severity.reason

    def test_after_a_change_of_the_mapping_a_pair_that_nobody_touched_stands_as_it_was_agreed(
        self, deployment: Deployment
    ) -> None:
        ticket, _ = mirrored(deployment)
        assert only_pair(previewed(deployment, ticket)).writes == ()
        story.rewrite(
            deployment,
            "profiles/escalation.yaml",
            "{ is: [2, 2], means: medium, writes: [medium] }",
            "{ is: [2, 2], means: high }",
        )
        story.rewrite(
            deployment,
            "profiles/escalation.yaml",
            "{ is: [1, 3], means: medium }",
            "{ is: [1, 3], means: medium, writes: [medium] }",
        )
        severity = field(only_pair(previewed(deployment, ticket)), "severity")
        assert [side.meaning for side in severity.sides] == ["high", "medium"]
        assert severity.standing is Standing.STANDS


class TestACreate:
    def test_what_a_new_record_would_hold_is_told(self, deployment: Deployment) -> None:
        number = story.escalate(deployment, severity="Medium")
        pair = only_pair(previewed(deployment, str(number)))
        assert [(write.side, write.operation) for write in pair.writes] == [
            (SERVICENOW, Operation.CREATE),
            (SENTINEL, Operation.LINK),
        ]
        assert [record.sighting for record in pair.records] == ["never", "found"]
        assert raw(pair, "severity", SERVICENOW, "urgency").after == "2"
        assert raw(pair, "category", SERVICENOW, "category").after == "security"
        assert raw(pair, "assignment_group", SERVICENOW, "assignment_group").after_labels == ("SOC Monitoring",)
        assert line_at(field(pair, "category").rule).startswith("category: security")

    def test_a_duty_that_is_due_is_shown_by_its_key(self, deployment: Deployment) -> None:
        deployment.mappings = story.mappings_with("secure-score")
        [due] = [each.occurrence.key for each in deployment.plan().decided][:1]
        pair = only_pair(previewed(deployment, due))
        assert [write.operation for write in pair.writes] == [Operation.CREATE, Operation.CREATE]

    def test_a_closed_escalation_without_a_counterpart_is_not_mirrored(self, deployment: Deployment) -> None:
        number = story.escalate(deployment, status="Closed", classification="Undetermined")
        pair = only_pair(previewed(deployment, str(number)))
        assert (pair.unconcern, pair.writes) == (Unconcern.CLOSED, ())

    def test_a_record_that_no_profile_takes_is_a_stranger(self, deployment: Deployment) -> None:
        number = story.escalate(deployment, labels=["something else"])
        found = previewed(deployment, str(number))
        assert found.pairs == ()
        assert [(each.side, each.number) for each in found.strangers] == [(SENTINEL, str(number))]


class TestNames:
    def test_a_key_both_numbers_and_both_addresses_mean_one_pair(self, deployment: Deployment) -> None:
        ticket, number = mirrored(deployment)
        pair = only_pair(previewed(deployment, ticket))
        names = [pair.key, str(number), f"#{number}", ticket.lower(), *(record.url for record in pair.records)]
        assert {only_pair(previewed(deployment, name)).key for name in names} == {pair.key}

    def test_the_same_is_found_without_any_memory(self, deployment: Deployment) -> None:
        ticket, number = mirrored(deployment)
        before = only_pair(previewed(deployment, ticket))
        deployment.lose_the_database()
        for name in (ticket, str(number), before.key):
            assert only_pair(previewed(deployment, name)).key == before.key

    def test_a_name_that_nothing_has_is_told(self, deployment: Deployment) -> None:
        assert previewed(deployment, "INC9999999").unfound == ("INC9999999",)
        assert previewed(deployment, "no-such-task/emea@2026-11-16").unfound == ("no-such-task/emea@2026-11-16",)

    def test_nothing_that_could_be_a_condition_or_a_script_is_looked_for(self, deployment: Deployment) -> None:
        for name in ("javascript:gs.getUserID()", "INC0010001^ORactive=true", "x\x1b[31m", "緊急 対応", ""):
            watch = Watch.of(deployment.world)
            assert previewed(deployment, name).unfound == (name,)
            assert not [entry for entry in watch.entries() if "number%3D" in entry.query]

    def test_a_pair_of_another_profile_is_said_to_be_of_that(self, deployment: Deployment) -> None:
        ticket, number = mirrored(deployment)
        pair = only_pair(previewed(deployment, ticket))
        with open_copy(deployment.url, deployment.name, deployment.time) as store:
            systems = deployment._systems(store)
            found = preview(systems, lambda known: by_name(known, str(number)), "maintenance")
        assert (found.pairs, found.others) == ((), {pair.key: "escalation"})

    def test_the_last_pairs_are_those_that_changed_last(self, deployment: Deployment) -> None:
        numbers = []
        for title in ("first", "second", "third"):
            numbers.append(story.escalate(deployment, title=title))
            story.later(deployment)
        keys = [only_pair(previewed(deployment, str(number))).key for number in numbers]
        assert set(last(deployment, 2)) == set(keys[1:])
        story.in_sentinel(deployment, "niamh.kelly", "edit", numbers[0], fields={"severity": "High"})
        assert set(last(deployment, 2)) == {keys[0], keys[2]}


class TestReadsOnly:
    def test_neither_system_nor_the_memory_is_written(self, deployment: Deployment) -> None:
        ticket, _ = mirrored(deployment)
        story.in_servicenow(deployment, "keiko.tanaka", "edit", ticket, fields={"impact": "1", "urgency": "1"})
        watch, stored = Watch.of(deployment.world), hashlib.sha256(deployment.database.read_bytes()).digest()
        assert only_pair(previewed(deployment, ticket)).writes
        assert watch.writes() == []
        assert hashlib.sha256(deployment.database.read_bytes()).digest() == stored

    def test_a_linked_pair_costs_few_calls_however_many_there_are(self, deployment: Deployment) -> None:
        ticket, _ = mirrored(deployment)
        watch = Watch.of(deployment.world)
        previewed(deployment, ticket)
        assert len(watch.entries()) <= 4

    def test_it_needs_no_right_to_write_and_no_memory(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path, mappings=story.mappings_with(), mode="observe")
        number = story.escalate(deployment)
        assert only_pair(previewed(deployment, str(number))).writes
        assert not deployment.database.exists()

"""What `mappings check --live` may not read is told as not checked, never as fine."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.unit.doctor.sound import US, access_rules

from watchkeeper.doctor.live import LiveCheck, check_live
from watchkeeper.doctor.unchecked import Lack
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.state.opening import open_copy


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path, mappings=story.mappings_with(), mode="observe")


def checked(deployment: Deployment) -> LiveCheck:
    with open_copy(deployment.url, deployment.name, deployment.time) as store:
        return check_live(deployment._systems(store))


def deny(deployment: Deployment, table: str) -> None:
    rule = {"table": table, "operation": "read", "deny": [US]}
    story.seed_servicenow(deployment, acl=[*access_rules("observe"), rule])


def words(found: LiveCheck, lack: Lack) -> list[str]:
    return [each.what for each in found.unchecked if each.lack is lack]


def test_a_sound_deployment_has_no_problem_and_costs_few_calls(deployment: Deployment) -> None:
    watch = Watch.of(deployment.world)
    found = checked(deployment)
    assert (found.problems, words(found, Lack.RIGHTS), words(found, Lack.ANSWER)) == ([], [], [])
    assert watch.writes() == []
    assert len(watch.entries()) <= 20


def test_labels_and_owners_that_nobody_has_used_are_said_to_be_unchecked(deployment: Deployment) -> None:
    labels, owners = words(checked(deployment), Lack.KNOWLEDGE)
    assert labels == "labels that no incident of the last 30 days has: 'escalation'"
    assert "keiko.tanaka@soc.example" in owners
    story.seed_incidents(deployment, count=1, labels=["escalation"], owner="keiko.tanaka")
    story.later(deployment)
    [owners] = words(checked(deployment), Lack.KNOWLEDGE)
    assert "keiko.tanaka@soc.example" not in owners


def test_a_label_and_an_owner_that_are_nearly_in_use_are_told_with_what_was_probably_meant(
    deployment: Deployment,
) -> None:
    story.rewrite(deployment, "profiles/escalation.yaml", "has_any: [escalation]", "has_any: [escalaton]")
    story.rewrite(deployment, "teams.yaml", "keiko.tanaka@soc.example", "keiko.tanka@soc.example")
    story.seed_incidents(deployment, count=1, labels=["escalation"], owner="keiko.tanaka")
    story.later(deployment)
    said = words(checked(deployment), Lack.KNOWLEDGE)
    own, nobody = deployment.mappings, "no incident of the last 30 days has it; did you mean"
    assert said == [
        f"{own}/profiles/escalation.yaml:40:29: label 'escalaton': {nobody} 'escalation'?",
        f"{own}/teams.yaml:54:5: owner 'keiko.tanka@soc.example': {nobody} 'keiko.tanaka@soc.example'?",
        said[-1],
    ]


def test_a_label_in_other_letters_than_those_in_use_is_wrong(deployment: Deployment) -> None:
    story.seed_incidents(deployment, count=1, labels=["Escalation"])
    story.later(deployment)
    [problem] = checked(deployment).problems
    assert problem.path == "sides.sentinel.population.0.labels.has_any.0"
    assert problem.message == "no incident has the label 'escalation' in these letters"
    assert problem.suggestion == "Escalation"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("sys_dictionary", "fields of incident: "),
        ("sys_choice", "choices: "),
        ("sys_user_group", "groups: "),
    ],
)
def test_a_table_that_is_closed_to_us_is_told_as_not_checked(deployment: Deployment, table: str, said: str) -> None:
    deny(deployment, table)
    found = checked(deployment)
    assert found.problems == []
    assert any(said in each for each in words(found, Lack.RIGHTS))


def test_a_name_whose_record_is_hidden_from_us_is_not_called_missing(deployment: Deployment) -> None:
    rule = {"table": "sys_user", "operation": "read", "deny": [US], "condition": "user_name=liam.byrne"}
    story.seed_servicenow(deployment, acl=[*access_rules("observe"), rule])
    found = checked(deployment)
    assert found.problems == []
    [said] = words(found, Lack.RIGHTS)
    assert "user 'liam.byrne': of the users that match, the instance hides 1 from us" in said


@pytest.fixture
def unmapped(deployment: Deployment) -> Deployment:
    """Three escalations, one of which was closed with a code that no row knows, on an instance that does not count for us."""
    row = '      - { is: Duplicate, write: { classification: Undetermined, classificationReason: "" } }\n'
    story.rewrite(deployment, "profiles/escalation.yaml", row, "")
    fields = {"short_description": "Stolen laptop", "category": "security", "assignment_group": "SOC Monitoring"}
    for _ in range(3):
        number = story.in_servicenow(deployment, "keiko.tanaka", "create", fields=fields)["record"]["number"]
        story.later(deployment, minutes=1)
    closing = {"state": "6", "close_code": "Duplicate", "close_notes": "seen before"}
    story.in_servicenow(deployment, "keiko.tanaka", "edit", number, fields=closing)
    elsewhere = {"short_description": "Printer", "category": "hardware"}
    hidden = story.in_servicenow(deployment, "dana.desk", "create", fields=elsewhere)["record"]["number"]
    rule = {"table": "incident", "operation": "read", "deny": [US], "condition": f"number={hidden}"}
    story.seed_servicenow(deployment, acl=[*access_rules("observe"), rule])
    return deployment


def test_records_are_read_one_by_one_where_the_instance_does_not_count_them(unmapped: Deployment) -> None:
    found = checked(unmapped)
    assert [each.message for each in found.problems] == [
        "'Duplicate' is in no row, and 1 record of the last 30 days hold it"
    ]
    assert not any("looked at" in each for each in words(found, Lack.KNOWLEDGE))


def test_where_reading_them_is_cut_that_is_said(unmapped: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchkeeper.doctor.live_seen.MOST", 2)
    found = checked(unmapped)
    assert found.problems == []
    assert any("only those 2 records were looked at" in each for each in words(found, Lack.KNOWLEDGE))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"system": "servicenow", "path_prefix": "/api/now/stats"}, "values of incident in the last 30 days"),
        ({"system": "servicenow", "path_prefix": "/api/now/table/sys_db_object"}, "fields of servicenow"),
    ],
)
def test_what_does_not_answer_hides_nothing_of_the_rest(
    deployment: Deployment, rule: dict[str, str], said: str
) -> None:
    story.rewrite(deployment, "profiles/escalation.yaml", "contact_type: integration", "contact_type: integratoin")
    deployment.world.faults.add(FaultRule.of_json({"kind": "status", "status": 503, **rule}))
    found = checked(deployment)
    assert [each.suggestion for each in found.problems] == ["integration"]
    assert any(each.startswith(said) for each in words(found, Lack.ANSWER))


def test_a_choice_that_a_condition_names_is_looked_up_too(deployment: Deployment) -> None:
    kept = "  description:\n    owner: shared\n    when: { servicenow: { contact_type: { in: [integratio] } } }\n"
    story.rewrite(deployment, "profiles/escalation.yaml", "  description:\n    owner: create-once\n", kept)
    [problem] = checked(deployment).problems
    assert problem.message == "'integratio' is no choice of incident.contact_type"
    line = kept.splitlines()[-1]
    written = (deployment.mappings / "profiles" / "escalation.yaml").read_text(encoding="utf-8").splitlines()
    assert written[problem.position[1] - 1] == line

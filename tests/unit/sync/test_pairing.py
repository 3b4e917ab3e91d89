"""Pairs that are made by hand, or taken over from another integration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story

from watchkeeper.errors import Config, Rejected
from watchkeeper.model.pairing import Pairing
from watchkeeper.sync.pairing import pair_by_name, pairs_of_vendor, store_pairs
from watchkeeper.sync.systems import Systems


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path, mappings=story.mappings_with())


@contextmanager
def systems(deployment: Deployment) -> Iterator[Systems]:
    with deployment.store() as store:
        yield deployment._systems(store)


def pair(deployment: Deployment, *names: tuple[str, str]) -> tuple[Pairing, ...]:
    with systems(deployment) as at_hand:
        pairings = pair_by_name(at_hand, names)
        store_pairs(at_hand, pairings)
    return pairings


class TestByName:
    def test_two_records_become_a_pair_and_the_next_sync_brings_them_in_step(self, deployment: Deployment) -> None:
        number = story.escalate(deployment)
        opened = story.escalated_ticket(deployment)
        watch = Watch.of(deployment.world)
        [made] = pair(deployment, (opened, str(number)))
        assert not made.problem
        assert not watch.writes()
        story.settle(deployment, runs=2)
        [both] = story.pairs(deployment).values()
        assert both.ticket["number"] == opened
        assert both.agrees
        assert story.severity(both.ticket) == "High"
        assert both.ticket["correlation_id"].startswith("test/escalation/sentinel/")
        assert opened in story.labels(both.incident)
        assert len(story.tickets(deployment)) == len(story.incidents(deployment)) == 1
        assert not story.idle_writes(deployment)

    def test_what_was_said_before_is_told_to_both_sides(self, deployment: Deployment) -> None:
        number = story.escalate(deployment)
        opened = story.escalated_ticket(deployment)
        story.in_servicenow(deployment, "keiko.tanaka", "note", opened, text="from the ticket")
        story.in_sentinel(deployment, "liam.byrne", "comment", number, text="from the incident")
        pair(deployment, (opened, str(number)))
        story.settle(deployment, runs=2)
        assert any("from the ticket" in text for text in story.comments(story.incident(deployment, number)))
        assert any("from the incident" in text for _, text in story.notes(story.ticket(deployment, opened)))

    def test_the_order_of_the_names_does_not_matter_nor_their_form(self, deployment: Deployment) -> None:
        number = story.escalate(deployment)
        opened = story.escalated_ticket(deployment)
        name = story.incident(deployment, number)["name"]
        sys_id = story.ticket(deployment, opened)["sys_id"]
        with systems(deployment) as at_hand:
            forms = [(opened, str(number)), (str(number), opened), (name, opened), (sys_id, name)]
            keys = {pairing.key for pairing in pair_by_name(at_hand, forms[:1])}
            for form in forms:
                assert {pairing.key for pairing in pair_by_name(at_hand, [form])} == keys

    def test_a_name_that_means_nothing_is_said(self, deployment: Deployment) -> None:
        number = story.escalate(deployment)
        [made] = pair(deployment, ("INC7777777", str(number)))
        assert made.problem == "INC7777777: nothing found"

    def test_a_record_that_is_paired_already_is_not_paired_again(self, deployment: Deployment) -> None:
        number, other = story.escalate(deployment), story.escalate(deployment, title="Another")
        opened = story.escalated_ticket(deployment)
        pair(deployment, (opened, str(number)))
        [again, twice] = pair(deployment, (opened, str(other)), (opened, str(number)))
        assert again.problem.startswith("already paired as escalation/sentinel/")
        assert twice.problem == "already paired"

    def test_one_list_may_not_use_a_record_twice(self, deployment: Deployment) -> None:
        number, other = story.escalate(deployment), story.escalate(deployment, title="Another")
        opened = story.escalated_ticket(deployment)
        [made, refused] = pair(deployment, (opened, str(number)), (opened, str(other)))
        assert not made.problem
        assert f"already in the pair {opened} and {number}" in refused.problem
        story.settle(deployment, runs=1)
        assert story.mirror_of(deployment, number)["number"] == opened

    def test_a_maintenance_record_is_no_escalation(self, tmp_path: Path) -> None:
        deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
        deployment.sync()
        deployment.lose_the_database()
        number = story.escalate(deployment)
        [made] = pair(deployment, ("INC0010001", str(number)))
        assert "maintenance record of ours" in made.problem

    def test_without_an_escalation_profile_there_is_nothing_to_pair_for(self, deployment: Deployment) -> None:
        story.rewrite(deployment, "profiles/escalation.yaml", "", "")
        (deployment.mappings / "profiles" / "escalation.yaml").unlink()
        with systems(deployment) as at_hand, pytest.raises(Config, match="no profile of the kind escalation"):
            pair_by_name(at_hand, [("INC1", "1")])


class TestOfAVendor:
    def adopt(self, deployment: Deployment) -> tuple[Pairing, ...]:
        with systems(deployment) as at_hand:
            pairings = pairs_of_vendor(at_hand, "adopting")
            store_pairs(at_hand, pairings)
        return pairings

    def test_what_it_left_in_a_field_makes_the_pairs(self, deployment: Deployment) -> None:
        number = story.escalate(deployment)
        name = story.incident(deployment, number)["name"]
        opened = story.escalated_ticket(
            deployment, correlation_id=f"/providers/Incidents/{name}", correlation_display="vendor"
        )
        [made] = self.adopt(deployment)
        assert (made.problem, made.foreign) == ("", True)
        story.settle(deployment, runs=2)
        both = story.mirror_of(deployment, number)
        assert both["number"] == opened
        assert both["correlation_display"] == "vendor", "another integration's mark is never overwritten"
        assert len(story.tickets(deployment)) == 1

    def test_what_it_mirrored_is_not_repeated(self, deployment: Deployment) -> None:
        number = story.escalate(deployment)
        opened = story.escalated_ticket(deployment, correlation_id=story.incident(deployment, number)["name"])
        story.in_servicenow(deployment, "keiko.tanaka", "note", opened, text="told by the vendor")
        story.in_sentinel(deployment, "automation", "comment", number, text="told by the vendor")
        self.adopt(deployment)
        story.settle(deployment, runs=1)
        story.in_servicenow(deployment, "keiko.tanaka", "note", opened, text="new")
        story.settle(deployment, runs=2)
        assert len(story.comments(story.incident(deployment, number))) == 2

    def test_a_side_that_cannot_be_listed_is_no_side_without_pairs(self, deployment: Deployment) -> None:
        story.fault(deployment, "status", "arm", "GET", status=403, times=None)
        with pytest.raises(Rejected):
            self.adopt(deployment)

    def test_adopting_pairs_is_no_import(self, deployment: Deployment) -> None:
        """The rest of the population still waits for somebody to open the first import."""
        number = story.escalate(deployment)
        story.escalated_ticket(deployment, correlation_id=story.incident(deployment, number)["name"])
        self.adopt(deployment)
        story.escalate(deployment, title="Not paired")
        report = deployment.sync()
        assert [trip.name for trip in report.valves] == ["first-import"]

    def test_two_tickets_for_one_incident_are_reported(self, deployment: Deployment) -> None:
        name = story.incident(deployment, story.escalate(deployment))["name"]
        for title in ("first", "second"):
            story.escalated_ticket(deployment, title=title, correlation_id=name)
        made = self.adopt(deployment)
        assert len(made) == 2
        assert all(pairing.problem for pairing in made)

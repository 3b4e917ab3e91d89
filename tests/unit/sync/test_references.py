from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from tests.engine import Deployment, Watch
from tests.invariants import story

from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.population import Filter
from watchkeeper.model.record import SERVICENOW
from watchkeeper.sync.references import known_names, resolve_names, unresolved, with_groups
from watchkeeper.sync.systems import Systems


@contextmanager
def fresh(deployment: Deployment) -> Iterator[Systems]:
    with deployment.store() as store:
        yield deployment._systems(store)


def population(systems: Systems) -> tuple[Filter, ...]:
    return systems.profiles["escalation"].sides[SERVICENOW].population


def groups(filter_: Filter) -> tuple[str, ...]:
    return next(condition.values for condition in filter_.conditions if condition.field == "assignment_group")


def rewrite(deployment: Deployment, after: str) -> None:
    name = "profiles/escalation.yaml"
    story.rewrite(deployment, name, "assignment_group: { in: [$soc_groups] }", f"assignment_group: {after}")


class TestPopulation:
    def test_the_placeholder_stands_for_the_groups_of_the_enabled_teams(self, deployment: Deployment) -> None:
        with fresh(deployment) as systems:
            found, doubts = known_names(systems)
            ids = resolve_names(systems, SERVICENOW, ReferenceKind.GROUP, ["SOC Monitoring"])
        [filter_] = population(found)
        assert len(groups(filter_)) == 5
        assert ids["SOC Monitoring"].id in groups(filter_)
        assert not doubts

    def test_a_name_stands_for_its_id(self, deployment: Deployment) -> None:
        rewrite(deployment, "{ in: [CSIRT] }")
        with fresh(deployment) as systems:
            [filter_] = population(with_groups(systems))
        assert len(groups(filter_)[0]) == 32

    def test_an_id_stands_for_itself(self, deployment: Deployment) -> None:
        with fresh(deployment) as systems:
            once = with_groups(systems)
            assert population(with_groups(once)) == population(once)

    def test_a_group_that_nobody_knows_is_left_out_and_named(self, deployment: Deployment) -> None:
        rewrite(deployment, "{ in: [CSIRT, SOC Monitorin] }")
        with fresh(deployment) as systems:
            found, [doubt] = known_names(systems)
        assert len(groups(population(found)[0])) == 1
        assert doubt.field == "population"
        assert "escalation.yaml" in doubt.reason
        assert "near: SOC Monitoring" in doubt.reason

    def test_without_any_known_group_nothing_matches(self, deployment: Deployment) -> None:
        rewrite(deployment, "{ in: [SOC Monitorin] }")
        with fresh(deployment) as systems:
            assert population(with_groups(systems)) == ()

    @pytest.mark.parametrize(("excluded", "filters"), [("CSIRT", 1), ("SOC Monitorin", 0)])
    def test_what_excludes_an_unknown_group_is_dropped_rather_than_widened(
        self, deployment: Deployment, excluded: str, filters: int
    ) -> None:
        rewrite(deployment, f"{{ not_in: [{excluded}] }}")
        with fresh(deployment) as systems:
            assert len(population(with_groups(systems))) == filters

    def test_the_meaning_of_the_mapping_stays_the_same(self, deployment: Deployment) -> None:
        with fresh(deployment) as systems:
            found = with_groups(systems).profiles["escalation"]
            assert found.fingerprint == systems.profiles["escalation"].fingerprint


class TestMemory:
    def test_a_name_is_asked_for_once_a_day(self, deployment: Deployment) -> None:
        for hours, asked in ((0, True), (1, False), (22, False), (2, True)):
            deployment.world.clock.advance(timedelta(hours=hours))
            watch = Watch.of(deployment.world)
            with fresh(deployment) as systems:
                found = resolve_names(systems, SERVICENOW, ReferenceKind.GROUP, ["CSIRT"])
            assert found["CSIRT"].outcome is Resolved.ONE
            assert bool(watch.entries()) is asked

    def test_a_name_that_nobody_knows_is_asked_for_every_time(self, deployment: Deployment) -> None:
        for _ in range(2):
            watch = Watch.of(deployment.world)
            with fresh(deployment) as systems:
                found = resolve_names(systems, SERVICENOW, ReferenceKind.GROUP, ["Nobody"])
            assert found["Nobody"].outcome is Resolved.NONE
            assert watch.entries()

    def test_an_empty_name_is_no_name(self, deployment: Deployment) -> None:
        with fresh(deployment) as systems:
            assert resolve_names(systems, SERVICENOW, ReferenceKind.GROUP, ["", ""]) == {}


@pytest.mark.parametrize(
    ("outcome", "near", "says"),
    [
        (Resolved.NONE, ("SOC Monitoring",), "no active group has this name; near: SOC Monitoring"),
        (Resolved.SEVERAL, (), "several active groups have this name"),
        (Resolved.UNVERIFIABLE, ("403",), "the groups cannot be read (403)"),
    ],
)
def test_why_a_name_stands_for_nothing(outcome: Resolved, near: tuple[str, ...], says: str) -> None:
    assert says in unresolved("teams.yaml:1:1", "X", Resolution(ReferenceKind.GROUP, "X", outcome, near=near))
    assert "no active group" in unresolved("teams.yaml:1:1", "X", None)

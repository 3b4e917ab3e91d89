"""What collecting keeps of emulated sources, and what becomes of it where one of them fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.contract.evidence_sources.rig import EvidenceRig, evidence_world
from tests.engine import MAPPINGS

from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.owner_file import load_owners
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.collecting.desk import Brought, Desk, Sources
from watchkeeper.collecting.duties import COLLECTORS
from watchkeeper.collecting.run import Collected, collect
from watchkeeper.emulators.world import World
from watchkeeper.errors import Interrupted, Rejected
from watchkeeper.evidence.kept import (
    COLLECTED_AT,
    OWNER_TICKETS,
    OWNERSHIP,
    PORTAL_ROUND,
    PROFILES,
    RECOMMENDATIONS,
    REMEDIATION,
    SCORES,
    assignment,
    gathering_of,
)
from watchkeeper.evidence.owners import recommendation_of
from watchkeeper.evidence.remediation import Progress
from watchkeeper.mapping.load import load_profiles
from watchkeeper.model.evidence import Listing
from watchkeeper.model.evidence_rules import EvidenceRules
from watchkeeper.model.gathering import Found, Gathering
from watchkeeper.portal.tasks import Heading, tasks_by_owner
from watchkeeper.portal.told import Home, Told, kept_until
from watchkeeper.report.period import period
from watchkeeper.report.remediation import remediation_report
from watchkeeper.state import SqlStateStore, open_store
from watchkeeper.stop import Stop

PROFILES_OF_DUTIES = load_profiles(MAPPINGS)
SCORE, REMEDY = "secure-score", "vulnerability-remediation"


@pytest.fixture(scope="module")
def kept_world() -> World:
    return evidence_world()


class Bench:
    """A store, and both sources of an emulated tenant."""

    def __init__(self, rig: EvidenceRig, store: SqlStateStore, catalog: Catalog) -> None:
        self.rig, self.store, self.catalog = rig, store, catalog
        self.collectors = dict(COLLECTORS)
        self.sources = Sources(tenant=rig.graph, estate=rig.defender)
        self.stop = Stop()
        self.rules = EvidenceRules()

    def collect(self, *tasks: str) -> Collected:
        owners, now = load_owners(MAPPINGS, self.catalog), self.rig.clock.now()
        rules, inquiry = self.rules, Inquiry(self.stop)
        desk = Desk(self.sources, self.store, self.catalog, PROFILES_OF_DUTIES, rules, owners, now, inquiry)
        return collect(desk, self.collectors, tasks or (SCORE, REMEDY), frozenset())

    def of(self, task: str) -> Gathering:
        kept = self.store.latest_snapshot(gathering_of(task), self.today)
        assert kept is not None
        return kept.document

    def missing(self, task: str) -> list[str]:
        return [piece.subject for piece in self.of(task).pieces if piece.found is Found.MISSING]

    @property
    def today(self) -> date:
        return self.rig.clock.now().date()


@pytest.fixture
def bench(kept_world: World, catalog: Catalog, tmp_path: Path) -> Iterator[Bench]:
    rig = EvidenceRig(kept_world)
    with open_store(f"sqlite:///{tmp_path / 'store.db'}", "soc", rig.clock, migrate=True) as store:
        yield Bench(rig, store, catalog)


def test_the_first_collection_keeps_every_score_that_the_service_still_has(bench: Bench) -> None:
    bench.collect()
    listed = bench.rig.graph.secure_scores().rows
    kept = bench.store.snapshots(SCORES, date.min, date.max)
    assert [each.document for each in kept] == sorted(listed, key=lambda score: score.at)
    assert len(kept) > 80
    assert bench.store.recall(COLLECTED_AT) is not None


def test_later_ones_ask_only_for_the_days_since(bench: Bench) -> None:
    bench.collect()
    before = len(bench.rig.calls("graph"))
    bench.rig.clock.advance(timedelta(days=1))
    bench.collect()
    after = bench.rig.calls("graph")[before:]
    newest = bench.rig.graph.secure_scores().rows[0]
    assert len(after) == 2
    kept = bench.store.latest_snapshot(SCORES, bench.today)
    assert kept is not None
    assert kept.document == newest


def test_a_day_of_remediation_is_all_of_its_tasks_and_the_exposure_score(bench: Bench) -> None:
    bench.collect()
    kept = bench.store.latest_snapshot(REMEDIATION, bench.today)
    assert kept is not None
    assert kept.document.tasks == bench.rig.defender.remediation_tasks().rows
    assert (kept.document.exposure,) == bench.rig.defender.exposure_score().rows


def test_an_exception_is_one_for_the_day_the_report_the_portal_and_the_ticket(bench: Bench) -> None:
    bench.collect(REMEDY)
    today = bench.rig.clock.now().date()
    approved = {each.product for each in bench.rig.defender.recommendations().rows if each.status == "exception"}
    ownership = assignment(bench.store, load_owners(MAPPINGS, bench.catalog), today).ownership
    report = remediation_report(bench.store, "soc", bench.rig.clock.now(), period("7d", today), ownership)
    exempt = report.standing(Progress.EXEMPT)
    assert {each.task.product.rpartition("-_-")[2] for each in exempt} == approved
    assert exempt
    bench.rig.clock.advance(timedelta(days=1))
    bench.collect(REMEDY)
    [kept] = bench.store.snapshots(OWNER_TICKETS, bench.rig.clock.now().date(), bench.rig.clock.now().date())
    released = {recommendation_of(each.task) for each in exempt}
    assert not released & {each.recommendation for each in kept.document.tickets}
    home = Home("soc", "en", "UTC", {}, "")
    until = kept_until(bench.store, bench.rig.clock.now().date())
    told = Told(
        home,
        bench.rig.clock.now(),
        until.days,
        until.as_of,
        (),
        until.recommendations,
        ownership,
        bench.rules.remediation,
    )
    apart = {work.item.recommendation for each in tasks_by_owner(told) for work in each.under(Heading.EXEMPT)}
    assert apart == released


def test_of_recommendations_and_long_texts_only_the_latest_day_is_kept(bench: Bench) -> None:
    first = bench.today
    bench.collect()
    bench.rig.clock.advance(timedelta(days=1))
    bench.collect()
    assert [each.day for each in bench.store.snapshots(RECOMMENDATIONS, first, bench.today)] == [bench.today]
    before, latest = bench.store.snapshots(PROFILES, first, bench.today)
    assert any(each.remediation for each in latest.document.profiles)
    assert not any(each.remediation for each in before.document.profiles)


def test_only_the_latest_gathering_keeps_the_files_for_its_ticket(bench: Bench) -> None:
    first = bench.today
    for _ in range(3):
        bench.collect(SCORE)
        bench.rig.clock.advance(timedelta(days=1))
    *before, latest = bench.store.snapshots(gathering_of(SCORE), first, bench.today)
    assert latest.document.files
    assert [each.document.files for each in before] == [(), ()]
    assert all(each.document.texts and each.document.complete for each in before)


def test_a_source_that_fails_is_told_and_the_other_is_asked(bench: Bench) -> None:
    bench.rig.consent("defender", "Machine.Read.All")
    bench.rig.open()
    bench.sources = Sources(tenant=bench.rig.graph, estate=bench.rig.defender)
    bench.collect()
    assert bench.of(SCORE).complete
    pieces = {piece.subject: piece for piece in bench.of(REMEDY).pieces}
    tasks = pieces["defender/remediation-tasks"]
    assert tasks.found is Found.MISSING
    assert "RemediationTasks.Read.All" in tasks.why
    assert bench.store.latest_snapshot(REMEDIATION, bench.today) is None


def test_what_to_do_is_told_however_much_a_source_says(bench: Bench) -> None:
    def refuse(_: object) -> Listing[object]:
        raise Rejected("no " * 1000, remedy="give it the right to read")

    piece, _ = Inquiry(bench.stop).ask("graph/licences", object(), refuse)
    assert piece.why.startswith("no no no")
    assert piece.why.endswith("…; give it the right to read")
    assert len(piece.why) < 400


def test_what_cannot_be_read_whole_leaves_no_day_and_the_next_collection_makes_up_for_it(bench: Bench) -> None:
    bench.rig.fault("status", "defender", path_prefix="/api/remediationTasks", status=404, times=1)
    bench.collect(REMEDY)
    assert bench.missing(REMEDY) == ["defender/remediation-tasks"]
    assert bench.store.latest_snapshot(REMEDIATION, bench.today) is None
    bench.collect(REMEDY)
    assert bench.missing(REMEDY) == []
    assert bench.store.latest_snapshot(REMEDIATION, bench.today) is not None


def test_a_round_of_portals_and_licences_is_kept_as_it_was_read(bench: Bench) -> None:
    bench.collect("portal-licences")
    kept = bench.store.latest_snapshot(PORTAL_ROUND, bench.today)
    assert kept is not None
    licences = bench.rig.graph.licences().rows
    assert {each.licence for each in kept.document.licences or ()} <= set(licences)
    assert kept.document.licences
    assert kept.document.messages


def test_a_round_of_which_nothing_could_be_read_leaves_no_day(bench: Bench) -> None:
    bench.sources = Sources(estate=bench.rig.defender)
    bench.collect("portal-licences")
    assert bench.store.latest_snapshot(PORTAL_ROUND, bench.today) is None


def test_a_source_that_nobody_set_up_is_not_asked_and_not_called_missing(bench: Bench) -> None:
    bench.sources = Sources(estate=bench.rig.defender)
    bench.collect()
    assert {piece.found for piece in bench.of(SCORE).pieces} == {Found.NOT_ASKED}
    assert not bench.of(SCORE).complete
    assert bench.rig.calls("graph") == []


def test_a_fault_of_ours_in_one_duty_keeps_no_other_from_its_evidence(bench: Bench) -> None:
    def broken(desk: Desk) -> Brought:
        raise KeyError(desk.now)

    bench.collectors[REMEDY] = broken
    found = bench.collect()
    assert found.broken
    assert bench.of(SCORE).complete
    assert [piece.found for piece in bench.of(REMEDY).pieces] == [Found.MISSING]


def test_a_refusal_that_a_collector_does_not_expect_keeps_no_other_from_its_evidence(bench: Bench) -> None:
    def refused(desk: Desk) -> Brought:
        raise Rejected(f"no holidays are known of {desk.now.year}")

    bench.collectors[REMEDY] = refused
    assert bench.collect().broken
    assert bench.of(SCORE).complete
    assert [piece.why for piece in bench.of(REMEDY).pieces] == ["Rejected: no holidays are known of 2026"]


def test_whoever_ends_it_finds_what_was_gathered_until_then(bench: Bench) -> None:
    def ended(desk: Desk) -> Brought:
        raise Interrupted(f"at {desk.now}", signal=15)

    bench.collectors[SCORE] = ended
    with pytest.raises(Interrupted):
        bench.collect()
    assert bench.missing(REMEDY) == []
    assert bench.store.latest_snapshot(gathering_of(SCORE), bench.today) is None
    assert bench.store.recall(COLLECTED_AT) is not None  # so that the sync looks for it


def test_collecting_again_changes_nothing(bench: Bench) -> None:
    first = bench.collect()
    before = [
        *bench.store.snapshots(SCORES, date.min, date.max),
        *bench.store.snapshots(REMEDIATION, date.min, date.max),
    ]
    again = bench.collect()
    after = [
        *bench.store.snapshots(SCORES, date.min, date.max),
        *bench.store.snapshots(REMEDIATION, date.min, date.max),
    ]
    assert [each.document for each in before] == [each.document for each in after]
    assert [replace(each, at=first.gathered[0].at) for each in again.gathered] == list(first.gathered)


def test_what_two_duties_ask_is_asked_once(bench: Bench) -> None:
    bench.collectors[SCORE] = bench.collectors[REMEDY]
    bench.collect()
    paths = Counter(entry.path for entry in bench.rig.calls("defender"))
    assert set(paths.values()) == {1}
    assert len([path for path in paths if not path.endswith("machineReferences")]) == 4
    assert bench.of(SCORE).pieces == bench.of(REMEDY).pieces


def test_the_device_groups_that_are_known_stay_known_while_the_devices_cannot_be_read(bench: Bench) -> None:
    bench.collect(REMEDY)
    known = bench.store.latest_snapshot(OWNERSHIP, bench.today)
    assert known is not None
    groups = {machine.group for machine in bench.rig.defender.machines().rows}
    assert known.document.device_groups == tuple(sorted(groups))
    bench.rig.fault("status", "defender", path_prefix="/api/machines", status=400)
    bench.collect(REMEDY)
    after = bench.store.latest_snapshot(OWNERSHIP, bench.today)
    assert after is not None
    assert after.document == known.document
    assert bench.missing(REMEDY) == ["defender/machines"]


def test_who_owns_what_is_told_from_the_file_and_what_was_read(bench: Bench) -> None:
    book = load_owners(MAPPINGS, bench.catalog)
    bench.collect(REMEDY)
    found = {claim.device_group: claim.owner.id for claim in assignment(bench.store, book, bench.today).claims}
    assert found["Tokyo clients"] == "tokyo-workplace"
    assert {"unowned"} <= set(found.values())


def test_what_low_means_for_a_licence_is_a_rule(bench: Bench) -> None:
    def told() -> tuple[str, ...]:
        bench.collect("portal-licences")
        texts = bench.of("portal-licences").texts
        return tuple(line for line in texts["en"].splitlines() if "State: low" in line)

    bench.rules = replace(bench.rules, low_licences=0.0)
    assert told() == ()
    bench.rules = replace(bench.rules, low_licences=1.0)
    assert told()


def test_of_scripts_nothing_is_told_where_none_is_named_and_nothing_else_could_be_read(bench: Bench) -> None:
    bench.collect("automation-scripts")
    assert bench.of("automation-scripts").texts == {}

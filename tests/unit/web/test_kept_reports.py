"""A report on evidence is made once, and anew as soon as something that it is made of has changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from bench.filled import MAPPINGS
from bench.remembered import kept_on
from tests.state.examples import SetClock, a_verdict
from tests.unit.web.boards import NOW, a_store

from watchkeeper.evidence.kept import SCORES, gathering_of
from watchkeeper.model.audit import TeamDay
from watchkeeper.model.evidence_rules import Evidence
from watchkeeper.model.gathering import Found, Gathering, Piece
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.state.library import Library
from watchkeeper.state.prune import prune
from watchkeeper.web.asked import Asked
from watchkeeper.web.reading.evidence import read_oversight, read_remediation, read_scores
from watchkeeper.web.reading.kept_past import KeptPast
from watchkeeper.web.reading.kept_reports import MOST
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.rules import Rules

TODAY = NOW.date()
RULES = Rules(folder=MAPPINGS)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    library = Library.open(a_store(tmp_path), SetClock(NOW))
    assert library is not None
    for day in (2, 1):
        library.store("soc").keep_snapshots(kept_on(TODAY - timedelta(days=day)))
    yield Reader(library, "soc", NOW, {}, rules=RULES)
    library.close()


def test_what_was_made_once_is_shown_again_as_of_now(reader: Reader) -> None:
    first = read_remediation(reader).report
    later = read_remediation(replace(reader, now=NOW + timedelta(minutes=5))).report
    assert later.burned is first.burned
    assert (first.as_of, later.as_of) == (NOW, NOW + timedelta(minutes=5))


def test_the_oversight_report_shares_what_the_others_have_made(reader: Reader) -> None:
    scores, remediation = read_scores(reader).report, read_remediation(reader).report
    both = read_oversight(reader).report
    assert both.score.scores is scores.scores
    assert both.remediation.burned is remediation.burned


def test_a_day_that_is_collected_anew_makes_another_report(reader: Reader) -> None:
    before = read_scores(reader).report
    [kept] = [each for each in kept_on(TODAY - timedelta(days=1)) if each.kind is SCORES]
    better = replace(kept, taken_at=NOW, document=replace(kept.document, points=kept.document.points + 1))
    reader.store.keep_snapshots([better])
    after = read_scores(reader).report
    assert after.scores[-1].points == before.scores[-1].points + 1


def test_days_that_are_let_go_make_another_report(reader: Reader) -> None:
    before = read_remediation(reader).report
    prune(reader.store, NOW - timedelta(days=1), "pruning", NOW, apply=True)
    assert len(read_remediation(reader).report.burned) < len(before.burned)


def test_rules_that_have_changed_make_another_report(reader: Reader, tmp_path: Path) -> None:
    before = read_remediation(reader).report
    again = replace(reader, rules=Rules(folder=shutil.copytree(MAPPINGS, tmp_path / "mappings")))
    assert read_remediation(again).report.burned is not before.burned


def audit(reader: Reader, day: date, kind: VerdictKind, at: datetime, team: str = "csirt") -> None:
    verdict = a_verdict(kind, key=f"escalation/servicenow/{team}", day=day, final=kind is VerdictKind.FRESH)
    reader.store.put_verdicts([replace(verdict, team=team)], "run-1")
    counted = [TeamDay(team, day, "Europe/Dublin", working=True, final=True)]
    reader.store.count_days(counted, "run-1", at, whole=True)


def test_judged_days_are_summed_once_until_an_audit_finds_another_verdict(reader: Reader) -> None:
    day = TODAY - timedelta(days=3)
    audit(reader, day, VerdictKind.STALE, NOW - timedelta(hours=2))
    first = read_oversight(reader).report.compliance
    later = replace(reader, now=NOW + timedelta(minutes=5))
    assert read_oversight(later).report.compliance is first
    assert (first.total.owed, first.total.made) == (1, 0)
    audit(reader, day, VerdictKind.FRESH, NOW - timedelta(hours=1))
    again = read_oversight(later).report
    assert (again.compliance.total.owed, again.compliance.total.made) == (1, 1)
    assert again.as_of == NOW + timedelta(minutes=5)
    audit(reader, day - timedelta(days=1), VerdictKind.STALE, NOW)
    assert read_oversight(later).report.compliance.total.owed == 2


def test_another_team_alone_and_a_clock_that_goes_back_are_seen_as_well(reader: Reader) -> None:
    day = TODAY - timedelta(days=3)
    audit(reader, day, VerdictKind.STALE, NOW - timedelta(hours=1))
    audit(reader, day, VerdictKind.STALE, NOW - timedelta(hours=2), team="monitoring")
    assert made(reader) == {"csirt": 0, "monitoring": 0}
    audit(reader, day, VerdictKind.FRESH, NOW - timedelta(hours=3), team="monitoring")
    assert made(reader) == {"csirt": 0, "monitoring": 1}
    audit(reader, day, VerdictKind.FRESH, NOW - timedelta(hours=4))
    assert made(reader) == {"csirt": 1, "monitoring": 1}


def made(reader: Reader) -> dict[str, int]:
    return {team: each.made for team, each in read_oversight(reader).report.compliance.updates.items()}


def test_teams_that_are_called_otherwise_are_so_at_once(reader: Reader, tmp_path: Path) -> None:
    audit(reader, TODAY - timedelta(days=3), VerdictKind.STALE, NOW)
    folder = Path(shutil.copytree(MAPPINGS, tmp_path / "mappings"))
    before = read_oversight(reader).report.compliance.teams["csirt"]["en"]
    file = folder / "teams.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(before, "Those who respond"), encoding="utf-8")
    again = replace(reader, rules=Rules(folder=folder))
    assert read_oversight(again).report.compliance.teams["csirt"]["en"] == "Those who respond"


def test_verdicts_without_a_sum_that_are_let_go_and_those_of_another_deployment_are_not_summed(reader: Reader) -> None:
    """Sums stay when verdicts go; older versions kept none."""
    audit(reader, TODAY - timedelta(days=2), VerdictKind.FRESH, NOW - timedelta(days=2))
    old = a_verdict(VerdictKind.FRESH, day=TODAY - timedelta(days=20), final=True)
    reader.store.put_verdicts([old], "run-0")
    assert read_oversight(reader).report.compliance.total.owed == 2
    assert read_oversight(replace(reader, deployment="test")).report.compliance.total.owed == 0
    prune(reader.store, NOW - timedelta(days=10), "pruning", NOW, apply=True)
    assert read_oversight(reader).report.compliance.total.owed == 1


def test_evidence_that_is_gathered_anew_makes_another_report(reader: Reader) -> None:
    day = timedelta(days=1)
    task, past = Evidence.SECURE_SCORE, KeptPast(reader.store, "soc", reader.reports)

    def kept(at: datetime, found: Found) -> Snapshot[Gathering]:
        texts = {"en": "for the ticket"}
        return Snapshot(gathering_of(task), TODAY, at, Gathering(task, at, (Piece("graph", found),), texts))

    def read() -> list[Found]:
        return [piece.found for each in past.gatherings([task], TODAY - day, TODAY) for piece in each.pieces]

    assert read() == []
    reader.store.keep_snapshots([kept(NOW - timedelta(hours=1), Found.MISSING)])
    assert read() == [Found.MISSING]
    assert past.gatherings([task], TODAY - day, TODAY)[0] is past.gatherings([task], TODAY - day, TODAY)[0]
    reader.store.keep_snapshots([kept(NOW, Found.COLLECTED)])
    assert read() == [Found.COLLECTED]


def test_deployments_and_periods_are_told_apart_and_few_are_held(reader: Reader) -> None:
    whole = read_scores(reader).report
    assert read_scores(replace(reader, deployment="test")).report.scores == ()
    for days in range(31, 31 + MOST):
        report = read_scores(replace(reader, asked=Asked({"period": f"{days}d"}))).report
        assert report.period.first == TODAY - timedelta(days=days - 1)
    assert read_scores(reader).report.scores is not whole.scores

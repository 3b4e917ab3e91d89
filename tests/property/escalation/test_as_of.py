"""`--as-of`: whatever happens afterwards, an earlier instant is judged as it was judged then, as long as the history is there;
where it is not, the answer is unknown and never better than the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.property.escalation.history import LENGTH, Event, at_minute, events, kept_at_random, played
from tests.unit.escalation.soc import EXEMPT, FRESH, UNKNOWN, Soc
from tests.unit.escalation.test_population import TICKET_KEY, a_link
from tests.unit.escalation.world import INCIDENT, TICKET

from watchkeeper.clock import FixedClock
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.state import SqlStateStore, open_store

SOME = tried(25)
minutes = st.integers(2 * 24 * 60, LENGTH)
Fresh = Callable[[], Soc]


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    """A SOC that remembers nothing but its pair, as often as wanted."""
    file: Path = tmp_path_factory.mktemp("as-of") / "state.db"
    clock, names = FixedClock(at_minute(0)), count()
    with open_store(f"sqlite:///{file}", "first", clock, migrate=True) as store:

        def begin() -> Soc:
            soc = Soc(SqlStateStore(store.database, f"soc-{next(names)}", clock))
            soc.store.put_links([a_link(TICKET, TICKET_KEY), a_link(INCIDENT, TICKET_KEY)])
            return soc

        yield begin


def audited(soc: Soc, history: Sequence[Event], minute: int, as_of: int | None = None) -> AuditReport:
    """The audit that is run in a minute, of a world in which everything up to then has happened."""
    played(history, minute).shown(soc)
    soc.now = at_minute(minute)
    report = soc.audit(None if as_of is None else at_minute(as_of))
    assert len({verdict.key for verdict in report.verdicts}) == len(report.verdicts) == sum(report.totals.values())
    rows = [totals.values() for totals in report.totals_by_row.values()]
    assert sum(map(sum, rows)) == len(report.verdicts)
    return report


def told(verdict: Verdict) -> tuple[object, ...]:
    last = verdict.last_human_update
    return verdict.key, verdict.day, verdict.kind, verdict.reason, verdict.team, verdict.severity, verdict.flags, last


def every(report: AuditReport) -> list[tuple[object, ...]]:
    return sorted(map(told, report.verdicts), key=str)


def kinds(report: AuditReport) -> dict[str, VerdictKind]:
    return {verdict.key: verdict.kind for verdict in report.verdicts}


@SOME
@given(events(moving=True), minutes, st.integers(0, 4 * 24 * 60))
def test_with_its_history_an_instant_is_judged_later_as_it_was_judged_then(
    another: Fresh, history: Sequence[Event], minute: int, later: int
) -> None:
    soc = another()
    then = audited(soc, history, minute)
    assert every(audited(soc, history, minute + later, as_of=minute)) == every(then)


@SOME
@given(events(moving=True), minutes, st.integers(2 * 24 * 60, 4 * 24 * 60))
def test_with_its_history_a_day_that_was_judged_is_recomputed_alike(
    another: Fresh, history: Sequence[Event], minute: int, later: int
) -> None:
    soc = another()
    audited(soc, history, minute)
    audited(soc, history, minute + later)
    again = audited(soc, history, minute + later, as_of=minute)
    assert again.rejudged == ()
    assert again.problems == ()


@SOME
@given(events(moving=False), minutes, st.integers(2 * 24 * 60, 4 * 24 * 60))
def test_with_its_history_removed_what_was_judged_stands_and_is_unknown_beside(
    another: Fresh, history: Sequence[Event], minute: int, later: int
) -> None:
    soc = another()
    audited(soc, history, minute)
    audited(soc, history, minute + later)
    before = audited(soc, history, minute + later, as_of=minute)
    soc.servicenow.untold = soc.sentinel.untold = "the history is not kept that long"
    after = audited(soc, history, minute + later, as_of=minute)
    # An unknown verdict is never one for good: its reason may change with what can be read.
    final = {each.key: told(each) for each in before.verdicts if each.final and each.kind is not UNKNOWN}
    assert {verdict.key: told(verdict) for verdict in after.verdicts if verdict.key in final} == final
    unknown = {verdict.key for verdict in before.verdicts if verdict.kind is UNKNOWN}
    assert {kinds(after)[key] for key in unknown} <= {UNKNOWN}
    for pair in after.rejudged:
        assert pair.stored.kind is not pair.recomputed.kind
        assert pair.recomputed.kind in {UNKNOWN, EXEMPT}


@SOME
@given(events(moving=False), minutes, st.integers(0, 4 * 24 * 60), st.data())
def test_with_some_of_its_history_removed_it_is_what_it_was_or_unknown(
    another: Fresh, history: Sequence[Event], minute: int, later: int, draw: st.DataObject
) -> None:
    true = kinds(audited(another(), history, minute))
    soc = another()
    work = played(history, minute + later)
    work.deeds = list(kept_at_random(work, draw))
    work.shown(soc)
    every_ref = frozenset(record.ref for record in work.records)
    soc.servicenow.unclear = soc.sentinel.unclear = every_ref
    soc.now = at_minute(minute + later)
    for key, kind in kinds(soc.audit(as_of=at_minute(minute))).items():
        assert kind in {UNKNOWN, *({true[key]} & {FRESH, EXEMPT} if key in true else ())}

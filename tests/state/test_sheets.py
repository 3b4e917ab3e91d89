"""A team's judged day, counted: what trends are made of, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from tests.state.examples import KEY, MONDAY, a_verdict
from tests.unit.report.months import TODAY
from tests.unit.report.months import judged as judged_verdicts

from watchkeeper.model.audit import TeamDay
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.judged import judged
from watchkeeper.report.period import period
from watchkeeper.state import SqlStateStore
from watchkeeper.state.prune import prune

DAY = date(2026, 11, 23)
F, S, U = VerdictKind.FRESH, VerdictKind.STALE, VerdictKind.UNKNOWN


def put(store: SqlStateStore, *kinds: VerdictKind, day: date = DAY, final: bool = True, run: str = "run-1") -> None:
    verdicts = [
        replace(a_verdict(kind, key=f"escalation/servicenow/{number}", day=day, final=final and kind is not U))
        for number, kind in enumerate(kinds)
    ]
    store.put_verdicts(verdicts, run)


def count(store: SqlStateStore, *days: date, team: str = "csirt", over: bool = True, whole: bool = True, run: str = "run-1") -> None:  # fmt: skip
    counted = [TeamDay(team, day, "Europe/Dublin", working=True, final=over) for day in days or (DAY,)]
    store.count_days(counted, run, MONDAY, whole=whole)


def sheets(store: SqlStateStore, first: date = DAY, last: date = DAY) -> list[DaySheet]:
    return list(store.day_sheets(first.isoformat(), last.isoformat()))


def test_every_verdict_of_a_day_is_counted_once(store: SqlStateStore) -> None:
    put(store, F, F, S, U)
    count(store)
    [sheet] = sheets(store)
    assert (sheet.fresh, sheet.stale, sheet.duties) == (2, 1, 4)
    assert sum(sheet.totals.values()) == 4
    assert (sheet.over, sheet.whole, sheet.kept, sheet.run_id) == (True, True, False, "run-1")


def test_a_day_without_escalations_was_audited_all_the_same(store: SqlStateStore) -> None:
    count(store)
    [sheet] = sheets(store)
    assert (sheet.duties, sheet.kept) == (0, True)


def test_the_digest_tells_the_same_verdicts_from_others(store: SqlStateStore) -> None:
    put(store, F, S, final=False)
    count(store)
    before = sheets(store)
    count(store, run="run-2")
    assert sheets(store) == before, "what did not change keeps the audit that found it so"
    put(store, F, F, final=False)
    count(store, run="run-3")
    assert sheets(store)[0].digest != before[0].digest
    assert sheets(store)[0].run_id == "run-3"


def test_a_day_that_was_whole_once_stays_so_and_one_that_was_not_may_become_it(store: SqlStateStore) -> None:
    put(store, F)
    count(store, over=False)
    count(store, whole=False)
    assert not sheets(store)[0].whole, "the day was not over yet when all could be listed"
    count(store)
    count(store, whole=False)
    assert sheets(store)[0].whole


def test_a_day_of_which_an_older_version_left_verdicts_alone_is_counted_from_these(store: SqlStateStore) -> None:
    put(store, F, S, U)
    put(store, F, day=DAY + timedelta(days=1), final=False)
    first, second = sheets(store, last=DAY + timedelta(days=1))
    assert (first.fresh, first.stale, first.totals[U], first.over, first.whole) == (1, 1, 1, True, False)
    assert not second.over


def test_only_the_days_asked_for_are_told_by_day_and_team(store: SqlStateStore) -> None:
    days = [DAY + timedelta(days=number) for number in range(4)]
    count(store, *days)
    count(store, *days, team="monitoring")
    told = sheets(store, days[1], days[2])
    assert [(sheet.day, sheet.team) for sheet in told] == [(day, team) for day in days[1:3] for team in ("csirt", "monitoring")]  # fmt: skip


def test_they_stay_when_the_verdicts_are_let_go_of(store: SqlStateStore) -> None:
    put(store, F, S)
    count(store)
    prune(store, MONDAY + timedelta(days=400), "pruning", MONDAY, apply=True)
    assert store.verdicts("2026-01-01", "2027-12-31") == []
    assert [(sheet.fresh, sheet.stale) for sheet in sheets(store)] == [(1, 1)]


def test_a_report_reads_a_part_and_tells_what_all_verdicts_tell(store: SqlStateStore) -> None:
    chosen = period("14d", TODAY)
    verdicts = judged_verdicts("14d").verdicts
    store.put_verdicts(verdicts, "run-1")
    whole = judged(store, "production", MONDAY, chosen, every=True)
    part = judged(store, "production", MONDAY, chosen, every=False)
    assert whole.verdicts == verdicts
    assert replace(part, verdicts=whole.verdicts) == whole
    assert len(part.standing) < len(verdicts) / 5


def test_of_a_ticket_that_changed_teams_both_read_the_new_one_s_verdict_alone(store: SqlStateStore) -> None:
    later = DAY + timedelta(days=1)
    moved = a_verdict(S, key=KEY, day=DAY, final=False)
    store.put_verdicts([moved, replace(moved, team="monitoring", kind=F, day=later, final=True)], "run-1")
    for every in (False, True):
        found = judged(store, "production", MONDAY, period("30d", TODAY), every=every)
        assert [(each.team, each.day) for each in found.standing] == [("monitoring", later)]
        assert found.latest_days == {"csirt": DAY, "monitoring": later}
        assert found.unsettled == {"csirt"}

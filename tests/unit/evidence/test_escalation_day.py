"""The teams' verdicts of one day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.escalation_day import escalation_day
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.verdict import VerdictKind

DAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 17, 9, tzinfo=UTC)


def sheet(team: str = "csirt", day: date = DAY, *, over: bool = True, **counts: int) -> DaySheet:
    totals = {kind: counts.get(kind.name.lower(), 0) for kind in VerdictKind}
    return DaySheet(team, day, totals, over, whole=over)


def test_the_very_stale_count_as_stale_and_the_exempt_owe_nothing() -> None:
    (count,) = escalation_day([sheet(fresh=6, stale=1, very_stale=1, exempt=5, unknown=2)], DAY, (), NOW).teams
    assert (count.stale, count.exempt, count.duties, count.share) == (2, 5, 10, 0.6)


def test_who_owes_nothing_has_no_share() -> None:
    (count,) = escalation_day([sheet(exempt=5)], DAY, (), NOW).teams
    assert count.share is None


def test_sheets_of_other_days_play_no_part_and_a_team_without_one_is_named() -> None:
    sheets = [sheet("monitoring"), sheet("csirt", DAY - timedelta(days=1))]
    found = escalation_day(sheets, DAY, ["monitoring", "csirt", "soc-oversight"], NOW)
    assert ([each.team for each in found.teams], found.unjudged) == (["monitoring"], ("csirt", "soc-oversight"))


def test_the_day_is_over_once_it_is_over_for_every_team_and_all_are_judged() -> None:
    assert escalation_day([sheet("a"), sheet("b")], DAY, ["a", "b"], NOW).total.over
    assert not escalation_day([sheet("a"), sheet("b", over=False)], DAY, ["a", "b"], NOW).total.over
    assert not escalation_day([sheet("a")], DAY, ["a", "b"], NOW).total.over


COUNTS = st.fixed_dictionaries({kind.name.lower(): st.integers(0, 9) for kind in VerdictKind})


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), COUNTS))
def test_the_total_is_the_sum_of_the_teams_in_any_order(teams: dict[str, dict[str, int]]) -> None:
    sheets = [sheet(team, **counts) for team, counts in teams.items()]
    found = escalation_day(sheets, DAY, list(teams), NOW)
    assert found == escalation_day(sheets[::-1], DAY, list(teams)[::-1], NOW)
    total = found.total
    assert total.fresh + total.due + total.stale + total.exempt + total.unknown == sum(
        sum(counts.values()) for counts in teams.values()
    )
    assert total.duties == sum(each.duties for each in found.teams)

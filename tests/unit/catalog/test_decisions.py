from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from tests.unit.catalog.make import DUBLIN, EVERY_DAY, SEATTLE, catalog, keys, schedule, task, team, utc

from watchkeeper.catalog.decisions import MEMORY, decide, due
from watchkeeper.catalog.model import Catalog, CatchUp, FanOut, Overlap, Roll
from watchkeeper.catalog.occurrences import expand, raise_occurrence
from watchkeeper.catalog.recurrence import Window
from watchkeeper.model.occurrence import Decided, Decision

TEAM = (team("soc", DUBLIN, EVERY_DAY),)
DAILY = task("daily", schedule(), teams=("soc",))


def weekly(**changes: object) -> Catalog:
    settings: dict[str, object] = {"lead": timedelta(days=2), "deadline": timedelta(days=16), "overlap": Overlap.ALLOW}
    planned = schedule("FREQ=WEEKLY;BYDAY=MO", roll=Roll.FOLLOWING)
    return catalog(task("weekly", planned, teams=("soc",), **(settings | changes)), teams=TEAM)


def november(*days: int) -> list[str]:
    return [f"daily/soc@2026-11-{day:02}" for day in days]


def mondays(*days: int) -> list[str]:
    return [f"weekly/soc@2026-11-{day:02}" for day in days]


def at(day: int, hour: int = 9) -> datetime:
    return utc(2026, 11, day, hour)


HOUSE = catalog(DAILY, teams=TEAM)


class TestWhenATicketIsOpened:
    def test_the_first_run_opens_what_is_due_and_calls_nothing_missed(self) -> None:
        assert keys(due(HOUSE, at(16), (), ()), Decision.CREATE) == november(16)
        assert keys(due(HOUSE, at(16), (), ()), Decision.MISSED) == []

    def test_not_before_its_lead(self) -> None:
        known = november(15)
        assert due(HOUSE, at(15, 23), known, ()) == ()
        assert keys(due(HOUSE, at(16, 0), known, ())) == november(16)

    def test_once_decided_never_again(self) -> None:
        first = due(HOUSE, at(16), (), ())
        assert due(HOUSE, at(16), {row.occurrence.key: row for row in first}, ()) == ()

    def test_late_but_within_its_deadline(self) -> None:
        (row,) = due(HOUSE, at(16, 20), november(15), ())
        assert (row.decision, row.reason) == (
            Decision.CREATE,
            "overdue since 2026-11-16 17:00 GMT, within the deadline of 2 days",
        )

    def test_the_reason_tells_the_local_due_time(self) -> None:
        assert due(HOUSE, at(16), november(15), ())[0].reason == "due 2026-11-16 17:00 GMT"

    def test_nothing_before_go_live_is_opened_or_missed(self) -> None:
        house = catalog(DAILY, teams=TEAM, go_live=date(2026, 11, 20))
        assert due(house, at(19), november(10), ()) == ()
        assert keys(due(house, at(20), november(10), ())) == november(20)


class TestForbidWithCarry:
    """Daily tasks: at most one overdue open ticket per task and team; what could not be opened is a line in one."""

    def test_the_next_period_waits_while_the_ticket_before_it_is_open(self) -> None:
        assert due(HOUSE, at(17), november(16), november(16)) == ()

    def test_it_gets_its_own_ticket_when_that_one_is_closed_in_time(self) -> None:
        assert keys(due(HOUSE, at(17), november(16), ()), Decision.CREATE) == november(17)

    def test_it_is_carried_into_the_open_ticket_once_its_own_time_has_passed(self) -> None:
        (row,) = due(HOUSE, at(17, 18), november(16), november(16))
        assert (row.occurrence.key, row.decision, row.related) == (*november(17), Decision.CARRIED, tuple(november(16)))
        assert row.reason == "the ticket of 2026-11-16 is still open"

    def test_after_an_outage_with_the_old_ticket_open_every_period_is_one_line_in_it(self) -> None:
        rows = due(HOUSE, at(20), november(16), november(16))
        assert [(row.occurrence.nominal.day, row.decision) for row in rows] == [
            (17, Decision.MISSED),
            (18, Decision.CARRIED),
            (19, Decision.CARRIED),
        ]
        assert {row.related for row in rows} == {tuple(november(16))}

    def test_after_an_outage_without_an_open_ticket_today_s_carries_the_missed_ones(self) -> None:
        rows = due(HOUSE, at(20), november(16), ())
        assert keys(rows, Decision.MISSED) == november(17, 18, 19)
        assert keys(rows, Decision.CREATE) == november(20)
        assert {row.related for row in rows if row.decision is Decision.MISSED} == {tuple(november(20))}

    def test_on_a_day_off_after_an_outage_the_latest_is_opened_late(self) -> None:
        house = catalog(task("daily", schedule(until=date(2026, 11, 19)), teams=("soc",)), teams=TEAM)
        rows = due(house, at(20), november(16), ())
        assert (keys(rows, Decision.CREATE), keys(rows, Decision.MISSED)) == (november(19), november(17, 18))

    def test_without_catching_up_they_are_only_missed(self) -> None:
        house = catalog(
            task("daily", schedule(until=date(2026, 11, 19)), teams=("soc",), catch_up=CatchUp.NONE), teams=TEAM
        )
        rows = due(house, at(20), november(16), ())
        assert (keys(rows, Decision.MISSED), {row.related for row in rows}) == (november(17, 18, 19), {()})

    def test_a_shared_day_that_has_not_ended_everywhere_does_not_hold_back_the_next(self) -> None:
        shared = task("daily", schedule(), teams=("soc", "west"), fan_out=FanOut.SINGLE, lead=timedelta(hours=41))
        teams = (*TEAM, team("west", SEATTLE))
        house = catalog(shared, teams=teams)
        known = ["daily/all@2026-11-16"]
        assert keys(due(house, at(16, 16), known, known), Decision.CREATE) == ["daily/all@2026-11-17"]
        assert due(house, at(17, 16), [*known, "daily/all@2026-11-17"], known) == ()  # the 16th is overdue by now

    def test_a_raised_ticket_holds_back_nothing(self) -> None:
        assert keys(due(HOUSE, at(17), november(16), ["daily/soc@2026-11-16~0123456789"])) == november(17)

    def test_another_team_s_or_task_s_open_ticket_holds_back_nothing(self) -> None:
        others = ["daily/other@2026-11-16", "other/soc@2026-11-16", "escalation/servicenow/abc"]
        assert keys(due(HOUSE, at(17), november(16), others)) == november(17)


class TestAllowSideBySide:
    def test_the_new_one_names_the_old_ones_that_are_still_open(self) -> None:
        (row,) = due(weekly(), at(22), mondays(9, 16), mondays(9, 16))
        assert (row.decision, row.related) == (Decision.CREATE, tuple(mondays(9, 16)))

    @pytest.mark.parametrize(
        ("catch_up", "limit", "created", "skipped", "missed"),
        [
            (CatchUp.LATEST, 3, (16,), (2, 9), ()),
            (CatchUp.ALL, 3, (2, 9, 16), (), ()),
            (CatchUp.ALL, 2, (9, 16), (2,), ()),
            (CatchUp.NONE, 3, (), (), (2, 9, 16)),
        ],
    )
    def test_catching_up(
        self, catch_up: CatchUp, limit: int, created: tuple[int, ...], skipped: tuple[int, ...], missed: tuple[int, ...]
    ) -> None:
        rows = due(weekly(catch_up=catch_up, limit=limit), at(18), ["weekly/soc@2026-10-26"], ())
        assert keys(rows, Decision.CREATE) == mondays(*created)
        assert keys(rows, Decision.SKIPPED) == mondays(*skipped)
        assert keys(rows, Decision.MISSED) == mondays(*missed)

    def test_what_is_past_its_deadline_is_missed_and_told_once(self) -> None:
        house = weekly(deadline=timedelta(days=5))
        rows = due(house, at(18), ["weekly/soc@2026-10-26"], ())
        assert (keys(rows, Decision.MISSED), keys(rows, Decision.CREATE)) == (mondays(2, 9), mondays(16))
        assert rows[0].reason == "more than 5 days overdue before it could be opened"
        assert due(house, at(18), ["weekly/soc@2026-10-26", *keys(rows)], ()) == ()

    def test_catch_up_leaves_the_coming_one_alone(self) -> None:
        rows = due(weekly(), at(22), mondays(9), ())
        assert keys(rows, Decision.CREATE) == mondays(16, 23)


class TestSupersede:
    def test_the_newest_replaces_what_is_open(self) -> None:
        (row,) = due(weekly(overlap=Overlap.SUPERSEDE), at(22), mondays(9, 16), mondays(9, 16))
        assert (row.decision, row.related) == (Decision.CREATE, tuple(mondays(9, 16)))

    def test_an_overdue_one_is_not_opened_just_to_be_replaced(self) -> None:
        rows = due(weekly(overlap=Overlap.SUPERSEDE), at(22), mondays(9), ())
        assert [(row.occurrence.key, row.decision, row.related) for row in rows] == [
            (*mondays(16), Decision.SKIPPED, tuple(mondays(23))),
            (*mondays(23), Decision.CREATE, ()),
        ]

    def test_one_that_is_not_due_yet_is_never_replaced(self) -> None:
        early = weekly(overlap=Overlap.SUPERSEDE, lead=timedelta(days=10))
        assert due(early, at(14), mondays(9, 16), mondays(16)) == ()  # the 23rd is within its lead


class TestAfterALostStore:
    def test_an_open_ticket_is_adopted_and_holds_back_the_next_as_before(self) -> None:
        rows = due(HOUSE, at(17), (), november(16))
        assert [(row.occurrence.key, row.decision, row.reason) for row in rows] == [
            (*november(16), Decision.CREATE, "its ticket is open already")
        ]

    def test_what_the_records_show_as_done_is_not_opened_or_missed_again(self) -> None:
        assert due(HOUSE, at(20, 8), november(16, 17, 18, 19, 20), ()) == ()

    def test_periods_before_all_memory_are_not_called_missed(self) -> None:
        rows = due(HOUSE, at(20), (), ())
        assert keys(rows, Decision.CREATE) == november(20)
        assert keys(rows, Decision.SKIPPED) == november(18, 19)
        assert keys(rows, Decision.MISSED) == []


class TestLongSilence:
    def test_missed_periods_are_told_for_two_months_back_and_no_further(self) -> None:
        rows = due(HOUSE, utc(2027, 11, 16, 9), november(16), ())
        oldest = utc(2027, 11, 16, 9) - DAILY.deadline - MEMORY
        assert len(keys(rows, Decision.MISSED)) == 64
        assert min(row.occurrence.due for row in rows) >= oldest

    def test_a_corrected_holiday_in_the_past_is_not_a_missed_period(self) -> None:
        assert due(HOUSE, at(20, 8), november(16, 18, 19, 20), ()) == ()


class TestRaised:
    RAISED = raise_occurrence(HOUSE, "daily", "soc", reason="bulk order", dedupe_key="x", now=at(16))

    def test_it_is_created_beside_the_scheduled_ones(self) -> None:
        rows = due(HOUSE, at(16), november(15, 16), november(15), [self.RAISED])
        assert [(row.occurrence, row.decision, row.reason) for row in rows] == [
            (self.RAISED, Decision.CREATE, "raised: bulk order")
        ]

    def test_it_is_decided_once(self) -> None:
        assert due(HOUSE, at(16), [*november(15, 16), self.RAISED.key], (), [self.RAISED]) == ()

    def test_its_task_may_be_gone_by_then(self) -> None:
        (row,) = due(catalog(teams=TEAM), at(16), (), (), [self.RAISED])
        assert (row.decision, row.reason) == (Decision.SKIPPED, "the catalogue has no task daily any more")


def test_decide_does_not_depend_on_the_order_of_what_it_is_given() -> None:
    occurrences = expand(HOUSE, Window(at(10), at(21)))
    one = decide(occurrences, november(12, 10), november(10), at(20), HOUSE)
    other = decide(reversed(occurrences), november(10, 12), november(10), at(20), HOUSE)
    assert one == other
    assert all(isinstance(row, Decided) for row in one)

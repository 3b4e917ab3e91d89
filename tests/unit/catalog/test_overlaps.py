"""`satisfied_by`: one ticket for duties that overlap, whoever looks and whenever."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.unit.catalog.make import (
    DUBLIN,
    EVERY_DAY,
    JAPAN,
    TOKYO,
    calendar,
    catalog,
    keys,
    schedule,
    task,
    team,
    utc,
    wall,
)

from watchkeeper.catalog.decisions import due
from watchkeeper.catalog.model import Catalog, FanOut, Overlap, Roll, Task
from watchkeeper.catalog.occurrences import expand_task, raise_occurrence
from watchkeeper.catalog.overlaps import period_around, server_of
from watchkeeper.catalog.recurrence import Window
from watchkeeper.model.occurrence import Decision

SOC, ABROAD = team("soc", DUBLIN, EVERY_DAY), team("abroad", TOKYO, JAPAN)
YEAR = Window(utc(2026, 1, 1), utc(2027, 1, 1))


def weekly(name: str, day: str = "MO", **changes: object) -> Task:
    settings: dict[str, object] = {
        "lead": timedelta(days=2),
        "deadline": timedelta(days=5),
        "overlap": Overlap.ALLOW,
        "teams": ("soc",),
        "cadence": "weekly",
    }
    return task(name, schedule(f"FREQ=WEEKLY;BYDAY={day}", roll=Roll.FOLLOWING), **(settings | changes))


def daily(name: str, **changes: object) -> Task:
    return task(name, schedule(roll=Roll.SKIP), **({"teams": ("soc",)} | changes))


def of(*tasks: Task) -> Catalog:
    return catalog(*tasks, teams=(SOC, ABROAD))


def served(house: Catalog, name: str, window: Window = YEAR) -> dict[str, str]:
    """Key → the key that serves it ('' for none)."""
    found = {each.key: server_of(house, each) for each in expand_task(house, house.tasks[name], window)}
    return {key: server.key if server else "" for key, server in found.items()}


class TestWhichOccurrenceServes:
    def test_the_one_of_the_same_week(self) -> None:
        house = of(weekly("main", "MO"), weekly("other", "FR", satisfied_by="main"))
        assert served(house, "other", Window(utc(2026, 11, 16), utc(2026, 11, 23))) == {
            "other/soc@2026-11-20": "main/soc@2026-11-16"
        }

    def test_of_several_the_last_one_that_is_due_by_then(self) -> None:
        house = of(daily("main"), weekly("other", "WE", satisfied_by="main"))
        assert served(house, "other", Window(utc(2026, 11, 16), utc(2026, 11, 23))) == {
            "other/soc@2026-11-18": "main/soc@2026-11-18"
        }

    def test_none_of_another_week(self) -> None:
        planned = schedule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", wall(2026, 11, 16))
        house = of(task("main", planned, teams=("soc",)), weekly("other", satisfied_by="main"))
        found = served(house, "other", Window(utc(2026, 11, 14), utc(2026, 12, 1)))
        assert sorted(found.items()) == [
            ("other/soc@2026-11-16", "main/soc@2026-11-16"),
            ("other/soc@2026-11-23", ""),
            ("other/soc@2026-11-30", "main/soc@2026-11-30"),
        ]

    def test_none_of_another_team(self) -> None:
        house = of(weekly("main", teams=("soc",)), weekly("other", teams=("soc", "abroad"), satisfied_by="main"))
        assert {key.partition("@")[0]: bool(server) for key, server in served(house, "other").items()} == {
            "other/soc": True,
            "other/abroad": False,
        }

    def test_a_shared_ticket_serves_each_of_its_teams_and_no_other(self) -> None:
        shared = weekly("main", teams=("soc",), fan_out=FanOut.SINGLE)
        house = of(shared, weekly("other", teams=("soc", "abroad"), satisfied_by="main"))
        found = served(house, "other", Window(utc(2026, 11, 16), utc(2026, 11, 23)))
        assert found == {"other/soc@2026-11-16": "main/all@2026-11-16", "other/abroad@2026-11-16": ""}

    def test_one_team_s_ticket_does_not_serve_all_teams(self) -> None:
        house = of(weekly("main"), weekly("other", fan_out=FanOut.SINGLE, satisfied_by="main"))
        assert set(served(house, "other").values()) == {""}

    def test_in_a_chain_the_task_that_really_has_the_ticket(self) -> None:
        house = of(daily("first"), daily("second", satisfied_by="first"), weekly("third", satisfied_by="second"))
        assert {key.partition("/")[0] for key in served(house, "third").values()} == {"first"}

    def test_a_period_in_which_the_serving_task_has_a_day_off_is_not_served(self) -> None:
        main = task("main", schedule(roll=Roll.SKIP), teams=("soc",))
        other = task("other", schedule(roll=Roll.FOLLOWING), teams=("soc",), satisfied_by="main")
        off = calendar("off", weekdays=range(1, 8), closures=[date(2026, 11, 18)])
        house = catalog(main, other, teams=(team("soc", DUBLIN, off),))
        found = served(house, "other", Window(utc(2026, 11, 17), utc(2026, 11, 20)))
        assert found["other/soc@2026-11-17"] == "main/soc@2026-11-17"
        assert found["other/soc@2026-11-18"] == ""

    def test_what_a_person_raised_has_a_ticket_of_its_own(self) -> None:
        house = of(weekly("main"), weekly("other", satisfied_by="main"))
        raised = raise_occurrence(house, "other", "soc", reason="Now", dedupe_key="now", now=utc(2026, 11, 16))
        assert server_of(house, raised) is None

    def test_nothing_before_go_live_serves(self) -> None:
        house = catalog(
            weekly("main", "MO"),
            weekly("other", "FR", satisfied_by="main"),
            teams=(SOC,),
            go_live=date(2026, 11, 18),
        )
        found = served(house, "other", Window(utc(2026, 11, 16), utc(2026, 11, 30)))
        assert list(found.values()) == ["", "main/soc@2026-11-23"]


@pytest.mark.parametrize(
    ("rule", "first", "last"),
    [
        ("FREQ=DAILY", date(2026, 11, 18), date(2026, 11, 18)),
        ("FREQ=DAILY;INTERVAL=14", date(2026, 11, 16), date(2026, 11, 22)),
        ("FREQ=WEEKLY;BYDAY=WE", date(2026, 11, 16), date(2026, 11, 22)),
        ("FREQ=MONTHLY;BYDAY=3WE", date(2026, 11, 1), date(2026, 11, 30)),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=18", date(2026, 11, 1), date(2026, 11, 30)),
        ("FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=18", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_the_day_week_month_or_year_around_it(rule: str, first: date, last: date) -> None:
    assert period_around(schedule(rule), date(2026, 11, 18)) == (first, last)


class TestDecisions:
    HOUSE = of(weekly("main"), weekly("other", "WE", satisfied_by="main"))

    def test_a_served_occurrence_opens_nothing_and_says_which_ticket_serves_it(self) -> None:
        rows = due(self.HOUSE, utc(2026, 11, 16, 18), (), ())
        assert keys(rows, Decision.CREATE) == ["main/soc@2026-11-16"]
        (row,) = [row for row in rows if row.decision is Decision.SKIPPED]
        assert (row.occurrence.key, row.related) == ("other/soc@2026-11-18", ("main/soc@2026-11-16",))
        assert row.reason == "the ticket of main for 2026-11-16 serves it too"

    def test_once_decided_it_stays_so(self) -> None:
        known = keys(due(self.HOUSE, utc(2026, 11, 16, 18), (), ()))
        assert due(self.HOUSE, utc(2026, 11, 17), known, ()) == ()

    def test_without_the_serving_task_it_has_a_ticket_of_its_own(self) -> None:
        alone = of(self.HOUSE.tasks["other"])
        assert keys(due(alone, utc(2026, 11, 17), (), ()), Decision.CREATE) == ["other/soc@2026-11-18"]

    def test_an_open_ticket_of_its_own_is_kept(self) -> None:
        rows = due(self.HOUSE, utc(2026, 11, 17), ("main/soc@2026-11-16",), ("other/soc@2026-11-18",))
        assert [(row.occurrence.key, row.decision) for row in rows] == [("other/soc@2026-11-18", Decision.CREATE)]

    def test_after_an_outage_a_served_period_is_not_called_missed(self) -> None:
        known = ("main/soc@2026-11-02", "other/soc@2026-11-04")
        rows = due(self.HOUSE, utc(2026, 11, 30, 9), known, ())
        assert {row.decision for row in rows if row.occurrence.task == "other"} == {Decision.SKIPPED}
        assert Decision.MISSED in {row.decision for row in rows if row.occurrence.task == "main"}

    @pytest.mark.parametrize("hours", [5, 24, 60])
    def test_how_often_a_run_looks_makes_no_difference(self, hours: int) -> None:
        found: dict[str, str] = {}
        now = utc(2026, 11, 1)
        while now < utc(2026, 12, 13):
            rows = due(self.HOUSE, now, found.keys(), ())
            found |= {row.occurrence.key: row.reason for row in rows if row.occurrence.task == "other"}
            found |= {row.occurrence.key: "" for row in rows if row.occurrence.task == "main"}
            now += timedelta(hours=hours)
        served = {key: reason for key, reason in found.items() if reason and "2026-11-04" <= key[-10:] <= "2026-12-09"}
        assert served == {
            f"other/soc@{monday + timedelta(days=2)}": f"the ticket of main for {monday} serves it too"
            for monday in (date(2026, 11, 2) + timedelta(days=7 * n) for n in range(6))
        }

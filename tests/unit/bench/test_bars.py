from __future__ import annotations

from collections.abc import Iterator

from bench.bars import all_held, at_least, at_most, compared, first_near, shown, table


def test_a_bar_holds_up_to_and_including_its_number() -> None:
    assert [at_most("calls", value, "", 3).held for value in (2, 3, 4)] == [True, True, False]
    assert [at_least("times faster", value, "x", 5).held for value in (4.99, 5, 6)] == [False, True, True]


def test_what_is_only_shown_decides_nothing() -> None:
    bars = [shown("CPU", 99.0, "s"), compared("wall", 9.0, "s", 3.0, "beside 3")]
    assert all_held(bars)
    assert not all_held([*bars, at_most("writes", 1, "", 0)])


def test_a_bar_of_zero_has_no_ratio() -> None:
    assert at_most("writes", 0, "", 0).ratio is None
    assert at_most("wall", 6.0, "s", 8.0).ratio == 0.75


def test_the_table_names_each_measure_with_its_bar_and_verdict() -> None:
    lines = table("Import", [at_most("wall", 9.5, "s", 8.0, "1.2 x the bound"), shown("calls", 1052, "")]).splitlines()
    assert lines[0] == "Import"
    assert lines[2].split() == ["wall", "9.50", "s", "1.2", "x", "the", "bound", "1.19", "FAIL"]
    assert lines[3].split() == ["calls", "1052"]


def test_what_is_written_for_programs_carries_the_ratio() -> None:
    assert at_most("wall", 6.0, "s", 8.0).as_json()["ratio"] == 0.75


def test_runs_are_repeated_until_one_is_near_enough() -> None:
    made: list[float] = []

    def runs(*ratios: float) -> Iterator[float]:
        for each in ratios:
            made.append(each)
            yield each

    assert first_near(runs(1.5, 1.1, 1.0), lambda each: each, 1.15) == 1.1
    assert made == [1.5, 1.1]
    assert first_near(runs(1.5, 1.3, 1.4), lambda each: each, 1.15) == 1.3

"""The tabular operators, by the tables that they answer with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from watchkeeper.emulators.kql import Column, Table, run_query

Ask = Callable[[str], list[list[Any]]]
Columns = Callable[[str], list[str]]

HISTORY = """let History = datatable(Name:string, At:long, Status:string, Extra:dynamic)[
    'one', 1, 'New', dynamic({'by': 'keiko'}),
    'two', 2, 'New', dynamic({'by': 'liam'}),
    'one', 3, 'Closed', dynamic({'by': 'system'}),
];
"""


def test_arg_max_with_a_star_keeps_the_latest_row_and_puts_its_columns_behind(ask: Ask, columns: Columns) -> None:
    query = HISTORY + "History | summarize arg_max(At, *) by Name"
    assert columns(query) == ["Name:string", "At:long", "Status:string", "Extra:dynamic"]
    assert ask(query) == [["one", 3, "Closed", '{"by":"system"}'], ["two", 2, "New", '{"by":"liam"}']]


def test_a_filter_after_arg_max_sees_only_latest_rows_and_one_before_brings_old_states_back(ask: Ask) -> None:
    after = HISTORY + "History | summarize arg_max(At, *) by Name | where Status == 'New' | project Name"
    before = HISTORY + "History | where Status == 'New' | summarize arg_max(At, *) by Name | project Name"
    assert ask(after) == [["two"]]
    assert ask(before) == [["one"], ["two"]]


def test_arg_min_with_named_columns_gives_only_those(ask: Ask, columns: Columns) -> None:
    query = HISTORY + "History | summarize First = arg_min(At, Status, tostring(Extra.by)) by Name"
    assert columns(query) == ["Name:string", "First:long", "Status:string", "Extra_by:string"]
    assert ask(query)[0] == ["one", 1, "New", "keiko"]


def test_aggregations_name_their_columns_as_the_service_does(ask: Ask, columns: Columns) -> None:
    query = HISTORY + (
        "History | summarize count(), countif(Status == 'New'), dcount(Name), min(At), max(At), sum(At), avg(At), "
        "make_set(Status), make_list(Name)"
    )
    assert [name.partition(":")[0] for name in columns(query)] == [
        "count_",
        "countif_",
        "dcount_Name",
        "min_At",
        "max_At",
        "sum_At",
        "avg_At",
        "set_Status",
        "list_Name",
    ]
    assert ask(query) == [[3, 2, 2, 1, 3, 6, 2.0, '["New","Closed"]', '["one","two","one"]']]


def test_summarize_of_nothing_is_one_row_without_groups_and_none_with_them(ask: Ask) -> None:
    assert ask("datatable(v:long)[] | summarize count(), max(v)") == [[0, None]]
    assert ask("datatable(v:long)[] | summarize count() by v") == []


def test_aggregations_pass_over_nulls(ask: Ask) -> None:
    assert ask("datatable(v:long)[1, long(null), 3] | summarize count(), dcount(v), make_set(v), avg(v)") == [
        [3, 2, "[1,3]", 2.0]
    ]


def test_summarize_by_a_bin_of_time_groups_by_its_start(ask: Ask) -> None:
    query = "datatable(T:datetime)[datetime(2026-11-16 01:10), datetime(2026-11-16 01:50), datetime(2026-11-16 02:00)]"
    assert ask(query + " | summarize n = count() by bin(T, 1h)") == [
        ["2026-11-16T01:00:00Z", 2],
        ["2026-11-16T02:00:00Z", 1],
    ]


def test_sorting_descends_unless_told_and_nulls_come_last_then(ask: Ask) -> None:
    table = "datatable(v:long)[2, long(null), 3]"
    assert ask(f"{table} | sort by v") == [[3], [2], [None]]
    assert ask(f"{table} | order by v asc") == [[None], [2], [3]]
    assert ask(f"{table} | order by v asc nulls last") == [[2], [3], [None]]
    assert ask(f"{table} | top 1 by v") == [[3]]


def test_a_second_sort_key_decides_between_equals(ask: Ask) -> None:
    assert ask("datatable(a:long, b:string)[1,'x', 2,'y', 1,'z'] | sort by a asc, b desc | project b") == [
        ["z"],
        ["x"],
        ["y"],
    ]


def test_mv_expand_gives_a_row_per_element_and_one_null_for_an_empty_array(ask: Ask) -> None:
    query = "datatable(k:string, v:dynamic)['a', dynamic([1, 2]), 'b', dynamic([]), 'c', dynamic({'x': 1, 'y': 2})]"
    assert ask(f"{query} | mv-expand v") == [["a", "1"], ["a", "2"], ["b", None], ["c", '{"x":1}'], ["c", '{"y":2}']]


def test_mv_expand_can_name_and_type_its_column(ask: Ask, columns: Columns) -> None:
    query = "datatable(k:string, v:dynamic)['a', dynamic([1, 'x'])] | mv-expand One = v to typeof(long)"
    assert columns(query) == ["k:string", "v:dynamic", "One:long"]
    assert [row[2] for row in ask(query)] == [1, None]


def test_extend_replaces_a_column_where_it_stands(columns: Columns, ask: Ask) -> None:
    query = "datatable(a:long, b:long)[1, 2] | extend a = 'now text', c = a + b"
    assert columns(query) == ["a:string", "b:long", "c:long"]
    assert ask(query) == [["now text", 2, 3]]


def test_projections_pick_drop_and_rename(columns: Columns) -> None:
    table = "datatable(a:long, b:long, c:long)[1, 2, 3]"
    assert columns(f"{table} | project c, x = a") == ["c:long", "x:long"]
    assert columns(f"{table} | project-away b") == ["a:long", "c:long"]
    assert columns(f"{table} | project-keep c, a") == ["a:long", "c:long"]
    assert columns(f"{table} | project-rename z = b") == ["a:long", "z:long", "c:long"]


def test_unnamed_expressions_get_the_names_that_the_service_gives(columns: Columns) -> None:
    query = "datatable(Owner:dynamic, n:long)[dynamic({}), 1] | project Owner.assignedTo, tostring(Owner.email), n + 1, n * 2"
    assert [name.partition(":")[0] for name in columns(query)] == [
        "Owner_assignedTo",
        "Owner_email",
        "Column1",
        "Column2",
    ]


def test_distinct_take_count_and_union(ask: Ask) -> None:
    table = "datatable(a:long)[1, 1, 2]"
    assert ask(f"{table} | distinct a") == [[1], [2]]
    assert ask(f"{table} | distinct *") == [[1], [2]]
    assert ask(f"{table} | take 2") == [[1], [1]]
    assert ask(f"{table} | limit 0") == []
    assert ask(f"{table} | count") == [[3]]
    assert ask("let A = datatable(a:long)[1]; let B = datatable(b:string)['x']; union A, B") == [[1, ""], [None, "x"]]


def test_let_names_scalars_and_tables_and_subqueries_can_feed_in_and_toscalar(ask: Ask) -> None:
    query = """
        let threshold = 1;            // a scalar
        let T = datatable(k:string, n:long)['a', 1, 'b', 2, 'c', 3];
        let wanted = T | where n > threshold | project k;
        T | where k in (wanted) and n < toscalar(T | summarize max(n))
    """
    assert ask(query) == [["b", 2]]


def test_ingestion_time_is_known_until_rows_are_aggregated() -> None:
    table = Table((Column("k", "string"),), [("a", 100), ("b", 200)], stamped=True)
    tables = {"T": lambda: table}
    assert run_query("T | where ingestion_time() > datetime(0001-01-01 00:00:00.0000150)", tables, 0).rows[0][0] == "b"
    assert run_query("T | extend at = ingestion_time() | project k, at", tables, 0).rows[0][:2] == ("a", 100)
    assert run_query("T | summarize count() by k | project ingestion_time()", tables, 0).rows == [(None,), (None,)]


@pytest.mark.parametrize("name", ["['odd name']", "count", "order_", "letter", "between_us", "andy"])
def test_column_names_may_look_like_keywords(ask: Ask, name: str) -> None:
    assert ask(f"print {name} = 1 | where {name} == 1 | project {name}") == [[1]]

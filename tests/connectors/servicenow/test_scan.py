from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import responses
from requests import PreparedRequest
from tests.connectors.servicenow.instance import (
    DATE,
    JSON,
    TABLE,
    asked,
    connector_and_transport,
    listing,
    query_of,
    row,
)

from watchkeeper.emulators.servicenow.encoded_query import parse
from watchkeeper.errors import AuthFailed, NotTheApi, StateUnusable, Unavailable
from watchkeeper.model.population import Condition, Feed, Filter, Operator
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.scan import Page, ScanEnd

FIELDS = frozenset({"short_description"})
SECURITY = Filter((Condition("category", Operator.IN, ("security",)),))
SINCE = '["2026-11-16 00:00:00", ""]'


@pytest.fixture
def instance() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def feed(*filters: Filter, created_since: datetime | None = None) -> Feed:
    return Feed(SERVICENOW, "incident", FIELDS, filters, created_since)


def scan(since: str | None = SINCE, *, page_size: int = 2, of: Feed | None = None) -> tuple[list[str], ScanEnd]:
    connector, _ = connector_and_transport(page_size=page_size)
    *pages, end = connector.scan(of or feed(), since)
    assert isinstance(end, ScanEnd)
    return [record.number for page in pages if isinstance(page, Page) for record in page.records], end


class Instance:
    """A table with `count` rows in time order, of which the account may see only some, as the real thing serves it: the
    limit first, the access rules afterwards."""

    def __init__(self, rows: list[dict[str, Any]], visible: Callable[[dict[str, Any]], bool]) -> None:
        self.rows = rows
        self.visible = visible

    def __call__(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked_for = query_of(request)
        matching = [each for each in self.rows if self._matches(asked_for["sysparm_query"], each)]
        offset, limit = int(asked_for["sysparm_offset"]), int(asked_for["sysparm_limit"])
        page = [each for each in matching[offset : offset + limit] if self.visible(each)]
        headers = {"Date": DATE, "X-Total-Count": str(len(matching)), "Content-Type": JSON}
        return 200, headers, json.dumps({"result": page})

    @staticmethod
    def _matches(query: str, each: dict[str, Any]) -> bool:
        compare: dict[str, Callable[[str, str], bool]] = {
            ">=": lambda a, b: a >= b,
            ">": lambda a, b: a > b,
            "<=": lambda a, b: a <= b,
            "=": lambda a, b: a == b,
        }
        return any(
            all(any(compare[c.operator](each[c.field], c.value) for c in group) for group in branch)
            for branch in parse(query).branches
        )


def serve(mocked: responses.RequestsMock, count: int, visible: Callable[[dict[str, Any]], bool]) -> None:
    mocked.add_callback(responses.GET, TABLE, Instance([row(number) for number in range(1, count + 1)], visible))


def number_of(each: dict[str, Any]) -> int:
    return int(each["sys_id"], 16)


def test_pages_follow_one_another_without_gap_or_repeat(instance: responses.RequestsMock) -> None:
    serve(instance, 9, lambda each: True)
    numbers, end = scan()
    assert numbers == [f"INC{number:07d}" for number in range(1, 10)]
    assert end.complete


@pytest.mark.parametrize("shown", [lambda n: n > 6, lambda n: n % 3 == 0, lambda n: n in {1, 9}, lambda n: False])
def test_pages_that_access_rules_emptied_do_not_end_the_scan(
    instance: responses.RequestsMock, shown: Callable[[int], bool]
) -> None:
    serve(instance, 9, lambda each: shown(number_of(each)))
    numbers, end = scan()
    assert numbers == [f"INC{number:07d}" for number in range(1, 10) if shown(number)]
    assert end.complete


def test_rows_of_one_second_are_walked_by_id(instance: responses.RequestsMock) -> None:
    rows = [row(number, sys_updated_on="2026-11-16 00:00:05") for number in range(1, 8)]
    instance.add_callback(responses.GET, TABLE, Instance(rows, lambda each: True))
    numbers, _ = scan()
    assert len(numbers) == len(set(numbers)) == 7


def test_the_first_page_has_no_upper_bound_and_later_ones_stop_at_the_first_answers_date(
    instance: responses.RequestsMock,
) -> None:
    serve(instance, 5, lambda each: True)
    scan()
    first, *later = [parameters["sysparm_query"] for parameters in asked(instance)]
    assert "sys_updated_on<=" not in first
    assert later
    assert all("sys_updated_on<=2026-11-16 00:30:00" in text for text in later)


def test_a_list_without_a_count_ends_with_an_empty_page(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1), row(2)]))
    instance.get(TABLE, **listing([]))
    numbers, end = scan()
    assert numbers == ["INC0000001", "INC0000002"]
    assert end.complete
    assert len(instance.calls) == 2


def test_an_idle_scan_is_one_call(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([], total=0))
    assert scan() == ([], ScanEnd(True, SINCE, datetime(2026, 11, 16, 0, 30, tzinfo=UTC)))
    assert len(instance.calls) == 1


def test_the_question_repeats_its_window_in_every_branch_and_names_our_sign(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([], total=0))
    scan(of=feed(SECURITY, Filter((Condition("number", Operator.STARTS_WITH, ("SEC",)),))))
    branches = [
        [(c.field, c.operator, c.value) for (c,) in branch]
        for branch in parse(asked(instance)[0]["sysparm_query"]).branches
    ]
    window = ("sys_updated_on", ">=", "2026-11-16 00:00:00")
    assert branches == [
        [("category", "=", "security"), window],
        [("number", "STARTSWITH", "SEC"), window],
        [("correlation_display", "=", "watchkeeper"), window],
    ]


def test_a_sweep_is_bounded_by_creation_and_a_scan_for_changes_is_not(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([], total=0))
    bounded = feed(created_since=datetime(2026, 11, 1, tzinfo=UTC))
    scan(None, of=bounded)
    scan(SINCE, of=bounded)
    sweep, changes = (parameters["sysparm_query"] for parameters in asked(instance))
    assert "sys_created_on>=2026-11-01 00:00:00" in sweep
    assert "sys_updated_on>=" not in sweep
    assert "sys_created_on" not in changes


def test_rows_that_a_widened_query_brought_are_left_out(instance: responses.RequestsMock) -> None:
    strangers = [
        row(1, correlation_display="", category="hardware"),
        row(2, correlation_display="somebody", category=""),
    ]
    wanted = row(3, correlation_display="", category="security")
    instance.get(TABLE, **listing([*strangers, wanted], total=3))
    numbers, end = scan(page_size=1000, of=feed(SECURITY))
    assert numbers == ["INC0000003"]
    assert end.complete


def test_a_row_that_cannot_be_read_is_named_and_the_others_go_on(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1), row(2, sys_mod_count="many"), row(3, sys_created_on=None), row(4)], total=4))
    connector, _ = connector_and_transport()
    page, end = connector.scan(feed(), SINCE)
    assert isinstance(page, Page)
    assert [record.number for record in page.records] == ["INC0000001", "INC0000004"]
    assert {unreadable.ref.id[-1]: unreadable.reason for unreadable in page.unreadable} == {
        "2": "sys_mod_count is 'many', not a number",
        "3": "sys_created_on is not readable",
    }
    assert isinstance(end, ScanEnd)
    assert end.complete


def cut(rows: int) -> dict[str, Any]:
    return listing([*(row(number) for number in range(1, rows + 1)), ""], error={"message": "Transaction cancelled"})


def test_a_cut_page_is_asked_for_again_with_half_the_rows(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **cut(700))
    instance.get(TABLE, **cut(300))
    instance.get(TABLE, **listing([row(1)], total=1))
    numbers, end = scan(page_size=1000)
    assert numbers == ["INC0000001"]
    assert end.complete
    assert [parameters["sysparm_limit"] for parameters in asked(instance)] == ["1000", "500", "250"]


def test_a_page_that_took_too_long_is_asked_for_again_with_half_the_rows(instance: responses.RequestsMock) -> None:
    message = "Transaction cancelled: maximum execution time exceeded"
    instance.get(TABLE, json={"error": {"message": message, "detail": None}}, status=500)
    instance.get(TABLE, **listing([row(1)], total=1))
    assert scan(page_size=1000)[1].complete
    assert [parameters["sysparm_limit"] for parameters in asked(instance)] == ["1000", "500"]


def test_a_side_that_always_cuts_makes_the_scan_incomplete(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **cut(1))
    numbers, end = scan(page_size=1000)
    assert numbers == []
    assert (end.complete, end.watermark) == (False, None)
    assert "error" in end.reason
    assert len(instance.calls) == 4


HIBERNATING: Any = {"body": "<html><title>Instance Hibernating page</title></html>", "content_type": "text/html"}


def test_a_web_page_instead_of_the_first_page_is_no_listing_at_all(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **HIBERNATING)
    with pytest.raises(NotTheApi, match="Hibernating"):
        scan()
    assert len(instance.calls) == 1


def test_a_web_page_instead_of_a_later_page_makes_the_scan_incomplete_at_once(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1), row(2)], total=4))
    instance.get(TABLE, **HIBERNATING)
    numbers, end = scan()
    assert len(numbers) == 2
    assert (end.complete, end.watermark) == (False, None)
    assert "Hibernating" in end.reason
    assert len(instance.calls) == 2


def test_a_count_that_no_row_ever_follows_does_not_keep_the_scan_going(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([], total=10**9))
    _, end = scan(page_size=20_000)
    assert (end.complete, end.watermark) == (False, None)
    assert len(instance.calls) == 7


def test_rows_out_of_order_make_the_scan_incomplete(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(2), row(1)], total=2))
    _, end = scan()
    assert (end.complete, end.watermark) == (False, None)
    assert "ordered" in end.reason


@pytest.mark.parametrize(("status", "error"), [(401, AuthFailed), (502, Unavailable)])
def test_what_stops_the_side_is_raised(instance: responses.RequestsMock, status: int, error: type[Exception]) -> None:
    instance.get(TABLE, status=status)
    with pytest.raises(error):
        scan()


def test_the_watermark_stays_an_overlap_behind_the_newest_row(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1, sys_updated_on="2026-11-16 00:20:00")], total=1))
    assert scan()[1].watermark == '["2026-11-16 00:18:00", ""]'


def test_the_watermark_never_passes_the_instances_clock(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1, sys_updated_on="2031-01-01 00:00:00")], total=1))
    assert scan()[1].watermark == '["2026-11-16 00:28:00", ""]'


def test_the_watermark_never_goes_back(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([row(1, sys_updated_on="2026-11-16 00:00:30")], total=1))
    assert scan()[1].watermark == SINCE


def test_the_first_scan_of_an_empty_table_starts_from_the_instances_clock(instance: responses.RequestsMock) -> None:
    instance.get(TABLE, **listing([], total=0))
    assert scan(None)[1].watermark == '["2026-11-16 00:28:00", ""]'


@pytest.mark.parametrize("text", ["", "null", "[]", '["yesterday", ""]', "2026-11-16", '{"a": 1}'])
def test_a_watermark_that_is_not_ours_is_refused_before_any_call(instance: responses.RequestsMock, text: str) -> None:
    connector, transport = connector_and_transport()
    with pytest.raises(StateUnusable, match="cursor"):
        list(connector.scan(feed(), text))
    assert transport.traffic() == {}


def test_what_changes_while_the_scan_walks_is_seen_by_the_next_one(instance: responses.RequestsMock) -> None:
    rows = [row(number) for number in range(1, 6)]
    table = Instance(rows, lambda each: True)
    instance.add_callback(responses.GET, TABLE, table)
    connector, _ = connector_and_transport(page_size=2)
    walk = connector.scan(feed(), SINCE)
    next(walk)
    moved = row(4, sys_updated_on="2026-11-16 00:30:01", sys_mod_count="4")
    table.rows = [*(each for each in rows if number_of(each) != 4), moved]
    *_, end = walk
    assert isinstance(end, ScanEnd)
    assert end.watermark is not None
    numbers, _ = scan(end.watermark, page_size=1000)
    assert "INC0000004" in numbers

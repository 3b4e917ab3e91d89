from __future__ import annotations

from typing import Any

import pytest

Instance = Any


@pytest.fixture(autouse=True)
def rows(instance: Instance) -> None:
    for urgency, category in (("1", "security"), ("2", "security"), ("3", "network")):
        instance.new(urgency=urgency, category=category)


def stats(instance: Instance, **parameters: str) -> Any:
    return instance.call("GET", "/api/now/stats/incident", **{f"sysparm_{name}": v for name, v in parameters.items()})


def test_counts_and_figures_are_text(instance: Instance) -> None:
    answer = stats(instance, count="true", avg_fields="urgency", sum_fields="urgency", min_fields="number,urgency")
    assert answer.result == {
        "stats": {
            "count": "3",
            "avg": {"urgency": "2"},
            "sum": {"urgency": "6"},
            "min": {"number": "INC0010001", "urgency": "1"},
        }
    }


def test_a_query_narrows_what_is_counted(instance: Instance) -> None:
    assert stats(instance, count="true", query="category=security").result == {"stats": {"count": "2"}}
    assert stats(instance, max_fields="work_notes").result == {"stats": {}}


@pytest.mark.parametrize(
    ("mode", "first"),
    [
        ("false", {"field": "category", "value": "network"}),
        ("true", {"field": "category", "value": "Network"}),
        ("all", {"field": "category", "value": "network", "display_value": "Network"}),
    ],
)
def test_groups_are_counted_each(instance: Instance, mode: str, first: dict[str, str]) -> None:
    groups = stats(instance, count="true", group_by="category", display_value=mode).result
    assert [each["stats"]["count"] for each in groups] == ["1", "2"]
    assert groups[0]["groupby_fields"] == [first]


def test_who_may_not_read_every_record_is_refused(instance: Instance) -> None:
    assert stats(instance, count="true").result["stats"]["count"] == "3"
    hidden = {"table": "incident", "operation": "read", "deny": ["itil"], "condition": "category=security"}
    instance.system.seed({"acl": [hidden]})
    assert len(instance.list().result) == 1
    assert stats(instance, count="true").status == 403
    barred = {"table": "incident", "operation": "query_range", "field": "category", "deny": ["itil"]}
    instance.system.seed({"acl": [barred]})
    assert stats(instance, count="true", group_by="category").status == 403
    instance.system.seed({"acl": [{**hidden, "condition": "", "answer": "refuse"}]})
    assert stats(instance, count="true").status == 403


def test_what_is_no_question_is_refused(instance: Instance) -> None:
    assert instance.call("GET", "/api/now/stats/nothing").body["error"]["message"] == "Invalid table nothing"
    assert instance.call("GET", "/api/now/stats").status == 400
    assert instance.call("POST", "/api/now/stats/incident").status == 405
    assert stats(instance, having="count^category^>^1").body["error"]["message"] == "Not emulated"

"""What the connector makes of the words with which an instance refuses."""

from __future__ import annotations

import pytest

from watchkeeper.errors import Attempt, AuthFailed, Rejected
from watchkeeper_servicenow.refusals import explaining, needed_by_every_record

QUERY = "category=security^sys_updated_on>=2026-11-16 00:00:00^ORsys_id>0^NQnumberSTARTSWITHSEC^ORDERBYsys_updated_on^ORDERBYsys_id"


def remedy(answer: str, *, query: str = "", fields: tuple[str, ...] = ()) -> str:
    with pytest.raises(Rejected) as refused, explaining("incident", query=query, fields=fields):
        raise Rejected("refused", attempt=Attempt(status=403, answer=answer))
    return refused.value.remedy


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (
            "was aborted by Business Rule 'Restrict fields^5230b9179735ca504546f027f053af79'. Business Rule Stack:x",
            "'Restrict fields'",
        ),
        (
            "was aborted by Business Rule 'Keep robots' hands off^dbf1877e27f704e9910a39b4c1422a97'.",
            '"Keep robots\' hands off"',
        ),
        (
            "was aborted by Business Rule 'Change Model: Check State Transition'",
            "'Change Model: Check State Transition'",
        ),
    ],
)
def test_an_abort_is_told_with_the_rules_name(words: str, name: str) -> None:
    told = remedy(f"Operation Failed: Operation against file 'incident' {words}")
    assert f"business rule {name} on incident" in told


def test_a_data_policy_is_told_with_its_fields() -> None:
    told = remedy(
        "Operation Failed: Data Policy Exception: The following fields are mandatory: 解決コード, Close notes"
    )
    assert "解決コード, Close notes" in told


@pytest.mark.parametrize(
    ("verb", "right"), [("Insert", "create access"), ("Update", "write access"), ("Delete", "delete access")]
)
def test_an_access_rule_is_told_with_the_right_that_lacks(verb: str, right: str) -> None:
    assert f"{right} to incident" in remedy(f"ACL Exception {verb} Failed due to security constraints")
    told = remedy(f"ACL Exception {verb} Failed due to security constraints", fields=("state", "close_code"))
    assert "(fields close_code, state)" in told


@pytest.mark.parametrize(
    ("answer", "rights"),
    [
        (
            "Insufficient rights to query records",
            "query_range on sys_updated_on, sys_id, number; query_match on category",
        ),
        (
            "Insufficient rights to query records: Field(s) present in the query do not have permission to be read",
            "query_range on sys_updated_on, sys_id, number; query_match on category",
        ),
        (
            "Insufficient rights to query records: Field(s) present in the query do not have permission to be read: number, category",
            "query_range on number; query_match on category",
        ),
        (
            "Insufficient rights to query records: Fields that are not permitted to be read: caller_id.vip",
            "query_match and query_range on caller_id.vip",
        ),
    ],
)
def test_a_query_right_is_told_by_what_was_asked(answer: str, rights: str) -> None:
    assert remedy(answer, query=QUERY).startswith(f"let the account query incident: {rights}; ")


def test_a_query_of_nothing_says_at_least_that() -> None:
    told = remedy("Insufficient rights to query records")
    assert "incident: query_match and query_range on its fields; " in told


def test_other_words_stay_as_they_are() -> None:
    assert remedy("Operation Failed: Error during insert of incident (INC1)") == ""


@pytest.mark.parametrize(("status", "error"), [(403, AuthFailed), (400, Rejected)])
def test_what_no_record_of_a_table_can_be_read_without_is_for_an_operator(status: int, error: type[Exception]) -> None:
    with pytest.raises(error) as raised, needed_by_every_record():
        raise Rejected("refused", remedy="let it", attempt=Attempt(status=status))
    assert str(raised.value) == "refused; let it"

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.emulators.servicenow.encoded_query import OPERATORS, Condition, Order, parse, split
from watchkeeper.emulators.servicenow.errors import Refused

A, B, C = Condition("a", "=", "1"), Condition("b", "=", "2"), Condition("c", "=", "3")


@pytest.mark.parametrize(
    ("text", "branches"),
    [
        ("", ((),)),
        ("a=1", (((A,),),)),
        ("a=1^b=2", (((A,), (B,)),)),
        ("a=1^ORb=2", (((A, B),),)),
        ("a=1^b=2^ORc=3", (((A,), (B, C)),)),
        ("a=1^ORb=2^c=3", (((A, B), (C,)),)),
        ("a=1^b=2^NQc=3", (((A,), (B,)), ((C,),))),
        ("^a=1^EQ", (((A,),),)),
        ("ORDERBYa", ((),)),
        ("a=1^NQ", (((A,),),)),
    ],
)
def test_or_binds_to_the_condition_just_before_and_nq_starts_a_branch(text: str, branches: object) -> None:
    assert parse(text).branches == branches


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("state!=6", Condition("state", "!=", "6")),
        ("stateIN1,2", Condition("state", "IN", "1,2")),
        ("stateNOT IN6,7", Condition("state", "NOT IN", "6,7")),
        ("short_descriptionLIKEa=b", Condition("short_description", "LIKE", "a=b")),
        ("short_description*x", Condition("short_description", "LIKE", "x")),
        ("short_description!*x", Condition("short_description", "NOT LIKE", "x")),
        ("short_description%x", Condition("short_description", "ENDSWITH", "x")),
        ("short_descriptionDOES NOT CONTAINx", Condition("short_description", "NOT LIKE", "x")),
        ("close_codeISEMPTY", Condition("close_code", "ISEMPTY", "")),
        ("close_codeISNOTEMPTY", Condition("close_code", "ISNOTEMPTY", "")),
        ("sys_updated_on>=2026-11-16 00:30:00", Condition("sys_updated_on", ">=", "2026-11-16 00:30:00")),
        ("opened_atBETWEEN2026-01-01@2026-02-01", Condition("opened_at", "BETWEEN", "2026-01-01@2026-02-01")),
        ("assignment_group.name=CSIRT", Condition("assignment_group.name", "=", "CSIRT")),
        ("a=", Condition("a", "=", "")),
        ("a==1", Condition("a", "=", "=1")),
        ("short_description=line\nline", Condition("short_description", "=", "line\nline")),
        ("no condition at all", Condition("", "", "no condition at all")),
        ("=1", Condition("", "", "=1")),
    ],
)
def test_a_condition_is_a_field_an_operator_and_a_value(text: str, condition: Condition) -> None:
    assert parse(text).branches == (((condition,),),)


def test_order_keeps_its_sequence_and_direction_wherever_it_stands() -> None:
    query = parse("ORDERBYsys_updated_on^a=1^ORDERBYDESCnumber")
    assert query.order == (Order("sys_updated_on", descending=False), Order("number", descending=True))
    assert query.branches == (((A,),),)


@pytest.mark.parametrize(
    "text",
    [
        "sys_class_nameINSTANCEOFtask",
        "opened_atONToday@x@y",
        "opened_atRELATIVEGT@day@ago@1",
        "caller_idDYNAMICx",
        "RLQUERYa.b,>0",
        "123TEXTQUERY321=x",
    ],
)
def test_an_operator_that_only_the_real_instance_has_is_refused_aloud(text: str) -> None:
    with pytest.raises(Refused, match="does not have it"):
        parse(text)


def test_a_doubled_caret_is_a_literal_one() -> None:
    assert split("a=x^^y^b=^^^c=z^^") == ["a=x^y", "b=^", "c=z^"]


@given(st.lists(st.text(st.sampled_from("a^=O R1日")).map(lambda text: f"f={text}"), min_size=1))
def test_whatever_is_escaped_and_joined_is_split_again(segments: list[str]) -> None:
    assert split("^".join(segment.replace("^", "^^") for segment in segments)) == segments


@given(st.text(st.sampled_from("ab^=!<>ORNQDERBYINLKEST.,@ \n1")))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        query = parse(text)
    except Refused:
        return
    assert query.branches


@given(st.sampled_from([operator for operator in OPERATORS if operator.isalpha()]), st.text("xyz 1", max_size=5))
def test_every_word_operator_is_told_from_the_field_before_it(operator: str, value: str) -> None:
    ((group,),) = parse(f"state{operator}{value}").branches
    assert group[0].field == "state"
    assert group[0].value == value

"""Literals, operators and functions, each by what a query that uses it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[[str], list[list[Any]]]


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('"plain"', "plain"),
        ("'single'", "single"),
        (r'"a\"b\\c\td\n\x41\u3042\101"', 'a"b\\c\td\nAあA'),
        (r'@"C:\temp\""quoted"""', 'C:\\temp\\"quoted"'),
        ("@'it''s'", "it's"),
        ('h"secret"', "secret"),
        ("```two\nlines```", "two\nlines"),
        ("'one ' \"two\" @' three'", "one two three"),
        ("'// no comment'", "// no comment"),
        ("'日本語'", "日本語"),
        ("42", 42),
        ("0xff", 255),
        ("1.5", 1.5),
        ("2e3", 2000.0),
        ("-7", -7),
        ("true", True),
        ("long(null)", None),
        ("int(5)", 5),
        ("bool(false)", False),
        ("real(1.25)", 1.25),
        ("guid(74BE27DE-1E4E-49D9-B579-FE0B331D3642)", "74be27de-1e4e-49d9-b579-fe0b331d3642"),
        ("datetime(2026-11-16)", "2026-11-16T00:00:00Z"),
        ("datetime(2026-11-16 07:08:09.1234567)", "2026-11-16T07:08:09.1234567Z"),
        ("datetime('2026-11-16T09:00:00+09:00')", "2026-11-16T00:00:00Z"),
        ("1d", "1.00:00:00"),
        ("1.5h", "01:30:00"),
        ("30m", "00:30:00"),
        ("250ms", "00:00:00.2500000"),
        ("time(0.12:34:56.7)", "12:34:56.7000000"),
        ("timespan(2)", "2.00:00:00"),
        ("dynamic([1, 'two', {\"three\": null}])", '[1,"two",{"three":null}]'),
        ("dynamic(null)", None),
        ("dynamic({'a': -1.5, 'b': [true, false]})", '{"a":-1.5,"b":[true,false]}'),
    ],
)
def test_a_literal_has_its_value(ask: Ask, literal: str, value: Any) -> None:
    assert ask(f"print {literal}") == [[value]]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 / 2.0", 3.5),
        ("7 % 3", 1),
        ("1 / 0", None),
        ("9223372036854775807 + 1", -9223372036854775808),
        ("datetime(2026-11-16) - datetime(2026-11-15)", "1.00:00:00"),
        ("datetime(2026-11-16) + 90m", "2026-11-16T01:30:00Z"),
        ("2 * 1h - 30m", "01:30:00"),
        ("1d / 6h", 4.0),
        ("datetime(9999-12-31) + 2d", None),
        ("now()", "2026-11-16T09:00:00Z"),
        ("now(-1h)", "2026-11-16T08:00:00Z"),
        ("ago(1d)", "2026-11-15T09:00:00Z"),
        ("startofday(now())", "2026-11-16T00:00:00Z"),
        ("bin(17, 5)", 15),
        ("bin(-3, 5)", -5),
        ("bin(datetime(2026-11-16 07:08:09), 1h)", "2026-11-16T07:00:00Z"),
        ("bin(5, 0)", None),
    ],
)
def test_arithmetic_follows_the_types(ask: Ask, expression: str, value: Any) -> None:
    assert ask(f"print {expression}") == [[value]]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'a' == 'A'", False),
        ("'a' =~ 'A'", True),
        ("'a' !~ 'A'", False),
        ("'a' != 'b'", True),
        ("'a' <> 'b'", True),
        ("'abc' < 'abd'", True),
        ("1 == 1.0", True),
        ("2 between (1 .. 3)", True),
        ("3 between (1 .. 3)", True),
        ("4 !between (1 .. 3)", True),
        ("datetime(2026-11-16) between (datetime(2026-11-15) .. 1d)", True),
        ("datetime(2026-11-16) between (dynamic('2026-11-15') .. 1d)", True),
        ("datetime(2026-11-16) between (dynamic([1]) .. 1d)", None),
        ("'b' in ('a', 'b')", True),
        ("'B' in ('a', 'b')", False),
        ("'B' in~ ('a', 'b')", True),
        ("'c' !in ('a', 'b')", True),
        ("2 in (dynamic([1, 2]))", True),
        ("'foo-bar baz' has 'BAR'", True),
        ("'foobar' has 'bar'", False),
        ("'foobar' !has 'bar'", True),
        ("'foo bar' has_cs 'BAR'", False),
        ("'foobar' contains 'OBA'", True),
        ("'foobar' contains_cs 'OBA'", False),
        ("'foobar' startswith 'FOO'", True),
        ("'foobar' endswith 'BAR'", True),
        ("'foo bar' has_any ('x', 'bar')", True),
        ("'foo bar' has_all ('foo', 'x')", False),
        ("true and false or true", True),
        ("not(true) or not(false)", True),
        ("dynamic({'a': 'x'}).a == 'x'", True),
        ("dynamic([{'a': 1}])[0]['a'] == 1", True),
        ("dynamic([1, 2, 3])[-1] == 3", True),
        ("dynamic(['a', 'b']) has 'b'", True),
        ("isnull(dynamic({}).missing)", True),
        ("isempty('') and isempty(long(null)) and isnotempty('x')", True),
        ("isnull('')", False),
        ("isnotnull(1)", True),
    ],
)
def test_a_comparison_holds_or_not(ask: Ask, expression: str, value: bool) -> None:
    assert ask(f"print {expression}") == [[value]]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("tostring(42)", "42"),
        ("tostring(true)", "True"),
        ("tostring(long(null))", ""),
        ("tostring(dynamic({'a': 1}))", '{"a":1}'),
        ("tostring(datetime(2026-11-16))", "2026-11-16T00:00:00.0000000Z"),
        ("tolower('ÀB')", "àb"),
        ("toupper('ab')", "AB"),
        ("todatetime('2026-11-16T09:00:00Z')", "2026-11-16T09:00:00Z"),
        ("todatetime('yesterday')", None),
        ("tolong('12') + toint(3.9)", 15),
        ("toreal('1.5')", 1.5),
        ("tobool('true')", True),
        ("totimespan('1.02:03:04')", "1.02:03:04"),
        ("parse_json('{\"a\": [1, 2]}').a[1]", "2"),
        ("todynamic('no json')", "no json"),
        ("array_length(dynamic([1, 2]))", 2),
        ("array_length(dynamic({}))", None),
        ("strlen('日本')", 2),
        ("strcat('a', 1, dynamic(null), 1d)", "a11.00:00:00"),
        ("iff(1 > 2, 'yes', 'no')", "no"),
        ("case(false, 1, true, 2, 3)", 2),
        ("coalesce('', 'b')", "b"),
        ("gettype(dynamic([]))", "array"),
    ],
)
def test_a_function_gives_its_value(ask: Ask, expression: str, value: Any) -> None:
    assert ask(f"print {expression}") == [[value]]


def test_null_never_equals_null_and_differs_from_everything_else(ask: Ask) -> None:
    query = "datatable(v:int)[5, int(null)] | project v == int(null), v != int(null), v > 3, v > 3 or isnull(v)"
    assert ask(query) == [[False, True, True, True], [None, None, None, True]]


def test_and_and_or_are_never_null(ask: Ask) -> None:
    assert ask("print bool(null) and true, bool(null) or true, bool(null) or false, not(bool(null))") == [
        [False, True, False, None]
    ]


def test_a_filter_drops_rows_for_which_the_predicate_is_null(ask: Ask) -> None:
    assert ask("datatable(v:int)[5, int(null)] | where v < 9") == [[5]]
    assert ask("datatable(v:int)[5, int(null)] | where not(v < 9)") == []
    assert ask("datatable(v:int)[5, int(null)] | where v != 5") == [[None]]

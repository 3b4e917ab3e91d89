"""What is outside the subset is refused in the service's shape, and nothing whatever makes it crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from watchkeeper.emulators.kql import Column, QueryError, QuerySemanticError, QuerySyntaxError, Table, run_query

TABLE = Table((Column("Name", "string"), Column("At", "datetime"), Column("Extra", "dynamic"), Column("N", "long")), [])
TABLES = {"T": lambda: TABLE}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "T |",
        "T | wheres Name == 'a'",
        "T | where Name = 'a'",
        "T | where Name == 'unterminated",
        "T | where (Name == 'a'",
        "T where Name == 'a'",
        "T | join (T) on Name",
        "T | project",
        "T | summarize",
        "let x = 5",
        "let f = (a:int) { a }; T",
        r'print "\q"',
        "print 99999999999999999999",
        "print datetime(today)",
        "select * from T",
        "T | where N == 1 andy",
        "🙂",
        ".show tables",
        "T | take 5 // fine\n | oops",
    ],
)
def test_text_outside_the_grammar_is_a_syntax_error(text: str) -> None:
    with pytest.raises(QuerySyntaxError) as refused:
        run_query(text, TABLES, 0)
    body = refused.value.body()
    assert body["code"] == "BadArgumentError"
    assert body["innererror"]["code"] == "SyntaxError"  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Nowhere", "Failed to resolve table or column expression named 'Nowhere'"),
        ("T | where Nope == 1", "'where' operator: Failed to resolve column or scalar expression named 'Nope'"),
        ("T | project-away Nope", "Failed to resolve column or scalar expression named 'Nope'"),
        ("T | where Name == 5", "Cannot compare values of types string and long"),
        ("T | where At > '2026-11-16'", "Cannot compare values of types datetime and string"),
        ("T | where Extra == Extra", "Cannot compare values of types dynamic and dynamic"),
        ("T | where Name + 'x' == 'y'", "cannot be carried-out between string and string"),
        ("T | where Name", "must be bool"),
        ("T | where N has 'x'", "cannot be applied to a value of type long"),
        ("T | where Name.part == 'x'", "must be of type dynamic"),
        ("T | where frobnicate(Name)", "Unknown function: 'frobnicate'"),
        ("T | where ago()", "expects 1 argument(s), not 0"),
        ("T | summarize tolower(Name)", "not an aggregation"),
        ("T | summarize count() by Extra", "dynamic"),
        ("T | sort by Extra", "dynamic"),
        ("T | take 'five'", "number of rows"),
        ("T | take -1", "number of rows"),
        ("T | take N", "Failed to resolve"),
        ("T | mv-expand Name", "must be of type dynamic"),
        ("T | project Name, Name", "given twice"),
        ("T | where iff(true, 1, 'a') == 1", "same type"),
        ("let a = 1; let a = 2; T", "exists already"),
        ("T | where Name in (N)", "constant value"),
        ("5", "tabular expression"),
        ("datatable(a:long, b:long)[1, 2, 3]", "multiple"),
        ("datatable(a:colour)[1]", "unknown type 'colour'"),
    ],
)
def test_a_query_without_meaning_is_a_semantic_error_that_names_the_trouble(text: str, says: str) -> None:
    with pytest.raises(QuerySemanticError) as refused:
        run_query(text, TABLES, 0)
    assert says in refused.value.message
    assert refused.value.body()["innererror"]["innererror"]["message"] == refused.value.message  # type: ignore[index]


def test_a_syntax_error_says_where_and_at_which_token() -> None:
    with pytest.raises(QuerySyntaxError) as refused:
        run_query("T\n| where < 5", TABLES, 0)
    assert refused.value.innermost() == {
        "code": "SYN0002",
        "message": "Query could not be parsed at '<' on line [2,8]",
        "line": 2,
        "pos": 8,
        "token": "<",
    }


@pytest.mark.parametrize(
    "text",
    [
        "print " + "(" * 5000 + "1" + ")" * 5000,
        "print " + "-" * 5000 + "1",
        "print " + "not(" * 5000,
        "T" + " | where true" * 3000,
        "print " + " + ".join(["1"] * 3000),
        "print dynamic(" + "[" * 3000 + "]" * 3000 + ")",
        "print '" + "x" * 200_000 + "'",
        "print bin(0.5, 1e-320), bin(1e308, 1e-300), 1e400 - 1e400, 1e308 * 10, 5 % 0, 5.0 % 0, -9223372036854775807 - 9",
        "print 106751991d + 106751991d, 1d * 1e300, 1d / 0, datetime(9999-12-31) + 10000000d",
        "print tolong(1e300), toint(real(nan)), tolong(real(inf)), tobool('x'), strcat(real(nan))",
    ],
)
def test_monstrous_queries_are_answered_or_refused(text: str) -> None:
    assert_answered_or_refused(text)


def assert_answered_or_refused(text: str) -> None:
    """Either a table, or a refusal in the documented shape; any other exception fails the test by itself."""
    refusal = None
    try:
        answer = run_query(text, TABLES, 10**17)
    except QueryError as error:
        refusal = error.body()
    assert refusal is None or refusal["code"] == "BadArgumentError"
    assert refusal is not None or all(len(row) >= len(answer.columns) for row in answer.rows)


WORDS = st.sampled_from(
    [
        *(
            "T",
            "Name",
            "At",
            "Extra",
            "N",
            "|",
            "where",
            "extend",
            "project",
            "project-away",
            "summarize",
            "by",
            "arg_max",
        ),
        *(
            "count()",
            "make_set",
            "order",
            "sort",
            "asc",
            "desc",
            "take",
            "limit",
            "top",
            "mv-expand",
            "distinct",
            "union",
        ),
        *(
            "let",
            "print",
            "datatable",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ";",
            ":",
            "=",
            "==",
            "!=",
            "=~",
            "<",
            "<=",
            ">",
        ),
        *(
            ">=",
            "+",
            "-",
            "*",
            "/",
            "%",
            "..",
            ".",
            "and",
            "or",
            "not",
            "in",
            "!in",
            "in~",
            "has",
            "contains",
            "startswith",
        ),
        *(
            "between",
            "isnull",
            "isempty",
            "tostring",
            "parse_json",
            "dynamic(",
            "ago",
            "now()",
            "ingestion_time()",
            "iff",
        ),
        *(
            "case",
            "bin",
            "todatetime",
            "1",
            "2.5",
            "1d",
            "30m",
            "'x'",
            '"y"',
            "@'z'",
            "true",
            "false",
            "null",
            "//",
            "\n",
        ),
        *("long(null)", "datetime(2026-11-16)", "```", "T | where N > 1", "| summarize arg_max(At, *) by Name"),
    ]
)


@tried(400)
@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_no_shuffle_of_the_languages_own_words_crashes(text: str) -> None:
    assert_answered_or_refused("T | " + text)


EXPRESSIONS = st.recursive(
    st.sampled_from(
        [
            "Name",
            "At",
            "Extra",
            "N",
            "1",
            "-2",
            "0",
            "2.5",
            "1d",
            "'x'",
            "''",
            "true",
            "long(null)",
            "datetime(2026-11-16)",
        ]
    ),
    lambda inner: st.one_of(
        st.builds(
            "({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "%", "==", "<", "and", "or", "has"]), inner
        ),
        st.builds(
            "{}({})".format,
            st.sampled_from(["tostring", "tolong", "todatetime", "not", "isempty", "parse_json"]),
            inner,
        ),
        st.builds("bin({}, {})".format, inner, inner),
        st.builds("iff({}, {}, {})".format, inner, inner, inner),
        st.builds("({} in ({}, {}))".format, inner, inner, inner),
        st.builds("({} between ({} .. {}))".format, inner, inner, inner),
        st.builds("{}[{}]".format, inner, inner),
    ),
    max_leaves=8,
)


@tried(400)
@given(EXPRESSIONS)
def test_no_expression_that_parses_crashes_on_rows_with_and_without_nulls(text: str) -> None:
    rows = "datatable(Name:string, At:datetime, Extra:dynamic, N:long)['a', datetime(2026-11-16), dynamic([1]), 5, '', "
    rows += "datetime(null), dynamic(null), long(null), 'z', datetime(0001-01-01), dynamic({'a': 'b'}), -9223372036854775807]"
    assert_answered_or_refused(f"{rows} | extend v = {text}")


@tried(200)
@given(st.text(max_size=60))
def test_no_text_at_all_crashes(text: str) -> None:
    assert_answered_or_refused(text)

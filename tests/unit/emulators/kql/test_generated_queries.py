"""Generated tables and queries, against plain Python written independently of the evaluator.

A query is generated as an intent: each step knows how to say itself in KQL, and how to do itself to a list of dicts. The
Python side keeps datetimes as datetimes and nulls as None, and shares no code with the evaluator.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from watchkeeper.emulators.kql import Column, Table, as_cell, run_query, ticks_of

Record = dict[str, Any]
Truth = bool | None
NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
TYPES = {
    "Id": "long",
    "Name": "string",
    "Team": "string",
    "Count": "long",
    "At": "datetime",
    "Flag": "bool",
    "Tags": "dynamic",
}


# Tables

TEXTS = st.sampled_from(
    ["", "a", "A", "foo bar", "Foo-Bar", "foobar", "it's", 'say "hi"', "C:\\temp", "監視 チーム", "b_2"]
)
TIMES = st.integers(-3000, 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "Name": TEXTS,
            "Team": st.sampled_from(["csirt", "SOC", "soc", ""]),
            "Count": st.none() | st.integers(-5, 5),
            "At": st.none() | TIMES,
            "Flag": st.sampled_from([None, True, False]),
            "Tags": st.none() | st.lists(st.sampled_from(["x", "y", "z", "x y"]), max_size=3),
        }
    ),
    max_size=8,
).map(lambda records: [{"Id": number, **record} for number, record in enumerate(records)])


def stored(records: list[Record]) -> Table:
    columns = tuple(Column(name, type_) for name, type_ in TYPES.items())
    cells = [[record[name] for name in TYPES] for record in records]
    rows = [tuple(ticks_of(value) if isinstance(value, datetime) else value for value in row) for row in cells]
    return Table(columns, rows)


def quoted(text: str, form: int) -> str:
    """The same text in one of the language's string forms."""
    match form % 3:
        case 0:
            return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case 1:
            return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case _:
            return '@"' + text.replace('"', '""') + '"'


# Conditions: KQL text, and truth by Kusto's documented rules for nulls


@dataclass(frozen=True)
class Condition:
    text: str
    holds: Callable[[Record], Truth]


def equality(column: str, literal: str, wanted: Any, negated: bool) -> Condition:
    def holds(record: Record) -> Truth:
        value = record[column]
        if value is None and wanted is None:
            return None
        return (value != wanted) if negated else (value == wanted)

    return Condition(f"{column} {'!=' if negated else '=='} {literal}", holds)


def ordering(column: str, symbol: str, literal: str, bound: Any) -> Condition:
    def holds(record: Record) -> Truth:
        value = record[column]
        if value is None:
            return None
        return {"<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound}[symbol]

    return Condition(f"{column} {symbol} {literal}", holds)


def words_of(text: str) -> str:
    return "".join(character if character.isalnum() else " " for character in text)


def text_test(operator: str, needle: str, form: int) -> Condition:
    tests: dict[str, Callable[[str], bool]] = {
        "contains": lambda text: needle.lower() in text.lower(),
        "startswith": lambda text: text.lower().startswith(needle.lower()),
        "!contains": lambda text: needle.lower() not in text.lower(),
        "has": lambda text: f" {needle.lower()} " in f" {words_of(text.lower())} ",
        "=~": lambda text: text.lower() == needle.lower(),
        "contains_cs": lambda text: needle in text,
    }
    return Condition(f"Name {operator} {quoted(needle, form)}", lambda record: tests[operator](record["Name"]))


def membership(operator: str, choices: list[str], form: int) -> Condition:
    listed = ", ".join(quoted(choice, form + number) for number, choice in enumerate(choices))

    def holds(record: Record) -> Truth:
        folded = operator.endswith("~")
        team = record["Team"].lower() if folded else record["Team"]
        inside = team in [choice.lower() if folded else choice for choice in choices]
        return not inside if operator.startswith("!") else inside

    return Condition(f"Team {operator} ({listed})", holds)


def window(start: datetime, hours: int) -> Condition:
    end = start + timedelta(hours=hours)
    text = f"At between (datetime({start.isoformat()}) .. datetime({end:%Y-%m-%d %H:%M}))"
    return Condition(text, lambda record: None if record["At"] is None else start <= record["At"] <= end)


def recent(minutes: int) -> Condition:
    since = NOW - timedelta(minutes=minutes)
    return Condition(f"At > ago({minutes}m)", lambda record: None if record["At"] is None else record["At"] > since)


def conjunction(left: Condition, right: Condition) -> Condition:
    return Condition(
        f"({left.text}) and ({right.text})", lambda record: left.holds(record) is True and right.holds(record) is True
    )


def disjunction(left: Condition, right: Condition) -> Condition:
    return Condition(
        f"({left.text} or {right.text})", lambda record: left.holds(record) is True or right.holds(record) is True
    )


def negation(inner: Condition) -> Condition:
    return Condition(
        f"not({inner.text})", lambda record: None if inner.holds(record) is None else not inner.holds(record)
    )


FORMS = st.integers(0, 2)
SIMPLE = st.one_of(
    st.builds(lambda n, negated: equality("Count", str(n), n, negated), st.integers(-5, 5), st.booleans()),
    st.builds(lambda negated: equality("Count", "long(null)", None, negated), st.booleans()),
    st.builds(
        lambda text, form, negated: equality("Name", quoted(text, form), text, negated), TEXTS, FORMS, st.booleans()
    ),
    st.builds(lambda flag, negated: equality("Flag", str(flag).lower(), flag, negated), st.booleans(), st.booleans()),
    st.builds(
        lambda symbol, n: ordering("Count", symbol, str(n), n),
        st.sampled_from(["<", "<=", ">", ">="]),
        st.integers(-5, 5),
    ),
    st.builds(
        lambda symbol, at: ordering("At", symbol, f"datetime({at.isoformat()})", at),
        st.sampled_from(["<", ">="]),
        TIMES,
    ),
    st.builds(
        text_test,
        st.sampled_from(["contains", "startswith", "!contains", "has", "=~", "contains_cs"]),
        st.sampled_from(["foo", "BAR", "a", "チーム", "o"]),
        FORMS,
    ),
    st.builds(
        membership,
        st.sampled_from(["in", "!in", "in~", "!in~"]),
        st.lists(st.sampled_from(["csirt", "SOC", ""]), min_size=1, max_size=3),
        FORMS,
    ),
    st.builds(window, TIMES, st.integers(0, 48)),
    st.builds(recent, st.integers(1, 4000)),
    st.just(Condition("isnull(Count)", lambda record: record["Count"] is None)),
    st.just(Condition("isempty(Name)", lambda record: record["Name"] == "")),
    st.just(Condition("isnotempty(Tags[0])", lambda record: bool(record["Tags"]) and record["Tags"][0] != "")),
    st.just(Condition("Tags[0] == 'x'", lambda record: bool(record["Tags"]) and record["Tags"][0] == "x")),
)
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: (
        st.builds(conjunction, inner, inner) | st.builds(disjunction, inner, inner) | st.builds(negation, inner)
    ),
    max_leaves=4,
)


# Steps


@dataclass(frozen=True)
class Step:
    text: str
    do: Callable[[list[Record]], list[Record]]


def where(condition: Condition) -> Step:
    return Step(f"where {condition.text}", lambda records: [r for r in records if condition.holds(r) is True])


def extended(record: Record) -> Record:
    more = {"Lower": record["Name"].lower(), "Double": None if record["Count"] is None else record["Count"] * 2}
    return {**record, **more, "Tag": record["Tags"][0] if record["Tags"] else ""}


EXTEND = Step(
    "extend Lower = tolower(Name), Double = Count * 2, Tag = tostring(Tags[0])",
    lambda records: [extended(r) for r in records],
)


def take_sorted(column: str, descending: bool, count: int) -> Step:
    """Sorted by a nullable column and then by the unique one, so that the rows taken are certain."""

    def do(records: list[Record]) -> list[Record]:
        present = sorted((r for r in records if r[column] is not None), key=lambda r: r["Id"])
        present.sort(key=lambda r: r[column], reverse=descending)
        absent = sorted((r for r in records if r[column] is None), key=lambda r: r["Id"])
        return (present + absent if descending else absent + present)[:count]

    order = "desc" if descending else "asc"
    return Step(f"order by {column} {order}, Id asc | take {count}", do)


def expand(records: list[Record]) -> list[Record]:
    return [{**record, "Tags": tag} for record in records for tag in (record["Tags"] or [None])]


STEPS = st.lists(
    st.one_of(
        CONDITIONS.map(where),
        st.just(EXTEND),
        st.builds(take_sorted, st.sampled_from(["Count", "At", "Name"]), st.booleans(), st.integers(0, 6)),
    ),
    max_size=4,
)


# Endings: what turns the rows into the answer


def counts(records: list[Record]) -> list[Record]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record["Team"], []).append(record)
    return [
        {
            "Team": team,
            "n": len(members),
            "closed": len([m for m in members if m["Flag"] is True]),
            "names": len({m["Name"] for m in members}),
            "first": min((m["At"] for m in members if m["At"] is not None), default=None),
            "most": max((m["Count"] for m in members if m["Count"] is not None), default=None),
        }
        for team, members in groups.items()
    ]


def latest(records: list[Record]) -> list[Record]:
    groups: dict[str, Record] = {}
    for record in records:
        best = groups.get(record["Team"])
        if best is None or record["Id"] > best["Id"]:
            groups[record["Team"]] = record
    return [{"Team": team, "Id": r["Id"], "Name": r["Name"], "At": r["At"]} for team, r in groups.items()]


def distinct_pairs(records: list[Record]) -> list[Record]:
    seen = {(record["Team"], record["Flag"]) for record in records}
    return [{"Team": team, "Flag": flag} for team, flag in seen]


def by_hour(records: list[Record]) -> list[Record]:
    hours: dict[datetime | None, int] = {}
    for record in records:
        hour = None if record["At"] is None else record["At"].replace(minute=0)
        hours[hour] = hours.get(hour, 0) + 1
    return [{"At": hour, "n": number} for hour, number in hours.items()]


def picked(records: list[Record]) -> list[Record]:
    return [{"Id": record["Id"], "N": record["Name"], "At": record["At"]} for record in records]


def sets(records: list[Record]) -> list[Record]:
    return [{"teams": sorted({record["Team"] for record in records})}]


ENDINGS = st.sampled_from(
    [
        Step("project Id, N = Name, At", picked),
        Step(
            "summarize n = count(), closed = countif(Flag == true), names = dcount(Name), first = min(At), most = max(Count) "
            "by Team",
            counts,
        ),
        Step("summarize arg_max(Id, Name, At) by Team", latest),
        Step("summarize arg_max(Id, *) by Team | project Team, Id, Name, At", latest),
        Step("distinct Team, Flag", distinct_pairs),
        Step("summarize n = count() by At = bin(At, 1h)", by_hour),
        Step("mv-expand Tags | project Id, Tags", lambda rs: [{"Id": r["Id"], "Tags": r["Tags"]} for r in expand(rs)]),
        Step("count", lambda records: [{"Count": len(records)}]),
        Step("summarize teams = make_set(Team)", sets),
    ]
)


def sent(value: Any) -> Any:
    """A Python value as the API's cell."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}Z"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if isinstance(value, list) else value


def as_multiset(rows: list[list[Any]]) -> list[str]:
    return sorted(json.dumps(row, ensure_ascii=False) for row in rows)


@tried(150)
@given(RECORDS, STEPS, ENDINGS)
def test_a_generated_query_answers_what_plain_python_answers(
    records: list[Record], steps: list[Step], ending: Step
) -> None:
    text = " | ".join(["T", *(step.text for step in steps), ending.text])
    expected = records
    for step in (*steps, ending):
        expected = step.do(expected)
    table = run_query(text, {"T": lambda: stored(records)}, ticks_of(NOW))
    types = [column.type for column in table.columns]
    answered = [[as_cell(value, type_) for value, type_ in zip(row, types, strict=True)] for row in table.rows]
    if ending.do is sets:
        answered = [
            [json.dumps(sorted(json.loads(cell)), separators=(",", ":"), ensure_ascii=False) for cell in answered[0]]
        ]
    assert as_multiset(answered) == as_multiset([[sent(value) for value in record.values()] for record in expected]), (
        text
    )


@tried(100)
@given(RECORDS, st.sampled_from(["Count", "At", "Name"]), st.booleans())
def test_a_generated_sort_answers_in_order(records: list[Record], column: str, descending: bool) -> None:
    step = take_sorted(column, descending, 100)
    table = run_query(f"T | {step.text} | project Id", {"T": lambda: stored(records)}, ticks_of(NOW))
    assert [row[0] for row in table.rows] == [record["Id"] for record in step.do(records)]

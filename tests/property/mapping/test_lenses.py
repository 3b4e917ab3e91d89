"""I13: the lens laws hold, per coarsening class, for every mapping that loads; a side's nuance survives."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.mapping.compile_lens import written_by
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.kind_models import Table
from watchkeeper.mapping.laws import violations
from watchkeeper.mapping.lens import (
    ConstantLens,
    DateTimeLens,
    LabelsLens,
    Lens,
    ReferenceLens,
    TableLens,
    TableRow,
    TimeFormat,
)
from watchkeeper.mapping.lens_default import DefaultLens
from watchkeeper.mapping.lens_text import TextLens, cut, normal_text
from watchkeeper.mapping.lens_values import BooleanLens, DateLens, ListLens
from watchkeeper.mapping.lint_table import lint_table
from watchkeeper.mapping.text_steps import ONLY_READ, Step
from watchkeeper.model.record import RawFields, RawValue
from watchkeeper.model.ticket import Status, Unmapped

WORDS = st.sampled_from([status.value for status in Status])
RAW = st.sampled_from(["1", "2", "3", "4", "5", "6", "7", "8"])
TEXTS = st.text(max_size=40)
LIMITS = st.integers(min_value=1, max_value=30)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Any table that the model takes: sound, contradictory, incomplete."""
    raws = draw(st.lists(RAW, min_size=1, max_size=8, unique=True))
    rows = [
        {"is": raw, "means": draw(WORDS)}
        | draw(st.fixed_dictionaries({}, optional={"writes": st.lists(WORDS, max_size=3)}))
        for raw in raws
    ]
    return Table.model_validate({"field": "state", "rows": rows, "cannot_hold": draw(st.lists(WORDS, max_size=4))})


@st.composite
def sound_tables(draw: st.DrawFn) -> Table:
    """Tables that are sound by construction: each row writes a class of its own, and some rows are only read."""
    open_words = draw(st.permutations(["new", "active", "on-hold"]))
    closed_words = draw(st.permutations(["resolved", "closed", "cancelled"]))
    classes = [group for words in (open_words, closed_words) for group in _split(words, draw(st.integers(1, 3)))]
    rows: list[dict[str, object]] = [
        {"is": str(index), "means": group[0], "writes": group} for index, group in enumerate(classes)
    ]
    for index, word in enumerate(draw(st.lists(WORDS, max_size=3))):
        rows.append({"is": f"extra {index}", "means": word, "writes": []})
    return Table.model_validate({"field": "state", "rows": rows})


def _split(words: list[str], parts: int) -> list[list[str]]:
    return [words[index::parts] for index in range(parts)]


@st.composite
def spoilt_tables(draw: st.DrawFn) -> Table:
    """A sound table with one row changed."""
    table = draw(sound_tables())
    rows = [{"is": list(row.raw), "means": row.means, "writes": list(row.writes or ())} for row in table.rows]
    row = draw(st.sampled_from(rows))
    row["means"] = draw(WORDS)
    if draw(st.booleans()):
        row["writes"] = draw(st.lists(WORDS, max_size=3))
    return Table.model_validate({"field": "state", "rows": rows})


def lens_of(table: Table) -> TableLens:
    rows = zip(table.rows, written_by(table), strict=True)
    return TableLens(table.fields, tuple(TableRow(row.raw, row.means, writes) for row, writes in rows), "incident")


def told(table: Table) -> list[str]:
    document = ProblemList().parse("x: 1", name="p.yaml")
    assert document is not None
    return [str(problem) for problem in lint_table(document, (), "status", table)]


@given(tables() | spoilt_tables())
def test_a_table_that_breaks_a_law_never_loads(table: Table) -> None:
    lens = lens_of(table)
    assert told(table) or list(violations(lens, lens.domain, lens.writable)) == []


@given(sound_tables())
def test_a_sound_table_loads_and_keeps_the_laws(table: Table) -> None:
    assert told(table) == []
    lens = lens_of(table)
    assert list(violations(lens, lens.domain, lens.writable)) == []


@given(sound_tables(), WORDS)
def test_no_table_that_loads_takes_open_for_closed(table: Table, word: str) -> None:
    lens = lens_of(table)
    for raw in lens.domain:
        change = lens.put(word, raw)
        assert not isinstance(change, Unmapped)
        after = lens.get({**raw, **change})
        assert isinstance(after, str)
        assert Status(after).is_closed == Status(word).is_closed


@given(sound_tables())
def test_a_put_is_minimal_and_never_repeated(table: Table) -> None:
    lens = lens_of(table)
    for raw in lens.domain:
        for value in lens.writable:
            change = lens.put(value, raw)
            assert not isinstance(change, Unmapped)
            assert all(raw.get(name) != new for name, new in change.items())
            assert lens.put(value, {**raw, **change}) == {}


@given(sound_tables())
def test_classes_are_idempotent(table: Table) -> None:
    lens = lens_of(table)
    for word in Status:
        once = lens.class_of(word.value)
        assert lens.class_of(once) == once


def _keeps_the_laws(lens: Lens, raws: list[RawFields], values: list[str] | list[tuple[str, ...]]) -> None:
    assert list(violations(lens, raws, values)) == []


def _raws(name: str, texts: list[RawValue]) -> list[RawFields]:
    return [{name: text} for text in texts]


@given(LIMITS, st.lists(TEXTS, max_size=4), st.lists(TEXTS, max_size=4))
def test_text_keeps_the_laws_at_any_limit(limit: int, held: list[str], values: list[str]) -> None:
    _keeps_the_laws(TextLens("title", limit), _raws("title", [*held, None]), values)


@given(st.lists(TEXTS, max_size=4), st.lists(TEXTS, max_size=4))
def test_references_keep_the_laws(held: list[str], values: list[str]) -> None:
    _keeps_the_laws(ReferenceLens("group"), _raws("group", [*held, None]), values)


@given(TEXTS, st.lists(TEXTS, max_size=4))
def test_a_constant_keeps_the_laws(value: str, others: list[str]) -> None:
    _keeps_the_laws(ConstantLens("category", value), _raws("category", [value, *others, None]), [value, *others])


LABEL_SETS = st.lists(st.text(min_size=1, max_size=5), max_size=5).map(tuple)


@given(st.lists(LABEL_SETS, max_size=3), st.lists(LABEL_SETS, max_size=3))
def test_labels_keep_the_laws_and_everybodys_labels(held: list[tuple[str, ...]], values: list[tuple[str, ...]]) -> None:
    lens = LabelsLens("labels")
    _keeps_the_laws(lens, _raws("labels", [*held, None]), values)
    for before in held:
        for value in values:
            change = lens.put(value, {"labels": before})
            assert not isinstance(change, Unmapped)
            after = {"labels": before, **change}["labels"]
            assert set(after or ()) == {*before, *value} or not change


@given(st.lists(st.datetimes(), max_size=3), st.lists(st.datetimes(), max_size=3), st.sampled_from(TimeFormat))
def test_times_keep_the_laws_in_either_spelling(held: list[object], values: list[object], form: TimeFormat) -> None:
    lens = DateTimeLens("due_date", form)
    _keeps_the_laws(lens, _raws("due_date", [*map(str, held), "", "soon", None]), [*map(str, values)])


@given(st.text(max_size=60), st.integers(min_value=1, max_value=40))
def test_cutting_fits_and_cutting_again_changes_nothing(text: str, limit: int) -> None:
    plain = normal_text(text)
    once = cut(plain, limit)
    assert len(once.encode("utf-16-le", "surrogatepass")) // 2 <= limit
    assert cut(once, limit) == once
    assert normal_text(once) == once


WORDS_OF_TRUTH = st.lists(st.sampled_from(["true", "True", "1", "yes", "Ja ", ""]), max_size=4)


@given(WORDS_OF_TRUTH, WORDS_OF_TRUTH)
def test_truths_keep_the_laws_in_any_spelling(held: list[str], values: list[str]) -> None:
    lens = BooleanLens("u_vip", ("Yes", "ja", "true"), ("No", "", "false"))
    _keeps_the_laws(lens, _raws("u_vip", [*held, "No", "perhaps", None]), [*values, "true", "false"])


@given(
    st.lists(st.dates(), max_size=3), st.lists(st.dates(), max_size=3), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m%d%Y"])
)  # fmt: skip
def test_dates_keep_the_laws_in_any_form(held: list[date], values: list[date], form: str) -> None:
    lens = DateLens("u_on", form)
    raws = [lens.create(day.isoformat()) for day in held]
    assert [lens.get(raw) for raw in raws if not isinstance(raw, Unmapped)] == [day.isoformat() for day in held]
    spelt = [raw["u_on"] for raw in raws if not isinstance(raw, Unmapped)]
    _keeps_the_laws(lens, _raws("u_on", [*spelt, "", "soon", "2026-02-30", None]), [*map(str, values), ""])


SOME = st.lists(st.text(alphabet="ab, ;", max_size=4), max_size=4)


@given(
    st.lists(SOME, max_size=3), st.lists(SOME, max_size=3), st.sampled_from([",", "; ", " ", "--", "ab"]), st.booleans()
)
def test_lists_keep_the_laws_with_any_separator(
    held: list[list[str]], values: list[list[str]], separator: str, in_order: bool
) -> None:
    lens = ListLens("u_hosts", separator, in_order, None)
    raws = [separator.join(each) for each in held]
    _keeps_the_laws(lens, _raws("u_hosts", [*raws, "", None]), [tuple(each) for each in values])


FRAMES = st.sampled_from(["", "[P] ", "a", "A ", " (b)", "…"])
STEPS = st.lists(st.sampled_from([step for step in Step if step not in ONLY_READ]), max_size=3).map(tuple)
FRAMED = st.text(alphabet="aAbß İ\n[P]()…", max_size=20)


@given(st.integers(12, 30), STEPS, FRAMES, FRAMES, st.lists(FRAMED, max_size=4), st.lists(FRAMED, max_size=4))
def test_text_keeps_the_laws_with_steps_and_a_frame(
    limit: int, steps: tuple[Step, ...], prefix: str, suffix: str, held: list[str], values: list[str]
) -> None:
    lens = TextLens("title", limit, steps, prefix.lstrip(), suffix.rstrip())
    _keeps_the_laws(lens, _raws("title", [*held, prefix, prefix.strip(), f"{prefix}a{suffix}", None]), values)
    written = [lens.create(value) for value in values]
    assert all(len(str(each["title"])) <= limit for each in written if not isinstance(each, Unmapped))


@given(st.lists(FRAMED, max_size=4), st.lists(FRAMED, max_size=4), st.booleans())
def test_what_stands_for_an_empty_text_keeps_the_laws(held: list[str], values: list[str], absent: bool) -> None:
    lens = DefaultLens(TextLens("title", 20), "none", absent)
    _keeps_the_laws(lens, _raws("title", [*held, "", "none", None]), [*values, "", "none"])


@given(st.lists(SOME, max_size=3), st.lists(SOME, max_size=3))
def test_what_stands_for_an_empty_list_keeps_the_laws(held: list[list[str]], values: list[list[str]]) -> None:
    lens = DefaultLens(ListLens("u_hosts", ",", in_order=False, limit=None), ("all",))
    _keeps_the_laws(lens, _raws("u_hosts", [*map(",".join, held), "", None]), [tuple(each) for each in values])

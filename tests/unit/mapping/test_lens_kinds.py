"""How truths, dates, lists, framed texts, views and defaults read and write."""

from __future__ import annotations

import pytest

from watchkeeper.mapping.lens import ReferenceLens
from watchkeeper.mapping.lens_default import DefaultLens, is_view, looked_at
from watchkeeper.mapping.lens_text import TextLens
from watchkeeper.mapping.lens_values import BooleanLens, DateLens, ListLens
from watchkeeper.mapping.lens_views import Joined, LookedUp, LookupLine, PlainText, ViewLens
from watchkeeper.mapping.lens_words import spoken_lens
from watchkeeper.mapping.text_steps import Step, stepped
from watchkeeper.model.population import Condition, Operator
from watchkeeper.model.ticket import Unmapped


class TestBoolean:
    LENS = BooleanLens("u_vip", ("Yes", "ja"), ("No", ""))

    @pytest.mark.parametrize(("held", "read"), [("yes", "true"), ("JA", "true"), ("no ", "false"), ("", "false")])
    def test_every_spelling_is_read_in_any_case(self, held: str, read: str) -> None:
        assert self.LENS.get({"u_vip": held}) == read

    def test_a_spelling_of_the_same_truth_stays(self) -> None:
        assert self.LENS.put("true", {"u_vip": "ja"}) == {}
        assert self.LENS.put("false", {"u_vip": ""}) == {}

    def test_the_first_spelling_is_written(self) -> None:
        assert self.LENS.put("true", {"u_vip": ""}) == {"u_vip": "Yes"}
        assert self.LENS.create("false") == {"u_vip": "No"}

    def test_another_word_is_unmapped_both_ways(self) -> None:
        unknown = Unmapped(("u_vip",), "perhaps", "is neither true nor false")
        assert self.LENS.get({"u_vip": "perhaps"}) == self.LENS.create("perhaps") == unknown
        assert self.LENS.get({}) is None


class TestDate:
    LENS = DateLens("u_on", "%d/%m/%Y")

    def test_a_date_is_the_same_day_in_either_form(self) -> None:
        assert self.LENS.get({"u_on": "24/12/2026"}) == "2026-12-24"
        assert self.LENS.put("2026-12-24", {"u_on": "24/12/2026"}) == {}
        assert self.LENS.create("2026-12-25") == {"u_on": "25/12/2026"}

    def test_an_emptied_date_is_carried(self) -> None:
        assert self.LENS.get({"u_on": ""}) == ""
        assert self.LENS.put("", {"u_on": "24/12/2026"}) == {"u_on": ""}

    @pytest.mark.parametrize("held", ["2026-12-24", "31/02/2026", "24/12/2026 08:00", "soon"])
    def test_what_is_no_date_in_this_form_is_unmapped(self, held: str) -> None:
        assert self.LENS.get({"u_on": held}) == Unmapped(("u_on",), held, "is no date as %d/%m/%Y")

    @pytest.mark.parametrize("value", ["2026-12-24T08:00:00Z", "20261224", "2026-W52-4", "24/12/2026"])
    def test_what_is_no_canonical_date_is_never_written(self, value: str) -> None:
        assert isinstance(self.LENS.create(value), Unmapped)


class TestList:
    LENS = ListLens("u_hosts", "; ", in_order=False, limit=20)

    def test_values_are_read_as_a_set_whatever_the_white_space(self) -> None:
        assert self.LENS.get({"u_hosts": "b ;a;; b"}) == ("a", "b")
        assert self.LENS.put(("a", "b"), {"u_hosts": "b;a"}) == {}
        assert self.LENS.create(("b", "a")) == {"u_hosts": "a; b"}

    def test_an_emptied_list_is_carried(self) -> None:
        assert self.LENS.get({"u_hosts": ""}) == ()
        assert self.LENS.put((), {"u_hosts": "a"}) == {"u_hosts": ""}

    def test_in_order_another_order_is_a_change(self) -> None:
        lens = ListLens("u_hosts", ",", in_order=True, limit=None)
        assert lens.get({"u_hosts": "b,a,b"}) == ("b", "a")
        assert lens.put(("a", "b"), {"u_hosts": "b,a"}) == {"u_hosts": "a,b"}

    def test_a_value_with_the_separator_in_it_is_refused(self) -> None:
        refused = self.LENS.create(("a;b",))
        assert isinstance(refused, Unmapped)
        assert "separator" in refused.reason

    def test_a_list_that_is_too_long_is_refused_rather_than_cut(self) -> None:
        refused = self.LENS.create(("a" * 15, "b" * 15))
        assert isinstance(refused, Unmapped)
        assert "20 characters" in refused.reason

    def test_a_field_that_holds_several_anyway_is_read_as_they_are(self) -> None:
        assert self.LENS.get({"u_hosts": ("b", "a")}) == ("a", "b")


class TestFramedText:
    LENS = TextLens("title", 20, (Step.COLLAPSE_SPACES,), "[SOC] ", " (!)")

    def test_the_frame_is_written_and_taken_off(self) -> None:
        assert self.LENS.create("Odd  login") == {"title": "[SOC] Odd login (!)"}
        assert self.LENS.get({"title": "[SOC] Odd login (!)"}) == "Odd login"

    def test_a_person_s_text_without_the_frame_stays_as_it_is(self) -> None:
        assert self.LENS.put("Odd login", {"title": "Odd login"}) == {}

    def test_the_frame_counts_for_the_limit(self) -> None:
        assert self.LENS.create("A much longer title") == {"title": "[SOC] A much lo… (!)"}

    def test_an_empty_text_has_no_frame(self) -> None:
        assert self.LENS.put("", {"title": "[SOC] x (!)"}) == {"title": ""}
        assert self.LENS.get({"title": "[SOC]"}) == ""


@pytest.mark.parametrize(
    ("step", "text", "made"),
    [
        (Step.TRIM, "  a b ", "a b"),
        (Step.COLLAPSE_SPACES, " a\n\t b ", "a b"),
        (Step.LOWER, "ABC", "abc"),
        (Step.UPPER, "abc", "ABC"),
        (Step.FIRST_LINE, "\n  a \nb", "a"),
        (Step.STRIP_HTML, "<p>a &amp; b</p><script>x()</script>c<br>d", "a & b\nc\nd"),
        (Step.STRIP_HTML, "a<!-- b --><STYLE>c</style >d<script>e", "ad"),
        (Step.STRIP_HTML, "<script>" * 20_000, ""),
        (Step.STRIP_HTML, "2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
    ],
)
def test_steps_of_a_text(step: Step, text: str, made: str) -> None:
    assert stepped(text, (step,)) == made


class TestViews:
    ROWS = (
        LookupLine(Condition("severity", Operator.IN, ("High",)), "urgent"),
        LookupLine(Condition("severity", Operator.NOT_IN, ("Informational",)), "soon"),
    )
    LOOKUP = ViewLens(("severity",), LookedUp(ROWS, "never"))
    JOIN = ViewLens(("a", "b"), Joined(("a", "b"), " / "))

    @pytest.mark.parametrize(("held", "read"), [("High", "urgent"), ("Low", "soon"), ("Informational", "never")])
    def test_the_first_row_that_holds_counts(self, held: str, read: str) -> None:
        assert self.LOOKUP.get({"severity": held}) == read

    def test_without_otherwise_another_value_is_unmapped(self) -> None:
        lens = ViewLens(("severity",), LookedUp(self.ROWS[:1], None))
        assert lens.get({"severity": "Low"}) == Unmapped(("severity",), "Low")

    def test_what_is_not_shown_says_nothing_unless_it_counts_as_empty(self) -> None:
        assert self.LOOKUP.get({}) is None
        assert self.JOIN.get({"a": "x", "b": None}) is None
        assert ViewLens(("a", "b"), Joined(("a", "b"), " / "), empty_when_absent=True).get({"a": "x"}) == "x"

    def test_texts_are_joined_without_the_empty_ones(self) -> None:
        assert self.JOIN.get({"a": "x", "b": "y"}) == "x / y"
        assert self.JOIN.get({"a": "", "b": "y"}) == "y"

    def test_nothing_is_ever_written(self) -> None:
        assert self.JOIN.create("z") == {}
        assert self.JOIN.put("x", {"a": "x", "b": ""}) == {}
        assert self.JOIN.put("z", {"a": "x", "b": "y"}) == Unmapped(("a", "b"), "z", "is only read here")

    def test_a_view_takes_no_part_in_what_is_remembered_of_its_fields(self) -> None:
        assert self.JOIN.raw_fields == ()
        assert looked_at(DefaultLens(self.JOIN, "-")) == ("a", "b")
        assert is_view(DefaultLens(self.JOIN, "-"))

    def test_html_is_read_as_plain_text_within_the_limit(self) -> None:
        assert ViewLens(("h",), PlainText((Step.STRIP_HTML,), 6)).get({"h": "<b>abcdefgh</b>"}) == "abcde…"


class TestDefault:
    LENS = DefaultLens(TextLens("u_note", 40), "none")

    def test_an_empty_field_stands_for_the_default_and_stays_empty(self) -> None:
        assert self.LENS.get({"u_note": ""}) == "none"
        assert self.LENS.put("none", {"u_note": ""}) == {}
        assert self.LENS.put("", {"u_note": ""}) == {}

    def test_the_default_is_written_over_another_value(self) -> None:
        assert self.LENS.put("none", {"u_note": "x"}) == {"u_note": "none"}
        assert self.LENS.put("", {"u_note": "x"}) == {"u_note": "none"}

    def test_a_hidden_field_is_not_an_empty_one_where_the_side_shows_all(self) -> None:
        assert self.LENS.get({"u_note": None}) is None
        assert DefaultLens(ReferenceLens("owner"), "duty", empty_when_absent=True).get({}) == "duty"

    def test_another_value_is_read_and_written_as_without_a_default(self) -> None:
        assert self.LENS.get({"u_note": "x"}) == "x"
        assert self.LENS.put("y", {"u_note": "x"}) == {"u_note": "y"}


@pytest.mark.parametrize(
    ("lens", "said"),
    [
        (TextLens("title", 20), "text title (limit 20)"),
        (TextLens("title", 20, (Step.LOWER,), "[S] "), "text title (limit 20, steps lower, prefix '[S] ')"),
        (ListLens("u_h", ",", in_order=True, limit=None), "list u_h (separator ,, in_order true)"),
        (TestViews.JOIN, "join a, b (separator ' / ')"),
        (TestViews.LOOKUP, "lookup severity (in High: urgent; not_in Informational: soon; otherwise never)"),
        (ViewLens(("h",), PlainText((Step.STRIP_HTML,), 6)), "text h (limit 6, steps strip-html, only read)"),
        (TestDefault.LENS, "text u_note (limit 40); empty: none"),
    ],
)
def test_a_difference_names_all_that_a_translation_is_told(lens: TextLens, said: str) -> None:
    assert spoken_lens(lens) == said

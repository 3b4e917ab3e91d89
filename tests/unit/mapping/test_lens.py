"""How one canonical field reads and writes on one side."""

from __future__ import annotations

import pytest

from watchkeeper.mapping.lens import (
    ConstantLens,
    DateTimeLens,
    LabelsLens,
    ReferenceLens,
    SetAside,
    TableLens,
    TableRow,
    TimeFormat,
    read_instant,
)
from watchkeeper.mapping.lens_text import TextLens, cut
from watchkeeper.model.record import RawFields
from watchkeeper.model.ticket import Canonical, Unmapped

STATE = TableLens(
    ("state",),
    (
        TableRow(("1",), "new", ("new",)),
        TableRow(("2",), "active", ("active",)),
        TableRow(("3",), "on-hold", ("on-hold",)),
        TableRow(("6",), "resolved", ("resolved", "closed")),
        TableRow(("7",), "closed", ()),
    ),
    "incident",
    transitions={"1": ("2", "6"), "2": ("6",), "3": ("2",), "6": ("2",), "7": ()},
    cannot_hold=frozenset({"cancelled"}),
)
STATUS = TableLens(
    ("status",),
    (
        TableRow(("New",), "new", ("new",)),
        TableRow(("Active",), "active", ("active", "on-hold")),
        TableRow(("Closed",), "closed", ("resolved", "closed", "cancelled")),
    ),
    "incidents",
    set_aside=SetAside("Closed", "labels", frozenset({"redirected"}), "redirected"),
)
PRIORITY = TableLens(
    ("impact", "urgency"),
    (
        TableRow(("1", "1"), "high", ("high",)),
        TableRow(("1", "2"), "high", ()),
        TableRow(("2", "2"), "medium", ("medium",)),
        TableRow(("3", "3"), "informational", ("informational",)),
    ),
    "incident",
)


class TestTable:
    def test_a_known_raw_value_reads_as_its_meaning(self) -> None:
        assert STATE.get({"state": "6"}) == "resolved"
        assert STATE.get({"state": "7"}) == "closed"

    def test_an_unknown_raw_value_is_unmapped_and_named(self) -> None:
        assert STATE.get({"state": "42"}) == Unmapped(("state",), "42")

    def test_a_cleared_value_is_unmapped_and_a_hidden_one_is_nothing(self) -> None:
        assert STATE.get({"state": ""}) == Unmapped(("state",), "")
        assert STATE.get({"state": None}) is None
        assert STATE.get({}) is None

    def test_closed_is_written_as_resolved(self) -> None:
        assert STATE.put("closed", {"state": "2"}) == {"state": "6"}
        assert STATE.create("closed") == {"state": "6"}

    @pytest.mark.parametrize("held", ["6", "7"])
    @pytest.mark.parametrize("value", ["resolved", "closed"])
    def test_resolved_and_closed_are_one_class_so_neither_overwrites_the_other(self, held: str, value: str) -> None:
        assert STATE.put(value, {"state": held}) == {}

    def test_on_hold_stays_when_the_other_side_can_only_say_active(self) -> None:
        assert STATUS.put("on-hold", {"status": "Active"}) == {}
        assert STATUS.class_of("on-hold") == STATUS.class_of("active") == "active"

    def test_a_transition_that_is_not_allowed_is_refused_with_what_is(self) -> None:
        refused = STATE.put("active", {"state": "7"})
        assert refused == Unmapped(("state",), "active", "incident.state 7 may become nothing else, not 2")
        refused = STATE.put("new", {"state": "2"})
        assert refused == Unmapped(("state",), "new", "incident.state 2 may become 6, not 1")

    def test_a_hidden_state_may_become_nothing(self) -> None:
        refused = STATE.put("active", {"state": None})
        assert isinstance(refused, Unmapped)
        assert "not shown to us" in refused.reason

    def test_an_unknown_state_may_become_nothing(self) -> None:
        assert isinstance(STATE.put("active", {"state": "42"}), Unmapped)

    def test_a_value_that_the_side_has_no_word_for_is_refused(self) -> None:
        assert STATE.put("cancelled", {"state": "2"}) == Unmapped(
            ("state",), "cancelled", "incident has no value for it"
        )
        assert STATE.create("cancelled") == Unmapped(("state",), "cancelled", "incident has no value for it")

    def test_nothing_to_say_writes_nothing(self) -> None:
        assert STATE.put(None, {"state": "2"}) == {}
        assert STATE.create(None) == {}

    def test_two_raw_fields_make_one_value(self) -> None:
        assert PRIORITY.get({"impact": "1", "urgency": "2"}) == "high"
        assert PRIORITY.create("medium") == {"impact": "2", "urgency": "2"}

    def test_only_the_raw_fields_that_differ_are_written(self) -> None:
        assert PRIORITY.put("high", {"impact": "1", "urgency": "3"}) == {"urgency": "1"}

    def test_a_sides_nuance_survives(self) -> None:
        assert PRIORITY.put("high", {"impact": "1", "urgency": "2"}) == {}

    def test_a_combination_that_is_in_no_row_is_unmapped_with_all_its_fields(self) -> None:
        assert PRIORITY.get({"impact": "3", "urgency": "1"}) == Unmapped(("impact", "urgency"), "3, 1")


class TestRedirected:
    def test_a_closed_incident_that_was_merged_away_is_not_a_resolution(self) -> None:
        raw: RawFields = {"status": "Closed", "labels": ("Redirected", "x")}
        assert STATUS.get(raw) == Unmapped(("status",), "Closed", "redirected")
        assert STATUS.put("active", raw) == Unmapped(("status",), "Closed", "redirected")

    @pytest.mark.parametrize(
        "raw",
        [{"status": "Active", "labels": ("Redirected",)}, {"status": "Closed", "labels": ("escalation",)}, {"status": "Closed"}],
    )  # fmt: skip
    def test_an_open_one_or_one_without_the_label_reads_as_usual(self, raw: RawFields) -> None:
        assert not isinstance(STATUS.get(raw), Unmapped)


class TestText:
    LENS = TextLens("short_description", 10)

    def test_a_long_text_is_cut_and_the_cut_one_is_not_written_again(self) -> None:
        written = self.LENS.create("0123456789ABC")
        assert written == {"short_description": "012345678…"}
        assert isinstance(written, dict)
        assert self.LENS.put("0123456789ABC", written) == {}

    def test_line_ends_and_outer_space_make_no_difference(self) -> None:
        assert self.LENS.put("a\nb", {"short_description": " a\r\nb "}) == {}

    def test_hidden_is_nothing_and_cleared_is_empty(self) -> None:
        assert self.LENS.get({}) is None
        assert self.LENS.get({"short_description": ""}) == ""

    def test_clearing_is_written(self) -> None:
        assert self.LENS.put("", {"short_description": "a"}) == {"short_description": ""}


class TestCut:
    def test_japanese_is_counted_in_characters(self) -> None:
        assert cut("監" * 160, 160) == "監" * 160
        assert cut("監" * 161, 160) == "監" * 159 + "…"

    def test_a_character_outside_the_basic_plane_counts_twice_and_is_never_halved(self) -> None:
        assert cut("😀😀😀", 6) == "😀😀😀"
        assert cut("😀😀😀", 5) == "😀😀…"
        assert cut("😀😀😀", 4) == "😀…"

    def test_a_letter_keeps_its_accent_or_goes_with_it(self) -> None:
        assert cut("ae\u0301bcd", 3) == "a…"

    def test_cutting_twice_is_cutting_once(self) -> None:
        once = cut("word " * 10, 12)
        assert cut(once, 12) == once


class TestReference:
    LENS = ReferenceLens("assignment_group")

    def test_ids_pass_through(self) -> None:
        assert self.LENS.get({"assignment_group": "abc"}) == "abc"
        assert self.LENS.put("def", {"assignment_group": "abc"}) == {"assignment_group": "def"}

    def test_ids_compare_without_case(self) -> None:
        assert self.LENS.put("ANA@contoso.com", {"assignment_group": "ana@Contoso.com"}) == {}

    def test_nobody_is_written_only_over_somebody(self) -> None:
        assert self.LENS.create("") == {}
        assert self.LENS.put("", {"assignment_group": "abc"}) == {"assignment_group": ""}


class TestConstant:
    LENS = ConstantLens("category", "security")

    def test_another_value_is_unmapped_and_never_overwritten_by_anything_else(self) -> None:
        assert self.LENS.get({"category": "security"}) == "security"
        assert isinstance(self.LENS.get({"category": "network"}), Unmapped)
        assert self.LENS.put("security", {"category": "network"}) == {"category": "security"}
        assert isinstance(self.LENS.put("network", {"category": "security"}), Unmapped)
        assert self.LENS.create("security") == {"category": "security"}
        assert self.LENS.put(None, {"category": "network"}) == {}


class TestLabels:
    LENS = LabelsLens("labels")

    def test_labels_are_added_beside_everybody_elses(self) -> None:
        assert self.LENS.put(("b",), {"labels": ("c", "a")}) == {"labels": ("a", "b", "c")}

    def test_labels_that_are_there_need_no_write(self) -> None:
        assert self.LENS.put(("a",), {"labels": ("a", "b")}) == {}

    def test_no_label_is_ever_taken_away(self) -> None:
        assert self.LENS.put((), {"labels": ("a",)}) == {}
        assert self.LENS.put(None, {"labels": ("a",)}) == {}

    def test_hidden_labels_are_not_overwritten(self) -> None:
        assert isinstance(self.LENS.put(("a",), {}), Unmapped)

    def test_a_new_record_gets_them_sorted_and_once(self) -> None:
        assert self.LENS.create(("b", "a", "b")) == {"labels": ("a", "b")}
        assert self.LENS.create(()) == {}


class TestDateTime:
    LENS = DateTimeLens("due_date", TimeFormat.SERVICENOW)

    def test_the_sides_spelling_is_translated_both_ways(self) -> None:
        assert self.LENS.get({"due_date": "2026-11-23 08:00:00"}) == "2026-11-23T08:00:00Z"
        assert self.LENS.create("2026-11-23T17:00:00+09:00") == {"due_date": "2026-11-23 08:00:00"}
        assert DateTimeLens("x", TimeFormat.ISO).create("2026-11-23 08:00:00") == {"x": "2026-11-23T08:00:00Z"}

    def test_the_same_instant_in_another_spelling_needs_no_write(self) -> None:
        assert self.LENS.put("2026-11-23T17:00:00+09:00", {"due_date": "2026-11-23 08:00:00"}) == {}

    def test_empty_is_nothing_and_nonsense_is_unmapped(self) -> None:
        assert self.LENS.get({"due_date": ""}) is None
        assert isinstance(self.LENS.get({"due_date": "soon"}), Unmapped)
        assert isinstance(self.LENS.create("soon"), Unmapped)

    @pytest.mark.parametrize("text", ["", "soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    def test_what_is_no_instant_is_none(self, text: str) -> None:
        assert read_instant(text) is None

    @pytest.mark.parametrize("value", [None, ""])
    def test_nothing_is_never_written(self, value: Canonical) -> None:
        assert self.LENS.create(value) == {}

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sync import make
from tests.unit.sync.make import agreed, in_sentinel, in_servicenow, rule, views

from watchkeeper.mapping.profile import FieldRule, Owner, ResolverKind
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.sync.merge import FieldMerge, changed, has_base, merge_field

BASE = dict(zip((SERVICENOW, SENTINEL), agreed(), strict=True))


def merged(field: FieldRule, ticket: dict[str, Any], incident: dict[str, Any], **more: Any) -> FieldMerge:
    return merge_field(field, views(field, ticket, incident, **{"bases": BASE, **more}))


class TestShared:
    """Three-way, each side against its own remembered value. BASE: new and informational on both sides."""

    @pytest.mark.parametrize(
        ("ticket", "incident", "writes"),
        [
            (in_servicenow(), in_sentinel(), {}),
            (in_servicenow("active"), in_sentinel(), {SENTINEL: "active"}),
            (in_servicenow(), in_sentinel("active"), {SERVICENOW: "active"}),
            (in_servicenow("on-hold"), in_sentinel("active"), {}),
            (in_servicenow("resolved"), in_sentinel("closed"), {}),
            (in_servicenow("cancelled"), in_sentinel(), {SENTINEL: "cancelled"}),
        ],
        ids=["nobody", "ticket", "incident", "the same, spelled finer", "both closed", "cancelled"],
    )
    def test_one_change_crosses_and_equal_changes_agree(self, ticket: Any, incident: Any, writes: Any) -> None:
        merge = merged(rule("status"), ticket, incident)
        assert merge.writes == writes
        assert merge.agreed
        assert not merge.conflict

    def test_neither_moved_although_they_differ_means_agreed(self) -> None:
        """What a side did not take, or spells in its own way, is not sent for ever."""
        bases = {SERVICENOW: in_servicenow(severity="low"), SENTINEL: in_sentinel(severity="high")}
        merge = merged(rule("severity"), bases[SERVICENOW], bases[SENTINEL], bases=bases)
        assert merge == FieldMerge(agreed=True)

    def test_of_two_different_changes_the_further_one_wins_and_the_other_is_kept(self) -> None:
        merge = merged(rule("status"), in_servicenow("active"), in_sentinel("closed"))
        assert merge.writes == {SERVICENOW: "closed"}
        assert (merge.winner, merge.losing) == (SENTINEL, "active")
        merge = merged(rule("severity"), in_servicenow(severity="high"), in_sentinel(severity="low"))
        assert merge.writes == {SENTINEL: "high"}
        assert (merge.winner, merge.losing) == (SERVICENOW, "low")

    def test_a_reopen_wins_over_whatever_the_other_side_did(self) -> None:
        bases = dict(zip((SERVICENOW, SENTINEL), agreed("closed"), strict=True))
        merge = merged(rule("status"), in_servicenow("active"), in_sentinel("new"), bases=bases)
        assert merge.winner == SENTINEL
        assert merge.writes == {SERVICENOW: "new"}
        merge = merged(rule("status"), in_servicenow("active"), in_sentinel("closed"), bases=bases)
        assert merge.writes == {SENTINEL: "active"}

    def test_a_field_changed_and_changed_back_counts_as_changed(self) -> None:
        merge = merged(
            rule("severity"), in_servicenow(), in_sentinel(severity="medium"), touched=frozenset({SERVICENOW})
        )
        assert (merge.winner, merge.losing) == (SENTINEL, "informational")

    @pytest.mark.parametrize(
        ("resolver", "winner"),
        [(ResolverKind.PREFER_SERVICENOW, SERVICENOW), (ResolverKind.PREFER_SENTINEL, SENTINEL)],
    )
    def test_a_preferred_side_wins(self, resolver: ResolverKind, winner: str) -> None:
        field = rule("severity", resolver=resolver)
        merge = merged(field, in_servicenow(severity="low"), in_sentinel(severity="high"))
        assert merge.winner == winner

    @pytest.mark.parametrize("bases", [BASE, {}], ids=["known before", "first contact"])
    def test_manual_leaves_both_sides_alone(self, bases: Any) -> None:
        field = rule("severity", resolver=ResolverKind.MANUAL)
        merge = merged(field, in_servicenow(severity="low"), in_sentinel(severity="high"), bases=bases)
        assert not merge.writes
        assert not merge.agreed
        assert "person" in merge.parked

    def test_one_side_alone_has_nothing_to_agree_with(self) -> None:
        field = rule("status")
        both = views(field, in_servicenow("active"), in_sentinel(), bases=BASE)
        del both[SENTINEL]
        assert merge_field(field, both) == FieldMerge(agreed=True)

    def test_a_value_outside_the_table_parks_the_field_and_names_it(self) -> None:
        merge = merged(rule("status"), in_servicenow() | {"state": "4"}, in_sentinel("active"))
        assert not merge.writes
        assert not merge.agreed
        assert "servicenow: state = '4'" in merge.parked

    def test_an_incident_that_was_merged_away_is_parked_and_not_taken_as_closed(self) -> None:
        merge = merged(rule("status"), in_servicenow(), in_sentinel("closed", labels=("Redirected",)))
        assert not merge.writes
        assert "edirected" in merge.parked


class TestFirstContact:
    """No memory of an agreement: found after a lost store, or paired by hand."""

    @pytest.mark.parametrize("closed", ["resolved", "closed"])
    def test_open_and_closed_is_never_decided(self, closed: str) -> None:
        for ticket, incident in ((in_servicenow(closed), in_sentinel()), (in_servicenow(), in_sentinel("closed"))):
            merge = merged(rule("status"), ticket, incident, bases={})
            assert not merge.writes
            assert not merge.conflict
            assert "no memory" in merge.parked

    def test_two_open_ones_go_to_the_further(self) -> None:
        merge = merged(rule("status"), in_servicenow("active"), in_sentinel("new"), bases={})
        assert merge.writes == {SENTINEL: "active"}
        assert not merge.known_before

    def test_equal_ones_agree_without_a_write(self) -> None:
        assert merged(rule("status"), in_servicenow("on-hold"), in_sentinel("active"), bases={}).agreed

    @pytest.mark.parametrize("resolver", [ResolverKind.PREFER_SERVICENOW, ResolverKind.PREFER_SENTINEL])
    def test_what_one_side_alone_has_filled_is_carried_whoever_is_preferred(self, resolver: ResolverKind) -> None:
        shared = rule("title", owner=Owner.SHARED, resolver=resolver)
        for ticket, incident, target in (("", "Phishing", SERVICENOW), ("Phishing", "", SENTINEL)):
            merge = merged(shared, {"short_description": ticket}, {"title": incident}, bases={})
            assert merge == FieldMerge(agreed=True, writes={target: "Phishing"})

    def test_a_side_that_does_not_show_a_field_is_not_taken_for_empty(self) -> None:
        shared = rule("title", owner=Owner.SHARED, resolver=ResolverKind.PREFER_SENTINEL)
        merge = merged(shared, {"short_description": "Phishing"}, {"title": None}, bases={})
        assert (merge.agreed, merge.writes) == (False, {})

    def test_memory_of_one_side_only_is_no_memory(self) -> None:
        merge = merged(rule("status"), in_servicenow("resolved"), in_sentinel(), bases={SERVICENOW: in_servicenow()})
        assert not merge.writes


class TestLowering:
    def test_a_severity_is_not_lowered_by_a_profile_that_does_not_allow_it(self) -> None:
        bases = dict(zip((SERVICENOW, SENTINEL), agreed(severity="high"), strict=True))
        merge = merged(
            rule("severity", "escalation"), in_servicenow(severity="high"), in_sentinel(severity="low"), bases=bases
        )
        assert not merge.writes
        assert not merge.agreed
        assert "lowered it to low" in merge.parked

    def test_it_is_raised(self) -> None:
        merge = merged(rule("severity", "escalation"), in_servicenow(), in_sentinel(severity="low"))
        assert merge.writes == {SERVICENOW: "low"}


class TestOwned:
    @pytest.mark.parametrize(
        ("owner", "writes"), [(Owner.SERVICENOW, {SENTINEL: "high"}), (Owner.SENTINEL, {SERVICENOW: "low"})]
    )
    def test_the_other_side_follows(self, owner: Owner, writes: Any) -> None:
        field = rule("severity", owner=owner)
        merge = merged(field, in_servicenow(severity="high"), in_sentinel(severity="low"))
        assert merge.writes == writes

    def test_an_owner_that_was_not_found_leads_nowhere(self) -> None:
        field = rule("severity", owner=Owner.SENTINEL)
        both = views(field, in_servicenow(severity="high"), in_sentinel())
        del both[SENTINEL]
        assert merge_field(field, both) == FieldMerge(agreed=True)

    def test_a_field_that_the_owner_does_not_show_is_not_written(self) -> None:
        field = rule("severity", owner=Owner.SENTINEL)
        merge = merged(field, in_servicenow(severity="high"), in_sentinel() | {"severity": None})
        assert not merge.writes
        assert not merge.agreed

    def test_what_was_asked_for_and_normalised_is_not_asked_for_again(self) -> None:
        field = rule("title", owner=Owner.SENTINEL)
        held = {"short_description": "A long ti"}
        merge = merge_field(
            field,
            views(
                field,
                held,
                {"title": "A long title"},
                bases={SERVICENOW: held},
                asked={SERVICENOW: {"short_description": "A long title"}},
            ),
        )
        assert not merge.writes

    def test_what_was_asked_for_and_then_changed_by_a_person_is_asked_for_again(self) -> None:
        field = rule("title", owner=Owner.SENTINEL)
        merge = merge_field(
            field,
            views(
                field,
                {"short_description": "mine"},
                {"title": "A long title"},
                bases={SERVICENOW: {"short_description": "A long ti"}},
                asked={SERVICENOW: {"short_description": "A long title"}},
            ),
        )
        assert merge.writes == {SERVICENOW: "A long title"}

    def test_set_at_creation_and_left_alone(self) -> None:
        merge = merge_field(rule("title"), views(rule("title"), {"short_description": "a"}, {"title": "b"}))
        assert merge == FieldMerge(agreed=True)


class TestDefinition:
    FIELD = rule("title", owner=Owner.DEFINITION)

    def test_both_sides_follow_the_catalogue(self) -> None:
        both = views(self.FIELD, {"short_description": "a"}, {"title": "b"})
        merge = merge_field(self.FIELD, both, "c")
        assert merge.writes == {SERVICENOW: "c", SENTINEL: "c"}

    def test_without_a_value_from_the_catalogue_they_are_left_alone(self) -> None:
        both = views(self.FIELD, {"short_description": "a"}, {"title": "b"})
        assert merge_field(self.FIELD, both) == FieldMerge(agreed=True)


class TestMemory:
    def test_a_base_must_know_every_raw_field_of_the_lens(self) -> None:
        lens = rule("severity").lenses[SERVICENOW]
        half = make.views(rule("severity"), in_servicenow(), in_sentinel(), bases={SERVICENOW: {"impact": "3"}})
        assert not has_base(lens, half[SERVICENOW])
        assert changed(lens, half[SERVICENOW])

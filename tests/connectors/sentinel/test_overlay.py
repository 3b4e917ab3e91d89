from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.model.record import RawFields, RawValue
from watchkeeper_sentinel.overlay import READ_ONLY, landed, new_properties, overlay, refused
from watchkeeper_sentinel.records import flatten

text = st.text(max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
labels = st.lists(
    st.fixed_dictionaries(
        {"labelName": st.text(min_size=1, max_size=8)},
        optional={"labelType": st.sampled_from(["User", "AutoAssigned"])},
    ),
    max_size=4,
)
owners = st.none() | st.dictionaries(
    st.sampled_from(["objectId", "email", "assignedTo", "userPrincipalName", "ownerType", "team"]), st.none() | text
)
known = st.fixed_dictionaries(
    {"title": st.text(min_size=1, max_size=12), "severity": st.just("High"), "status": st.just("Active")},
    optional={
        "description": text,
        "classification": st.sampled_from(["TruePositive", "Undetermined"]),
        "classificationComment": text,
        "labels": labels,
        "owner": owners,
        "incidentNumber": st.integers(),
        "createdTimeUtc": text,
        "additionalData": st.dictionaries(text, json_values, max_size=2),
        "firstActivityTimeUtc": text,
        "teamInformation": json_values,
    },
)
unknown = st.dictionaries(st.text("xyzXYZ", min_size=1, max_size=6), json_values, max_size=3)
incidents = st.builds(lambda a, b: {**b, **a}, known, unknown)
changes = st.fixed_dictionaries(
    {},
    optional={
        "title": st.text(min_size=1, max_size=12),
        "severity": st.sampled_from(["Low", "High"]),
        "status": st.sampled_from(["New", "Closed"]),
        "description": text,
        "classification": st.sampled_from(["", "FalsePositive"]),
        "classificationReason": st.sampled_from(["", "InaccurateData"]),
        "labels": st.lists(st.text(min_size=1, max_size=8), max_size=4).map(lambda names: tuple(sorted(set(names)))),
        "owner.userPrincipalName": st.sampled_from(["", "ava.nguyen@soc.example"]),
    },
)


def touched(change: RawFields) -> set[str]:
    return {name.partition(".")[0] for name in change}


@given(incidents, changes)
def test_an_untouched_property_survives_byte_for_byte(held: dict[str, Any], change: RawFields) -> None:
    sent = overlay(held, change)

    kept = {name for name in held if name.casefold() not in READ_ONLY} - touched(change)
    assert {name: json.dumps(sent[name]) for name in kept} == {name: json.dumps(held[name]) for name in kept}
    assert set(sent) <= kept | touched(change)


@given(incidents, changes)
def test_the_held_incident_is_not_touched(held: dict[str, Any], change: RawFields) -> None:
    before = json.dumps(held)
    overlay(held, change)

    assert json.dumps(held) == before


@given(incidents, changes)
def test_a_service_that_stores_what_was_sent_refuses_nothing(held: dict[str, Any], change: RawFields) -> None:
    assert refused(change, flatten(overlay(held, change))) == ()


@given(incidents, changes)
def test_our_own_write_is_recognised_when_it_is_read_again(held: dict[str, Any], change: RawFields) -> None:
    sent = overlay(held, change)

    assert landed(sent, {**sent, "incidentNumber": 1, "lastModifiedTimeUtc": "later"})


@given(incidents, changes)
def test_labels_that_others_assigned_automatically_are_never_dropped(held: dict[str, Any], change: RawFields) -> None:
    automatic = [label for label in held.get("labels", []) if label.get("labelType") == "AutoAssigned"]

    assert all(label in (overlay(held, change).get("labels") or []) for label in automatic)


def test_kept_labels_stay_as_they_came_and_new_ones_are_added() -> None:
    held = {"labels": [{"labelName": "b", "labelType": "User", "note": 1}, {"labelName": "gone", "labelType": "User"}]}

    assert overlay(held, {"labels": ("a", "B")})["labels"] == [
        {"labelName": "b", "labelType": "User", "note": 1},
        {"labelName": "a"},
    ]


def test_our_key_label_stays_even_when_nobody_asks_for_it() -> None:
    held = {"labels": [{"labelName": "watchkeeper-key:soc/x", "labelType": "User"}]}

    assert overlay(held, {"labels": ("soc",)})["labels"] == [*held["labels"], {"labelName": "soc"}]


def test_a_new_owner_replaces_the_whole_old_one() -> None:
    held = {"owner": {"objectId": "1", "email": "a@b.c", "assignedTo": "A", "userPrincipalName": "a@b.c"}}

    assert overlay(held, {"owner.userPrincipalName": "ava@b.c"})["owner"] == {"userPrincipalName": "ava@b.c"}


def test_taking_the_owner_away_sends_nobody() -> None:
    sent = overlay({"owner": {"objectId": "1"}}, {"owner.userPrincipalName": "", "owner.objectId": ""})

    assert set(sent["owner"].values()) == {None}


def test_a_property_is_changed_under_the_name_that_the_answer_gave_it() -> None:
    assert overlay({"Title": "old", "Owner": None}, {"title": "new"}) == {"Title": "new", "Owner": None}


@pytest.mark.parametrize("value", ["", None])
def test_clearing_a_classification_leaves_it_out(value: RawValue) -> None:
    assert "classification" not in overlay({"classification": "TruePositive"}, {"classification": value})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": ""}, "title cannot be empty"),
        ({"status": None}, "status cannot be empty"),
        ({"title": ("a",)}, "title takes text"),
        ({"labels": "a"}, "labels takes a list"),
        ({"incidentNumber": "1"}, "cannot write incidentNumber; writable are"),
        ({"priority": "1"}, "cannot write priority"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_call(change: RawFields, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        overlay({"title": "x"}, change)


def test_a_new_incident_carries_its_labels_and_its_key() -> None:
    fields: RawFields = {"title": "x", "severity": "Informational", "status": "New", "labels": ("watchkeeper",)}

    assert new_properties(fields, "soc/a@2026-11-23") == {
        "title": "x",
        "severity": "Informational",
        "status": "New",
        "labels": [{"labelName": "watchkeeper"}, {"labelName": "watchkeeper-key:soc/a@2026-11-23"}],
    }


def test_fields_that_the_service_did_not_take_are_named_with_what_it_kept() -> None:
    (one,) = refused({"title": "long title", "labels": ("a",)}, {"title": "long", "labels": ("A", "b")})

    assert (one.field, one.sent, one.kept) == ("title", "long title", "long")


@pytest.mark.parametrize(
    "now",
    [
        {"title": "x", "status": "New", "owner": None, "labels": [{"labelName": "somebody's"}]},
        {"title": "x", "status": "Active", "owner": None},
        {"title": "x", "status": "New", "owner": {"userPrincipalName": "a@b.c"}},
    ],
)
def test_a_state_with_somebody_elses_change_is_not_our_write(now: dict[str, Any]) -> None:
    assert not landed({"title": "x", "status": "New"}, now)

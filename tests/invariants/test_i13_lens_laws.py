"""I13: the lens laws hold, per coarsening class, for every mapping that loads; a side's nuance survives.

Generated tables are put to the same laws in tests/property/mapping.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine import MAPPINGS, Watch, make_deployment
from tests.invariants import story

from watchkeeper.mapping.lens import Lens, TableLens
from watchkeeper.mapping.load import load_profiles
from watchkeeper.model.record import SENTINEL, RawFields
from watchkeeper.model.ticket import Unmapped

PROFILES = load_profiles(MAPPINGS)
TABLES = [
    pytest.param(lens, id=f"{name}-{rule.name}-{side}")
    for name, profile in sorted(PROFILES.items())
    for rule in profile.fields
    for side, lens in sorted(rule.lenses.items())
    if isinstance(lens, TableLens)
]


def raws(lens: Lens) -> Iterator[RawFields]:
    """Every combination of codes that the table's fields may hold."""
    codes = [
        str(code)
        for code in (*range(-10, 11), "New", "Active", "Closed", "Completed", "High", "Medium", "Low", "Informational")
    ]
    for values in itertools.product(codes, repeat=len(lens.raw_fields)):
        raw = dict(zip(lens.raw_fields, values, strict=True))
        if not isinstance(lens.get(raw), Unmapped):
            yield raw


@pytest.mark.parametrize("lens", TABLES)
def test_writing_back_what_was_read_changes_nothing(lens: Lens) -> None:
    seen = list(raws(lens))
    assert seen
    for raw in seen:
        value = lens.get(raw)
        assert not isinstance(value, Unmapped)
        assert lens.put(value, raw) == {}


@pytest.mark.parametrize("lens", TABLES)
def test_what_is_written_is_what_is_then_read(lens: Lens) -> None:
    seen = list(raws(lens))
    values = {lens.get(raw) for raw in seen}
    written = 0
    for raw, value in itertools.product(seen, values):
        assert not isinstance(value, Unmapped)
        change = lens.put(value, raw)
        if not isinstance(change, Unmapped):
            written += bool(change)
            assert lens.class_of(_read(lens, {**raw, **change})) == lens.class_of(value)
    assert written


@pytest.mark.parametrize("lens", TABLES)
def test_what_is_created_is_what_is_then_read(lens: Lens) -> None:
    for value in {lens.get(raw) for raw in raws(lens)}:
        assert not isinstance(value, Unmapped)
        made = lens.create(value)
        if not isinstance(made, Unmapped):
            assert lens.class_of(_read(lens, made)) == lens.class_of(value)


def _read(lens: Lens, raw: RawFields) -> str | tuple[str, ...] | None:
    value = lens.get(raw)
    assert not isinstance(value, Unmapped)
    return value


def test_a_side_keeps_its_own_word_for_what_both_mean(tmp_path: Path) -> None:
    """On hold is active in Sentinel; an edit of another field, there and here, does not make the ticket active."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    opened = story.escalated_ticket(deployment)
    story.import_all(deployment)
    story.later(deployment)
    story.in_servicenow(deployment, "keiko.tanaka", "hold", opened)
    story.later(deployment)
    deployment.sync()
    [item] = story.incidents(deployment)
    assert item["properties"]["status"] == "Active"
    story.in_sentinel(
        deployment, "liam.byrne", "edit", item["properties"]["incidentNumber"], fields={"severity": "High"}
    )
    story.later(deployment)
    deployment.sync()
    assert story.ticket(deployment, opened)["state"] == "3"
    assert story.severity(story.ticket(deployment, opened)) == "High"


def test_a_spelling_survives_a_lost_memory(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    opened = story.escalated_ticket(deployment, impact="1", urgency="2")
    story.import_all(deployment)
    story.later(deployment)
    deployment.lose_the_database()
    watch = Watch.of(deployment.world)
    story.import_all(deployment)
    row = story.ticket(deployment, opened)
    assert (row["impact"], row["urgency"]) == ("1", "2")
    assert SENTINEL not in {side for side, *_ in watch.writes()}
    assert not watch.writes()

"""What a change of fields of one's own means, kind by kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.acceptance.own_table import mappings_with_own_table
from tests.unit.mapping.test_diff import profiles, sentences

from watchkeeper.mapping.diff import profile_differences

BOTH = "lookup severity (in High, Medium: urgent; otherwise normal)"
HIGH = "lookup severity (in High: urgent; otherwise normal)"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "in: [High, Medium], means: urgent",
            "in: [High], means: urgent",
            [f"fields.urgency.sentinel: {BOTH} → {HIGH}"],
        ),
        (
            "{ boolean: { field: u_vip } }",
            "{ text: { field: u_vip, max: 5 } }",
            ["! fields.vip.servicenow: boolean u_vip (true: true; false: false) → text u_vip (limit 5)"],
        ),
        (
            ", default: normal }",
            " }",
            ["fields.urgency.servicenow: text u_urgency (limit 40); empty: normal → text u_urgency (limit 40)"],
        ),
        ("    direction: to-servicenow\n", "", ["fields.remark.direction: to-servicenow → both"]),
        (
            "{ servicenow: { u_vip: { in: [true] } } }",
            "{ sentinel: { severity: { in: [High] } } }",
            ["fields.review.when: servicenow: u_vip in [true] → sentinel: severity in [High]"],
        ),
        ("owner: shared\n    resolver: prefer-sentinel\n", "owner: sentinel\n", None),
    ],
)
def test_a_change_is_told_in_the_words_of_its_kind(tmp_path: Path, old: str, new: str, said: list[str] | None) -> None:
    before = mappings_with_own_table(tmp_path / "before")
    after = mappings_with_own_table(tmp_path / "after", (old, new))
    told = sentences(profile_differences(profiles(before), profiles(after)))
    if said is not None:
        assert told == said
    assert not any(part.partition(" → ")[0].endswith(part.partition(" → ")[2]) for part in told if " → " in part)

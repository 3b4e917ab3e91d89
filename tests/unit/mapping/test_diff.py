"""What a change of the YAML means, told from two loaded folders."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchkeeper.catalog.diff import catalog_differences
from watchkeeper.catalog.load import load_catalog
from watchkeeper.mapping.diff import limit_differences, profile_differences
from watchkeeper.mapping.diff_places import placed
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.impact import touched
from watchkeeper.mapping.load import every_profile
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.valve_file import load_limits
from watchkeeper.model.difference import Difference, Reach, Shift, Subject
from watchkeeper.model.link import Link
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields, RecordRef, Revision, Side
from watchkeeper.report.mapping_diff import DiffView, diff_document, meaning
from watchkeeper.report.markdown import COMMENT_LIMIT, render
from watchkeeper.report.texts import texts_in

MAPPINGS = Path(__file__).parents[3] / "mappings"
NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)


def profiles(folder: Path) -> Mapping[str, Profile]:
    problems = ProblemList()
    found = every_profile(folder, problems)
    problems.raise_if_any()
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MAPPINGS, tmp_path / "mappings"))


def changed(folder: Path, file: str, *edits: tuple[str, str]) -> tuple[Difference, ...]:
    """What an edit of one of the shipped files means."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    old_catalog, new_catalog = (load_catalog(each, deployment="soc") for each in (MAPPINGS, folder))
    found: tuple[Difference, ...] = (
        *profile_differences(profiles(MAPPINGS), profiles(folder)),
        *catalog_differences(old_catalog, new_catalog, NOW),
        *limit_differences(load_limits(MAPPINGS), load_limits(folder)),
    )
    return placed(found, MAPPINGS, folder)


def sentences(differences: tuple[Difference, ...]) -> list[str]:
    return [f"{'! ' if each.dangerous else ''}{meaning(each, texts_in('en'))}" for each in differences]


def test_a_folder_means_the_same_as_itself(folder: Path) -> None:
    assert changed(folder, "teams.yaml") == ()


def test_order_comments_and_spelt_out_defaults_mean_nothing(folder: Path) -> None:
    same = changed(
        folder,
        "profiles/escalation.yaml",
        ("comments: both\ngone: report\n", "# Notes go both ways.\ngone: report\ncomments: both\n"),
        ("          - { is: 1, means: new }\n", "          - { means: new, is: '1', writes: [new] }\n"),
        ("    owner: shared\n", "    may_lower: true\n    owner: shared\n"),
    )
    assert same == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "{ is: [3, 1], means: medium }",
            "{ is: [3, 1], means: low }",
            ["ServiceNow impact 3, urgency 1 is now read as low (before: medium)"],
        ),
        (
            "- { is: [2, 3], means: low, writes: [low] }\n          - { is: [3, 2], means: low }",
            "- { is: [2, 3], means: low }\n          - { is: [3, 2], means: low, writes: [low] }",
            ["low is now written to ServiceNow as impact 3, urgency 2 (before: impact 2, urgency 3)"],
        ),
        (
            "- { is: Active, means: active, writes: [active, on-hold] }",
            "- { is: Active, means: active, writes: [new, active, on-hold] }",
            [
                "new is now written to Sentinel as status Active (before: status New)",
                "! new and active can no longer be told apart in Sentinel",
                "! new and on-hold can no longer be told apart in Sentinel",
            ],
        ),
        (
            "          1: [2, 3, 6, 8]\n",
            "          1: [2, 6, 8]\n",
            ["ServiceNow state 1 may no longer become 3: such a change is parked"],
        ),
        (
            '- { is: Duplicate, write: { classification: Undetermined, classificationReason: "" } }',
            '- { is: Nothing found, write: { classification: Undetermined, classificationReason: "" } }',
            [
                ("a close with close_code Duplicate is now parked and does not reach Sentinel "
                "(before: classification Undetermined, classificationReason '')"),
                ("! a close with close_code Nothing found now crosses to Sentinel and writes classification Undetermined, "
                "classificationReason '' (before: parked)"),
            ],
        ),
        (
            "category: { in: [security] }",
            "category: { in: [security, breach] }",
            [
                ("! more ServiceNow records belong to it: category in [security] & assignment_group in [$soc_groups] → "
                "category in [security, breach] & assignment_group in [$soc_groups]")
            ],
        ),
        (
            "labels: { has_any: [escalation] }",
            "labels: { has_any: [escalation] }\n        severity: { in: [High] }",
            [
                ("fewer Sentinel records belong to it: labels has_any [escalation] → labels has_any [escalation] & "
                "severity in [High]")
            ],
        ),
        ("close_from: soc-teams", "close_from: anyone", ["! sides.servicenow.close_from: soc-teams → anyone"]),
        ("close_from: soc-teams", "close_from: nobody", ["sides.servicenow.close_from: soc-teams → nobody"]),
        ("may_lower: false", "may_lower: true", ["! fields.severity.may_lower: false → true"]),
        ("resolver: furthest", "resolver: manual", ["fields.status.resolver: furthest → manual"]),
        ("labels: [escalation]\n    # A label", "labels: [soc]\n    # A label", ["sides.sentinel.labels: escalation → soc"]),
        ("comments: both", "comments: off", ["comments: servicenow-to-sentinel, sentinel-to-servicenow → (none)"]),
        ("max: 160", "max: 100", ["fields.title.servicenow: text short_description (limit 160) → text short_description (limit 100)"]),
        ("  labels:\n    owner", "  tags:\n    owner", ["the rule labels is called tags now; nothing else changes"]),
        ("kind: escalation", "kind: escalation\nenabled: false", ["! this profile is switched off: its tickets are no longer kept in step"]),
    ],
)  # fmt: skip
def test_a_changed_profile_is_told_by_what_it_means(folder: Path, old: str, new: str, said: list[str]) -> None:
    assert sentences(changed(folder, "profiles/escalation.yaml", (old, new))) == said


def test_a_status_that_is_newly_read_as_closed_is_to_be_looked_at_first(folder: Path) -> None:
    row, state = "{ is: 8, means: cancelled }\n", "          8: []\n"
    added = "          - { is: 9, means: resolved, writes: [] }\n"
    found = changed(folder, "profiles/escalation.yaml", (row, row + added), (state, state + "          9: []\n"))
    assert sentences(found) == ["! ServiceNow state 9 is now read as resolved (before: left alone and reported)"]


def test_a_changed_text_touches_no_open_ticket(folder: Path) -> None:
    (found,) = changed(folder, "profiles/escalation.yaml", ("Escalation without a title", "No title"))
    assert (found.shift, found.path, found.reach) == (Shift.TEXT, "fields.title.on_create.en", None)


def test_a_difference_stands_at_the_row_that_it_is_about(folder: Path) -> None:
    (found,) = changed(
        folder, "profiles/escalation.yaml", ("{ is: [3, 1], means: medium }", "{ is: [3, 1], means: low }")
    )
    lines = (folder / "profiles/escalation.yaml").read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines, 1) if "is: [3, 1]" in line)
    assert re.search(rf"escalation\.yaml:{number}:\d+$", found.place)


def test_a_changed_calendar_is_told_by_its_days(folder: Path) -> None:
    found = changed(folder, "calendars.yaml", ("country: JP", "country: DE"))
    days = [each for each in found if each.shift is Shift.DAYS]
    assert {each.subject for each in days} == {Subject.CALENDAR}
    told = next(each.args for each in days if int(each.args["count"]) > 10)
    assert told["days"] == "2026-11-23, 2026-12-25, 2027-01-11, …"


def test_a_changed_zone_of_a_team_moves_what_it_owes(folder: Path) -> None:
    found = changed(folder, "teams.yaml", ("zone: Asia/Tokyo", "zone: Europe/Berlin"))
    assert {(each.subject, each.shift) for each in found} >= {(Subject.TASK, Shift.NEXT_DUE)}
    assert any(each.path == "zone" and each.args["after"] == "Europe/Berlin" for each in found)


def test_a_changed_rule_tells_the_next_due_dates_and_the_keys(folder: Path) -> None:
    found = changed(folder, "packs/defender-xdr.yaml", ("    weekday: monday\n", "    weekday: tuesday\n"))
    (task,) = {each.name for each in found}
    told = {each.shift: each for each in found}
    assert told[Shift.NEXT_DUE].args["before"] != told[Shift.NEXT_DUE].args["after"]
    assert int(told[Shift.KEYS].args["come"]) == int(told[Shift.KEYS].args["gone"]) > 10
    assert told[Shift.KEYS].reach == Reach(stem=f"{task}/")


def test_a_valve_that_stops_later_is_dangerous(folder: Path) -> None:
    (folder / "valves.yaml").write_text("version: 1\ncloses: {ceiling: 250}\n", encoding="utf-8")
    found = [
        each for each in limit_differences(load_limits(MAPPINGS), load_limits(folder)) if each.path == "closes_ceiling"
    ]
    assert [(each.args, each.dangerous) for each in found] == [({"before": "25", "after": "250"}, True)]


def link(side: Side, key: str, base: RawFields) -> Link:
    ref = RecordRef(side, "incident", key)
    return Link(key, "escalation", ref, "1", "", Revision("1"), "", NOW, base)


def test_open_tickets_are_counted_by_the_value_that_the_memory_holds(folder: Path) -> None:
    found = changed(folder, "profiles/escalation.yaml", ("{ is: [3, 1], means: medium }", "{ is: [3, 1], means: low }"))
    pairs = {
        "escalation/servicenow/a": {SERVICENOW: link(SERVICENOW, "a", {"impact": "3", "urgency": "1"})},
        "escalation/servicenow/b": {SERVICENOW: link(SERVICENOW, "b", {"impact": "1", "urgency": "1"})},
        "escalation/sentinel/c": {SENTINEL: link(SENTINEL, "c", {"severity": "Low"})},
    }
    assert touched(found, pairs) == (frozenset({"escalation/servicenow/a"}),)


def test_a_change_of_a_whole_profile_counts_its_pairs_alone(folder: Path) -> None:
    found = changed(folder, "profiles/escalation.yaml", ("gone: report", "gone: close-other"))
    other = Link(
        "maintenance/x", "maintenance", RecordRef(SERVICENOW, "incident", "x"), "2", "", Revision("1"), "", NOW
    )
    pairs = {
        "escalation/servicenow/a": {SERVICENOW: link(SERVICENOW, "a", {})},
        "secure-score/soc@2026-11-16": {SERVICENOW: other},
    }
    assert touched(found, pairs) == (frozenset({"escalation/servicenow/a"}),)


def test_a_comment_never_outgrows_its_limit_and_closes_what_it_unfolds(folder: Path) -> None:
    found = changed(folder, "profiles/escalation.yaml", ("close_from: soc-teams", "close_from: anyone")) * 900
    for lang in ("en", "ja"):
        written = render(diff_document(DiffView("a", "b", found), lang), texts=texts_in(lang), limit=COMMENT_LIMIT)
        assert 60_000 < len(written.encode()) <= COMMENT_LIMIT
        assert written.count("<details>") == written.count("</details>")


def test_a_hostile_value_stays_text_in_a_comment() -> None:
    args = {"before": "</details><script>", "after": "@team ::error::x | y"}
    found = (Difference(Subject.PROFILE, "escalation", "gone", Shift.SETTING, args, "x.yaml:1:1"),)
    written = render(diff_document(DiffView("a", "b", found)), texts=texts_in("en"), limit=COMMENT_LIMIT)
    assert "<script>" not in written
    assert "@team" not in written
    assert written.count("</details>") == 1

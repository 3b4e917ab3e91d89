"""What is new among content and scripts, and which automation fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from watchkeeper.evidence.automation_review import AutomationReview, automation_review
from watchkeeper.model.script import ScriptDownload
from watchkeeper.model.workspace import AutomationFailure, AutomationRule, ContentPackage, Playbook

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
LAST = NOW - timedelta(days=7)
PACKAGE = ContentPackage(
    "p1", "Microsoft Entra ID", "Solution", "Microsoft", "3.0.4", "3.0.5", LAST - timedelta(days=9)
)
FAILURE = AutomationFailure("Isolate-Device", "Playbook", "Failure", "No permission", 3, NOW)
RULE = AutomationRule("r1", "Contain", True, None, "", ("isolate-device ",))
ADDRESS = "https://raw.githubusercontent.com/x/collect.ps1"
FILE = ScriptDownload("collect.ps1", ADDRESS, ADDRESS, "aa" * 32, 512, NOW)


def found(before: AutomationReview | None = None, **given: Any) -> AutomationReview:
    lists = {name: given.pop(name, ()) for name in ("packages", "failures", "rules", "playbooks", "downloads")}
    return automation_review(**lists, since=LAST, now=NOW, before=before)


@pytest.mark.parametrize(
    ("package", "updates"),
    [
        (PACKAGE, 1),
        (replace(PACKAGE, installed=""), 0),
        (replace(PACKAGE, installed="3.0.5"), 0),
        (replace(PACKAGE, available=""), 0),
    ],
)
def test_a_package_with_another_version_in_the_catalogue_is_an_update(package: ContentPackage, updates: int) -> None:
    assert len(found(packages=[package]).updates or ()) == updates


def test_a_version_is_new_when_it_was_published_since_or_the_last_review_saw_another() -> None:
    published = replace(PACKAGE, id="p2", published_at=LAST + timedelta(hours=1))
    undated = replace(PACKAGE, id="p3", published_at=None)
    before = found(packages=[PACKAGE, replace(undated, available="3.0.4")])
    told = found(before, packages=[PACKAGE, published, undated])
    assert [(each.id, each.fresh) for each in told.updates or ()] == [("p2", True), ("p3", True), ("p1", False)]
    assert not any(each.fresh for each in found(told, packages=[PACKAGE, undated]).updates or ())


def test_a_failing_playbook_names_the_rules_that_run_it() -> None:
    rules = [RULE, replace(RULE, id="r2", name="Also"), replace(RULE, id="r3", name="Other", playbooks=("Else",))]
    playbooks = [Playbook("l1", "Isolate-Device", False, None)]
    (failure,) = found(failures=[FAILURE], rules=rules, playbooks=playbooks).failures or ()
    assert (failure.run_by, failure.enabled, failure.times) == (("Also", "Contain"), False, 3)


def test_a_failure_of_something_unknown_is_told_all_the_same_and_the_most_frequent_comes_first() -> None:
    told = found(failures=[FAILURE, replace(FAILURE, name="Gone", times=9)]).failures or ()
    assert [(each.name, each.enabled) for each in told] == [("Gone", None), ("Isolate-Device", None)]


def test_rules_that_were_changed_since_are_told_the_newest_first() -> None:
    rules = [
        replace(RULE, name="old", changed_at=LAST),
        replace(RULE, name="new", changed_at=LAST + timedelta(days=1), changed_by="ando@x.example"),
        replace(RULE, name="newer", changed_at=LAST + timedelta(days=2)),
        RULE,
    ]
    assert [(each.name, each.changed_by) for each in found(rules=rules).rule_changes or ()] == [
        ("newer", ""),
        ("new", "ando@x.example"),
    ]


def test_a_file_whose_digest_changed_is_flagged_first_with_the_digest_that_it_had() -> None:
    before = found(downloads=[FILE, replace(FILE, name="a.ps1")])
    changed = replace(FILE, sha256="bb" * 32)
    told = found(before, downloads=[replace(FILE, name="a.ps1", sha256="AA" * 32), changed, replace(FILE, name="new")])
    assert [(each.download.name, each.was, each.fresh) for each in told.fetched or ()] == [
        ("collect.ps1", "aa" * 32, False),
        ("a.ps1", "", False),
        ("new", "", True),
    ]
    assert [each.download.name for each in told.altered] == ["collect.ps1"]


def test_what_could_not_be_read_or_was_not_there_once_is_compared_with_what_was_known_before() -> None:
    before = found(downloads=[FILE], packages=[replace(PACKAGE, available="3.0.4")])
    blind = found(before, packages=None, failures=None, rules=None, downloads=None)
    assert (blind.updates, blind.failures, blind.rule_changes, blind.fetched) == (None, None, None, None)
    empty = found(blind)
    told = found(empty, downloads=[replace(FILE, sha256="bb" * 32)], packages=[replace(PACKAGE, published_at=None)])
    assert [each.was for each in told.altered] == ["aa" * 32]
    assert [each.fresh for each in told.updates or ()] == [True]


def test_lists_in_any_order_give_the_same_review() -> None:
    packages = [replace(PACKAGE, id=f"p{each}", name=f"n{each % 2}") for each in range(4)]
    failures = [replace(FAILURE, reason=f"r{each}") for each in range(4)]
    downloads = [replace(FILE, name=f"f{each}") for each in range(4)]
    given = {"packages": packages, "failures": failures, "downloads": downloads}
    assert found(**given) == found(**{name: rows[::-1] for name, rows in given.items()})
    assert found(**given).installed == 4

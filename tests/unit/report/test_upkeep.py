"""What the commands for the state store say: every code has its sentence and its remedy in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.report import examples

from watchkeeper.model.chain import ChainBreak, ChainHead, ChainReport, Checkpoint, Flaw
from watchkeeper.model.upkeep import Backup, CheckReport, Damage, Finding, Pruning
from watchkeeper.report import text, upkeep
from watchkeeper.report.machine import Json

ARGS = {
    "words": "wrong # of entries in index",
    "table": "link",
    "row": "a key servicenow",
    "deployment": "soc",
    "count": "3",
    "found": "0009",
    "needed": "0002",
    "key": "a key",
    "run": "",
    "sequence": "7",
    "flaw": "changed",
}
HEAD = ChainHead(7, "0" * 64)
CHECKED = CheckReport(
    "sqlite:///x.db", "0002", {"link": 1_200}, tuple(Finding(each, ARGS) for each in Damage), {"soc": HEAD}
)
BROKEN = ChainReport(6, HEAD, Checkpoint(HEAD, 7, examples.MONDAY), ChainBreak(7, Flaw.CHANGED, "run-1", "a key"), 2)
PRUNED = Pruning(examples.MONDAY, {"run": 3, "verdict": 0}, 2, HEAD, done=False)
COUNTS = {"before": 4, "links": 6, "agreed": 3}


def rebuilt(**changes: Any) -> Json:
    how = {"stored": True, "whole": True} | changes
    return upkeep.rebuilt_json(examples.a_report(exit_code=0, reasons=()), COUNTS, {"link": 1}, **how)


PAYLOADS: dict[str, Any] = {
    "db-check": lambda: upkeep.check_json(CHECKED, exit_code=9),
    "db-backup": lambda: upkeep.backup_json(Backup("/backup/x.db", 4096, "0002")),
    "db-prune": lambda: upkeep.pruned_json(PRUNED),
    "db-rebuild": rebuilt,
    "history-verify": lambda: upkeep.verified_json(BROKEN, HEAD, False, exit_code=9),
}
"""One per schema; held against it in test_machine."""


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("damage", Damage)
def test_every_damage_is_told_with_its_remedy(damage: Damage, lang: str) -> None:
    report = CheckReport("x", "0002", {}, (Finding(damage, ARGS),))
    printed = text.render(upkeep.check_document(report, lang))
    assert "{" not in printed
    assert len(printed.splitlines()) > 3
    assert report.sound == (not Finding(damage).harmful)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("flaw", Flaw)
def test_every_flaw_of_the_chain_names_its_row(flaw: Flaw, lang: str) -> None:
    report = ChainReport(6, None, None, ChainBreak(1_007, flaw, "run-1", "a key"))
    assert "1,007" in upkeep.verified_document(report, None, None, lang).sentence


@pytest.mark.parametrize(
    ("found", "said"), [(True, f"{HEAD} is in it."), (False, "7:000000"), (None, "cannot be told any more")]
)
def test_a_head_of_an_earlier_report_is_found_missed_or_pruned(*, found: bool | None, said: str) -> None:
    report = ChainReport(6, HEAD, Checkpoint(HEAD, 7, examples.MONDAY), None)
    assert said in upkeep.verified_document(report, HEAD, found).sentence


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_rebuild_tells_what_it_found_and_shows_the_plan(lang: str) -> None:
    report = examples.a_report(exit_code=0, reasons=())
    seen = [
        text.render(upkeep.rebuilt_document(report, COUNTS, {"link": 1}, lang, stored=stored, whole=whole))
        for stored, whole in ((True, True), (False, True), (False, False))
    ]
    assert len(set(seen)) == 3
    assert all(examples.KEY in printed for printed in seen)


def test_what_goes_is_counted_and_nothing_is_said_to_be_gone_before_it_is() -> None:
    would = text.render(upkeep.pruned_document(PRUNED))
    assert "3 rows older than" in would
    assert "Nothing has been changed" in would
    assert "--confirm" in would
    nothing = Pruning(examples.MONDAY, {"run": 0}, 0, None, done=False)
    assert "Nothing is older" in upkeep.pruned_document(nothing).sentence


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_where_there_is_no_store_it_is_said_what_makes_one_and_which_setting_to_look_at(lang: str) -> None:
    printed = text.render(upkeep.check_document(CheckReport("sqlite:///x.db", "", {}, ()), lang))
    assert "watchkeeper sync" in printed
    assert "WATCHKEEPER_STATE_URL" in printed

"""Released from the daily update for a time: who approved it, until when, and what of that the audit shows."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.unit.escalation.soc import DUE, EXEMPT, FRESH, STALE, UNKNOWN, VERY_STALE, Soc, tokyo
from tests.unit.escalation.world import CATALOG, KEIKO, ROOT, a_comment, a_ticket

from watchkeeper.catalog import load_catalog
from watchkeeper.catalog.model import Catalog, Waiver
from watchkeeper.errors import Config
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.population import Condition, Filter, Operator
from watchkeeper.model.record import SERVICENOW
from watchkeeper.report.audit import audit_document
from watchkeeper.report.markdown import render
from watchkeeper.report.texts import texts_in

WAIVER = Waiver(
    tickets=frozenset({"inc0010001"}),
    teams=frozenset(),
    groups=frozenset(),
    severities=frozenset(),
    reason="The patch comes in January",
    approver="aoife.murphy",
    approved=date(2026, 11, 10),
    expires=date(2026, 11, 18),
    place="waivers.yaml:2:5",
    spelled=("INC0010001",),
)


def of_group(**where: frozenset[str]) -> Waiver:
    return replace(WAIVER, tickets=frozenset(), **where)  # type: ignore[arg-type]


def audited(soc: Soc, *waivers: Waiver, now: str = "2026-11-18 18:00") -> AuditReport:
    soc.catalog = replace(CATALOG, waivers=waivers)
    soc.now = tokyo(now)
    return soc.audit()


@pytest.fixture
def silent(soc: Soc) -> Soc:
    soc.hold(a_ticket())
    return soc


def test_a_waived_ticket_is_exempt_and_names_approver_end_and_reason(silent: Soc) -> None:
    [verdict] = audited(silent, WAIVER).verdicts
    assert (verdict.kind, verdict.reason_code, verdict.flags) == (EXEMPT, "waived", ())
    assert verdict.reason == (
        "aoife.murphy released it from the daily update until 2026-11-18: The patch comes in January (waivers.yaml:2:5)"
    )


def test_the_last_day_is_waived_and_the_next_one_is_flagged(silent: Soc) -> None:
    [verdict] = audited(silent, WAIVER, now="2026-11-19 18:00").verdicts
    assert (verdict.kind, verdict.flags) == (STALE, ("waiver-expired",))


def test_days_before_the_approval_are_not_waived(silent: Soc) -> None:
    [verdict] = audited(silent, replace(WAIVER, approved=date(2026, 11, 19), expires=date(2026, 12, 1))).verdicts
    assert (verdict.kind, verdict.flags) == (VERY_STALE, ())


def test_an_update_is_an_update_whatever_is_waived(silent: Soc) -> None:
    silent.happen(a_comment(KEIKO, tokyo("2026-11-18 09:00")))
    assert [each.kind for each in audited(silent, WAIVER).verdicts] == [FRESH]


def test_a_waiver_holds_for_a_ticket_whose_history_cannot_be_read(silent: Soc) -> None:
    silent.servicenow.untold = "sys_journal_field may not be read"
    assert [each.kind for each in audited(silent).verdicts] == [UNKNOWN]
    assert [each.kind for each in audited(silent, WAIVER).verdicts] == [EXEMPT]


def test_renewed_in_time_it_is_not_flagged(silent: Soc) -> None:
    again = replace(WAIVER, approved=date(2026, 11, 19), expires=date(2026, 12, 1), place="waivers.yaml:9:5")
    [verdict] = audited(silent, WAIVER, again, now="2026-11-19 18:00").verdicts
    assert (verdict.kind, verdict.flags, dict(verdict.reason_args)["until"]) == (EXEMPT, (), "2026-12-01")


@pytest.mark.parametrize(
    ("waiver", "waived"),
    [
        (of_group(teams=frozenset({"monitoring"})), True),
        (of_group(teams=frozenset({"csirt"})), False),
        (of_group(groups=frozenset({"soc monitoring"})), True),
        (of_group(severities=frozenset({"high"})), True),
        (of_group(teams=frozenset({"monitoring"}), severities=frozenset({"low"})), False),
        (replace(WAIVER, tickets=frozenset({f"escalation/servicenow/{1:032x}"})), True),
        (replace(WAIVER, tickets=frozenset({"inc0010002"})), False),
    ],
)
def test_a_group_is_what_all_its_conditions_say(silent: Soc, waiver: Waiver, waived: bool) -> None:
    [verdict] = audited(silent, waiver).verdicts
    assert (verdict.kind is EXEMPT) is waived


def test_a_group_that_no_team_has_can_be_waived_by_its_name(soc: Soc) -> None:
    anywhere = (Filter((Condition("category", Operator.IN, ("security",)),)),)
    rules = {**soc.profile.sides, SERVICENOW: replace(soc.profile.sides[SERVICENOW], population=anywhere)}
    soc.profile = replace(soc.profile, sides=rules)
    soc.hold(a_ticket(assignment_group="Network"))
    [verdict] = audited(soc, of_group(groups=frozenset({"network"}))).verdicts
    assert (verdict.kind, verdict.group) == (EXEMPT, "Network")


def test_the_report_lists_every_waiver_those_that_end_first_in_front(silent: Soc) -> None:
    ended = replace(WAIVER, expires=date(2026, 11, 17), place="waivers.yaml:9:5")
    old = replace(ended, tickets=frozenset({"inc0010009"}), spelled=("INC0010009",))
    report = audited(silent, WAIVER, old)
    assert [(use.tickets, use.exempts, use.expired) for use in report.waivers] == [
        (("INC0010009",), 0, True),
        (("INC0010001",), 1, False),
    ]
    shown = render(audit_document(report), texts=texts_in("en"))
    assert "2026-11-17 (expired)" in shown
    assert "aoife.murphy" in shown


def test_the_report_names_what_is_waived_as_the_file_does(tmp_path: Path, silent: Soc) -> None:
    rest = "\n    reason: Drill\n    approver: aoife.murphy\n    approved: 2026-11-10\n    expires: 2026-11-18\n"
    key, group = "escalation/servicenow/0a", "SOC Network"
    text = f"waivers:\n  - tickets: [{key}, Inc1]{rest}  - where: {{teams: [csirt], groups: [{group}]}}{rest}"
    uses = audited(silent, *loaded(tmp_path, text).waivers).waivers
    assert [(use.tickets, use.where) for use in uses] == [((key, "Inc1"), ()), ((), ("csirt", group))]


def test_a_changed_waiver_is_another_configuration_and_the_same_catalogue(silent: Soc) -> None:
    without, with_one = audited(silent), audited(silent, WAIVER)
    assert without.config_fingerprint != with_one.config_fingerprint
    assert without.catalog_fingerprint == with_one.catalog_fingerprint


def test_a_waiver_changes_no_day_that_was_judged_for_good(silent: Soc) -> None:
    audited(silent, now="2026-11-19 09:00")
    audited(silent, replace(WAIVER, approved=date(2026, 11, 1)), now="2026-11-19 09:30")
    [before] = silent.store.verdicts("2026-11-18", "2026-11-18")
    assert (before.kind in {STALE, VERY_STALE, DUE}, before.final) == (True, True)


def loaded(folder: Path, text: str) -> Catalog:
    for name in ("calendars.yaml", "teams.yaml"):
        shutil.copy(ROOT / "mappings" / name, folder / name)
    shutil.copytree(ROOT / "mappings" / "packs", folder / "packs")
    (folder / "waivers.yaml").write_text(text, encoding="utf-8")
    return load_catalog(folder, deployment="test")


def test_a_folder_without_the_file_has_no_waivers(tmp_path: Path) -> None:
    assert loaded(tmp_path, "waivers: []\n").waivers == ()
    (tmp_path / "waivers.yaml").unlink()
    assert load_catalog(tmp_path, deployment="test").waivers == ()


def test_the_file_becomes_waivers_with_their_places(tmp_path: Path) -> None:
    text = (
        "waivers:\n  - where: {teams: [csirt], severities: [low]}\n    reason: Drill\n    approver: aoife.murphy\n"
        "    approved: 2026-11-10\n    expires: 2026-11-18\n"
    )
    [waiver] = loaded(tmp_path, text).waivers
    assert (waiver.teams, waiver.severities, waiver.expires) == ({"csirt"}, {"low"}, date(2026, 11, 18))
    assert waiver.place.endswith("waivers.yaml:2:5")


def test_what_is_wrong_is_said_at_its_place_with_the_remedy(tmp_path: Path) -> None:
    text = (
        "waivers:\n  - tickets: [INC1]\n    reason: Drill\n    approver: aoife.murphy\n"
        "    approved: 2026-11-10\n    expires: 2028-11-18\n"
    )
    with pytest.raises(Config) as raised:
        loaded(tmp_path, text)
    [problem] = raised.value.problems
    assert problem.place.endswith("waivers.yaml:6:5")
    assert (problem.message, problem.allowed) == ("is more than a year away", "2026-11-10 to 2027-11-11")

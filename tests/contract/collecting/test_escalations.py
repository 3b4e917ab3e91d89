"""Whether the audits of the escalations are there: of every team's last working day, where that team is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.engine import MAPPINGS, MONDAY
from tests.fresh_store import put_fresh_store

from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.owner_file import load_owners
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.collecting.desk import Desk, Sources
from watchkeeper.collecting.escalations import collect_escalations
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.evidence.escalation_day import EscalationDay
from watchkeeper.model.audit import TeamDay
from watchkeeper.model.evidence_rules import EvidenceRules
from watchkeeper.model.gathering import Found, Piece
from watchkeeper.state import SqlStateStore, open_store
from watchkeeper.stop import Stop

FRIDAY, TOKYO = date(2026, 11, 13), "monitoring"
TUESDAY = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
"""The day after Labour Thanksgiving Day, on which Japan does not work."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStateStore]:
    put_fresh_store(tmp_path / "store.db")
    with open_store(
        f"sqlite:///{tmp_path / 'store.db'}", "soc", WorldClock(MONDAY, frozen=True), migrate=False
    ) as opened:
        yield opened


def judge(store: SqlStateStore, catalog: Catalog, day: date, teams: Iterable[str] = ()) -> None:
    judged = [TeamDay(each, day, "UTC", working=True, final=True) for each in teams or catalog.teams]
    store.count_days(judged, "run", MONDAY, whole=True)


def asked(store: SqlStateStore, catalog: Catalog, now: datetime = MONDAY) -> tuple[Piece, EscalationDay | None]:
    rules, owners = EvidenceRules(), load_owners(MAPPINGS, catalog)
    desk = Desk(Sources(), store, catalog, {}, rules, owners, now, Inquiry(Stop()))
    finding = collect_escalations(desk).finding
    [piece] = desk.pieces
    assert finding is None or isinstance(finding, EscalationDay)
    return piece, finding


def piece(store: SqlStateStore, catalog: Catalog, now: datetime = MONDAY) -> Piece:
    return asked(store, catalog, now)[0]


def told(store: SqlStateStore, catalog: Catalog, now: datetime = MONDAY) -> tuple[date, tuple[str, ...]]:
    """The day that is told, and who was not judged on it."""
    _, found = asked(store, catalog, now)
    assert found is not None
    return found.day, found.unjudged


def test_after_a_weekend_fridays_audits_are_what_there_is_to_have(store: SqlStateStore, catalog: Catalog) -> None:
    judge(store, catalog, FRIDAY)
    assert piece(store, catalog).found is Found.COLLECTED


def test_an_older_audit_is_no_evidence_of_the_last_working_day(store: SqlStateStore, catalog: Catalog) -> None:
    judge(store, catalog, date(2026, 11, 12))
    found = piece(store, catalog)
    assert found.found is Found.MISSING
    assert found.why.startswith("no audit of 2026-11-13 for ")


def test_a_team_that_was_not_judged_is_named(store: SqlStateStore, catalog: Catalog) -> None:
    judge(store, catalog, FRIDAY, catalog.teams.keys() - {TOKYO})
    assert piece(store, catalog).why == f"no audit of 2026-11-13 for {TOKYO}: run `watchkeeper audit` daily"


def test_nobody_waits_for_the_audit_of_a_teams_holiday(store: SqlStateStore, catalog: Catalog) -> None:
    judge(store, catalog, date(2026, 11, 20))
    judge(store, catalog, date(2026, 11, 23), catalog.teams.keys() - {TOKYO})
    assert piece(store, catalog, TUESDAY).found is Found.COLLECTED


def test_without_any_audit_it_says_which_command_is_not_run(store: SqlStateStore, catalog: Catalog) -> None:
    assert piece(store, catalog).why == "no audit in the last 7 days: run `watchkeeper audit` daily"


def test_a_day_that_has_not_begun_for_all_teams_waits_for_them(store: SqlStateStore, catalog: Catalog) -> None:
    judge(store, catalog, FRIDAY)
    judge(store, catalog, MONDAY.date(), [TOKYO])
    assert told(store, catalog) == (FRIDAY, ())
    judge(store, catalog, MONDAY.date())
    assert told(store, catalog) == (MONDAY.date(), ())


def test_a_team_on_holiday_is_not_called_unjudged(store: SqlStateStore, catalog: Catalog) -> None:
    judge(store, catalog, date(2026, 11, 20))
    judge(store, catalog, date(2026, 11, 23), catalog.teams.keys() - {TOKYO})
    assert told(store, catalog, TUESDAY) == (date(2026, 11, 23), ())


def test_where_no_day_was_judged_for_all_the_latest_one_names_who_was_not(
    store: SqlStateStore, catalog: Catalog
) -> None:
    judge(store, catalog, FRIDAY, catalog.teams.keys() - {TOKYO})
    assert told(store, catalog) == (FRIDAY, (TOKYO,))

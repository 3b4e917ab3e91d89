"""Duties that the data asks for: each fact once, on whatever day it is seen, also after the store was lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.engine import MAPPINGS
from tests.fresh_store import put_fresh_store

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.owner_file import load_owners
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.collecting.desk import Desk, Sources
from watchkeeper.collecting.raising import raise_for
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.evidence.campaigns import Campaigns, WeekCount
from watchkeeper.evidence.portal_round import portal_round
from watchkeeper.evidence.triggers import Found
from watchkeeper.mapping.load import load_profiles
from watchkeeper.model.evidence import Licence
from watchkeeper.model.evidence_rules import EvidenceRules
from watchkeeper.state import SqlStateStore, open_store
from watchkeeper.stop import Stop

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
CATALOG = load_catalog(MAPPINGS, deployment="soc")
PROFILES = load_profiles(MAPPINGS)
USED_UP = portal_round([], [], [Licence("sku", "SPE_E5", "Enabled", 10, 0, 0, 0, 10)], since=NOW, now=NOW)
WEEKS = tuple(
    WeekCount(date(2026, 11, 16) - timedelta(days=7 * (9 - each)), 2 if each < 9 else 12) for each in range(10)
)
WAVE = Campaigns(NOW, date(2026, 10, 1), (), WEEKS, (), ())


@contextmanager
def a_store(file: Path) -> Iterator[SqlStateStore]:
    put_fresh_store(file)
    with open_store(f"sqlite:///{file}", "soc", WorldClock(NOW, frozen=True), migrate=False) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStateStore]:
    with a_store(tmp_path / "store.db") as opened:
        yield opened


def raised(store: SqlStateStore, found: Found, days: int = 0, rules: EvidenceRules | None = None) -> list[str]:
    now = NOW + timedelta(days=days)
    owners = load_owners(MAPPINGS, CATALOG)
    desk = Desk(Sources(), store, CATALOG, PROFILES, rules or EvidenceRules(), owners, now, Inquiry(Stop()))
    return [each.key for each in raise_for(desk, [found])]


def test_a_fact_is_raised_once_however_often_it_is_seen(store: SqlStateStore) -> None:
    (key,) = raised(store, WAVE)
    assert key.startswith("anti-phishing-dlp/soc-oversight@2026-11-16~")
    assert [raised(store, WAVE, days) for days in (0, 1, 5)] == [[], [], []]
    assert [each.key for each in store.raised()] == [key]


@pytest.mark.parametrize("found", [WAVE, USED_UP])
def test_after_a_lost_store_it_has_the_key_that_it_had(tmp_path: Path, store: SqlStateStore, found: Found) -> None:
    before = raised(store, found)
    with a_store(tmp_path / "another.db") as fresh:
        assert raised(fresh, found, days=3) == before
    assert len(before) == 1


def test_how_many_incidents_make_a_wave_is_a_rule(store: SqlStateStore) -> None:
    assert raised(store, WAVE, rules=replace(EvidenceRules(), phishing_wave=13)) == []
    assert len(raised(store, WAVE, rules=replace(EvidenceRules(), phishing_wave=12))) == 1

"""What a run holds in memory follows what has happened, never how many pairs there are."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bench.estate import DEPLOYMENT, NOW, Estate, links_of
from bench.listed import ListedSide
from tests.engine import MAPPINGS, InlineWorkers

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.model import Catalog
from watchkeeper.clock import FixedClock, random_id
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.model.limits import Limits
from watchkeeper.model.link import Link
from watchkeeper.model.record import SENTINEL, SERVICENOW, RecordRef, Side
from watchkeeper.state import SqlStateStore, schema
from watchkeeper.state.database import Database
from watchkeeper.sync.plan import Options, prepare
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.standing import links_of_run
from watchkeeper.sync.systems import Systems
from watchkeeper.sync.valves import check_valves

CHANGED = 4


class Counting(SqlStateStore):
    """A store that counts the links which it hands out."""

    handed_out = 0

    def links(self, keys: Iterable[str] | None = None) -> Mapping[str, Mapping[Side, Link]]:
        found = super().links(keys)
        self.handed_out += sum(map(len, found.values()))
        return found

    def links_of(self, refs: Iterable[RecordRef]) -> Mapping[RecordRef, Link]:
        found = super().links_of(refs)
        self.handed_out += len(found)
        return found


@dataclass
class Sweep:
    """An estate that is linked, and a full sweep over it."""

    systems: Systems
    store: Counting

    def plan(self) -> Prepared:
        prepared = prepare(self.systems, "sweep", Options(full=True))
        assert check_valves(prepared, Limits()) == ()
        return prepared


@cache
def mappings() -> tuple[Catalog, Mapping[str, Profile]]:
    """The shipped ones, on a day without duties."""
    return replace(load_catalog(MAPPINGS, deployment=DEPLOYMENT), tasks={}), load_profiles(MAPPINGS)


@contextmanager
def sweep_of(folder: Path, pairs: int) -> Iterator[Sweep]:
    estate, (catalog, profiles) = Estate(pairs, CHANGED), mappings()
    database = Database(f"sqlite:///{folder / f'{pairs}.db'}")
    schema.migrate(database)
    with Counting(database, DEPLOYMENT, FixedClock(NOW)) as store:
        store.put_links(link for number in range(pairs) for link in links_of(number, profiles["escalation"]))
        systems = Systems(
            deployment=DEPLOYMENT,
            mode="full",
            connectors={side: ListedSide(side, estate, page=100) for side in (SERVICENOW, SENTINEL)},
            store=store,
            catalog=catalog,
            profiles=profiles,
            composer=TemplateComposer(),
            clock=FixedClock(NOW),
            ids=random_id,
            workers=InlineWorkers(),
        )
        yield Sweep(systems, store)


def test_a_sweep_loads_the_links_of_what_has_changed_and_no_other(tmp_path: Path) -> None:
    handed_out = []
    for pairs in (40, 200):
        with sweep_of(tmp_path, pairs) as sweep:
            prepared = sweep.plan()
            handed_out.append(sweep.store.handed_out)
        assert len({action.key for action in prepared.actions}) == len(prepared.cases) == CHANGED
    assert handed_out[0] == handed_out[1] > 0


def test_the_memory_of_a_sweep_does_not_grow_with_the_pairs(tmp_path: Path) -> None:
    """But for pages of what is listed and stored, which are short where there is little; a pair's two links would take 6,000 bytes."""
    few, many, peaks = 200, 1000, []
    for pairs in (few, many):
        with sweep_of(tmp_path, pairs) as sweep:
            tracemalloc.start()
            sweep.plan()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] - peaks[0] < 600 * (many - few)


def test_links_from_before_anybody_noted_which_are_closed_are_looked_at_once(tmp_path: Path) -> None:
    with sweep_of(tmp_path, 30) as sweep:
        links = [link for sides in sweep.store.links().values() for link in sides.values()]
        duties = [replace(link, profile="maintenance", closed=False) for link in links]
        sweep.store.put_links(duties)
        store, others = sweep.store, replace(sweep.systems, profiles=_without_escalations(sweep.systems))
        for looked_at in (60, 6):  # one in ten is open
            store.handed_out = 0
            links_of_run(others, {})
            assert store.handed_out == looked_at
        assert {link.closed for link in links} == {True, False}


def _without_escalations(systems: Systems) -> Mapping[str, Profile]:
    return {name: profile for name, profile in systems.profiles.items() if name != "escalation"}

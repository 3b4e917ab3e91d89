"""A whole deployment against an emulated world in process: the real engine, connectors and SDKs, a real SQLite file.

Time stands still unless a test moves it, work runs in the calling thread, and nothing sleeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from requests.adapters import BaseAdapter
from tests.api_rules.rights import RIGHTS
from tests.fresh_store import put_fresh_store

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.model import Catalog
from watchkeeper.emulators.inprocess import BASE_URLS, InProcessAdapter
from watchkeeper.emulators.request_log import LogEntry
from watchkeeper.emulators.world import World, build_world
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.model.limits import Limits
from watchkeeper.model.progress import UNWATCHED
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.run import RunReport
from watchkeeper.ports import Progress, Stop
from watchkeeper.state.opening import open_copy, open_store
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync.plan import Options
from watchkeeper.sync.prepared import Undo
from watchkeeper.sync.run import plan_run, sync_run
from watchkeeper.sync.systems import Systems, Undisturbed
from watchkeeper.transport import Secret, Transport, TransportPolicy
from watchkeeper_sentinel import SentinelConfig
from watchkeeper_sentinel import open_connector as open_sentinel
from watchkeeper_servicenow import ClientCredentials, ServiceNowConfig
from watchkeeper_servicenow import open_connector as open_servicenow

T = TypeVar("T")

MAPPINGS = Path(__file__).parents[1] / "mappings"
MONDAY = datetime.fromisoformat("2026-11-16T00:30:00+00:00")


class InlineWorkers:
    """Does everything at once, in the order in which it is asked for."""

    def submit(self, side: Side, work: Callable[[], T], done: Callable[[T], None]) -> None:
        del side
        done(work())

    def drain(self) -> None:
        return


@dataclass(slots=True)
class WorldTime:
    """The world's own clock as the program sees it, off by `skew`; sleeping moves the world's time."""

    world: World
    skew: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.world.clock.now() + self.skew

    def monotonic(self) -> float:
        return self.world.clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))


@dataclass(slots=True)
class Counter:
    """Ids that are the same in every execution of a test."""

    prefix: str = "run"
    made: int = 0

    def __call__(self) -> str:
        self.made += 1
        return f"{self.made:032x}"


@lru_cache(maxsize=32)
def _duties(mappings: Path, name: str, _stamp: tuple[int, ...]) -> tuple[Catalog, Mapping[str, Profile]]:
    """Catalogue and profiles, which are immutable: reading the same files again for every run would be most of its time."""
    return load_catalog(mappings, deployment=name), load_profiles(mappings)


def _stamp(mappings: Path) -> tuple[int, ...]:
    return tuple(file.stat().st_mtime_ns for file in sorted(mappings.rglob("*.yaml")))


@dataclass
class Deployment:
    """One deployment in a world. `database` survives between runs, as a file does."""

    world: World
    database: Path
    mode: str = "full"
    mappings: Path = MAPPINGS
    limits: Limits = field(default_factory=Limits)
    skew: timedelta = timedelta(0)
    name: str = "test"
    ids: Counter = field(default_factory=Counter)
    policy: dict[str, Any] = field(default_factory=dict)
    servicenow: dict[str, Any] = field(default_factory=dict)
    """What this deployment's settings of a connector say differently."""
    sentinel: dict[str, Any] = field(default_factory=dict)
    stop: Stop = field(default_factory=Undisturbed)
    progress: Progress = UNWATCHED
    evidence: bool = False
    """Whether it collects evidence."""
    waits: bool = False
    """Whether the emulators' latency takes time of the world; else answers come at once."""

    @property
    def time(self) -> WorldTime:
        return WorldTime(self.world, self.skew)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    def store(self) -> SqlStateStore:
        put_fresh_store(self.database)
        return open_store(self.url, self.name, self.time, migrate=True)

    def sync(self, **options: Any) -> RunReport:
        """One run of `sync`, with everything built anew as in a fresh process."""
        with self.store() as store:
            lease = store.lease("tests", "localhost")
            systems = self._systems(store)
            options_given = Options("sync", **options)
            books = self.transport
            return sync_run(systems, lease, options_given, self.limits, books.calls, books.allowances, books.lessons)

    def plan(self, **options: Any) -> RunReport:
        with open_copy(self.url, self.name, self.time) as store:
            systems = self._systems(store)
            return plan_run(
                systems, Options("plan", **options), self.limits, self.transport.calls, self.transport.allowances
            )

    def undo(self, run: str, *, confirm: bool = True, **options: Any) -> RunReport:
        """One `undo RUN`, by default with `--confirm`."""
        ways = {name: options.pop(name) for name in ("pauses", "while_paused") if name in options}
        wanted = Options("undo", undo=Undo(run, **ways), **options)
        with self.store() if confirm else open_copy(self.url, self.name, self.time) as store:
            systems, limits = self._systems(store), self.limits
            if not confirm:
                return plan_run(systems, wanted, limits, self.transport.calls, self.transport.allowances)
            lease = store.lease("tests", "localhost")
            return sync_run(systems, lease, wanted, limits, self.transport.calls, self.transport.allowances)

    def lose_the_database(self) -> None:
        for file in self.database.parent.glob(f"{self.database.name}*"):
            file.unlink()

    def open_valves(self, report: RunReport) -> Mapping[str, str]:
        """What a person would pass to open every valve that this run tripped."""
        return {trip.name: trip.digest for trip in report.valves}

    def adapter(self) -> BaseAdapter:
        """What carries this deployment's calls into its world."""
        return InProcessAdapter(self.world, sleep=self.time.sleep if self.waits else None)

    def _systems(self, store: SqlStateStore) -> Systems:
        time = self.time
        catalog, profiles = _duties(self.mappings, self.name, _stamp(self.mappings))
        RIGHTS.expect(self.world, catalog, profiles, self.mode, evidence=self.evidence)
        self.transport = Transport(
            TransportPolicy(writes_allowed=self.mode != "observe", **self.policy),
            clock=time,
            monotonic=time.monotonic,
            sleep=time.sleep,
            random=Random(7),
            adapter_factory=lambda _: self.adapter(),
        )
        self.transport.heed(store.recall)
        options = self.world.options
        servicenow = ServiceNowConfig(
            BASE_URLS["servicenow"],
            ClientCredentials(options.servicenow_client_id, Secret(options.servicenow_client_secret)),
        )
        servicenow = replace(servicenow, **self.servicenow)
        sentinel = SentinelConfig(
            subscription_id=options.subscription_id,
            resource_group=options.resource_group,
            workspace_name=options.workspace_name,
            workspace_id=options.workspace_id,
            tenant_id=options.tenant_id,
            client_id=options.client_id,
            client_secret=options.client_secret,
            authority_host=BASE_URLS["entra"],
            arm_endpoint=BASE_URLS["arm"],
            logs_endpoint=BASE_URLS["loganalytics"],
        )
        sentinel = replace(sentinel, **self.sentinel)
        return Systems(
            deployment=self.name,
            mode=self.mode,
            connectors={
                SERVICENOW: open_servicenow(servicenow, self.transport, time, time.monotonic),
                SENTINEL: open_sentinel(sentinel, self.transport, time, time.monotonic),
            },
            store=store,
            catalog=catalog,
            profiles=profiles,
            composer=TemplateComposer(),
            clock=time,
            ids=self.ids,
            workers=InlineWorkers(),
            stop=self.stop,
            progress=self.progress,
        )


def make_deployment(tmp_path: Path, *, start: datetime = MONDAY, **changes: Any) -> Deployment:
    """A deployment in a fresh, frozen world."""
    return replace(Deployment(build_world(start, frozen=True), tmp_path / "watchkeeper.db"), **changes)


@dataclass(slots=True)
class Watch:
    """What the emulators' own request log says about the calls since it was made."""

    world: World
    since: int = 0

    @classmethod
    def of(cls, world: World) -> Watch:
        return cls(world, len(world.log.entries()))

    def entries(self) -> list[LogEntry]:
        """Calls on records: tokens and history queries apart."""
        return [
            entry
            for entry in self.world.log.entries(self.since)
            if entry.system in {"servicenow", "arm"} and "oauth" not in entry.path
        ]

    def writes(self) -> list[tuple[str, str, str]]:
        """(system, method, path) of every writing call on a record."""
        return [(entry.system, entry.method, entry.path) for entry in self.entries() if entry.is_write]

"""The only composition root: settings and mappings become a catalogue, connectors, a store and an engine."""

from __future__ import annotations

import getpass
import os
import random
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from watchkeeper.catalog.evidence_file import KnownTasks, load_evidence
from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.nudge_file import load_nudges
from watchkeeper.catalog.owner_file import load_owners
from watchkeeper.clock import (
    WRITE_GRACE,
    FixedClock,
    SystemClock,
    ThreadWorkers,
    emulator_clock,
    random_id,
    system_monotonic,
)
from watchkeeper.connections import config_of, plain, sign_in_of
from watchkeeper.deadline import Deadline
from watchkeeper.errors import Config, Problem
from watchkeeper.evidence_ports import AdministrationEvidence, EvidenceSource, ScriptSource, WorkspaceEvidence
from watchkeeper.mapping.files import Files, every_file, files_in_use
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.locate import Located, find_mappings
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.mapping.valve_file import load_limits
from watchkeeper.model.evidence_rules import EvidenceRules
from watchkeeper.model.limits import Limits
from watchkeeper.model.nudge import NudgeMode, NudgePolicy
from watchkeeper.model.owner_book import OwnerBook
from watchkeeper.model.progress import Unwatched
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.sources import SCRIPTS, SOURCES
from watchkeeper.plugins import connector_openers
from watchkeeper.ports import Clock, Connector, Progress
from watchkeeper.settings import (
    Mode,
    Settings,
    Signal,
    load_mapping_settings,
    load_settings,
    misnamed,
    secrets_given,
)
from watchkeeper.sources import administration_of, open_scripts, open_sources, workspace_of
from watchkeeper.stop import Stop
from watchkeeper.sync.agreement import disagreements
from watchkeeper.sync.systems import Systems
from watchkeeper.transport import Redactor, Tracing, Transport, TransportPolicy, open_tracing

if TYPE_CHECKING:
    from watchkeeper.nudges.sending import Channel
    from watchkeeper.state.store import SqlStateStore

T = TypeVar("T")

SIDES: tuple[Side, ...] = (SERVICENOW, SENTINEL)
DEFAULT_DEPLOYMENT = "soc"

SPARE_THREADS = 2
"""Per side, beyond its calls at once (which the transport counts): while a thread stores what a call brought, another calls."""


@dataclass(frozen=True, slots=True)
class Duties:
    """What the mappings folder says: the catalogue, the profiles, the valves' limits, the rules of reminders and of evidence, and who
    owns which devices; checked together."""

    folder: Path
    catalog: Catalog
    profiles: Mapping[str, Profile]
    limits: Limits
    nudges: NudgePolicy
    evidence: EvidenceRules
    owners: OwnerBook


def locate(folder: Path | None, setting: Path | None) -> Located:
    """The mappings folder that `--mappings`, WATCHKEEPER_MAPPINGS, `./mappings` or the installation gives."""
    return find_mappings(folder, str(setting) if setting else None, Path.cwd())


def load_duties(folder: Path | None, setting: Path | None, deployment: str, files: Files = every_file) -> Duties:
    """Load catalogue and profiles from `--mappings`, WATCHKEEPER_MAPPINGS, `./mappings` or the shipped folder; raises Config
    with the problems of both. `files` says which packs and profiles are read."""
    place = locate(folder, setting).folder
    problems: list[Problem] = []
    catalog = _collect(lambda: load_catalog(place, deployment=deployment, files=files), problems)
    profiles = _collect(lambda: load_profiles(place, files=files), problems)
    limits = _collect(lambda: load_limits(place), problems)
    if catalog is None:
        raise Config(problems)
    tasks = KnownTasks([task for pack in catalog.packs.values() for task in pack.tasks], whole=files is every_file)
    nudges = _collect(lambda: load_nudges(place, frozenset(catalog.teams)), problems)
    evidence = _collect(lambda: load_evidence(place, tasks), problems)
    owners = _collect(lambda: load_owners(place, catalog), problems)
    if profiles is not None:
        problems += disagreements(catalog, profiles)
    if problems or profiles is None or limits is None or nudges is None or evidence is None or owners is None:
        raise Config(problems)
    return Duties(place, catalog, profiles, limits, nudges, evidence, owners)


def _collect(load: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return load()
    except Config as error:
        problems += error.problems
        return None


@dataclass
class Workplace:
    """One deployment, put together on demand: what a command does not use is never opened, and needs no setting."""

    mappings: Path | None = None
    as_of: datetime | None = None
    writes: bool = False
    deadline: Deadline | None = None
    environ: Mapping[str, str] | None = None
    redactor: Redactor = field(default_factory=Redactor)
    stop: Stop = field(default_factory=Stop)
    progress: Progress = field(default_factory=Unwatched)
    sides: tuple[Side, ...] = SIDES
    """Those that are called; of another one no setting is needed."""
    _opened: list[Callable[[], None]] = field(default_factory=list)

    def __enter__(self) -> Workplace:
        return self

    def __exit__(self, *_: object) -> None:
        while self._opened:
            self._opened.pop()()

    @cached_property
    def offline(self) -> Settings:
        """The settings of a command that calls no system."""
        self.redactor.learn(*secrets_given(self.environ))
        return load_settings(self.environ)

    def ready(self) -> None:
        """Check all settings and all mappings before anything is opened or called, and begin to count the run's time. Raises
        Config with the problems of both, Deferred when the time is over already."""
        problems: list[Problem] = []
        settings = _collect(lambda: self.settings, problems)
        # Only where the mappings cannot be found is nothing to be said about them.
        if settings is not None or _collect(lambda: self.of_mappings, []) is not None:
            _collect(lambda: self.duties, problems)
        if problems:
            raise Config(problems)
        self._begin_to_count()

    def _begin_to_count(self) -> None:
        """Of the setting and the deadline, the one that comes first holds."""
        deadline = self.deadline or Deadline()
        for length in (self.settings.run_time, deadline.after):
            if length is not None:
                self.stop.end_within(length.total_seconds())
        if deadline.at is not None:
            self.stop.end_at(deadline.at, self.clock.now())

    @cached_property
    def settings(self) -> Settings:
        """The settings of a command that calls the systems. Raises Config with all of their problems."""
        self.redactor.learn(*secrets_given(self.environ))
        settings = load_settings(self.environ, needs=self.sides)
        if self.as_of is not None and not settings.all_loopback():
            raise Config([Problem("--as-of", "", "is only possible against emulators on this machine", "no --as-of")])
        return settings

    @cached_property
    def of_mappings(self) -> Settings:
        """The two settings that mappings need."""
        return load_mapping_settings(self.environ)

    @cached_property
    def located(self) -> Located:
        """Where the mappings are."""
        return locate(self.mappings, self.of_mappings.mappings)

    @cached_property
    def duties(self) -> Duties:
        """What is in use. Packs and profiles that are switched off are not read."""
        return self._duties(files_in_use)

    @cached_property
    def checked_duties(self) -> Duties:
        """The same of a folder every file of which is sound, whether it is in use or not."""
        return self._duties(every_file)

    def _duties(self, files: Files) -> Duties:
        home = self.of_mappings
        return load_duties(self.mappings, home.mappings, home.deployment or DEFAULT_DEPLOYMENT, files)

    def mapping_problems(self) -> list[Problem]:
        """Every problem of the mappings, of where they are, and of variables that nobody reads."""
        problems = misnamed(self.environ)
        _collect(lambda: self.checked_duties, problems)
        return problems

    @cached_property
    def clock(self) -> Clock:
        """The given instant, else the emulated world's clock, else this machine's."""
        settings = self.offline
        if self.as_of is not None:
            return FixedClock(self.as_of, ticking=system_monotonic)
        if settings.emulator_url is not None and settings.all_loopback():
            token = plain(settings.emulator_token)
            return emulator_clock(
                settings.emulator_url, token, ca_file=settings.servicenow_ca_file, monotonic=system_monotonic
            )
        return SystemClock()

    @cached_property
    def transport(self) -> Transport:
        settings = self.settings
        azure = dict.fromkeys((SENTINEL, *SOURCES), settings.azure_ca_file)
        files = {SERVICENOW: settings.servicenow_ca_file, **azure}
        policy = TransportPolicy(
            writes_allowed=self.writes and settings.mode is not Mode.OBSERVE,
            ca_files={side: str(file) for side, file in files.items() if file is not None},
            proxy=plain(settings.proxy) or None,
            run_time=self._time_for_calls,
            write_grace=WRITE_GRACE,
            call_budget=settings.calls_allowed(),
            # Sentinel's sign-in may lead to hosts that the environment names (a runner's token service), so it has no list.
            origins={
                side: frozenset({urlsplit(endpoint).netloc})
                for side, endpoint in {
                    SERVICENOW: settings.servicenow_instance or "",
                    **settings.evidence_endpoints(),
                }.items()
            },
        )
        return self._transport(policy)

    @property
    def _time_for_calls(self) -> timedelta | None:
        return min(filter(None, (self.offline.run_time, self.stop.time_left)), default=None)

    def _transport(self, policy: TransportPolicy) -> Transport:
        return Transport(
            policy,
            clock=self.clock,
            monotonic=system_monotonic,
            sleep=self.stop.sleep,
            random=random.Random(),  # noqa: S311 - jitter, nothing secret
            redactor=self.redactor,
            tracing=self.tracing,
        )

    @cached_property
    def tracing(self) -> Tracing:
        """Spans for the collector that the environment names, if it names one."""
        settings = self.offline
        tracing = open_tracing(settings.collector_of(Signal.TRACES), plain(settings.proxy) or None)
        self._opened.append(tracing.close)
        return tracing

    @cached_property
    def connectors(self) -> Mapping[Side, Connector]:
        openers = connector_openers(self.sides)
        return {
            side: openers[side](config_of(side, self.settings), self.transport, self.clock, system_monotonic)
            for side in self.sides
        }

    @cached_property
    def sources(self) -> Mapping[Side, EvidenceSource]:
        """Where evidence is read from besides; none unless the settings say where."""
        settings, transport = self.settings, self.transport
        return open_sources(
            settings.evidence_endpoints(), lambda: sign_in_of(settings, transport), transport, self.clock
        )

    @property
    def administration(self) -> AdministrationEvidence:
        """What ServiceNow tells besides tickets, through its connector; nothing is called before it is asked."""
        return administration_of(self.connectors[SERVICENOW])

    @property
    def workspace(self) -> WorkspaceEvidence:
        """What the Sentinel workspace tells besides incidents, in the same way."""
        return workspace_of(self.connectors[SENTINEL])

    @cached_property
    def scripts(self) -> ScriptSource:
        """From where the scripts of evidence.yaml are downloaded."""
        settings = self.offline
        policy = TransportPolicy(
            ca_files={SCRIPTS: str(settings.scripts_ca_file)} if settings.scripts_ca_file else {},
            proxy=plain(settings.proxy) or None,
            run_time=self._time_for_calls,
        )
        return open_scripts(self.duties.evidence.scripts, policy, self._transport, self.clock)

    def check_nudges(self) -> None:
        """Raises Config with every problem of what the ways out need, before any work is done for them."""
        from watchkeeper.nudges.means import means_of
        from watchkeeper.nudges.opening import refuse_faulty

        if self.duties.nudges.mode is NudgeMode.SEND:
            refuse_faulty(self.duties.nudges.channels, means_of(self.settings))

    def nudge_channels(self, run_id: str, store: SqlStateStore) -> Mapping[str, Channel]:
        """The ways out that nudges.yaml names, opened. Raises Config with every problem of their settings."""
        from watchkeeper.nudges.journal import journal_of
        from watchkeeper.nudges.means import means_of
        from watchkeeper.nudges.opening import open_channels

        return open_channels(
            self.duties.nudges.channels,
            means_of(self.settings),
            self.clock,
            self._transport,
            lambda: journal_of(self.connectors[SERVICENOW], store, self.clock, run_id),
        )

    @property
    def state_url(self) -> str:
        return plain(self.offline.state_url)

    @property
    def deployment(self) -> str:
        return self.offline.deployment or DEFAULT_DEPLOYMENT

    def store(self, *, mend: bool = False) -> SqlStateStore:
        """The deployment's memory, brought to this program's schema; closed with the workplace. `mend` drops damaged rows."""
        from watchkeeper.state.opening import open_store  # what loads SQLAlchemy; commands without a store go without

        return self._kept(open_store(self.state_url, self.deployment, self.clock, migrate=True, mend=mend))

    @property
    def remembers(self) -> bool:
        """Whether there is a memory of this or any other deployment."""
        from watchkeeper.state.opening import is_empty

        return not is_empty(self.state_url)

    @property
    def store_shown(self) -> str:
        """Where the memory is, without a password."""
        from watchkeeper.state.database import Database, shown

        return shown(Database.parse(self.state_url))

    def memory(self) -> SqlStateStore:
        """The same for a command that only looks: nothing is created or upgraded, and where there is no memory yet it is an
        empty one."""
        from watchkeeper.state.opening import open_store

        if not self.remembers:
            return self.scratch()
        return self._kept(open_store(self.state_url, self.deployment, self.clock, migrate=False))

    def scratch(self, *, mend: bool = False) -> SqlStateStore:
        """A copy of the memory that a plan may change as it likes. `mend` drops damaged rows from it."""
        from watchkeeper.state.opening import open_copy

        return self._kept(open_copy(self.state_url, self.deployment, self.clock, mend=mend))

    @staticmethod
    def fresh_id() -> str:
        """The id of a run that begins now."""
        return random_id()

    def _kept(self, store: SqlStateStore) -> SqlStateStore:
        self._opened.append(store.close)
        return store

    def systems(self, store: SqlStateStore) -> Systems:
        """What the engine works with, as careful with quotas as earlier runs have learned to be."""
        duties = self.duties
        self.transport.heed(store.recall)
        self.transport.know_tables(profile.sides[SERVICENOW].table for profile in duties.profiles.values())
        workers = ThreadWorkers(
            {side: connector.capabilities.workers + SPARE_THREADS for side, connector in self.connectors.items()},
            stop=self.stop,
            progress=self.progress,
        )
        self._opened.append(workers.close)
        return Systems(
            deployment=self.deployment,
            mode=self.settings.mode.value,
            connectors=self.connectors,
            store=store,
            catalog=duties.catalog,
            profiles=duties.profiles,
            composer=TemplateComposer(),
            clock=self.clock,
            ids=random_id,
            workers=workers,
            stop=self.stop,
            progress=self.progress,
        )

    def limits(self, max_writes: int | None = None) -> Limits:
        """The valves' limits of the mappings folder; a given `max_writes` comes first."""
        limits = self.duties.limits
        return limits if max_writes is None else replace(limits, max_writes=max_writes)

    def holder(self) -> tuple[str, str]:
        """Who takes the lease, and on which host. In a container the user may be a number without a name."""
        try:
            user = getpass.getuser()
        except (KeyError, OSError):  # OSError from Python 3.13 on
            user = f"uid {os.getuid()}"
        return user, socket.gethostname()

"""One history is played: the real engine, connectors and SDKs against the emulators' handlers in process, and a real SQLite file.

Time is the world's; it only passes between events, and where a run sleeps or stands still.
"""

from __future__ import annotations

import heapq
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from tests.compiled_once import share
from tests.engine import MONDAY, Counter, Deployment, WorldTime
from tests.invariants import story
from tests.simulation import memory, people
from tests.simulation.boundaries import Killed, Task
from tests.simulation.calls import TABLE, name_of, rule_of, writes_record
from tests.simulation.cells import when_repeated
from tests.simulation.evidence import LEASE_SECONDS, Evidence, Said, Sent, Taken
from tests.simulation.schedule import Blow, Copy, Deed, Event, Hiding, History, Job, Loss, Plan, Run
from tests.simulation.trace import Trace

from watchkeeper.emulators.azure import AzureOptions
from watchkeeper.emulators.azure.arm_options import ArmOptions
from watchkeeper.emulators.exchange import Response as Answer
from watchkeeper.emulators.inprocess import InProcessAdapter
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.world import World, build_world
from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.exit_code import exit_code_of
from watchkeeper.model.run import RunReport
from watchkeeper.state.opening import open_copy, open_store
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync.plan import Options
from watchkeeper.sync.run import plan_run, sync_run

DUTY = "escalation-tickets"
PAUSE = timedelta(minutes=20)
"""Between two runs after the faults: longer than a lease."""
SETTLING_RUNS = 3
OPENING = 30.0
"""Seconds that a person takes to look at a tripped valve and to run again with it opened."""


@dataclass(slots=True)
class TaskTime(WorldTime):
    """The world's clock for one run: while it sleeps, others go on."""

    task: Task | None = None

    def sleep(self, seconds: float) -> None:
        if self.task is None:
            self.world.clock.advance(timedelta(seconds=seconds))
        elif seconds > 0:
            self.task.wait(seconds)


class Wire(InProcessAdapter):
    """Every call of a run: a boundary before it leaves, and one when its answer, or its failure, is there."""

    def __init__(self, process: Process, task: Task) -> None:
        super().__init__(process.world, sleep=process.time.sleep)
        self._task = task
        self._stage = process.stage

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        name, writes = name_of(request), writes_record(request)
        self._task.boundary("before send", name, writes=writes)
        if writes:
            self._stage.sent(self._task.name, request)
        try:
            answer = super().send(request, *args, **options)
        except Exception as error:
            self._task.boundary("after send", f"{name}: {type(error).__name__}", writes=writes)
            raise
        self._task.boundary("after send", f"{name}: {answer.status_code}", writes=writes)
        return answer

    def _answer(self, request: PreparedRequest) -> Answer:
        before = self._stage.unanswered()
        answer = super()._answer(request)
        if self._stage.unanswered() > before:
            self._stage.taken_of(self._task.name).unanswered.append(self._world.clock.now())
        return answer


@dataclass
class Process(Deployment):
    """A deployment whose calls and transactions are boundaries of one task."""

    stage: Stage = field(kw_only=True)
    task: Task | None = None

    @property
    def time(self) -> WorldTime:
        return TaskTime(self.world, self.skew, self.task)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}?timeout=0"

    def adapter(self) -> BaseAdapter:
        return InProcessAdapter(self.world) if self.task is None else Wire(self, self.task)

    def store(self) -> SqlStateStore:
        store = open_store(self.url, self.name, self.time, migrate=True)
        share(store.database.engine)
        return store

    def run(self, host: str, options: Options) -> RunReport:
        with self.store() as store:
            systems = self._systems(store)
            lease = store.lease("simulation", host)
            return sync_run(systems, lease, options, self.limits, self.transport.calls, self.transport.allowances)

    def plan_once(self) -> str:
        with open_copy(self.url, self.name, self.time) as store:
            share(store.database.engine)
            systems = self._systems(store)
            report = plan_run(systems, Options("plan"), self.limits, self.transport.calls, self.transport.allowances)
        return repr([report.plan.actions, report.parked, report.exit_code])


class Stage:
    """Plays a history; `evidence` and `trace` tell what became of it."""

    def __init__(self, history: History, folder: Path) -> None:
        self.history = history
        scene = history.scene
        options = WorldOptions(ingestion_lag=scene.ingestion_lag, honour_chosen_sys_id=scene.honours_ids)
        azure = AzureOptions(arm=ArmOptions(conflict_every=scene.conflict_every))
        self.world: World = build_world(MONDAY, frozen=True, options=options, azure=azure)
        self.evidence = Evidence(history, self.world, folder / "watchkeeper.db")
        self.trace = Trace(self._elapsed)
        self.mappings = story.mappings_with(*((DUTY,) if scene.duty else ()))
        self.people = people.People(self.world, self.evidence, self.trace)
        self.ids = Counter()
        self.opened: dict[str, str] = {}
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._tasks: list[Task] = []
        self._kept: Path | None = None
        self._blows: tuple[Blow, ...] = ()

    def play(self) -> Evidence:
        """The whole history, then its healing: no faults, nobody works, three runs, and one more that has nothing to do."""
        for event in self.history.events:
            self._at(event.at, self._happening(event))
        self._drain()
        self._heal()
        for index in range(SETTLING_RUNS):
            taken = self._quiet_run(f"settling{index + 1}", full=index == 0 and self.history.profile == "default")
            if index and _is_idle(taken):
                break  # the runs after it would be the same
        before, calls = len(self.evidence.sent), len(self.world.log.entries())
        self._quiet_run("rest")
        self.evidence.rest_writes = self.evidence.sent[before:]
        self.evidence.rest_calls = memory.record_calls(self.world.log.entries(calls))
        self.evidence.dirty = memory.unfinished(self.evidence.database)
        return self.evidence

    # --- time ---

    def _elapsed(self) -> float:
        return (self.world.clock.now() - MONDAY).total_seconds()

    def _at(self, seconds: float, act: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._queue, (seconds, self._order, act))

    def _drain(self) -> None:
        while self._queue:
            seconds, _, act = heapq.heappop(self._queue)
            if seconds > self._elapsed():
                self.world.clock.set(MONDAY + timedelta(seconds=seconds))
            act()

    # --- what happens ---

    def _happening(self, event: Event) -> Callable[[], None]:
        match event:
            case Deed():
                return lambda: self.people.do(event)
            case Run():
                return lambda: self._start(event)
            case Plan():
                return self._plan
            case Loss():
                return lambda: self._lose(event)
            case Copy():
                return self._copy
            case Hiding():
                return lambda: self.people.hide(event.on)
            case Job():
                return self.people.autoclose

    def _start(self, run: Run, *, settling: bool = False, opened: Mapping[str, str] | None = None) -> Taken:
        """`opened`: the valves that a person opens, by name and digest."""
        taken = Taken(run, self.world.clock.now(), settling=settling)
        self.evidence.taken.append(taken)
        self._arm(*run.blows)
        process = Process(
            self.world,
            self.evidence.database,
            mappings=self.mappings,
            skew=timedelta(seconds=self.history.scene.skew),
            ids=self.ids,
            waits=True,
            servicenow=self._servicenow(),
            stage=self,
        )
        options = Options("sync", full=run.full, open_valves=dict(opened or {}))
        breaks = {(each.of, each.at): each for each in reversed(run.breaks)}

        def decide(boundary: int, of_writes: int) -> float:
            found = breaks.get(("all", boundary)) or breaks.get(("writes", of_writes))
            if found is not None and found.do == "kill":
                raise Killed
            seconds = run.pace + (found.seconds if found is not None else 0.0)
            taken.waited += seconds
            return seconds

        def told(phase: str, what: str) -> None:
            if what or "kill" in phase:
                self.trace.line(run.name, phase, what)

        task = Task(run.name, lambda: self._work(process, options, taken), decide, told)
        process.task = task
        task.wait = lambda seconds: self._wait(task, seconds)
        self._tasks.append(task)
        self.trace.line(run.name, "starts", f"on {run.host}{', full' if run.full else ''}")
        self._resume(task, taken)
        return taken

    def _servicenow(self) -> dict[str, Any]:
        settings: dict[str, Any] = {"page_size": self.history.scene.pages}
        if self.history.profile == "delta-only":
            settings["overlap"] = timedelta(0)
        return settings

    def _work(self, process: Process, options: Options, taken: Taken) -> None:
        try:
            taken.report = process.run(taken.run.host, options)
            taken.code = int(taken.report.exit_code)
        except WatchkeeperError as error:
            taken.code = int(exit_code_of(error))
            message = str(error).replace(str(self.evidence.database.parent), "")
            self.trace.line(taken.run.name, "error", f"{type(error).__name__}: {message}")

    def _wait(self, task: Task, seconds: float) -> None:
        taken = self.taken_of(task.name)
        self._at(self._elapsed() + seconds, lambda: self._resume(task, taken))
        task.stand_still()

    def _resume(self, task: Task, taken: Taken) -> None:
        task.resume()
        if task.ended:
            self._tasks.remove(task)
            self._finish(task, taken)

    def _finish(self, task: Task, taken: Taken) -> None:
        taken.ended, taken.killed, taken.boundaries = self.world.clock.now(), task.dead, task.boundaries
        if task.error is not None:
            taken.crash = f"{type(task.error).__name__}: {task.error}"
        report = taken.report
        if report is not None:
            self.opened = {trip.name: trip.digest for trip in report.valves}
            self.evidence.parked |= {Said(row.key, row.field) for row in report.parked}
            if taken.run.opens and not taken.settling and _closed_valves(report):
                at, blows = self._elapsed() + OPENING, when_repeated(taken.run, self.history.profile)
                again = replace(taken.run, at=at, name=f"{taken.run.name}+", opens=False, blows=blows)
                self._at(again.at, lambda: self._start(again, opened=dict(self.opened)))
        self.evidence.conflicts |= memory.conflicts(self.evidence.database)
        self.trace.line(taken.run.name, "ends", _ending(taken))
        if self._kept is None:
            self._copy()

    def _plan(self) -> None:
        if self._tasks or not self.evidence.database.exists():
            return
        process = Process(
            self.world, self.evidence.database, mappings=self.mappings, servicenow=self._servicenow(), stage=self
        )
        process.skew = timedelta(seconds=self.history.scene.skew)
        before, calls = memory.contents(self.evidence.database), len(self.world.log.entries())
        try:
            first, second = process.plan_once(), process.plan_once()
        except WatchkeeperError:
            return
        self.trace.line("plan", "made", "")
        if not self.world.faults.as_json() and first != second:
            self.evidence.plans.append(f"two plans of one moment differ: {first} / {second}")
        if memory.contents(self.evidence.database) != before:
            self.evidence.plans.append("a plan changed the store")
        if any(memory.changes_records(entry) for entry in self.world.log.entries(calls)):
            self.evidence.plans.append("a plan wrote to a system")

    def _copy(self) -> None:
        """Only while nobody works on it, as for a loss."""
        if self.evidence.database.exists() and not self._tasks:
            self._kept = self.evidence.database.with_suffix(".old")
            shutil.copyfile(self.evidence.database, self._kept)

    def _lose(self, loss: Loss) -> None:
        """Only while nobody works on it: a process that holds the file open would go on writing to it."""
        if self._tasks or not self.evidence.database.exists():
            return
        for file in self.evidence.database.parent.glob("watchkeeper.db*"):
            file.unlink()
        if loss.old and self._kept is not None:
            shutil.copyfile(self._kept, self.evidence.database)
        self.evidence.lost = True
        self.trace.line("store", "old copy restored" if loss.old else "lost", "")

    def _heal(self) -> None:
        self._arm()
        self.people.hide("")
        self.trace.line("world", "healed", "")

    def _quiet_run(self, name: str, *, full: bool = False) -> Taken:
        """A run without misfortune, and a second one where a person had to open a valve first."""
        self.world.clock.advance(PAUSE)
        opened: Mapping[str, str] = {}
        for attempt in ("", " again"):
            taken = self._start(Run(self._elapsed(), name + attempt, full=full), settling=True, opened=opened)
            self._drain()
            if taken.report is None or not _closed_valves(taken.report):
                break
            opened = dict(self.opened)
        return taken

    # --- what is seen ---

    def sent(self, run: str, request: PreparedRequest) -> None:
        """A write is about to leave: note whether its intention is stored."""
        system, path = memory.place_of(request.url or "")
        method = request.method or "GET"
        slow = any(each.run.name == run and each.waited >= LEASE_SECONDS for each in self.evidence.taken)
        intended = memory.is_intended(self.evidence.database, system, path, overslept=slow)
        self.evidence.sent.append(Sent(run, self.world.clock.now(), system, method, path, intended))

    def taken_of(self, run: str) -> Taken:
        return next(each for each in reversed(self.evidence.taken) if each.run.name == run)

    def unanswered(self) -> int:
        """How often one of the faults in force has fallen on a question to the workspace's table."""
        if all(blow.call != TABLE for blow in self._blows):
            return 0
        rules = zip(self._blows, self.world.faults.as_json(), strict=True)
        return sum(int(str(rule["struck"])) for blow, rule in rules if blow.call == TABLE)

    def _count_strikes(self) -> None:
        """Which of the faults in force have fallen."""
        for blow, rule in zip(self._blows, self.world.faults.as_json(), strict=True):
            self.evidence.struck[(blow.call, blow.fault)] += int(str(rule["struck"]))

    def _arm(self, *blows: Blow) -> None:
        """Faults of a run that begins take the place of those of the last one."""
        self._count_strikes()
        self.world.faults.clear()
        self._blows = blows
        self.world.faults.add(*map(rule_of, blows))


def _is_idle(taken: Taken) -> bool:
    return taken.report is not None and taken.code == 0 and not taken.report.results


def _closed_valves(report: RunReport) -> list[str]:
    return [trip.name for trip in report.valves if not trip.opened]


def _ending(taken: Taken) -> str:
    if taken.killed:
        return "killed"
    if taken.crash:
        return f"CRASH {taken.crash}"
    if taken.report is None:
        return f"exit {taken.code}"
    closed = _closed_valves(taken.report)
    results = ", ".join(f"{row.action.operation} {row.action.ref.side} {row.outcome}" for row in taken.report.results)
    return f"exit {taken.code}{' valves ' + ' '.join(closed) if closed else ''} [{results}]"


def play(history: History, folder: Path) -> tuple[Evidence, Trace]:
    stage = Stage(history, folder)
    return stage.play(), stage.trace

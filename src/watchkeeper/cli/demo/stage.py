"""The demo's stage: emulators over TLS, a temporary state store, and checks against the emulators' own records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from watchkeeper.catalog import raise_occurrence
from watchkeeper.catalog.occurrences import ALL_TEAMS
from watchkeeper.cli.counted import calls_counted
from watchkeeper.cli.evidence import desk_of
from watchkeeper.cli.export import told_of
from watchkeeper.collecting.duties import COLLECTORS
from watchkeeper.collecting.run import Collected, collect
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.escalation import run_audit
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.plan import Operation
from watchkeeper.model.run import ActionResult, Outcome, RunReport
from watchkeeper.model.success import EVIDENCE
from watchkeeper.portal.replacing import publish
from watchkeeper.portal.site import Site, site_of
from watchkeeper.settings import hosts_given
from watchkeeper.sync.plan import Options
from watchkeeper.sync.references import with_groups
from watchkeeper.sync.run import plan_run, sync_run
from watchkeeper.vitals.last_success import note_success
from watchkeeper.wiring import Workplace


@dataclass(frozen=True, slots=True)
class Check:
    """One promise that the story showed, held against what the emulators recorded."""

    promise: str
    held: bool
    seen: str


@dataclass
class Stage:
    """Runs commands as a scheduler would (everything opened anew each time) and people as the emulators know them."""

    running: RunningWorld
    database: Path
    mappings: Path | None
    portal: Path
    """Where the portal is written: a folder that outlives the demo, for whoever wants to look at it."""
    checks: list[Check] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {**self.running.environment(), "WATCHKEEPER_STATE_URL": f"sqlite:///{self.database}"}

    # --- commands ---
    def plan(self) -> RunReport:
        with self._place() as place:
            return plan_run(
                place.systems(place.scratch()),
                Options("plan"),
                place.limits(),
                place.transport.calls,
                place.transport.allowances,
            )

    def sync(self, open_valves: Mapping[str, str] | None = None) -> RunReport:
        options = Options("sync", open_valves=open_valves or {})
        with self._place() as place:
            store = place.store()
            lease = store.lease(*place.holder())
            return sync_run(
                place.systems(store),
                lease,
                options,
                place.limits(),
                place.transport.calls,
                place.transport.allowances,
            )

    def audit(self) -> AuditReport:
        with self._place() as place, calls_counted(place, "audit"):
            store, run_id = place.store(), place.fresh_id()
            report = run_audit(
                connectors=place.connectors,
                store=store,
                catalog=place.duties.catalog,
                profiles=list(with_groups(place.systems(store)).profiles.values()),
                clock=place.clock,
                run_id=run_id,
            )
            note_success(store, "audit", run_id, place.clock.now())
            return report

    def raise_exercise(self, reason: str) -> None:
        """What `tasks raise tabletop-exercise` does."""
        with self._place() as place:
            catalog, now = place.duties.catalog, place.clock.now()
            raised = raise_occurrence(
                catalog, "tabletop-exercise", ALL_TEAMS, reason=reason, dedupe_key=reason, now=now
            )
            place.store().raise_occurrence(raised, now)

    def collect(self) -> Collected:
        """What `evidence collect` does."""
        with self._place() as place, calls_counted(place, EVIDENCE):
            found = collect(desk_of(place), COLLECTORS, tuple(COLLECTORS), hosts_given(self.environment))
            note_success(place.store(), EVIDENCE, place.fresh_id(), place.clock.now())
            return found

    def export(self) -> Site:
        """What `export site` does."""
        with self._place() as place:
            told = told_of(place)
        made = site_of(told, hosts=hosts_given(self.environment), hide=str)
        publish(self.portal, told.home.deployment, made.files)
        return made

    @property
    def lost(self) -> Path:
        """Where the database is once it is lost: out of every run's sight."""
        return self.database.parent / "lost" / self.database.name

    def lose_the_database(self) -> None:
        self.lost.parent.mkdir()
        for file in self.database.parent.glob(f"{self.database.name}*"):
            file.rename(self.lost.with_name(file.name))

    def _place(self) -> Workplace:
        return Workplace(self.mappings, writes=True, environ=self.environment)

    # --- people and time ---
    def in_servicenow(self, who: str, do: str, **command: Any) -> dict[str, Any]:
        return self._people("servicenow", {"who": who, "do": do, **command})

    def in_sentinel(self, who: str, do: str, **command: Any) -> dict[str, Any]:
        return self._people("arm", {"who": who, "do": do, **command})

    def _people(self, system: str, command: dict[str, Any]) -> dict[str, Any]:
        people: Any = self.running.world.systems[system]
        done: dict[str, Any] = people.people(command)
        return done

    def give_a_past(self) -> None:
        """From now on the workspace has had a month of incidents."""
        workspace: Any = self.running.world.systems["arm"]
        workspace.seed({"system": "sentinel", "past": True})

    def pass_time(self, **delta: float) -> datetime:
        self.running.world.clock.advance(timedelta(**delta))
        return self.running.world.clock.now()

    # --- what the emulators themselves hold ---
    def tickets(self) -> list[dict[str, Any]]:
        return self.running.world.systems["servicenow"].records()

    def incidents(self) -> list[dict[str, Any]]:
        return self.running.world.systems["arm"].records()

    def ticket(self, number: str) -> dict[str, Any]:
        return next(row for row in self.tickets() if row["number"] == number)

    def incident(self, number: int) -> dict[str, Any]:
        return next(row for row in self.incidents() if int(row["properties"]["incidentNumber"]) == number)

    def mark(self) -> int:
        """A place in the request log, to count from."""
        return len(self.running.world.log.entries())

    def writes_since(self, mark: int) -> list[str]:
        """Writing calls on records since a mark, by the request log."""
        return [
            f"{entry.system} {entry.method}"
            for entry in self.running.world.log.entries(mark)
            if entry.is_write and entry.system in {"servicenow", "arm"} and "oauth" not in entry.path
        ]

    def calls_since(self, mark: int) -> int:
        entries = self.running.world.log.entries(mark)
        return sum(1 for entry in entries if entry.system in {"servicenow", "arm"} and "oauth" not in entry.path)

    def check(self, promise: str, held: bool, seen: object) -> Check:
        """Note whether a promise held; the demo's exit code depends on all of them."""
        checked = Check(promise, held, str(seen))
        self.checks.append(checked)
        return checked


def created(report: RunReport) -> Sequence[tuple[str, str, str]]:
    """(key, ticket number, incident number) of every pair that a run created whole."""
    numbers: dict[str, dict[str, str]] = {}
    for result in _done(report):
        if result.action.operation is Operation.CREATE:
            numbers.setdefault(result.action.key, {})[result.action.ref.side] = result.number
    return [(key, pair.get("servicenow", "-"), pair.get("sentinel", "-")) for key, pair in sorted(numbers.items())]


def moves(report: RunReport) -> Sequence[ActionResult]:
    """What a run carried over between the sides: updates, closes and comments."""
    return [result for result in in_order(report) if result.action.operation is not Operation.CREATE]


def in_order(report: RunReport) -> list[ActionResult]:
    """What a run wrote, key by key, however its workers came to it."""
    return sorted(_done(report), key=lambda result: (result.action.key, result.action.step))


def _done(report: RunReport) -> list[ActionResult]:
    return [result for result in report.results if result.outcome in {Outcome.DONE, Outcome.ADOPTED}]

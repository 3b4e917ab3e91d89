"""One deployment under measurement: the emulated world, a state store, and `watchkeeper sync` as a scheduler would call it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.calls import Call
from bench.emulated import Emulated
from bench.processes import WATCHKEEPER, Execution, execute

PROFILE = "escalation"


@dataclass(frozen=True, slots=True)
class Run:
    """One command, and the calls that the emulators saw meanwhile."""

    execution: Execution
    calls: list[Call]


@dataclass(frozen=True, slots=True)
class Deployment:
    """`folder` holds the state store and the last command's output."""

    emulated: Emulated
    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        return {**self.emulated.environment, "WATCHKEEPER_STATE_URL": f"sqlite:///{self.folder / 'watchkeeper.db'}"}

    def sync(self, *arguments: str, allowed: tuple[int, ...] = (0,)) -> Run:
        """`watchkeeper sync --json`; raises RuntimeError for an exit code that is not allowed."""
        return self._measured(("sync", "--json", *arguments), allowed)

    def audit(self) -> Run:
        """`watchkeeper audit`, as text for people; raises RuntimeError where it cannot read everything."""
        return self._measured(("audit",), (0,))

    def collect(self) -> Run:
        """`watchkeeper evidence collect`; raises RuntimeError where something could not be read."""
        return self._measured(("evidence", "collect"), (0,))

    def report(self, name: str, *arguments: str) -> Run:
        """`watchkeeper report NAME`; raises RuntimeError where there is none."""
        return self._measured(("report", name, *arguments), (0,))

    def _measured(self, command: Sequence[str], allowed: tuple[int, ...]) -> Run:
        mark = self.emulated.mark()
        execution = execute([*WATCHKEEPER, *command], self.folder, self.environment)
        if execution.exit_code not in allowed:
            reasons = "; ".join(execution.report.get("reasons", []))
            raise RuntimeError(f"watchkeeper {command[0]} ended with {execution.exit_code}: {reasons}")
        return Run(execution, self.emulated.calls_since(mark))

    def opened_valves(self, tripped: Run) -> list[str]:
        """What a person passes who has looked at the plan and wants it."""
        valves = [valve for valve in tripped.execution.report["valves"] if not valve["opened"]]
        return [argument for valve in valves for argument in ("--open-valve", f"{valve['name']}:{valve['digest']}")]

    def import_escalations(self) -> Run:
        """The first import: the run that the valves stop, then the one that a person lets through."""
        tripped = self.sync("--profile", PROFILE, allowed=(7,))
        return self.sync("--profile", PROFILE, *self.opened_valves(tripped))

    def settle(self, latency: float) -> None:
        """Link every escalation and open every due task, without waiting for the network."""
        self.emulated.set_latency(0.0)
        self.import_escalations()
        self.sync()
        self.emulated.advance(minutes=15)
        self.sync()
        self.emulated.advance(minutes=15)
        self.emulated.set_latency(latency)

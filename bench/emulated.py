"""The emulated systems in a process of their own, and a hand on their control plane."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from bench.calls import Call
from bench.processes import WATCHKEEPER, child_environment

_PATIENCE = 60.0
"""Seconds until emulators that have not come up are given up."""


@dataclass
class Emulated:
    """Running emulators. `environment` points a program at them."""

    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]
    _http: requests.Session

    def seed_escalations(self, count: int) -> None:
        """As many incidents of analytics rules that analysts have labelled `escalation`."""
        self.seed("sentinel", count=count, provider="alert", labels=["escalation"], severity="High")

    def seed(self, system: str, **command: Any) -> dict[str, Any]:
        """What the emulator made of it."""
        return self._post("seed", {"system": system, **command})

    def person(self, system: str, who: str, do: str, **command: Any) -> None:
        self._post("people", {"system": system, "who": who, "do": do, **command})

    def set_latency(self, seconds: float) -> None:
        self._post("faults", {"latency": seconds})

    def advance(self, minutes: float) -> None:
        """Let time pass in the emulated world."""
        self._post("clock", {"advance": minutes * 60})

    def now(self) -> datetime:
        """The emulated world's clock, which the program follows."""
        return datetime.fromisoformat(self._get("clock")["now"])

    def records(self, system: str) -> list[dict[str, Any]]:
        """The current records of a system, as its own store holds them."""
        found: list[dict[str, Any]] = self._get("records")["records"][system]
        return found

    def mirrored_tickets(self) -> list[str]:
        """The numbers of tickets that stand for an escalated incident, in their order."""
        return sorted(
            str(row["number"]) for row in self.records("servicenow") if "escalation/" in row["correlation_id"]
        )

    def mark(self) -> int:
        """A place in the request log, to count from."""
        return len(self._get("requests")["requests"])

    def calls_since(self, mark: int) -> list[Call]:
        return [Call.of_log(row) for row in self._get(f"requests?since={mark}")["requests"]]

    def _get(self, what: str) -> dict[str, Any]:
        answer = self._http.get(f"{self.environment['WATCHKEEPER_EMULATOR_URL']}/_emulator/{what}", timeout=_PATIENCE)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _post(self, what: str, command: Mapping[str, Any]) -> dict[str, Any]:
        url = f"{self.environment['WATCHKEEPER_EMULATOR_URL']}/_emulator/{what}"
        answer = self._http.post(url, json=command, timeout=_PATIENCE)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


@contextlib.contextmanager
def emulated(folder: Path, latency: float) -> Iterator[Emulated]:
    """Emulators without quotas that add `latency` seconds to every request and to every item inside a batch."""
    env_file = folder / "emulators.env"
    command = [*WATCHKEEPER, "emulate", "--latency", str(latency), "--no-quotas", "--env-file", str(env_file)]
    with (folder / "emulators.log").open("wb") as log:
        process = subprocess.Popen(command, env=child_environment(), stdout=log, stderr=log)
        try:
            environment = _read(env_file, process)
            with requests.Session() as http:
                http.trust_env = False
                http.verify = environment["AZURE_CA_FILE"]
                http.headers["Authorization"] = f"Bearer {environment['WATCHKEEPER_EMULATOR_TOKEN']}"
                yield Emulated(environment, process, http)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE)


def _read(env_file: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    """The settings that the emulators wrote when they were ready."""
    give_up = time.monotonic() + _PATIENCE
    while not env_file.exists():
        if process.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError(f"the emulators did not start; see {env_file.with_suffix('.log')}")
        time.sleep(0.05)
    lines = env_file.read_text(encoding="utf-8").splitlines()
    pairs = (shlex.split(line)[-1].partition("=") for line in lines if line)
    return {name: value for name, _, value in pairs}


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (Linux; elsewhere 0)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

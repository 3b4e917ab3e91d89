"""Emulators in a process of their own: started as users start them, and looked into through their control plane alone."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import requests as http
from requests import Response
from tests.cli.fixtures import PLAIN
from tests.cli.program import Program, wait_until

Entry = Mapping[str, Any]
"""A request as the emulators' log has it."""
Records = Mapping[str, list[dict[str, Any]]]


class Emulators:
    """A client of the control plane. Whatever a check knows of the two systems comes from here."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = settings
        self._url = settings["WATCHKEEPER_EMULATOR_URL"]
        self._session = http.Session()
        self._session.trust_env = False
        self._session.verify = settings["SERVICENOW_CA_FILE"]
        self._session.headers["Authorization"] = f"Bearer {settings['WATCHKEEPER_EMULATOR_TOKEN']}"

    def requests(self, since: int = 0) -> list[Entry]:
        entries: list[Entry] = self._get("requests", since=since)["requests"]
        return entries

    def mark(self) -> int:
        """The place in the request log that comes next."""
        return int(self._get("requests", since=0)["next"])

    def records(self) -> Records:
        records: Records = self._get("records")["records"]
        return records

    def people(self, system: str, who: str, do: str, **command: Any) -> dict[str, Any]:
        return self._post("people", system=system, who=who, do=do, **command)

    def seed(self, **command: Any) -> None:
        self._post("seed", **command)

    def now(self) -> datetime:
        """The emulated world's time, which is also the program's."""
        return datetime.fromisoformat(self._get("clock")["now"])

    def later(self, minutes: float) -> None:
        self._post("clock", advance=minutes * 60)

    def strike(self, *rules: Mapping[str, Any]) -> None:
        self._post("faults", rules=list(rules))

    def clear(self) -> None:
        """No fault any more; whatever was held goes on."""
        self._post("faults", clear=True)

    def is_holding(self) -> bool:
        """Whether a request waits to be let go."""
        return any(rule["held"] for rule in self._get("faults")["rules"])

    def reset(self) -> None:
        self._post("reset")

    def close(self) -> None:
        self._session.close()

    def _get(self, verb: str, **parameters: Any) -> dict[str, Any]:
        return self._answer(self._session.get(f"{self._url}/_emulator/{verb}", params=parameters, timeout=60))

    def _post(self, verb: str, **body: Any) -> dict[str, Any]:
        return self._answer(self._session.post(f"{self._url}/_emulator/{verb}", json=body, timeout=60))

    @staticmethod
    def _answer(response: Response) -> dict[str, Any]:
        answer: dict[str, Any] = response.json()
        if response.status_code != 200:
            raise ValueError(f"the control plane refused: {answer}")
        return answer


@contextmanager
def emulators(folder: Path) -> Iterator[Emulators]:
    """`watchkeeper emulate`, its clock running; ends with the block."""
    file = folder / "emulators.env"
    process = Program(folder, dict(PLAIN)).start("emulate", "--no-quotas", "--env-file", file)
    wait_until(file.exists, process)
    running = Emulators(_settings(file.read_text(encoding="utf-8").splitlines()))
    try:
        yield running
    finally:
        running.close()
        process.signal(signal.SIGTERM)
        process.wait()


def _settings(lines: Sequence[str]) -> dict[str, str]:
    pairs = (line.removeprefix("export ").split("=", 1) for line in lines)
    return {name: shlex.split(value)[0] for name, value in pairs}

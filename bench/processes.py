"""Programs under measurement: each runs in a process of its own, from this checkout, with its compiled modules kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
WATCHKEEPER = (sys.executable, "-c", "from watchkeeper.cli.app import main; main()")


@dataclass(frozen=True, slots=True)
class Execution:
    """How a process ended. Times in seconds, `memory` (its peak) in MiB; `report` is what it printed as JSON."""

    exit_code: int
    wall: float
    cpu: float
    memory: float
    report: Mapping[str, Any] = field(default_factory=dict)


def child_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This checkout's code, compiled once as on any machine that is used twice."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "connectors"), str(ROOT)]),
        "PYTHONPYCACHEPREFIX": str(RESULTS / "compiled"),
        "WATCHKEEPER_MAPPINGS": str(ROOT / "mappings"),
        **(more or {}),
    }


def execute(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Execution:
    """Run to the end and measure. Raises RuntimeError when it printed something else than JSON where it should have."""
    result = folder / "measured.json"
    launcher = (sys.executable, "-S", "-I", str(ROOT / "bench" / "measured.py"), str(result))
    with (folder / "output.json").open("wb") as output, (folder / "errors.log").open("wb") as errors:
        subprocess.run(
            [*launcher, *command], env=child_environment(environment), stdout=output, stderr=errors, check=True
        )
    taken = json.loads(result.read_text(encoding="ascii"))
    return Execution(**taken, report=_parsed(folder) if "--json" in command else {})


def _parsed(folder: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads((folder / "output.json").read_text(encoding="utf-8"))
    except ValueError as error:
        said = (folder / "errors.log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"a measured command printed no report; it said:\n{said[-2000:]}") from error
    return found

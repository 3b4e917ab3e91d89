"""Broken mapping files, and what `watchkeeper mappings check` tells of each: run one, and write its words anew.

`tests/cases/mappings/AREA/NAME.yaml` is put in the place of a shipped file of its area; beside it stands `NAME.txt`, the output.
After a change of words, `python -m tests.cases.broken` writes all outputs anew; read the difference before you keep it.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import holidays.countries
from tests import read_once
from tests.cli.child import run_command

from watchkeeper.cli.commands import application
from watchkeeper.mapping.documents import MAX_BYTES
from watchkeeper.wiring import load_duties

CASES: Final = Path(__file__).parent / "mappings"
SHIPPED: Final = Path(__file__).parents[2] / "mappings"
PLACES: Final[Mapping[str, str]] = {
    "profiles": "profiles/escalation.yaml",
    "teams": "teams.yaml",
    "calendars": "calendars.yaml",
    "packs": "packs/house.yaml",
    "valves": "valves.yaml",
    "waivers": "waivers.yaml",
    "owners": "owners.yaml",
    "evidence": "evidence.yaml",
    "yaml": "valves.yaml",
    "large": "valves.yaml",
}
"""By area: the file that a case takes the place of."""

_LONG: Final = MAX_BYTES - 64
MADE: Final[Mapping[str, Callable[[], str]]] = {
    "deep-nesting": lambda: "version: " + "[" * _LONG,
    "deep-nesting-by-indent": lambda: "".join(f"{' ' * depth}a:\n" for depth in range(600)),
    "deep-nesting-of-mappings": lambda: "{a: " * (_LONG // 4),
    "a-file-larger-than-is-read": lambda: "# " + "x" * MAX_BYTES + "\nversion: 1\n",
    "a-list-of-a-hundred-thousand": lambda: "version: [" + "1," * (_LONG // 2) + "]\n",
    "a-hundred-thousand-empty-lists": lambda: "version: [" + "[]," * (_LONG // 3) + "]\n",
    "one-key-thousands-of-times": lambda: "version: 1\n" + "a: 1\n" * (_LONG // 8),
    "thousands-of-anchors": lambda: "version:\n" + "- &a b\n" * (_LONG // 8),
    "a-word-of-a-quarter-of-a-megabyte": lambda: "version: " + "x" * _LONG,
    "a-tag-of-a-quarter-of-a-megabyte": lambda: "version: " + "!" * _LONG,
    "an-alias-of-a-quarter-of-a-megabyte": lambda: "version: *" + "a" * _LONG,
    "a-key-of-a-quarter-of-a-megabyte": lambda: "x" * _LONG + ": 1\n",
    "a-number-of-a-quarter-of-a-megabyte": lambda: "version: " + "9" * _LONG,
    "a-text-of-empty-lines": lambda: "version: |\n" + "\n" * _LONG,
    "directives-without-end": lambda: "%a b\n" * (_LONG // 5),
}
"""Files that are too large to keep; what is told of them stands in the area `large`."""


@dataclass(frozen=True, slots=True)
class Case:
    """`golden` is the file with the words."""

    area: str
    name: str

    @property
    def golden(self) -> Path:
        return CASES / self.area / f"{self.name}.txt"

    def write(self, file: Path) -> None:
        if self.area == "large":
            file.write_text(MADE[self.name](), encoding="utf-8")
        else:
            shutil.copyfile(CASES / self.area / f"{self.name}.yaml", file)


@dataclass(frozen=True, slots=True)
class Told:
    """What was printed, with the exit code; CPU seconds from the start of the command, and the peak of its memory in MiB."""

    out: str
    code: int
    seconds: float
    mebibytes: float


def cases() -> Iterator[Case]:
    """All of them, by area and name."""
    for area in PLACES:
        yield from (Case(area, path.stem) for path in sorted((CASES / area).glob("*.yaml")))
    yield from (Case("large", name) for name in MADE)


def tell(chosen: Iterator[Case]) -> Iterator[tuple[Case, Told]]:
    """Check each case in a process of its own, forked from one in which the program is loaded (the days of all countries too)
    and the shipped files are read, and which has made sense of a sound folder."""
    application(["mappings"])
    read_once.install()
    read_once.shipped()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _sound(work / "mappings")
        load_duties(work / "mappings", None, "soc")
        gc.collect()
        gc.freeze()
        for case in chosen:
            file = work / "mappings" / PLACES[case.area]
            before = file.read_bytes() if file.exists() else None
            case.write(file)
            yield case, _told(work)
            if before is None:
                file.unlink()
            else:
                file.write_bytes(before)


def _sound(folder: Path) -> None:
    """A small sound folder: the shipped one with one pack of one task, and the profiles that every folder has."""
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("packs", "*-task.yaml", "security-*", "schema"))
    (folder / "packs").mkdir()
    shutil.copyfile(CASES / "house.yaml", folder / PLACES["packs"])


def _told(work: Path) -> Told:
    out = work / "out"
    out.touch()
    child = os.fork()
    if child == 0:
        _become(work, out)
    _, status, usage = os.wait4(child, 0)
    words = out.read_text(encoding="utf-8")
    peak = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return Told(words, os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, peak)


def _become(work: Path, out: Path) -> None:
    """The command, in the child; never returns."""
    code = 70
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        run_command(["mappings", "check", "mappings"], {"LANG": "C.UTF-8"}, str(work), str(out), f"{out}.err")
    except SystemExit as ending:
        code = int(ending.code or 0)
    except BaseException:  # noqa: BLE001 - nothing of the child may reach the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


__all__ = ["CASES", "MADE", "Case", "Told", "cases", "holidays", "tell", "told_by_a_process"]


def told_by_a_process(each: int) -> Mapping[Case, Told]:
    """One case in so many, from a program of its own: what it prints and holds is nobody else's."""
    program = [sys.executable, "-m", "tests.cases.broken", "--json", str(each)]
    ended = subprocess.run(program, cwd=CASES.parents[2], capture_output=True, check=True)
    lines = (json.loads(line) for line in ended.stdout.splitlines())
    return {Case(area, name): Told(**each) for area, name, each in lines}


def main(arguments: Sequence[str]) -> None:
    """`--json EACH` prints what is told of one case in so many; without it the words of all are written anew."""
    for case, told in tell(islice(cases(), 0, None, int(arguments[1]) if arguments else 1)):
        if arguments:
            sys.stdout.write(json.dumps([case.area, case.name, asdict(told)]) + "\n")
            sys.stdout.flush()
        else:
            case.golden.write_text(told.out, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

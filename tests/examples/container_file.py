"""A container file as data: its instructions in order, and the stages that they belong to."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Instruction = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    base: str
    instructions: Sequence[Instruction]

    def all(self, name: str) -> list[str]:
        return [rest for instruction, rest in self.instructions if instruction == name]

    def environment(self) -> dict[str, str]:
        return dict(each.split("=", 1) for rest in self.all("ENV") for each in shlex.split(rest))

    def copied(self) -> list[str]:
        """What is copied from the checkout, by its path there."""
        sources = (shlex.split(rest) for rest in self.all("COPY"))
        return [
            path
            for words in sources
            if not any(word.startswith("--from=") for word in words)
            for path in [word for word in words if not word.startswith("--")][:-1]
        ]

    def words(self, name: str) -> Any:
        """The words of an instruction in its exec form."""
        (rest,) = self.all(name)
        return json.loads(rest)


def read(path: Path) -> tuple[dict[str, str], list[Stage]]:
    """The arguments before the first stage, and the stages."""
    text = re.sub(r"(?m)^#.*\n", "", path.read_text(encoding="utf-8")).replace("\\\n", " ")
    lines = [line.partition(" ")[::2] for line in text.splitlines() if line]
    starts = [number for number, (name, _) in enumerate(lines) if name == "FROM"]
    arguments = dict(rest.split("=", 1) for _, rest in lines[: starts[0]])
    ends = [*starts[1:], len(lines)]
    return arguments, [_stage(lines[start:end]) for start, end in zip(starts, ends, strict=True)]


def _stage(lines: Sequence[Instruction]) -> Stage:
    base, _, name = lines[0][1].partition(" AS ")
    return Stage(name, base, lines[1:])

"""Somebody who waits for long work, and remembers what was told."""

from __future__ import annotations

from dataclasses import dataclass, field

from watchkeeper.model.progress import Phase


@dataclass(slots=True)
class Heard:
    """The phases in their order, each with its total and the steps that were made."""

    phases: list[tuple[Phase, int | None, int]] = field(default_factory=list)

    def begin(self, phase: Phase, total: int | None = None) -> None:
        self.phases.append((phase, total, 0))

    def advance(self, steps: int = 1) -> None:
        phase, total, done = self.phases[-1]
        self.phases[-1] = phase, total, done + steps

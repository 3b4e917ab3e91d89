"""A measurement beside its bar, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bar:
    """`wanted` says the bar in words, `bound` as a number; `held` is None for what is shown and not judged."""

    measured: str
    value: float
    unit: str
    wanted: str = ""
    bound: float | None = None
    held: bool | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.bound if self.bound else None

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "ratio": self.ratio}


def at_most(measured: str, value: float, unit: str, bound: float, wanted: str = "") -> Bar:
    return Bar(measured, value, unit, wanted or f"at most {_number(bound)}", bound, value <= bound)


def at_least(measured: str, value: float, unit: str, bound: float, wanted: str = "") -> Bar:
    return Bar(measured, value, unit, wanted or f"at least {_number(bound)}", bound, value >= bound)


def compared(measured: str, value: float, unit: str, bound: float, wanted: str) -> Bar:
    """A number beside a bound that is not its bar."""
    return Bar(measured, value, unit, wanted, bound)


def shown(measured: str, value: float, unit: str) -> Bar:
    """A number that explains the others and has no bar."""
    return Bar(measured, value, unit)


def first_near(runs: Iterable[T], ratio: Callable[[T], float], near: float) -> T:
    """The first run whose ratio is near enough, else the best of all: on a quiet machine one is enough."""
    best: tuple[float, T] | None = None
    for run in runs:
        found = ratio(run)
        best = (found, run) if best is None or found < best[0] else best
        if found <= near:
            break
    if best is None:
        raise ValueError("there was no run")
    return best[1]


def all_held(bars: Iterable[Bar]) -> bool:
    return all(bar.held is not False for bar in bars)


def table(title: str, bars: Sequence[Bar]) -> str:
    rows = [("", "measured", "bar", "ratio", "")]
    for bar in bars:
        verdict = {True: "pass", False: "FAIL", None: ""}[bar.held]
        ratio = f"{bar.ratio:.2f}" if bar.ratio is not None else ""
        rows.append((bar.measured, f"{_number(bar.value)} {bar.unit}".strip(), bar.wanted, ratio, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        f"  {row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]:>{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    ]
    return "\n".join([title, *lines])


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.2f}"

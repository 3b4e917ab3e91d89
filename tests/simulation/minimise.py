"""Cut a failing history down: leave out whatever it fails without."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from tests.simulation.schedule import History, Run, Scene

T = TypeVar("T")
Fails = Callable[[History], bool]


def minimise(history: History, fails: Fails, *, attempts: int = 400) -> History:
    """A history that still fails and of which nothing can be left out any more, as far as so many attempts tell."""
    left = attempts
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(history):
            if left == 0:
                return history
            left -= 1
            if fails(candidate):
                history, smaller = candidate, True
                break
    return history


def _candidates(history: History) -> Iterator[History]:
    """Smaller histories, the much smaller ones first."""
    for events in _without(history.events):
        yield replace(history, events=events)
    yield from _plainer_runs(history)
    yield from _plainer_scenes(history)


def _without(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """Without a half, a quarter, … and without each one."""
    size = len(items) // 2
    while size >= 1:
        for start in range(0, len(items), size):
            yield (*items[:start], *items[start + size :])
        size //= 2


def _plainer_runs(history: History) -> Iterator[History]:
    for index, event in enumerate(history.events):
        if not isinstance(event, Run):
            continue
        changes: list[dict[str, Any]] = [{"blows": blows} for blows in _without(event.blows)]
        changes += [{"breaks": breaks} for breaks in _without(event.breaks)]
        changes += [{"pace": 0.0}] if event.pace else []
        changes += [{"full": False}] if event.full else []
        changes += [{"host": "runner-1"}] if event.host != "runner-1" else []
        for change in changes:
            run = replace(event, **change)
            yield replace(history, events=(*history.events[:index], run, *history.events[index + 1 :]))


def _plainer_scenes(history: History) -> Iterator[History]:
    plain = Scene()
    for name in Scene.__slots__:
        usual = getattr(plain, name)
        if getattr(history.scene, name) != usual:
            yield replace(history, scene=replace(history.scene, **{name: usual}))

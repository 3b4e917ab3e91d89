"""What `plan` and `sync` are asked for, checked against what there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import typer

from watchkeeper.catalog.owner_requests import REQUEST_DUTIES
from watchkeeper.cli.parameters import valve
from watchkeeper.model.nearest import suggest
from watchkeeper.sync.guard import VALVES
from watchkeeper.sync.owner_duty import OWNER_DUTY
from watchkeeper.sync.plan import Options
from watchkeeper.wiring import Duties


def options_of(
    command: str,
    duties: Duties,
    *,
    full: bool,
    profile: str | None,
    task: str | None,
    max_writes: int | None,
    open_valves: Mapping[str, str],
    backfill: datetime | None,
) -> Options:
    """The engine's options. Raises typer.BadParameter for a profile or task that the mappings do not know: a run that quietly
    does nothing would look like one that had nothing to do."""
    if profile is not None:
        refuse_unknown("--profile", profile, duties.profiles)
    if task is not None:
        refuse_unknown("--task", task, {*duties.catalog.tasks, OWNER_DUTY, *REQUEST_DUTIES.values()})
    return Options(
        command,
        full=full,
        profile=profile,
        task=task,
        max_writes=max_writes,
        open_valves=open_valves,
        backfill_since=backfill,
    )


def opened(given: Sequence[str] | None) -> Mapping[str, str]:
    """Valves to open, by name. Raises typer.BadParameter for one that is not NAME:DIGEST, or whose name no valve has."""
    valves = dict(valve(text) for text in given or ())
    for name in valves:
        refuse_unknown("--open-valve", name, VALVES)
    return valves


def refuse_unknown(option: str, name: str, known: Iterable[str]) -> None:
    """Raise typer.BadParameter, with what is known and what may have been meant."""
    names = sorted(known)
    if name in names:
        return
    near = suggest(name, names)
    hint = f"; did you mean {near}?" if near else ""
    raise typer.BadParameter(f"there is no {name!r}; known: {', '.join(names)}{hint}", param_hint=option)

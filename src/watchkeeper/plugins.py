"""Finding connectors: installed packages announce them in the entry-point group `watchkeeper.connectors`, and sources of evidence
in `watchkeeper.evidence`.

The entry point's name is the side ("servicenow", "sentinel") or the source ("graph", "defender"); its object opens it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeAlias

from watchkeeper.errors import Config, Problem
from watchkeeper.model.nearest import suggest
from watchkeeper.model.record import Side

CONNECTOR_GROUP = "watchkeeper.connectors"
EVIDENCE_GROUP = "watchkeeper.evidence"

Opener: TypeAlias = Callable[..., Any]
"""Opens a connector; each connector's package says with which arguments."""


def connector_openers(
    sides: Collection[Side], installed: Iterable[EntryPoint] | None = None, *, group: str = CONNECTOR_GROUP
) -> Mapping[Side, Opener]:
    """The openers of these sides' connectors (of a `group`), imported.

    `installed` are the entry points to choose from (default: those of the environment). Raises Config with every problem at
    once: a side without a connector, two different packages that claim one side, a package that cannot be imported.
    """
    offered = list(entry_points(group=group) if installed is None else installed)
    problems: list[Problem] = []
    openers: dict[Side, Opener] = {}
    for side in sides:
        # An editable install may announce the same object twice; only different objects are a clash.
        found = {entry.value: entry for entry in offered if entry.name == side}
        match list(found.values()):
            case [entry]:
                loaded = _load(entry, group)
                if isinstance(loaded, Problem):
                    problems.append(loaded)
                else:
                    openers[side] = loaded
            case []:
                problems.append(_missing(side, sorted({entry.name for entry in offered}), group))
            case several:
                names = ", ".join(sorted(entry.value for entry in several))
                problems.append(
                    _problem(
                        group, side, f"several packages claim this connector: {names}", "one; uninstall the others"
                    )
                )
    if problems:
        raise Config(problems)
    return openers


def _load(entry: EntryPoint, group: str) -> Opener | Problem:
    try:
        opener: object = entry.load()
    except Exception as error:  # noqa: BLE001 - importing a package may raise anything
        return _problem(
            group, entry.name, f"{entry.value} cannot be imported: {type(error).__name__}: {error}", "install it again"
        )
    if not callable(opener):
        return _problem(group, entry.name, f"{entry.value} cannot be called", "a function that opens a connector")
    return opener


def _missing(side: Side, known: list[str], group: str) -> Problem:
    allowed = ", ".join(known) or "none is installed"
    return Problem(group, side, "no installed package has this connector", allowed, suggest(side, known))


def _problem(group: str, side: Side, message: str, allowed: str) -> Problem:
    return Problem(group, side, message, allowed)

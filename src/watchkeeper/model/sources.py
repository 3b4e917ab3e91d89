"""The names of the sources of evidence."""

from __future__ import annotations

from typing import Final

from watchkeeper.model.record import Side

GRAPH: Side = "graph"
DEFENDER: Side = "defender"
"""They stand in the place of a side where calls are counted and errors are told, and never in a profile."""
SOURCES: Final[tuple[Side, ...]] = (GRAPH, DEFENDER)
SCRIPTS: Side = "scripts"
"""Hosts that scripts are downloaded from, which take no sign-in and need no right."""

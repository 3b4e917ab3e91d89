"""What an incident task can hold: three properties, and none of an incident's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.compile import lenses_of
from watchkeeper.mapping.compile_lens import raw_fields
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.lint_closure import written_on_close
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.pydantic_problems import listed
from watchkeeper.mapping.yaml_reader import Path
from watchkeeper.model.record import INCIDENT_TASKS, SENTINEL

WRITABLE: Final = ("title", "description", "status")
"""Azure/azure-rest-api-specs, securityinsights 2025-09-01, Incidents.json: everything else about a task is read-only."""


def lint_tasks(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """Raw fields of a profile that an incident task does not have."""
    rules = file.sides.sentinel
    if rules.table != INCIDENT_TASKS:
        return
    places: dict[str, Path] = {}
    for name, rule in file.fields.items():
        spec = lenses_of(rule).get(SENTINEL)
        places |= dict.fromkeys(raw_fields(spec) if spec else (), ("fields", name, SENTINEL))
    places |= {raw: ("sides", SENTINEL, "constants", raw) for raw in rules.constants}
    places |= dict.fromkeys(written_on_close(file.closure.sentinel), ("closure", SENTINEL))
    yield from _unknown(document, places)


def _unknown(document: Document, places: Mapping[str, Path]) -> Iterator[Problem]:
    for raw, path in places.items():
        if raw not in WRITABLE:
            yield document.problem(
                path, f"an incident task has no {raw!r} to write", allowed=listed(WRITABLE), kind=ProblemKind.WORD
            )

"""JSON Schemas of the catalogue's files, for editors: generated from the models that do the checking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from watchkeeper.catalog.calendar_file import CalendarsFile
from watchkeeper.catalog.evidence_file import EVIDENCE_SCHEMA, EvidenceFile
from watchkeeper.catalog.nudge_file import NudgesFile
from watchkeeper.catalog.owner_file import OWNERS_SCHEMA, OwnersFile
from watchkeeper.catalog.pack_file import PackFile
from watchkeeper.catalog.team_file import TeamsFile
from watchkeeper.catalog.waiver_file import WaiversFile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "calendars.schema.json": CalendarsFile,
    EVIDENCE_SCHEMA: EvidenceFile,
    "nudges.schema.json": NudgesFile,
    OWNERS_SCHEMA: OwnersFile,
    "pack.schema.json": PackFile,
    "teams.schema.json": TeamsFile,
    "waivers.schema.json": WaiversFile,
}


def schemas() -> Mapping[str, dict[str, Any]]:
    """File name below `mappings/schema/` → JSON Schema."""
    return {name: {"$schema": DIALECT, **model.model_json_schema()} for name, model in _MODELS.items()}

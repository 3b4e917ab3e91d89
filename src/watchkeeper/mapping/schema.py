"""The JSON Schemas of profile files, cases and valves, for editors: generated from the models that do the checking."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from watchkeeper.mapping.case_file import CASES_SCHEMA, CasesFile
from watchkeeper.mapping.extends import EXTENDS
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.partial_schema import with_partial
from watchkeeper.mapping.valve_file import VALVES_SCHEMA, ValveFile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
PROFILE_SCHEMA: Final = "profile.schema.json"


def schemas() -> Mapping[str, dict[str, Any]]:
    """File name below `mappings/schema/` → JSON Schema."""
    return {
        PROFILE_SCHEMA: {"$schema": DIALECT, **_profile()},
        CASES_SCHEMA: {"$schema": DIALECT, **CasesFile.model_json_schema(by_alias=True)},
        VALVES_SCHEMA: {"$schema": DIALECT, **ValveFile.model_json_schema()},
    }


def _profile() -> dict[str, Any]:
    return with_partial(ProfileFile.model_json_schema(by_alias=True), ProfileFile.__name__, EXTENDS)


def schema_text(schema: Mapping[str, Any]) -> str:
    """A schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"

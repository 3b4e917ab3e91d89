"""Validators of JSON Schemas. Whether a schema is one itself takes longer to see than whether a document keeps to it, so that is
looked at once in a process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator


def validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    """Raises SchemaError for what is no schema. Formats are checked too."""
    return _validator(json.dumps(schema))


@cache
def _validator(text: str) -> Draft202012Validator:
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

"""The JSON Schema of a file that names only what it changes of a shipped one, made from the schema of a whole file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_PARTIAL: Final = "Partial"
_ROWS: Final = frozenset({"Row", "ClosingRow"})
"""What is laid over row by row; the items of other lists are replaced, and so stay whole."""
_REF: Final = "#/$defs/"

Schema = dict[str, Any]


def with_partial(whole: Schema, name: str, key: str) -> Schema:
    """A schema under which a file with `key` may leave out anything and take anything away with null, and one without it is whole.
    `name`: what the whole file is called among the definitions."""
    definitions: dict[str, Schema] = dict(whole["$defs"])
    definitions[name] = {part: value for part, value in whole.items() if part != "$defs"}
    partial = {
        f"{_PARTIAL}{each}": _part(schema, definitions) for each, schema in definitions.items() if _is_object(schema)
    }
    used = _used(partial, [f"{_PARTIAL}{name}"])
    return {
        "title": whole["title"],
        "description": whole["description"],
        "type": "object",
        "if": {"required": [key]},
        "then": {"$ref": f"{_REF}{_PARTIAL}{name}"},
        "else": {"$ref": f"{_REF}{name}"},
        "$defs": definitions | {each: schema for each, schema in partial.items() if each in used},
    }


def _is_object(schema: Schema) -> bool:
    return schema.get("type") == "object"


def _part(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """An object of which every key may be left out, or be null. A row still says which one it is."""
    part = {key: value for key, value in schema.items() if key not in {"required", "properties", "minProperties"}}
    is_row = schema.get("title") in _ROWS
    part["properties"] = {
        key: value if is_row and key == "is" else _or_null(value, definitions)
        for key, value in schema.get("properties", {}).items()
    }
    return part | ({"required": ["is"]} if is_row else {})


def _or_null(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    described = schema.get("description") or definitions.get(_name(schema), {}).get("description")
    changed: Schema = {"anyOf": [_changed(schema, definitions), {"type": "null"}]}
    return changed | ({"description": described} if described else {})


def _changed(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """What may stand in the place of a value: of mappings and tables a part."""
    if _name(schema) in definitions and _is_object(definitions[_name(schema)]):
        return {**schema, "$ref": f"{_REF}{_PARTIAL}{_name(schema)}"}
    changed = {key: value for key, value in schema.items() if key != "minProperties"}
    if isinstance(schema.get("additionalProperties"), dict):
        changed["additionalProperties"] = _or_null(schema["additionalProperties"], definitions)
    if "patternProperties" in schema:
        parts = {pattern: _or_null(value, definitions) for pattern, value in schema["patternProperties"].items()}
        changed["patternProperties"] = parts
    if _name(schema.get("items", {})) in _ROWS:
        changed["items"] = {"$ref": f"{_REF}{_PARTIAL}{_name(schema['items'])}"}
    if "anyOf" in schema:
        changed["anyOf"] = [_changed(each, definitions) for each in schema["anyOf"]]
    return changed


def _name(schema: Mapping[str, Any]) -> str:
    """The definition that a schema refers to."""
    return str(schema.get("$ref", "")).removeprefix(_REF)


def _used(partial: Mapping[str, Schema], names: list[str]) -> frozenset[str]:
    """The definitions that are reached from some."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in partial:
            found.add(name)
            waiting += [ref for ref in _references(partial[name]) if ref.startswith(_PARTIAL)]
    return frozenset(found)


def _references(schema: Any) -> list[str]:
    match schema:
        case dict():
            return [
                *([_name(schema)] if "$ref" in schema else []),
                *(ref for each in schema.values() for ref in _references(each)),
            ]
        case list():
            return [ref for each in schema for ref in _references(each)]
        case _:
            return []

"""The reference of packs, teams and calendars is generated from the models, and kept true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import TypeAdapter

from watchkeeper.catalog.reference import EXAMPLES, SECTIONS, reference, with_reference
from watchkeeper.catalog.schema import schemas
from watchkeeper.mapping.reference_table import keys_of
from watchkeeper.mapping.yaml_reader import read_yaml

MAPPINGS = Path(__file__).parents[3] / "mappings"
KEYS = [(model, key) for _, model in SECTIONS for key, _ in keys_of(model)]


def test_the_readme_has_the_generated_reference() -> None:
    readme = (MAPPINGS / "README.md").read_text(encoding="utf-8")
    assert with_reference(readme) == readme, "run: python -m watchkeeper.catalog.reference mappings"
    assert reference().count("\n| `") == len(KEYS)


def test_every_model_of_the_catalogue_has_a_section() -> None:
    objects = [schema["$defs"] | {schema["title"]: schema} for schema in schemas().values()]
    named = {name for each in objects for name, schema in each.items() if schema.get("type") == "object"}
    assert named == {model.__name__ for _, model in SECTIONS}
    assert all(model.__doc__ for _, model in SECTIONS)


def test_every_key_is_described_and_its_example_is_valid() -> None:
    for model, key in KEYS:
        is_described_and_its_example_is_valid(model, key)


def is_described_and_its_example_is_valid(model: type, key: str) -> None:
    field = dict(keys_of(model))[key]
    assert field.description, key
    example = EXAMPLES.get((model.__name__, key))
    if example is None:
        assert "Entry" in str(field.annotation) or "Text" in str(field.annotation), f"{key} needs an example"
        return
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, key, *field.metadata])  # type: ignore[arg-type]
    adapter.validate_json(json.dumps(read_yaml(example).data))

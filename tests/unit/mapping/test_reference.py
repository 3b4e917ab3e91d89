"""What editors and readers get is generated from the models that do the checking, and kept true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import pytest
from pydantic import TypeAdapter
from tests.cases.broken import CASES
from tests.schemas import validator

from watchkeeper.mapping.case_file import CASES_SCHEMA
from watchkeeper.mapping.documents import load_document
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.reference import EXAMPLES, SECTIONS, reference, with_reference
from watchkeeper.mapping.reference_table import keys_of
from watchkeeper.mapping.schema import PROFILE_SCHEMA, schema_text, schemas
from watchkeeper.mapping.yaml_reader import read_yaml

MAPPINGS = Path(__file__).parents[3] / "mappings"
SOUND = (CASES / "profile.yaml").read_text(encoding="utf-8")
REFRESH = "run: python -m watchkeeper.mapping.reference mappings"


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((MAPPINGS / "schema" / PROFILE_SCHEMA).read_text(encoding="utf-8"))
    return loaded


def test_the_shipped_schema_is_the_generated_one() -> None:
    shipped = (MAPPINGS / "schema" / PROFILE_SCHEMA).read_text(encoding="utf-8")
    assert shipped == schema_text(schemas()[PROFILE_SCHEMA]), REFRESH


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", ["maintenance", "maintenance-task", "escalation", "security-incident", "catalog-task"])
def test_the_schema_takes_the_shipped_profiles_and_each_names_it(name: str) -> None:
    path = MAPPINGS / "profiles" / f"{name}.yaml"
    validator(schema()).validate(load_document(path).data)
    assert path.read_text(encoding="utf-8").startswith(f"# yaml-language-server: $schema=../schema/{PROFILE_SCHEMA}\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("comments: both", "comments: sideways"),
        ("comments: both", "coments: both"),
        ("close_from: anyone", "close_from: everyone"),
        ("max: 250", "max: 0"),
        ("max: 250", "max: many"),
        ("table: incident\n", "table: 7\n"),
        ("{ is: New, means: new }", "{ means: new }"),
        ("{ is: New, means: new }", "{ is: [[New]], means: new }"),
        ("name: escalation", "name: Not A Slug"),
    ],
)
def test_the_schema_and_the_loader_refuse_the_same_shapes(old: str, new: str) -> None:
    assert SOUND.count(old) == 1
    data = read_yaml(SOUND.replace(old, new)).data
    with pytest.raises(jsonschema.ValidationError):
        validator(schema()).validate(data)
    with pytest.raises(ValueError):
        ProfileFile.model_validate_json(json.dumps(data), strict=True)


def test_the_readme_has_the_generated_reference() -> None:
    readme = (MAPPINGS / "README.md").read_text(encoding="utf-8")
    assert reference() in readme, REFRESH
    assert with_reference(readme) == readme


def test_a_readme_without_markers_is_not_touched() -> None:
    with pytest.raises(ValueError, match="no markers"):
        with_reference("# Mappings\n")


def test_every_model_of_a_profile_and_of_cases_has_a_section() -> None:
    documented = {model.__name__ for _, model in SECTIONS}
    cases = schemas()[CASES_SCHEMA]["$defs"]
    whole = {name for name in schema()["$defs"] if not name.startswith("Partial")}
    assert {*whole, *cases} - {
        "AuditWindow",
        "CloseFrom",
        "Direction",
        "GonePolicy",
        "LinkBack",
        "Owner",
        "ProfileKind",
        "ResolverKind",
        "Severity",
        "Step",
        "TimeFormat",
    } == (documented - {"CasesFile"})


def test_every_key_is_described_and_its_example_is_valid() -> None:
    for _, model in SECTIONS:
        for key, _ in keys_of(model):
            is_described_and_its_example_is_valid(model, key)


def is_described_and_its_example_is_valid(model: type, key: str) -> None:
    field = dict(keys_of(model))[key]
    assert field.description, key
    example = EXAMPLES.get((model.__name__, key))
    if example is None:
        assert any(part in str(field.annotation) for part in ("models.", "case_file.")), f"{key} needs an example"
        return
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, key, *field.metadata])  # type: ignore[arg-type]
    adapter.validate_json(json.dumps(read_yaml(example).data), strict=True)

"""What an editor is told and what is loaded agree: nothing that the models take is refused by their schema."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError
from tests.acceptance.own_table import PROFILE

from watchkeeper.catalog.calendar_file import CalendarsFile
from watchkeeper.catalog.pack_file import PackFile
from watchkeeper.catalog.schema import schemas as catalog_schemas
from watchkeeper.catalog.team_file import TeamsFile
from watchkeeper.mapping.documents import load_document
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.schema import schemas as profile_schemas
from watchkeeper.mapping.valve_file import ValveFile
from watchkeeper.mapping.yaml_reader import read_yaml

MAPPINGS: Final = Path(__file__).parents[3] / "mappings"
SCHEMAS: Final[Mapping[str, Any]] = {**profile_schemas(), **catalog_schemas()}
MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "profile": ProfileFile,
    "pack": PackFile,
    "teams": TeamsFile,
    "calendars": CalendarsFile,
    "valves": ValveFile,
}
FILES: Final[Mapping[str, tuple[Path, ...]]] = {
    "profile": tuple(sorted((MAPPINGS / "profiles").glob("*.yaml"))),
    "pack": tuple(sorted((MAPPINGS / "packs").glob("*.yaml"))),
    **{name: (MAPPINGS / f"{name}.yaml",) for name in ("teams", "calendars", "valves")},
}
DATA: Final = {name: [load_document(file).data for file in files] for name, files in FILES.items()}
DATA["profile"].append(read_yaml(PROFILE).data)
ODD: Final = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3000), st.floats(-1, 2), st.sampled_from(["", "x", "all", "last", "12-29", "17:00"]),
    st.text(max_size=5), st.just([]), st.just({}), st.just(["x"]), st.just([1, "a", True]),
    st.just({"en": "a", "ja": "b"}), st.just({"value": "high"}),
)  # fmt: skip
KEYS: Final = st.sampled_from(
    [
        "nmae",
        "labels",
        "text",
        "table",
        "due",
        "limit",
        "writes",
        "from",
        "in",
        "enabled",
        "when",
        "direction",
        "default",
    ]
)


def takes(name: str, data: Any) -> bool:
    try:
        MODELS[name].model_validate_json(json.dumps(data), strict=True)
    except ValidationError:
        return False
    return True


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value."""
    yield path
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield from places(value, (*path, key))


PLACES: Final = {
    name: [(file, path) for file in files for path in places(file) if path] for name, files in DATA.items()
}


def changed(data: st.DataObject, name: str) -> Any:
    """A shipped file in which one thing is another: a value, a key that is gone or one that is too many."""
    file, path = data.draw(st.sampled_from(PLACES[name]))
    copied = copy.deepcopy(file)
    *before, last = path
    around = copied
    for key in before:
        around = around[key]
    match data.draw(st.sampled_from(["value", "gone", "more"])):
        case "value":
            around[last] = data.draw(ODD)
        case "gone":
            del around[last]
        case _ if isinstance(around, dict):
            around[data.draw(KEYS)] = data.draw(ODD)
        case _:
            around.append(data.draw(ODD))
    return copied


@pytest.mark.parametrize("name", MODELS)
@given(data=st.data())
def test_what_the_schema_refuses_the_models_refuse(name: str, data: st.DataObject) -> None:
    file = changed(data, name)
    if takes(name, file):
        Draft202012Validator(SCHEMAS[f"{name}.schema.json"]).validate(file)


@pytest.mark.parametrize("name", ["profile", "valves"])
def test_a_truth_is_no_version(name: str) -> None:
    file = {**DATA[name][0], "version": True}  # type: ignore[dict-item]
    assert not takes(name, file)
    assert not Draft202012Validator(SCHEMAS[f"{name}.schema.json"]).is_valid(file)


@pytest.mark.parametrize("name", MODELS)
def test_every_shipped_file_is_taken_by_both(name: str) -> None:
    for file in DATA[name]:
        assert takes(name, file)
        Draft202012Validator(SCHEMAS[f"{name}.schema.json"]).validate(file)


@pytest.mark.parametrize("name", MODELS)
def test_an_editor_knows_the_keys_at_every_place_of_the_shipped_files_and_no_others(name: str) -> None:
    """A key that is misspelt at any place is refused there, by its name."""
    schema = Draft202012Validator(SCHEMAS[f"{name}.schema.json"])
    refused, free = set(), set()
    for file in DATA[name][:1]:
        for path in places(file):
            copied = copy.deepcopy(file)
            around = copied
            for key in path:
                around = around[key]
            if isinstance(around, dict):
                around["misspelt"] = "x"
                (refused if list(schema.iter_errors(copied)) else free).add(path)
    assert refused
    assert {
        path for path in free if path[-1] not in {"fields", "constants", "write", "otherwise", "transitions"}
    } == set()


@pytest.mark.parametrize("name", MODELS)
def test_every_key_that_an_editor_offers_is_described(name: str) -> None:
    schema = SCHEMAS[f"{name}.schema.json"]
    objects = [schema, *schema["$defs"].values()]
    offered = [(key, value) for each in objects for key, value in each.get("properties", {}).items()]
    assert len(offered) > 10
    described = {name for name, each in schema["$defs"].items() if "description" in each}
    undescribed = [key for key, value in offered if "description" not in value and _named(value) not in described]
    assert undescribed == []


def _named(value: Any) -> str:
    """The definition that a key refers to."""
    return str(value.get("$ref", "")).rpartition("/")[2]

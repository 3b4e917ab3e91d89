"""A part of a shipped profile that is laid over it again changes nothing, wherever it is cut out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.effort import tried

from watchkeeper.mapping.documents import ProblemList, load_document
from watchkeeper.mapping.extends import laid_over
from watchkeeper.mapping.locate import shipped_mappings
from watchkeeper.mapping.schema import PROFILE_SCHEMA, schemas

SHIPPED = {path.stem: load_document(path) for path in sorted((shipped_mappings() / "profiles").glob("*.yaml"))}
SCHEMA = Draft202012Validator(schemas()[PROFILE_SCHEMA])


def paths(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every value that is not inside a list."""
    if path:
        yield path
    for key, each in value.items() if isinstance(value, dict) else ():
        yield from paths(each, (*path, key))


PATHS = [(name, path) for name, each in SHIPPED.items() for path in paths(each.data)]


def part_of(data: Any, chosen: list[tuple[str, ...]]) -> dict[str, Any]:
    part: dict[str, Any] = {}
    for path in chosen:
        here, there = part, data
        for key in path[:-1]:
            here, there = here.setdefault(key, {}), there[key]
        here[path[-1]] = there[path[-1]]
    return json.loads(json.dumps(part))  # type: ignore[no-any-return]


@tried(40)
@given(st.sampled_from(sorted(SHIPPED)), st.data())
def test_a_part_laid_over_its_whole_changes_nothing(name: str, data: st.DataObject) -> None:
    known = [path for profile, path in PATHS if profile == name]
    # Longest last, so that no part is cut out of what is whole already.
    chosen = sorted(data.draw(st.lists(st.sampled_from(known), max_size=4, unique=True)), key=len, reverse=True)
    part = part_of(SHIPPED[name].data, chosen) | {"extends": name}
    SCHEMA.validate(part)
    problems = ProblemList()
    over = problems.parse(json.dumps(part), name="own.yaml")
    assert over is not None
    whole = laid_over(SHIPPED[name], over, problems)
    assert problems.problems == []
    assert whole is not None
    assert whole.data == SHIPPED[name].data
    assert {path for path in known if whole.position(path).startswith("own.yaml:")} == set(paths(part)) & set(known)

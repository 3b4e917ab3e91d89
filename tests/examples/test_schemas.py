"""CI files against the published schemas of their systems, as the package check-jsonschema ships them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.examples.files import ACTION, AZURE, GITLAB, ROOT, WORKFLOWS

CHECKS = {
    "github-workflows": WORKFLOWS,
    "github-actions": (ACTION,),
    "azure-pipelines": AZURE,
    "gitlab-ci": GITLAB,
}
BROKEN = {
    "github-workflows": ("timeout-minutes: 20", "timeout: 20"),
    "github-actions": ("using: composite", "using: composed"),
    "azure-pipelines": ("always: true", "always: sometimes"),
    "gitlab-ci": ("exit_codes: [6, 75]", "exit_codes: [six]"),
}


def check(schema: str, files: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    command += ["--output-format", "json", "--verbose"]
    if schema in {"azure-pipelines", "gitlab-ci"}:
        command += ["--data-transform", schema]
    if schema == "azure-pipelines":
        # Its patterns are not all valid as Unicode ones.
        command += ["--regex-variant", "nonunicode"]
    return subprocess.run([*command, *files], capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize("schema", CHECKS)
def test_a_file_keeps_to_the_schema_of_its_system_and_a_broken_one_is_noticed(schema: str, tmp_path: Path) -> None:
    sound = CHECKS[schema][-1].read_text(encoding="utf-8")
    assert BROKEN[schema][0] in sound
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(sound.replace(*BROKEN[schema]), encoding="utf-8")
    *files, broken = _as_read(schema, [*CHECKS[schema], wrong], tmp_path)
    found = json.loads(check(schema, [*files, broken]).stdout)
    assert [Path(name) for name in found["successes"]] == files
    assert {Path(each["filename"]) for each in found["errors"]} == {broken}


def _as_read(schema: str, files: Sequence[Path], folder: Path) -> list[Path]:
    """The files as their schema describes them: to Azure Pipelines every truth and number is a string."""
    if schema != "azure-pipelines":
        return list(files)
    written = [folder / f"{number}.yml" for number in range(len(files))]
    for path, copy in zip(files, written, strict=True):
        with copy.open("w", encoding="utf-8") as stream:
            YAML(typ="safe").dump(_texts(YAML(typ="safe").load(path.read_text(encoding="utf-8"))), stream)
    return written


def _texts(value: Any) -> Any:
    match value:
        case dict():
            return {key: _texts(each) for key, each in value.items()}
        case list():
            return [_texts(each) for each in value]
        case bool():
            return str(value).lower()
        case _:
            return str(value)

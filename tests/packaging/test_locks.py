from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK: dict[str, Any] = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
LOCKED = {package["name"]: package for package in LOCK["package"]}
EXPORTS = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-browser.lock")
}

OUTSIDE = {"pysnow", "requests", "azure-monitor-query", "azure-identity", "tenacity"}
"""What the product is built around."""


RUNTIME = [Requirement(each) for each in PROJECT["project"]["dependencies"]]


def direct() -> Iterator[Requirement]:
    groups = [each for group in PROJECT["dependency-groups"].values() for each in group if isinstance(each, str)]
    yield from map(Requirement, [*PROJECT["project"]["dependencies"], *groups, *PROJECT["build-system"]["requires"]])


def exported(*files: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes by name, as pip reads them."""
    text = "\n".join(EXPORTS[each] for each in files or EXPORTS)
    found = re.findall(r"^([a-z0-9._-]+)==(\S+)[^\n]*((?:\n    --hash=\S+(?: \\)?)*)", text, re.MULTILINE)
    return {name: (version, frozenset(re.findall(r"--hash=(\S+)", hashes))) for name, version, hashes in found}


@pytest.mark.parametrize("requirement", list(direct()), ids=lambda each: each.name)
def test_every_direct_dependency_has_a_floor(requirement: Requirement) -> None:
    assert [each for each in requirement.specifier if each.operator in {">=", "==", "~="}], str(requirement)


@pytest.mark.parametrize("requirement", RUNTIME, ids=lambda each: each.name)
def test_every_direct_dependency_is_locked_at_or_above_its_floor(requirement: Requirement) -> None:
    locked = Version(LOCKED[canonicalize_name(requirement.name)]["version"])
    assert locked in requirement.specifier
    assert not locked.is_prerelease


def test_the_lock_is_made_from_these_dependencies() -> None:
    (itself,) = (package for package in LOCK["package"] if package["name"] == "watchkeeper")
    asked = {str(canonicalize_name(each.name)): str(each.specifier) for each in RUNTIME}
    always = (each for each in itself["metadata"]["requires-dist"] if "extra ==" not in each.get("marker", ""))
    locked = {each["name"]: each.get("specifier", "") for each in always}
    assert {name: set(text.split(",")) for name, text in locked.items()} == {
        name: set(text.split(",")) for name, text in asked.items()
    }


def test_the_extras_are_locked_as_they_are_declared() -> None:
    (itself,) = (package for package in LOCK["package"] if package["name"] == "watchkeeper")
    locked = {
        (re.findall(r"extra == '(\w+)'", each["marker"])[0], each["name"]): each["specifier"]
        for each in itself["metadata"]["requires-dist"]
        if "extra ==" in each.get("marker", "")
    }
    extras = PROJECT["project"]["optional-dependencies"]
    asked = {
        (extra, each.name): str(each.specifier) for extra, names in extras.items() for each in map(Requirement, names)
    }
    assert locked == asked


def test_what_the_product_is_built_around_is_a_direct_dependency() -> None:
    assert {each.name for each in RUNTIME} >= OUTSIDE


def test_pip_s_lock_is_uv_s_lock() -> None:
    versions = {name: version for name, (version, _) in exported().items()}
    assert versions == {name: package["version"] for name, package in LOCKED.items() if name != "watchkeeper"}


def test_what_drives_a_browser_is_fetched_for_that_alone() -> None:
    assert "playwright" not in exported("requirements.lock")
    assert "playwright" in exported("requirements-browser.lock")


def test_pip_s_lock_lets_nothing_in_without_a_hash() -> None:
    for name, (_, hashes) in exported().items():
        package = LOCKED[name]
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert hashes, name
        assert hashes == {file["hash"] for file in files}, name

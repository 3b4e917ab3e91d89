from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import get_args

import pytest

from watchkeeper.emulators.azure import ArmOptions
from watchkeeper.emulators.azure.entra_options import EntraOptions
from watchkeeper.emulators.azure.logs_options import Answer, LogsOptions
from watchkeeper.emulators.control import ControlPlane
from watchkeeper.emulators.damage import Page, Shape
from watchkeeper.emulators.evidence import DefenderOptions, GraphOptions
from watchkeeper.emulators.evidence.options import DefenderLink, GraphLink
from watchkeeper.emulators.faults import FaultRule, Kind
from watchkeeper.emulators.options import SignIn
from watchkeeper.emulators.request_log import LogEntry
from watchkeeper.emulators.servicenow.availability import Availability, RateRule
from watchkeeper.emulators.servicenow.cast import GROUPS, PEOPLE
from watchkeeper.emulators.world import World

SWITCHES = [field.name for options in (EntraOptions, LogsOptions) for field in dataclasses.fields(options)]
GUIDE = (Path(__file__).parents[3] / "docs" / "emulators.md").read_text(encoding="utf-8")


def test_every_call_of_the_control_plane_is_documented(world: World) -> None:
    calls = [f"`{method} /_emulator/{verb}`" for method, verb in ControlPlane(world, "t").calls]
    assert [call for call in calls if call not in GUIDE] == []


@pytest.mark.parametrize(
    "word",
    [*get_args(Kind), *get_args(Shape), *get_args(Page), *(field.name for field in dataclasses.fields(FaultRule))],
)
def test_every_word_of_a_fault_rule_is_documented(word: str) -> None:
    assert f"`{word}`" in GUIDE


@pytest.mark.parametrize("key", [field.name for field in dataclasses.fields(Availability)])
def test_every_key_of_availability_is_documented(key: str) -> None:
    assert f"`{key}`" in GUIDE


@pytest.mark.parametrize("key", [field.name for field in dataclasses.fields(RateRule)])
def test_every_key_of_a_rate_rule_is_documented(key: str) -> None:
    assert f'"{key}"' in GUIDE.split("| `rate_limits` |", 1)[1].split("\n", 1)[0]


def test_every_key_of_a_log_entry_is_documented() -> None:
    listed = GUIDE.split("A request in the log is `{", 1)[1].split("}", 1)[0]
    assert sorted(listed.split(", ")) == sorted(field.name for field in dataclasses.fields(LogEntry))


@pytest.mark.parametrize("word", [*SWITCHES, *SignIn, *get_args(Answer)])
def test_every_way_to_sign_in_and_every_switch_of_entra_and_log_analytics_is_documented(word: str) -> None:
    assert f"`{word}`" in GUIDE


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ArmOptions)])
def test_every_variant_of_arm_is_documented(name: str) -> None:
    assert f"`{name}`" in GUIDE.split('**Variants**: `{"system": "sentinel"', 1)[1].split("## Log Analytics", 1)[0]


@pytest.mark.parametrize(
    ("heading", "options", "links"),
    [
        ("## Microsoft Graph", GraphOptions, GraphLink),
        ("## Microsoft Defender for Endpoint", DefenderOptions, DefenderLink),
    ],
)
def test_every_variant_of_the_evidence_apis_is_documented(heading: str, options: type, links: object) -> None:
    section = GUIDE.split(f"{heading}\n", 1)[1].split("\n## ", 1)[0]
    words = [*(field.name for field in dataclasses.fields(options)), *get_args(links)]
    assert [word for word in words if f"`{word}`" not in section] == []


@pytest.mark.parametrize("name", [*GROUPS, *PEOPLE])
def test_everybody_in_the_cast_is_documented(name: str) -> None:
    assert name in GUIDE

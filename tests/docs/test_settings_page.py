"""docs/settings.md names every setting, with the default that the code has."""

from __future__ import annotations

import re
from enum import Enum

import pytest
from pydantic import SecretStr
from tests.docs.pages import code, page, pages, rows

from watchkeeper.settings import (
    FILE_VARIABLES,
    VARIABLES,
    AzureCredential,
    CiChoice,
    LogFormat,
    Mode,
    Settings,
    WebAuth,
)

PAGE = page("docs/settings.md")
DOCUMENTED = {code(row[0])[0]: row for row in rows(PAGE.text) if len(row) == 3 and code(row[0])}


def test_every_setting_is_documented_and_no_other() -> None:
    assert sorted(DOCUMENTED) == sorted(VARIABLES.values())


@pytest.mark.parametrize("field", VARIABLES)
def test_a_default_is_the_codes_own(field: str) -> None:
    default = Settings.model_fields[field].default
    shown = code(DOCUMENTED[VARIABLES[field]][2])
    if default is None:
        assert shown in {(), ("./mappings",), ("soc",)}
        return
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    assert shown == (str(value.value if isinstance(value, Enum) else value),)


@pytest.mark.parametrize("kind", [Mode, AzureCredential, LogFormat, CiChoice, WebAuth])
def test_every_value_of_a_choice_is_named(kind: type[Enum]) -> None:
    assert [each.value for each in kind if f"`{each.value}`" not in PAGE.text] == []


def test_settings_that_the_documents_name_exist() -> None:
    known = {*VARIABLES.values(), *FILE_VARIABLES, "SERVICENOW_", "SENTINEL_", "WATCHKEEPER_"}
    named = {
        (each.name, name)
        for each in pages()
        for name in re.findall(r"(?:WATCHKEEPER|SERVICENOW|SENTINEL)_[A-Z_]*", each.text)
    }
    assert {(where, name) for where, name in named if name not in known} == set()

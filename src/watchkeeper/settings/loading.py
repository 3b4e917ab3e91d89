"""Reads all settings, or some, and tells every problem at once."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Final

from pydantic import ValidationError

from watchkeeper.errors import Config, Problem
from watchkeeper.model.record import Side
from watchkeeper.settings.faults import in_order, misspelt, problem
from watchkeeper.settings.given import Given
from watchkeeper.settings.model import FILE_VARIABLES, Settings
from watchkeeper.settings.needs import infer_credential, needs_of

MAPPING_SETTINGS: Final = ("WATCHKEEPER_MAPPINGS", "WATCHKEEPER_DEPLOYMENT")
"""Where the mappings are, and the deployment whose marks they carry."""


def load_settings(environ: Mapping[str, str] | None = None, *, needs: Collection[Side] = ()) -> Settings:
    """Read and check all settings; `needs` are the sides that the command will call.

    Raises errors.Config with every problem at once.
    """
    given = Given(os.environ if environ is None else environ)
    infer_credential(given)
    problems = [*given.problems, *misspelt(given.environ)]
    try:
        settings = Settings.model_validate(given.values)
    except ValidationError as error:
        problems += [problem(detail, given.values) for detail in error.errors(include_input=False, include_url=False)]
        raise Config(in_order([*problems, *needs_of(given.values, needs)])) from None
    problems += needs_of(given.values, needs)
    if problems:
        raise Config(in_order(problems))
    settings._sources.update(given.sources)
    return settings


def load_mapping_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that mappings need, and no others: a problem elsewhere hides none of theirs. Raises errors.Config."""
    given = os.environ if environ is None else environ
    return load_settings({name: given[name] for name in MAPPING_SETTINGS if name in given})


def deployment_given(environ: Mapping[str, str] | None = None) -> str | None:
    """The deployment's name, known also where other settings are not as they should be. Raises errors.Config where it is none."""
    given = os.environ if environ is None else environ
    return load_settings({name: given[name] for name in ("WATCHKEEPER_DEPLOYMENT",) if name in given}).deployment


def load_watch_settings(names: Collection[str], environ: Mapping[str, str] | None = None) -> Settings:
    """These settings and no others, so that a problem elsewhere does not keep a failure from being told; the defaults where one of
    them is wrong: nobody is told by half of a way."""
    given = os.environ if environ is None else environ
    wanted = [*names, *(file for file, name in FILE_VARIABLES.items() if name in names)]
    try:
        return load_settings({name: given[name] for name in wanted if name in given})
    except Config:
        return load_settings({})


def misnamed(environ: Mapping[str, str] | None = None) -> list[Problem]:
    """Variables that look like settings and are none."""
    return list(misspelt(os.environ if environ is None else environ))

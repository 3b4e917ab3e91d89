"""What somebody can set in an emulator, collected from the emulators' code: nothing else is a switch to the documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import get_args

from watchkeeper.emulators import damage, faults
from watchkeeper.emulators.azure import arm, arm_options, entra, loganalytics, logs_options, people, seeds, tokens
from watchkeeper.emulators.azure.entra_options import EntraOptions
from watchkeeper.emulators.azure.options import AzureOptions
from watchkeeper.emulators.evidence import options as evidence
from watchkeeper.emulators.evidence import seeding
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.servicenow import access, autoclose, custom_tables, rules
from watchkeeper.emulators.servicenow import seeds as instance
from watchkeeper.emulators.servicenow.availability import Availability, RateRule
from watchkeeper.emulators.servicenow.people import DEEDS
from watchkeeper.emulators.servicenow.tables import TABLES

_CHOICES = (
    faults.Kind,
    damage.Shape,
    damage.Page,
    arm_options.NextLink,
    arm_options.Casing,
    arm_options.EtaglessUpdate,
    arm_options.OpenClassification,
    logs_options.Answer,
    tokens.Revocation,
    evidence.GraphLink,
    evidence.DefenderLink,
    evidence.Redirect,
    rules.When,
)
_RECORDS = (
    faults.FaultRule,
    arm_options.ArmOptions,
    logs_options.LogsOptions,
    EntraOptions,
    evidence.GraphOptions,
    evidence.DefenderOptions,
    evidence.ScriptOptions,
    AzureOptions,
    WorldOptions,
    Availability,
    RateRule,
)
_KEYS = (
    instance.KEYS,
    custom_tables.KEYS,
    access.KEYS,
    access.ANSWERS,
    access.Operation,
    rules.KEYS,
    instance.PROCESSES,
    autoclose.JOBS,
    arm.SEEDS,
    seeds.FIELDS,
    entra.SEEDS,
    loganalytics.SEEDS,
    seeding.SEEDS,
    people.ACTIONS,
    DEEDS,
    TABLES,
)
"""Keys of seeds, deeds of people, scheduled jobs, and the tables that `rows` can be written into."""


@cache
def switches() -> frozenset[str]:
    return frozenset(_words())


def _words() -> Iterator[str]:
    for choice in _CHOICES:
        yield from map(str, get_args(choice))
    for record in _RECORDS:
        yield from (each.name for each in fields(record))
    for keys in _KEYS:
        yield from map(str, keys)

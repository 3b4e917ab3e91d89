"""What a file of cases may say: the pydantic models behind `mappings/cases/*.yaml`, and behind its JSON Schema."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from watchkeeper.mapping.base_models import SLUG, FieldName, Strict, Version, as_text
from watchkeeper.mapping.pydantic_problems import refuse

CASES: Final = "cases"
"""The folder of case files inside a mappings folder."""
CASES_SCHEMA: Final = "cases.schema.json"


def _as_raw(value: Any) -> Any:
    """A bare number or truth value is the text that the side returns; a list is a set of labels."""
    return tuple(map(as_text, value)) if isinstance(value, list) else as_text(value)


_SCALAR: Final[dict[str, Any]] = {"type": ["string", "integer", "boolean", "null"]}
Held: TypeAlias = Annotated[
    str | tuple[str, ...] | None,
    BeforeValidator(_as_raw),
    WithJsonSchema({"anyOf": [_SCALAR, {"type": "array", "items": {"type": ["string", "integer", "boolean"]}}]}),
]
Fields: TypeAlias = dict[FieldName, Held]


class BaseRecords(Strict):
    """What the sides held when they last agreed, where that differs from what they hold now."""

    servicenow: Fields = Field(default={}, description="Raw fields of the ServiceNow record, as it was.")
    sentinel: Fields = Field(default={}, description="Raw fields of the Sentinel record, as it was.")


class Given(Strict):
    """What there is: a pair, a record on one side alone, or a duty that becomes due."""

    servicenow: Fields | None = Field(default=None, description="Raw fields of the ServiceNow record.")
    sentinel: Fields | None = Field(default=None, description="Raw fields of the Sentinel record.")
    base: BaseRecords = Field(
        default=BaseRecords(),
        description="What both held when they last agreed; without it, what they hold now: nothing has changed.",
    )
    closed_by: Literal["soc-team", "stranger"] = Field(
        default="soc-team", description="Who closed a closed record: a member of a SOC team's group, or somebody else."
    )
    task: str | None = Field(default=None, description="Maintenance: the task of the catalogue that becomes due.")
    team: str | None = Field(default=None, description="Its team; without it, the first one.")
    on: date | None = Field(default=None, description="The task is due on this date or soon after; else any date.")


class Expect(Strict):
    """What must come of it. Only what is named is compared."""

    servicenow: Fields = Field(default={}, description="Raw fields that the ServiceNow record must hold afterwards.")
    sentinel: Fields = Field(default={}, description="Raw fields that the Sentinel record must hold afterwards.")
    parked: dict[str, str] = Field(
        default={}, description="Canonical fields that must be parked, each with words that the reason must have."
    )
    created: bool | None = Field(default=None, description="Whether a counterpart is created.")


class Variation(Strict):
    """What one variation of a case has besides."""

    given: Given = Field(default=Given(), description="Fields that are given besides.")
    expect: Expect = Field(default=Expect(), description="What must come of it besides.")


class CaseEntry(Strict):
    """One case, or one for each of its variations."""

    name: str = Field(min_length=1, max_length=200, description="What the case shows, as a sentence.")
    given: Given = Field(default=Given(), description="What there is.")
    expect: Expect = Field(default=Expect(), description="What must come of it.")
    each: tuple[Variation, ...] = Field(
        default=(), description="Variations: each is a case with these fields laid over those above."
    )

    @model_validator(mode="after")
    def _given_something(self) -> Self:
        for given in (self.given, *(each.given for each in self.each)):
            if given.task is not None or given.servicenow is not None or given.sentinel is not None:
                return self
        raise refuse("gives nothing", allowed="given: servicenow, sentinel, both, or task")


class CasesFile(Strict):
    """Cases of one profile."""

    version: Version = Field(description="The version of this file format.")
    profile: str = Field(pattern=SLUG, max_length=40, description="The profile that is tried out.")
    cases: tuple[CaseEntry, ...] = Field(min_length=1, description="The cases.")

"""What the models of mapping files are made of: types that several of them use, and a condition on a raw field."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from watchkeeper.mapping.pydantic_problems import listed, refuse

SLUG = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"


def as_text(value: Any) -> Any:
    """A bare number or truth value in a table is meant as the text that the side returns."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def as_list(value: Any) -> Any:
    """A single value where a list is wanted."""
    # Pydantic's strict mode takes a tuple from Python code, and a list only from JSON.
    return tuple(value) if isinstance(value, list) else (value,)


def _no_truth(value: Any) -> Any:
    # To Python, and so to pydantic's literals, true is 1.
    return "true" if value is True else value


Version: TypeAlias = Annotated[Literal[1], BeforeValidator(_no_truth)]
_SCALAR_SCHEMA: dict[str, Any] = {"type": ["string", "integer", "boolean"]}
Raw: TypeAlias = Annotated[str, BeforeValidator(as_text), WithJsonSchema(_SCALAR_SCHEMA)]
RawList: TypeAlias = Annotated[
    tuple[Raw, ...],
    BeforeValidator(as_list),
    WithJsonSchema({"anyOf": [_SCALAR_SCHEMA, {"type": "array", "items": _SCALAR_SCHEMA}]}),
]
Paragraphs: TypeAlias = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(as_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
FieldName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]*$")]
TableName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")]

RawNames: TypeAlias = Annotated[
    tuple[FieldName, ...],
    BeforeValidator(as_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


class Strict(BaseModel):
    """Unknown keys are refused; nothing can be changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class LocalParagraphs(Strict):
    """A text template in each language: one text, or a list of paragraphs."""

    en: Paragraphs = Field(description="English.")
    ja: Paragraphs = Field(description="Japanese.")


class Compared(Strict):
    """A condition on one raw field: exactly one comparison, with a list of values."""

    is_in: RawList | None = Field(default=None, alias="in", description="The value is one of these.")
    not_in: RawList | None = Field(default=None, description="The value is none of these.")
    has_any: RawList | None = Field(default=None, description="At least one of these labels is set.")
    has_none: RawList | None = Field(default=None, description="None of these labels is set.")
    starts_with: RawList | None = Field(default=None, description="The text starts with one of these.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        demand_one(self, "comparison", Compared)
        values = next(value for name in Compared.model_fields if (value := getattr(self, name)) is not None)
        if not values or any(not value for value in values):
            raise refuse(
                "compares with an empty value, which would match every blank record", allowed="non-empty values"
            )
        return self


def demand_one(
    given: BaseModel, what: str, among: type[BaseModel] | None = None, *, beside: tuple[str, ...] = ()
) -> None:
    """Refuse a model of which not exactly one key is given. `among`: the model whose keys count, where it has others too;
    `beside`: keys that do not count."""
    fields = (among or type(given)).model_fields
    names = {name: field.alias or name for name, field in fields.items() if name not in beside}
    told = [shown for name, shown in names.items() if getattr(given, name) is not None]
    if len(told) != 1:
        found = f"names {listed(told)}" if told else "names none"
        raise refuse(f"needs exactly one {what} and {found}", allowed=listed(names.values()))

"""The kinds of translation that a field may have on a side: what stands below `fields.<name>.<side>`.

Each description is a sentence of the reference in `mappings/README.md`.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from watchkeeper.mapping.base_models import FieldName, Raw, RawList, RawNames, Strict, demand_one
from watchkeeper.mapping.lens import TimeFormat


class Row(Strict):
    """One row of a value table."""

    raw: RawList = Field(alias="is", min_length=1, description="The raw value, or one for each of the table's fields.")
    means: str = Field(description="The canonical value that the row is read as.")
    writes: tuple[str, ...] | None = Field(
        default=None,
        description="Canonical values that are written as this row; the value it means, unless another row writes that one.",
    )


class Table(Strict):
    """A value table over one raw field, or over several that make one value together."""

    fields: RawNames = Field(alias="field", min_length=1, description="The raw field, or the list of raw fields.")
    rows: tuple[Row, ...] = Field(min_length=1, description="What each raw value means, and what is written for it.")
    transitions: dict[str, RawList] | None = Field(
        default=None,
        description="For each raw value, the raw values that it may become; without it, every change is allowed.",
    )
    cannot_hold: tuple[str, ...] = Field(default=(), description="Canonical values that this side has no word for.")


class Text(Strict):
    """Plain text, cut at the side's limit."""

    field: FieldName = Field(description="The raw field.")
    max: int = Field(ge=1, le=65536, description="The longest text that the side takes, in characters.")


class Reference(Strict):
    """The side's own id of a group or a person, passed through."""

    field: FieldName = Field(description="The raw field.")


class Constant(Strict):
    """A raw field that holds one fixed text on every record of the profile."""

    field: FieldName = Field(description="The raw field.")
    value: Raw = Field(description="The text.")


class Labels(Strict):
    """A set of labels; labels are only ever added."""

    field: FieldName = Field(description="The raw field.")


class DateTime(Strict):
    """A date and time, UTC."""

    field: FieldName = Field(description="The raw field.")
    format: TimeFormat = Field(description="How the side spells it.")


class FieldOnSide(Strict):
    """Where one side keeps a canonical field: exactly one kind of translation."""

    table: Table | None = Field(default=None, description="A value table.")
    text: Text | None = Field(default=None, description="Plain text, cut at the side's limit.")
    reference: Reference | None = Field(default=None, description="The side's own id of a group or a person.")
    constant: Constant | None = Field(default=None, description="One fixed text.")
    labels: Labels | None = Field(default=None, description="A set of labels; labels are only ever added.")
    datetime: DateTime | None = Field(default=None, description="A date and time, UTC.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        demand_one(self, "kind of translation")
        return self

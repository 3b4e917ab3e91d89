"""The kinds of translation that a field may have on a side: what stands below `fields.<name>.<side>`.

Each description is a sentence of the reference in `mappings/README.md`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from watchkeeper.mapping.base_models import Compared, FieldName, Raw, RawList, RawNames, Strict, as_list, demand_one
from watchkeeper.mapping.lens import TimeFormat
from watchkeeper.mapping.lens_text import units
from watchkeeper.mapping.pydantic_problems import refuse
from watchkeeper.mapping.text_steps import Step


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


_STEP: dict[str, Any] = {"enum": [step.value for step in Step]}
_Steps: TypeAlias = Annotated[
    tuple[Step, ...],
    BeforeValidator(as_list),
    WithJsonSchema({"anyOf": [_STEP, {"type": "array", "items": _STEP}]}),
]
_Frame = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\r\n]*$")]


class Text(Strict):
    """Plain text, cut at the side's limit."""

    field: FieldName = Field(description="The raw field.")
    max: int = Field(ge=1, le=65536, description="The longest text that the side takes, in characters.")
    steps: _Steps = Field(
        default=(), description="What is done to the text, in this order, when it is read and when it is written."
    )
    prefix: _Frame | None = Field(
        default=None, description="What every text begins with here, and what is taken off when it is read."
    )
    suffix: _Frame | None = Field(
        default=None, description="What every text ends with here, and what is taken off when it is read."
    )

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.room <= 0:
            frame = self.max - self.room
            raise refuse(f"leaves no room: prefix and suffix have {frame} characters", allowed="a larger `max`")
        return self

    @property
    def room(self) -> int:
        """How many characters a text may have between prefix and suffix."""
        return self.max - units(self.prefix or "") - units(self.suffix or "")


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


class Boolean(Strict):
    """True or false, in the words of the side; letter case does not count."""

    field: FieldName = Field(description="The raw field.")
    means_true: RawList = Field(
        default=("true",), min_length=1, description="The raw values that mean true; the first one is written."
    )
    means_false: RawList = Field(
        default=("false",), min_length=1, description="The raw values that mean false; the first one is written."
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        true, false = ({word.strip().casefold() for word in words} for words in (self.means_true, self.means_false))
        if both := sorted(true & false):
            raise refuse(f"takes {both[0]!r} for true and for false", allowed="each raw value on one of the two lists")
        return self


class Date(Strict):
    """A calendar date, the same day in every time zone."""

    field: FieldName = Field(description="The raw field.")
    format: str = Field(
        default="%Y-%m-%d", max_length=40, description="How the side spells it, with `%Y`, `%m` and `%d` once each."
    )

    @model_validator(mode="after")
    def _each_part_once(self) -> Self:
        parts = re.findall("%.?", self.format)
        if sorted(parts) != ["%Y", "%d", "%m"]:
            raise refuse(
                f"has the date format {self.format!r}", allowed="%Y, %m and %d once each, as %Y-%m-%d or %d/%m/%Y"
            )
        return self


class Several(Strict):
    """Several values in one raw field, with a separator between them."""

    field: FieldName = Field(description="The raw field.")
    separator: str = Field(
        default=",",
        min_length=1,
        max_length=5,
        description="What stands between two values; white space around it does not count when it is read.",
    )
    in_order: bool = Field(
        default=False, description="Whether the order of the values counts; without it they are compared as a set."
    )
    max: int | None = Field(
        default=None,
        ge=1,
        le=65536,
        description="The longest text that the side takes, in characters; a longer list is left alone and reported.",
    )


class LookupRow(Compared):
    """One row of a lookup: a comparison, and the canonical value where it holds."""

    means: Raw = Field(min_length=1, description="The canonical value that such a record is read as.")


class Lookup(Strict):
    """A value that follows from a raw field, many to one: it is only read, so the other side follows."""

    field: FieldName = Field(description="The raw field; another rule may keep it, too.")
    rows: tuple[LookupRow, ...] = Field(min_length=1, description="The first row that holds counts.")
    otherwise: Raw | None = Field(
        default=None,
        min_length=1,
        description="What every other value is read as; without it such a value is left alone and reported.",
    )


class Join(Strict):
    """The texts of several raw fields, one after the other: they are only read, so the other side follows."""

    fields: RawNames = Field(min_length=1, description="The raw fields, in order; empty ones are left out.")
    separator: str = Field(default=" ", max_length=20, description="What stands between two texts.")


class FieldOnSide(Strict):
    """Where one side keeps a canonical field: exactly one kind of translation, and what stands for an empty field."""

    table: Table | None = Field(default=None, description="A value table.")
    text: Text | None = Field(default=None, description="Plain text, cut at the side's limit.")
    reference: Reference | None = Field(default=None, description="The side's own id of a group or a person.")
    constant: Constant | None = Field(default=None, description="One fixed text.")
    labels: Labels | None = Field(default=None, description="A set of labels; labels are only ever added.")
    datetime: DateTime | None = Field(default=None, description="A date and time, UTC.")
    boolean: Boolean | None = Field(default=None, description="True or false.")
    date: Date | None = Field(default=None, description="A calendar date, the same day in every time zone.")
    list: Several | None = Field(default=None, description="Several values in one raw field.")
    lookup: Lookup | None = Field(default=None, description="What follows from a raw field; only read.")
    join: Join | None = Field(default=None, description="The texts of several raw fields; only read.")
    default: Raw | None = Field(
        default=None,
        min_length=1,
        description="The canonical value that an empty field stands for; it is not written over an empty field.",
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        demand_one(self, "kind of translation", beside=("default",))
        return self

    @property
    def kind(self) -> str:
        """The key of the one that is given."""
        names = (name for name in type(self).model_fields if name != "default")
        return next(name for name in names if getattr(self, name) is not None)

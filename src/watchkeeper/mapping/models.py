"""What a profile file may say: the pydantic models behind `mappings/profiles/*.yaml`, and behind its JSON Schema.

Each description is a sentence of the reference in `mappings/README.md`; a test compares the two.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from watchkeeper.mapping.base_models import (
    SLUG,
    Compared,
    FieldName,
    LocalParagraphs,
    Raw,
    RawList,
    Strict,
    TableName,
    Version,
    demand_one,
)
from watchkeeper.mapping.kind_models import FieldOnSide
from watchkeeper.mapping.profile import CloseFrom, Direction, GonePolicy, LinkBack, Owner, ProfileKind, ResolverKind
from watchkeeper.mapping.pydantic_problems import refuse
from watchkeeper.model.ticket import Severity
from watchkeeper.model.verdict import AuditWindow

NOWHERE = "off"
"""What stands for no field."""

AUDITED_TASKS = ("escalation-tickets",)
"""The shipped duty that the escalation audit is about."""

SOC_GROUPS = "$soc_groups"
"""Stands for the assignment groups of all enabled SOC teams in a population or a constant."""


class OnCreate(Strict):
    """What a new record gets in a field: exactly one source."""

    value: Raw | None = Field(default=None, description="This canonical value.")
    source: str | None = Field(
        default=None, alias="from", description="The value of this name, as it is (see Names in templates)."
    )
    text: LocalParagraphs | None = Field(default=None, description="A template, in the language of the team.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        demand_one(self, "source")
        return self


class When(Strict):
    """What the records must hold for a field to be kept in step: all conditions of both sides."""

    servicenow: dict[FieldName, Compared] | None = Field(
        default=None, min_length=1, description="Conditions on raw fields of the ServiceNow record."
    )
    sentinel: dict[FieldName, Compared] | None = Field(
        default=None,
        min_length=1,
        description="Conditions on raw fields of the Sentinel record; one that is left out is empty.",
    )

    @model_validator(mode="after")
    def _some_condition(self) -> Self:
        if self.servicenow is None and self.sentinel is None:
            raise refuse("has no condition", allowed="servicenow, sentinel, or both")
        return self


class FieldRuleFile(Strict):
    """How one canonical field is kept in step. A side that is left out does not carry the field."""

    owner: Owner = Field(description="Whose value counts after creation.")
    resolver: ResolverKind = Field(
        default=ResolverKind.MANUAL,
        description="Who wins when both sides changed a shared field to different meanings.",
    )
    may_lower: bool = Field(default=True, description="Whether a severity may be lowered on a side by the other side.")
    direction: Direction = Field(
        default=Direction.BOTH,
        description="Which side is ever written in this field, also at creation; changes on it stay there.",
    )
    when: When | None = Field(
        default=None,
        description="What the records must hold; while they do not, the field is left alone on both sides.",
    )
    on_create: OnCreate | None = Field(default=None, description="What a new record gets in this field.")
    servicenow: FieldOnSide | None = Field(default=None, description="The field in ServiceNow.")
    sentinel: FieldOnSide | None = Field(default=None, description="The field in Sentinel.")

    @model_validator(mode="after")
    def _some_side(self) -> Self:
        if self.servicenow is None and self.sentinel is None:
            raise refuse("names no side that carries the field", allowed="servicenow, sentinel, or both")
        return self


class SideFile(Strict):
    """What a profile asks of one side."""

    table: TableName = Field(
        description="The table (ServiceNow); in Sentinel `incidents`, or for maintenance `incident-tasks`."
    )
    creates: bool = Field(description="Whether records are created here.")
    population: tuple[dict[FieldName, Compared], ...] = Field(
        default=(), description="Escalations only: which records belong to it; any entry, and in it all conditions."
    )
    constants: dict[FieldName, Raw] = Field(
        default={}, description="Raw fields of every record that is created here, beside the mapped ones."
    )
    labels: tuple[Annotated[str, Field(min_length=1, max_length=256)], ...] = Field(
        default=(), description="Labels of every record that is created here."
    )
    pair_by: FieldName | None = Field(
        default=None,
        description="A raw field in which another integration may have left the other side's exact id or number.",
    )
    close_from: CloseFrom = Field(description="Whose close here may close the other side.")
    link_back: LinkBack = Field(
        default=LinkBack.NONE,
        description="How a record that we did not create learns of its twin (`comment` is not written yet, and refused).",
    )
    resolver_field: FieldName | None = Field(
        default=None, description="The raw field that names who resolved the record."
    )
    assignee_field: FieldName | None = Field(default=None, description="The raw field of the assignee.")
    group_field: FieldName | None = Field(default=None, description="The raw field of the assignment group.")
    hold_reason_field: FieldName | None = Field(
        default=None, description="The raw field of the reason for being on hold."
    )
    follow_up_field: FieldName | None = Field(
        default=None, description="The raw field of the date until which a ticket waits."
    )
    title_field: FieldName | None = Field(default=None, description="The raw field that reports show as the title.")


class Sides(Strict):
    """Both sides."""

    servicenow: SideFile = Field(description="What the profile asks of ServiceNow.")
    sentinel: SideFile = Field(description="What the profile asks of Sentinel.")


class ClosingRow(Strict):
    """One line of a closure table."""

    raw: RawList = Field(
        alias="is", min_length=1, description="The other side's closing values, one for each field it reads."
    )
    write: dict[FieldName, Raw] = Field(min_length=1, description="What is written here for them.")


class ClosingText(Strict):
    """A text that a close carries."""

    max: int = Field(ge=1, le=65536, description="The longest text that the side takes, in characters.")
    text: LocalParagraphs = Field(description="The template, in the language of the team.")


class Closing(Strict):
    """What a close that comes from the other side carries here besides the status."""

    demands: dict[str, tuple[FieldName, ...]] | None = Field(
        default=None,
        description=(
            "For each raw status that closes a record here, the fields that must not be empty then; without it, every close "
            "needs `close_code` and `close_notes` (ServiceNow), or `classification` (Sentinel)."
        ),
    )
    reads: tuple[FieldName, ...] = Field(default=(), description="The other side's raw fields that decide.")
    empty_when_absent: bool = Field(
        default=False,
        description="Whether a field that the other side leaves out counts as empty (Sentinel) or as hidden (ServiceNow).",
    )
    notes: FieldName | None = Field(
        default=None, description="The other side's raw field with the closer's own words, for the templates."
    )
    rows: tuple[ClosingRow, ...] = Field(default=(), description="What is written for each combination of values.")
    otherwise: dict[FieldName, Raw] | None = Field(
        default=None, description="What is written for every other combination; without it, such a close is parked."
    )
    texts: dict[FieldName, ClosingText] = Field(default={}, description="Texts that are written with it.")
    clear_on_reopen: tuple[FieldName, ...] = Field(
        default=(), description="Raw fields that are emptied when the record is reopened."
    )


class ClosureFile(Strict):
    """What a close carries, in both directions."""

    servicenow: Closing = Field(description="What is written in ServiceNow when Sentinel was closed.")
    sentinel: Closing = Field(description="What is written in Sentinel when ServiceNow was closed.")


class Hold(Strict):
    """When a ticket that waits needs no daily update."""

    reasons: RawList = Field(default=(), description="Raw reasons that exempt; empty: any reason does.")
    max_days: int = Field(
        default=5, ge=1, le=60, description="Working days after which a ticket without a date is due again."
    )


class Audit(Strict):
    """How often a person has to update an escalation."""

    window: AuditWindow = Field(
        default=AuditWindow.BUSINESS_DAY,
        description=(
            "`business_day`: on every working day of the team; `rolling_24h`: never more than 24 hours of working days apart; "
            "`per_shift`: in every shift of the team (a team without shifts: on every working day)."
        ),
    )
    by_severity: dict[Severity, AuditWindow] = Field(
        default={}, description="Another window for a severity; where the sides differ the higher one counts."
    )
    parent_field: FieldName | None = Field(
        default=None,
        description=(
            "ServiceNow's raw field that names a ticket's parent: while a person keeps the parent updated, its children are exempt."
        ),
    )


class AuditResult(Strict):
    """Which duties' tickets carry what the escalation audit found of their day."""

    tasks: tuple[Annotated[str, Field(pattern=SLUG)], ...] = Field(
        default=AUDITED_TASKS,
        description="Tasks whose open ticket gets a row per team, as a work note, once its day is judged for good; empty: none.",
    )
    shown_in: str = Field(
        default=NOWHERE,
        description=(
            "The field whose text in ServiceNow also shows how the day stands until then, in a part of its own at the end (the "
            "account needs the right to write that field); `off`: none."
        ),
    )
    close: bool = Field(
        default=False,
        description=(
            "Whether such a ticket is resolved, with the audit as its evidence, once every team has made every update that it "
            "owed."
        ),
    )


class ProfileFile(Strict):
    """One kind of pairing and its field mapping."""

    version: Version = Field(description="The version of this file format.")
    extends: Annotated[str, Field(pattern=SLUG)] | None = Field(
        default=None,
        description=(
            "The shipped profile that this file changes: `default` for the one with its file name, or its name. The file then "
            "names only what differs."
        ),
    )
    name: str = Field(pattern=SLUG, max_length=40, description="The profile's name; equals the file's.")
    kind: ProfileKind = Field(description="Where its tickets come from.")
    enabled: bool = Field(
        default=True, description="Whether the profile is used; `mappings check` checks one that is not all the same."
    )
    sides: Sides = Field(description="What the profile asks of each side.")
    fields: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], FieldRuleFile] = Field(
        min_length=1, description="The canonical fields, and how each is kept in step."
    )
    closure: ClosureFile = Field(description="What a close carries from one side to the other.")
    comments: Literal["off", "both", "servicenow-to-sentinel", "sentinel-to-servicenow"] = Field(
        default="off", description="In which direction comments are mirrored."
    )
    gone: GonePolicy = Field(
        default=GonePolicy.REPORT, description="What happens when one record of a pair is deleted."
    )
    go_live: date | None = Field(default=None, description="No escalation created before this date is imported.")
    hold: Hold = Field(default=Hold(), description="When a ticket that waits needs no daily update.")
    audit: Audit = Field(default=Audit(), description="How often a person has to update an escalation.")
    audit_result: AuditResult = Field(
        default=AuditResult(), description="Maintenance only: which tickets carry what the escalation audit found."
    )
    sweep_hours: int = Field(default=24, ge=1, le=168, description="Hours between two full sweeps.")

    @model_validator(mode="after")
    def _has_status(self) -> Self:
        if "status" not in self.fields:
            raise refuse("has no field `status`", allowed="a profile maps at least the status")
        return self

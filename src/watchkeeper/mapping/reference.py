"""The reference of profile files: every key with meaning, type, default and example, generated from the models.

`python -m watchkeeper.mapping.reference mappings` writes it into `mappings/README.md`, and the JSON Schema beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from watchkeeper.mapping import base_models, case_file, kind_models, models
from watchkeeper.mapping.names import CLOSING_NAMES, ESCALATION_NAMES, MAINTENANCE_NAMES, Name
from watchkeeper.mapping.reference_table import between, cell, section
from watchkeeper.mapping.schema import schema_text, schemas
from watchkeeper.mapping.template_parser import FILTER_MEANINGS
from watchkeeper.mapping.text_steps import MEANINGS

BEGIN: Final = "<!-- reference: generated from the models; do not edit by hand -->"
END: Final = "<!-- end of reference -->"

SECTIONS: Final[tuple[tuple[str, type[BaseModel]], ...]] = (
    ("A profile file", models.ProfileFile),
    ("`sides`", models.Sides),
    ("`sides.<side>`", models.SideFile),
    ("`sides.<side>.population[].<field>`", base_models.Compared),
    ("`fields.<name>`", models.FieldRuleFile),
    ("`fields.<name>.when`", models.When),
    ("`fields.<name>.on_create`", models.OnCreate),
    ("`text` in two languages", base_models.LocalParagraphs),
    ("`fields.<name>.<side>`", kind_models.FieldOnSide),
    ("`table`", kind_models.Table),
    ("`table.rows[]`", kind_models.Row),
    ("`text`", kind_models.Text),
    ("`reference`", kind_models.Reference),
    ("`constant`", kind_models.Constant),
    ("`labels`", kind_models.Labels),
    ("`datetime`", kind_models.DateTime),
    ("`boolean`", kind_models.Boolean),
    ("`date`", kind_models.Date),
    ("`list`", kind_models.Several),
    ("`lookup`", kind_models.Lookup),
    ("`lookup.rows[]`", kind_models.LookupRow),
    ("`join`", kind_models.Join),
    ("`closure`", models.ClosureFile),
    ("`closure.<side>`", models.Closing),
    ("`closure.<side>.rows[]`", models.ClosingRow),
    ("`closure.<side>.texts.<field>`", models.ClosingText),
    ("`hold`", models.Hold),
    ("`audit`", models.Audit),
    ("`audit_result`", models.AuditResult),
    ("A file of cases", case_file.CasesFile),
    ("`cases[]`", case_file.CaseEntry),
    ("`cases[].given`", case_file.Given),
    ("`cases[].given.base`", case_file.BaseRecords),
    ("`cases[].expect`", case_file.Expect),
    ("`cases[].each[]`", case_file.Variation),
)

EXAMPLES: Final[Mapping[tuple[str, str], str]] = {
    ("ProfileFile", "version"): "1",
    ("ProfileFile", "extends"): "default",
    ("ProfileFile", "name"): "escalation",
    ("ProfileFile", "kind"): "escalation",
    ("ProfileFile", "enabled"): "false",
    ("ProfileFile", "comments"): "both",
    ("ProfileFile", "gone"): "report",
    ("ProfileFile", "go_live"): "2026-11-23",
    ("ProfileFile", "sweep_hours"): "24",
    ("SideFile", "table"): "incident",
    ("SideFile", "creates"): "true",
    ("SideFile", "population"): "[{category: {in: [security]}}]",
    ("SideFile", "constants"): "{category: security}",
    ("SideFile", "labels"): "[escalation]",
    ("SideFile", "pair_by"): "correlation_id",
    ("SideFile", "close_from"): "soc-teams",
    ("SideFile", "link_back"): "label",
    ("SideFile", "resolver_field"): "resolved_by",
    ("SideFile", "assignee_field"): "assigned_to",
    ("SideFile", "group_field"): "assignment_group",
    ("SideFile", "hold_reason_field"): "hold_reason",
    ("SideFile", "follow_up_field"): "follow_up",
    ("SideFile", "title_field"): "short_description",
    ("Audit", "parent_field"): "parent_incident",
    ("Compared", "in"): "[$soc_groups]",
    ("Compared", "not_in"): "[inquiry]",
    ("Compared", "has_any"): "[escalation]",
    ("Compared", "has_none"): "[drill]",
    ("Compared", "starts_with"): "['[SEC]']",
    ("FieldRuleFile", "owner"): "shared",
    ("FieldRuleFile", "resolver"): "furthest",
    ("FieldRuleFile", "may_lower"): "false",
    ("FieldRuleFile", "direction"): "to-servicenow",
    ("When", "servicenow"): "{category: {in: [security]}}",
    ("When", "sentinel"): "{labels: {has_any: [vip]}}",
    ("OnCreate", "value"): "informational",
    ("OnCreate", "from"): "occurrence.due",
    ("LocalParagraphs", "en"): "'{{ task.title }}'",
    ("LocalParagraphs", "ja"): "['{{ task.summary }}', '期限: {{ occurrence.due_local }}']",
    ("Table", "field"): "[impact, urgency]",
    ("Table", "transitions"): "{6: [2], 7: []}",
    ("Table", "cannot_hold"): "[cancelled]",
    ("Row", "is"): "6",
    ("Row", "means"): "resolved",
    ("Row", "writes"): "[resolved, closed]",
    ("Text", "field"): "short_description",
    ("Text", "max"): "160",
    ("Reference", "field"): "assignment_group",
    ("Constant", "field"): "category",
    ("Constant", "value"): "security",
    ("Labels", "field"): "labels",
    ("DateTime", "field"): "due_date",
    ("DateTime", "format"): "servicenow",
    ("Text", "steps"): "[collapse-spaces]",
    ("Text", "prefix"): "'[SOC] '",
    ("Text", "suffix"): "' (SOC)'",
    ("Boolean", "field"): "u_vip",
    ("Boolean", "means_true"): "['Yes']",
    ("Boolean", "means_false"): "['No', '']",
    ("Date", "field"): "u_review_on",
    ("Date", "format"): "'%d/%m/%Y'",
    ("Several", "field"): "u_hosts",
    ("Several", "separator"): "'; '",
    ("Several", "in_order"): "true",
    ("Several", "max"): "4000",
    ("Lookup", "field"): "severity",
    ("Lookup", "otherwise"): "normal",
    ("LookupRow", "in"): "[High, Medium]",
    ("LookupRow", "not_in"): "[Informational]",
    ("LookupRow", "has_any"): "[vip]",
    ("LookupRow", "has_none"): "[drill]",
    ("LookupRow", "starts_with"): "['[PAY]']",
    ("LookupRow", "means"): "urgent",
    ("Join", "fields"): "[classification, classificationReason]",
    ("Join", "separator"): "' / '",
    ("FieldOnSide", "default"): "none",
    ("Closing", "demands"): "{6: [close_code, close_notes], 8: []}",
    ("Closing", "reads"): "[close_code]",
    ("Closing", "empty_when_absent"): "true",
    ("Closing", "notes"): "close_notes",
    ("Closing", "otherwise"): "{classification: Undetermined}",
    ("Closing", "clear_on_reopen"): "[classification]",
    ("ClosingRow", "is"): "True positive",
    ("ClosingRow", "write"): "{classification: TruePositive, classificationReason: SuspiciousActivity}",
    ("ClosingText", "max"): "1000",
    ("Hold", "reasons"): "[3, 4]",
    ("Hold", "max_days"): "5",
    ("Audit", "window"): "per_shift",
    ("Audit", "by_severity"): "{high: rolling_24h}",
    ("AuditResult", "tasks"): "[escalation-tickets]",
    ("AuditResult", "shown_in"): "description",
    ("AuditResult", "close"): "true",
    ("CasesFile", "version"): "1",
    ("CasesFile", "profile"): "escalation",
    ("CaseEntry", "name"): "On Hold never closes an incident",
    ("Given", "servicenow"): "{state: 3}",
    ("Given", "sentinel"): "{status: Active}",
    ("Given", "closed_by"): "stranger",
    ("Given", "task"): "secure-score-report",
    ("Given", "team"): "monitoring",
    ("Given", "on"): "2026-11-23",
    ("BaseRecords", "servicenow"): "{state: 2}",
    ("BaseRecords", "sentinel"): "{status: New}",
    ("Expect", "servicenow"): "{state: 6}",
    ("Expect", "sentinel"): "{status: Active}",
    ("Expect", "parked"): "{status: close_code}",
    ("Expect", "created"): "false",
}
"""An example for every key whose value is written in one line, as YAML."""


def reference() -> str:
    """The reference as Markdown, between its markers."""
    parts = [
        BEGIN,
        *(section(title, model, EXAMPLES) for title, model in SECTIONS),
        _names(),
        _filters(),
        _steps(),
        END,
    ]
    return "\n\n".join(parts)


def with_reference(readme: str) -> str:
    """A README with the part between the markers brought up to date. Raises ValueError when it has no markers."""
    return between(readme, BEGIN, END, reference())


def _names() -> str:
    tables = (
        ("on_create of a maintenance profile", MAINTENANCE_NAMES),
        ("on_create of an escalation profile", ESCALATION_NAMES),
        ("closure", CLOSING_NAMES),
    )
    return "### Names in templates\n\n" + "\n\n".join(_name_table(title, names) for title, names in tables)


def _name_table(title: str, names: Mapping[str, Name]) -> str:
    rows = "\n".join(f"| `{name}` | {spec.meaning} | {spec.shape.value} |" for name, spec in names.items())
    return f"In {title}:\n\n| name | meaning | kind |\n| --- | --- | --- |\n{rows}"


def _filters() -> str:
    rows = "\n".join(f"| `{name}` | {cell(meaning)} |" for name, meaning in FILTER_MEANINGS.items())
    return f"### Filters in templates\n\n| filter | what it gives |\n| --- | --- |\n{rows}"


def _steps() -> str:
    rows = "\n".join(f"| `{step.value}` | {meaning} |" for step, meaning in MEANINGS.items())
    return f"### Steps of a text\n\n| step | what it gives |\n| --- | --- |\n{rows}"


def main(folder: Path) -> None:
    """Bring README.md and the profile schema of a mappings folder up to date."""
    readme = folder / "README.md"
    readme.write_text(with_reference(readme.read_text(encoding="utf-8")), encoding="utf-8")
    for name, schema in schemas().items():
        (folder / "schema" / name).write_text(schema_text(schema), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

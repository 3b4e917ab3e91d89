"""A table of somebody's own with a field of every kind, and the profile that keeps it in step with Sentinel: YAML alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

from tests.engine import MAPPINGS

TABLE: Final[dict[str, Any]] = {
    "name": "u_soc_task",
    "prefix": "SOCT",
    "states": [
        {"value": "1", "label": "Open"},
        {"value": "2", "label": "At work", "is": "working"},
        {"value": "9", "label": "Done", "is": "closed"},
        {"value": "8", "label": "Void", "is": "cancelled"},
    ],
    "fields": [
        "u_urgency",
        "u_verdict",
        "u_remark",
        {"name": "u_vip", "type": "boolean"},
        {"name": "u_review_on", "type": "glide_date"},
        {"name": "u_tags", "length": 4000},
    ],
}

PROFILE: Final = """
version: 1
name: soc-task
kind: escalation
sides:
  servicenow:
    table: u_soc_task
    creates: true
    population: [{ assignment_group: { in: [$soc_groups] } }]
    constants: { assignment_group: SOC Monitoring }
    close_from: anyone
    group_field: assignment_group
    title_field: short_description
  sentinel:
    table: incidents
    creates: true
    population: [{ labels: { has_any: [soc-task] } }]
    labels: [soc-task]
    close_from: anyone
    link_back: label
    title_field: title
fields:
  title:
    owner: shared
    resolver: prefer-sentinel
    servicenow: { text: { field: short_description, max: 160, prefix: "[SOC] ", steps: [collapse-spaces] } }
    sentinel: { text: { field: title, max: 250 } }
  status:
    owner: shared
    resolver: furthest
    servicenow:
      table:
        field: state
        rows:
          - { is: 1, means: new }
          - { is: 2, means: active, writes: [active, on-hold] }
          - { is: 9, means: closed, writes: [resolved, closed] }
          - { is: 8, means: cancelled }
    sentinel:
      table:
        field: status
        rows:
          - { is: New, means: new }
          - { is: Active, means: active, writes: [active, on-hold] }
          - { is: Closed, means: closed, writes: [resolved, closed, cancelled] }
  severity:
    owner: sentinel
    sentinel:
      table:
        field: severity
        rows:
          - { is: High, means: high }
          - { is: Medium, means: medium }
          - { is: Low, means: low }
          - { is: Informational, means: informational }
  urgency:
    owner: sentinel
    servicenow: { text: { field: u_urgency, max: 40 }, default: normal }
    sentinel: { lookup: { field: severity, rows: [{ in: [High, Medium], means: urgent }], otherwise: normal } }
  vip:
    owner: sentinel
    servicenow: { boolean: { field: u_vip } }
    sentinel: { lookup: { field: labels, rows: [{ has_any: [vip, board] , means: true }], otherwise: false } }
  verdict:
    owner: sentinel
    servicenow: { text: { field: u_verdict, max: 160 } }
    sentinel: { join: { fields: [classification, classificationReason], separator: " / " } }
  remark:
    owner: shared
    direction: to-servicenow
    servicenow: { text: { field: u_remark, max: 160 } }
    sentinel: { text: { field: classificationComment, max: 160 } }
  review:
    owner: shared
    when: { servicenow: { u_vip: { in: [true] } } }
    servicenow: { date: { field: u_review_on } }
    sentinel: { date: { field: description, format: "%d.%m.%Y" } }
  tags:
    owner: servicenow
    servicenow: { list: { field: u_tags, separator: ", ", max: 4000 } }
    sentinel: { labels: { field: labels } }
closure:
  servicenow:
    demands: { 9: [], 8: [] }
    otherwise: { close_notes: Closed in Sentinel }
  sentinel:
    otherwise: { classification: Undetermined }
"""


def mappings_with_own_table(folder: Path, *edits: tuple[str, str]) -> Path:
    """The shipped mappings with that profile, and parts of it changed."""
    shutil.copytree(MAPPINGS, folder)
    text = PROFILE
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "profiles" / "soc-task.yaml").write_text(text, encoding="utf-8")
    return folder

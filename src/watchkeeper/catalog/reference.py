"""The reference of the catalogue's files (packs, teams, owners …), generated from the models: `python -m watchkeeper.catalog.reference mappings` writes it
into `mappings/README.md`, and the JSON Schemas beside it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from watchkeeper.catalog import (
    calendar_file,
    entries,
    evidence_file,
    nudge_file,
    owner_file,
    pack_file,
    team_file,
    waiver_file,
)
from watchkeeper.catalog.schema import schemas
from watchkeeper.mapping.reference_table import Examples, between, section

BEGIN: Final = "<!-- reference of the catalogue: generated from the models; do not edit by hand -->"
END: Final = "<!-- end of the catalogue's reference -->"

SECTIONS: Final[tuple[tuple[str, type[BaseModel]], ...]] = (
    ("A pack", pack_file.PackFile),
    ("`source`", pack_file.SourceEntry),
    ("`tasks[]`", pack_file.TaskEntry),
    ("`tasks[].schedule`", pack_file.ScheduleEntry),
    ("`tasks[].raised`", pack_file.RaisedEntry),
    ("`tasks[].links[]`", pack_file.LinkEntry),
    ("`tasks[].sentinel`", pack_file.SentinelEntry),
    ("A text in a pack or of a team", entries.Text),
    ("`teams.yaml`", team_file.TeamsFile),
    ("`deployment`", team_file.DeploymentEntry),
    ("`teams[]`", team_file.TeamEntry),
    ("`teams[].shifts[]`", team_file.ShiftEntry),
    ("`calendars.yaml`", calendar_file.CalendarsFile),
    ("`calendars[]`", calendar_file.CalendarEntry),
    ("`calendars[].holidays`", calendar_file.HolidaysEntry),
    ("`calendars[].closures[]` of several days", calendar_file.SpanEntry),
    ("`waivers.yaml`", waiver_file.WaiversFile),
    ("`waivers[]`", waiver_file.WaiverEntry),
    ("`waivers[].where`", waiver_file.WaivedEntry),
    ("`nudges.yaml`", nudge_file.NudgesFile),
    ("`quiet_hours`", nudge_file.QuietEntry),
    ("`ladder`", nudge_file.LadderEntry),
    ("A severity's rung of the ladder", nudge_file.RungEntry),
    ("`channels[]`", nudge_file.ChannelEntry),
    ("`owners.yaml`", owner_file.OwnersFile),
    ("`owners[]`", owner_file.OwnerEntry),
    ("`services[]` of owners", owner_file.ServiceEntry),
    ("`evidence.yaml`", evidence_file.EvidenceFile),
    ("`remediation`", evidence_file.RemediationEntry),
    ("`scripts`", evidence_file.ScriptsEntry),
    ("`scripts.files[]`", evidence_file.ScriptEntry),
)

EXAMPLES: Final[Examples] = {
    ("Text", "en"): "'Check the secure score'",
    ("Text", "ja"): "'セキュア スコアを確認する'",
    ("SpanEntry", "from"): "12-29",
    ("SpanEntry", "to"): "01-03",
    ("HolidaysEntry", "country"): "JP",
    ("HolidaysEntry", "subdivision"): "CA",
    ("HolidaysEntry", "categories"): "[public]",
    ("CalendarEntry", "id"): "japan",
    ("CalendarEntry", "working_days"): "[monday, tuesday, wednesday, thursday]",
    ("CalendarEntry", "closures"): "['2026-12-24', {from: 12-29, to: 01-03}]",
    ("CalendarEntry", "extra_working_days"): "['2026-12-26']",
    ("CalendarEntry", "any_of"): "[japan, ireland]",
    ("NudgesFile", "version"): "1",
    ("NudgesFile", "mode"): "send",
    ("NudgesFile", "due_today_hours"): "2",
    ("NudgesFile", "cap"): "3",
    ("NudgesFile", "amnesty_days"): "14",
    ("QuietEntry", "from"): "'19:00'",
    ("QuietEntry", "until"): "'07:00'",
    ("RungEntry", "lead"): "2",
    ("RungEntry", "manager"): "3",
    ("RungEntry", "note"): "2",
    ("ChannelEntry", "id"): "soc-room",
    ("ChannelEntry", "kind"): "teams",
    ("ChannelEntry", "takes"): "[due-today, overdue]",
    ("ChannelEntry", "teams"): "[monitoring]",
    ("ChannelEntry", "host"): "hooks.example",
    ("OwnersFile", "version"): "1",
    ("OwnerEntry", "id"): "tokyo-workplace",
    ("OwnerEntry", "name"): "{en: Tokyo workplace, ja: 東京ワークプレイス}",
    ("OwnerEntry", "device_groups"): "[Tokyo clients]",
    ("OwnerEntry", "services"): "[Tokyo workplace]",
    ("OwnerEntry", "group"): "Service Desk",
    ("OwnerEntry", "contact"): "dana.desk@soc.example",
    ("OwnerEntry", "language"): "ja",
    ("OwnerEntry", "zone"): "Asia/Tokyo",
    ("ServiceEntry", "device_group"): "Servers",
    ("ServiceEntry", "service"): "Server platform",
    ("EvidenceFile", "version"): "1",
    ("EvidenceFile", "required"): "{secure-score: [secure-score]}",
    ("EvidenceFile", "services"): "[Microsoft Defender XDR]",
    ("EvidenceFile", "low_licences"): "0.1",
    ("EvidenceFile", "exercise_months"): "6",
    ("EvidenceFile", "phishing_wave"): "25",
    ("EvidenceFile", "next_actions"): "10",
    ("RemediationEntry", "due_days"): "14",
    ("RemediationEntry", "stuck_days"): "7",
    ("RemediationEntry", "new_tickets"): "5",
    ("RemediationEntry", "not_mine"): "'https://forms.example/not-mine?owner={owner}&item={recommendation}'",
    (
        "RemediationEntry",
        "exception",
    ): "'/com.glideapp.servicecatalog_cat_item_view.do?sysparm_id=0123&ticket={ticket}'",
    ("ScriptsEntry", "sources"): "['https://raw.githubusercontent.com/Azure/Azure-Sentinel/']",
    ("ScriptsEntry", "max_bytes"): "262144",
    ("ScriptEntry", "name"): "'Block IP playbook'",
    (
        "ScriptEntry",
        "url",
    ): "'https://raw.githubusercontent.com/Azure/Azure-Sentinel/master/Playbooks/Block-IPs/azuredeploy.json'",
    ("ScriptEntry", "task"): "automation-scripts",
    ("DeploymentEntry", "zone"): "Asia/Tokyo",
    ("DeploymentEntry", "calendar"): "home",
    ("DeploymentEntry", "group"): "SOC Oversight",
    ("DeploymentEntry", "sentinel_owner"): "aoife.murphy@soc.example",
    ("DeploymentEntry", "language"): "ja",
    ("DeploymentEntry", "go_live"): "'2026-11-23'",
    ("DeploymentEntry", "oversight_team"): "soc-oversight",
    ("DeploymentEntry", "exceptions_group"): "Security Risk",
    ("TeamEntry", "id"): "monitoring",
    ("TeamEntry", "aliases"): "['Monitoring & Detection']",
    ("TeamEntry", "zone"): "Europe/Dublin",
    ("TeamEntry", "calendar"): "ireland",
    ("TeamEntry", "group"): "SOC Monitoring",
    ("TeamEntry", "sentinel_owner"): "keiko.tanaka@soc.example",
    ("TeamEntry", "lead"): "keiko.tanaka",
    ("TeamEntry", "manager"): "aoife.murphy",
    ("TeamEntry", "members"): "[haruto.sato]",
    ("TeamEntry", "language"): "ja",
    ("TeamEntry", "cut_off"): "'17:00'",
    ("TeamEntry", "enabled"): "false",
    ("ShiftEntry", "name"): "apac",
    ("ShiftEntry", "from"): "'09:00'",
    ("ShiftEntry", "to"): "'17:00'",
    ("ShiftEntry", "zone"): "Asia/Tokyo",
    ("ShiftEntry", "calendar"): "japan",
    ("LinkEntry", "title"): "'Microsoft Secure Score'",
    ("LinkEntry", "url"): "'https://security.microsoft.com/securescore'",
    ("SourceEntry", "url"): "'https://learn.microsoft.com/en-us/azure/sentinel/ops-guide'",
    ("SourceEntry", "date"): "'2026-10-01'",
    ("SentinelEntry", "mode"): "incident-task",
    ("RaisedEntry", "due_days"): "5",
    ("RaisedEntry", "due"): "'17:00'",
    ("ScheduleEntry", "rule"): "'FREQ=MONTHLY;BYDAY=2TU'",
    ("ScheduleEntry", "start"): "'2027-01-04T17:00'",
    ("ScheduleEntry", "until"): "'2027-12-31'",
    ("ScheduleEntry", "zone"): "Asia/Tokyo",
    ("ScheduleEntry", "except"): "['2027-05-04']",
    ("ScheduleEntry", "extra"): "['2027-05-06T17:00']",
    ("TaskEntry", "id"): "secure-score",
    ("TaskEntry", "cadence"): "weekly",
    ("TaskEntry", "weekday"): "tuesday",
    ("TaskEntry", "week"): "second",
    ("TaskEntry", "day"): "15",
    ("TaskEntry", "due"): "'17:00'",
    ("TaskEntry", "effective_from"): "'2027-01-01'",
    ("TaskEntry", "roll"): "preceding",
    ("TaskEntry", "teams"): "[monitoring]",
    ("TaskEntry", "fan_out"): "single",
    ("TaskEntry", "priority"): "high",
    ("TaskEntry", "lead"): "P2D",
    ("TaskEntry", "deadline"): "P5D",
    ("TaskEntry", "catch_up"): "all",
    ("TaskEntry", "limit"): "3",
    ("TaskEntry", "overlap"): "supersede",
    ("TaskEntry", "satisfied_by"): "secure-score",
    ("WaiverEntry", "tickets"): "[INC0010042, '117']",
    ("WaiverEntry", "reason"): "'Vendor patch due in January'",
    ("WaiverEntry", "approver"): "aoife.murphy",
    ("WaiverEntry", "approved"): "'2026-11-16'",
    ("WaiverEntry", "expires"): "'2026-12-31'",
    ("WaivedEntry", "teams"): "[monitoring]",
    ("WaivedEntry", "groups"): "['SOC Monitoring']",
    ("WaivedEntry", "severities"): "[informational]",
    ("PackFile", "id"): "house",
    ("PackFile", "enabled"): "false",
    ("PackFile", "version"): "1.0.0",
}


def reference() -> str:
    """The reference as Markdown, between its markers."""
    return "\n\n".join([BEGIN, *(section(title, model, EXAMPLES) for title, model in SECTIONS), END])


def with_reference(readme: str) -> str:
    """A README with the part between the markers brought up to date. Raises ValueError when it has no markers."""
    return between(readme, BEGIN, END, reference())


def main(folder: Path) -> None:
    """Bring README.md and the catalogue's schemas of a mappings folder up to date."""
    readme = folder / "README.md"
    readme.write_text(with_reference(readme.read_text(encoding="utf-8")), encoding="utf-8")
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / "schema" / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The mappings folder of a new deployment: the shipped one, with the teams, groups, calendars and the first day of this SOC."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from watchkeeper.catalog.calendar_file import CalendarsFile
from watchkeeper.catalog.load import CALENDARS, TEAMS
from watchkeeper.catalog.owner_file import OWNERS
from watchkeeper.catalog.team_file import TeamsFile
from watchkeeper.cli.init.teams import TeamAnswer
from watchkeeper.cli.init.yaml_scalar import flow, scalar
from watchkeeper.mapping.locate import shipped_mappings

EVERYBODY = "any-team"
"""The shipped calendar for what several teams share."""
_SHARED = re.compile(r"(?m)^    any_of: \[.*\]$")
_BEFORE_SHARED = re.compile(r"(?m)^  # Every day on which somebody is at work")
_ESCALATION = re.compile(r"(?m)^kind: escalation\n")
_MIRRORED = "monitoring"
"""The team that shipped profiles give mirrored tickets to."""


def mapping_files(
    teams: Sequence[TeamAnswer], values: Mapping[str, str], shipped: TeamsFile, calendars: CalendarsFile
) -> dict[str, str]:
    """Every file of the folder by its path inside it. `values` are the answers that hold for all teams."""
    folder = shipped_mappings()
    files = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in _files(folder)}
    ids = {answer: _calendar_id(answer, calendars) for answer in _calendars(teams)}
    files[CALENDARS] = calendars_text(files[CALENDARS], ids, teams)
    files[TEAMS] = teams_text(files[TEAMS], teams, values, shipped, ids)
    files[OWNERS] = owners_text(files[OWNERS])
    before, after = (f"assignment_group: {scalar(group)}" for group in (_shipped_group(shipped), _mirrored_to(teams)))
    for path, text in files.items():
        if path.startswith(("profiles/", "cases/")):
            files[path] = text.replace(before, after).replace(_owner_expected(shipped), "")
        if path.startswith("profiles/"):
            files[path] = _ESCALATION.sub(
                lambda found: f"{found[0]}go_live: {values['go-live']}\n", files[path], count=1
            )
    return files


def teams_text(
    text: str, teams: Sequence[TeamAnswer], values: Mapping[str, str], shipped: TeamsFile, ids: Mapping[str, str]
) -> str:
    """`teams.yaml`: the shipped file's explanations, and these teams."""
    explained = text[: text.index("deployment:")]
    oversight = next(team for team in teams if team.entry.id == shipped.deployment.oversight_team)
    used = _used(ids, teams)
    lines = [
        "deployment:",
        f"  zone: {values['zone']}",
        f"  calendar: {EVERYBODY if len(used) > 1 else used[0]}",
        f"  group: {scalar(oversight.group)}",
        '  sentinel_owner: ""',
        f"  language: {values['ticket-language']}",
        f"  oversight_team: {oversight.entry.id}",
        "  # No occurrence before this local date is opened or counted as missed, and no older escalation is imported.",
        f"  go_live: {values['go-live']}",
        "",
        "teams:",
    ]
    return explained + "\n".join([*lines, *(line for team in teams for line in _team(team, ids)), ""]).replace(
        "teams:\n\n", "teams:\n", 1
    )


def owners_text(text: str) -> str:
    """`owners.yaml`: nobody yet. The shipped owners, whom only the emulators know, stay as an example."""
    explained, marker, example = text.partition("owners:\n")
    shown = "".join(f"# {line}".rstrip() + "\n" for line in f"{marker}{example}".splitlines())
    return f"{explained}owners: []\nservices: []\n\n# For example:\n#\n{shown}"


def calendars_text(text: str, ids: Mapping[str, str], teams: Sequence[TeamAnswer]) -> str:
    """`calendars.yaml`: the shipped file, with the countries that it lacks, and with the calendar of all teams made of theirs."""
    added = "".join(_calendar(answer, name) for answer, name in ids.items() if f"  - id: {name}\n" not in text)
    text = _BEFORE_SHARED.sub(lambda found: added + found[0], text, count=1)
    used = _used(ids, teams)
    if len(used) < 2 or EVERYBODY in used:
        return text
    return _SHARED.sub(lambda _: f"    any_of: {flow(used)}", text, count=1)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))


def _team(team: TeamAnswer, ids: Mapping[str, str]) -> Iterator[str]:
    entry = team.entry
    yield ""
    yield f"  - id: {entry.id}"
    yield f"    name: {{en: {scalar(entry.name.en)}, ja: {scalar(entry.name.ja)}}}"
    if entry.aliases:
        yield f"    aliases: {flow(entry.aliases)}"
    yield f"    zone: {team.zone}"
    yield f"    calendar: {ids[team.calendar]}"
    yield f"    group: {scalar(team.group)}"
    yield '    sentinel_owner: ""'
    yield f"    lead: {scalar(team.people[0])}"
    yield f"    members: {flow(team.people)}"
    yield f"    language: {team.language}"
    yield f"    enabled: {'true' if team.enabled else 'false'}"


def _used(ids: Mapping[str, str], teams: Sequence[TeamAnswer]) -> tuple[str, ...]:
    """The calendars of the teams that take part, by id."""
    return tuple(dict.fromkeys(ids[team.calendar] for team in teams if team.enabled))


def _calendars(teams: Sequence[TeamAnswer]) -> dict[str, None]:
    return dict.fromkeys(team.calendar for team in teams)


def _calendar_id(answer: str, calendars: CalendarsFile) -> str:
    """The shipped calendar that an answer names, or that has just its country's holidays; else the id of a new one."""
    for entry in calendars.calendars:
        public = entry.holidays
        plain = public is not None and not (public.categories or entry.closures or entry.extra_working_days)
        own = "-".join(filter(None, (public.country, public.subdivision))) if public is not None and plain else ""
        if answer in {entry.id, own}:
            return entry.id
    return "-".join(re.findall(r"[a-z0-9]+", f"holidays {answer}".casefold()))


def _calendar(answer: str, name: str) -> str:
    country, _, subdivision = answer.partition("-")
    part = f", subdivision: {scalar(subdivision)}" if subdivision else ""
    return f"  - id: {name}\n    holidays: {{country: {scalar(country)}{part}}}\n\n"


def _shipped_group(shipped: TeamsFile) -> str:
    return next(entry.group for entry in shipped.teams if entry.id == _MIRRORED)


def _owner_expected(shipped: TeamsFile) -> str:
    """What the shipped cases expect of the shipped team's owner in Sentinel: a new team has none yet."""
    owner = next(entry.sentinel_owner for entry in shipped.teams if entry.id == _MIRRORED)
    return f", owner.userPrincipalName: {owner}"


def _mirrored_to(teams: Sequence[TeamAnswer]) -> str:
    return next(team.group for team in teams if team.entry.id == _MIRRORED)

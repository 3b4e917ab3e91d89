"""What a new record will hold: the catalogue's duty, or an escalation's counterpart, in the target side's own spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from watchkeeper.catalog.calendars import is_working_day
from watchkeeper.catalog.model import Catalog, Deployment, LocalText, Team
from watchkeeper.catalog.owner_requests import kind_of
from watchkeeper.mapping.profile import Composer, LinkBack, Owner, Profile
from watchkeeper.model.address_template import AddressTemplate
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.owner_request import OwnerRequest, RequestKind
from watchkeeper.model.owner_ticket import OwnerTicket, Untold
from watchkeeper.model.plan import LATE_NUMBER
from watchkeeper.model.record import (
    NO_FIELDS,
    SENTINEL,
    SERVICENOW,
    Draft,
    RawFields,
    RawValue,
    Record,
    RecordRef,
    Side,
)
from watchkeeper.model.ticket import SEVERITY_FIELD, STATUS_FIELD, Canonical, Severity, Status, Unmapped
from watchkeeper.sync.owner_duty import is_owner, owned_ticket, owner_name, task_of
from watchkeeper.sync.owner_text import TEXT_FIELD, TITLE_FIELD, standing_of, text_of, title_of
from watchkeeper.sync.request_text import request_text, request_title

ALL_TEAMS = "all"
_DAY_OFF = {"en": "day off", "ja": "休業日"}
_INCIDENT: LocalText = {"en": "incident {number}", "ja": "インシデント {number}"}
_PRIORITY: Mapping[str, LocalText] = {
    "high": {"en": "High", "ja": "高"},
    "medium": {"en": "Medium", "ja": "中"},
    "low": {"en": "Low", "ja": "低"},
}


class Addressing(Protocol):
    """What a draft asks of a side, none of it by a call (see watchkeeper.ports.Connector)."""

    def chosen_ref(self, table: str, marker: str) -> RecordRef: ...

    def mark(self, record: Record, marker: str) -> RawFields: ...

    def url_of(self, ref: RecordRef) -> str: ...


class Desk(Protocol):
    """What drafts are made from; a run's Systems is one."""

    @property
    def catalog(self) -> Catalog: ...

    @property
    def composer(self) -> Composer: ...

    @property
    def owned(self) -> Mapping[str, OwnerTicket]: ...

    @property
    def owner_ways(self) -> Mapping[str, str]: ...

    @property
    def owner_digests(self) -> Mapping[str, Sequence[Untold]]: ...

    @property
    def requests(self) -> Mapping[str, OwnerRequest]: ...

    @property
    def connectors(self) -> Mapping[Side, Addressing]: ...

    def marker(self, key: str) -> str: ...

    def profile_of(self, key: str) -> Profile: ...


@dataclass(frozen=True, slots=True)
class Home:
    """Who a ticket belongs to: a team, or the deployment for a duty that all teams share. Ids are the sides' own."""

    name: LocalText
    language: str
    group: str
    sentinel_owner: str


@dataclass(frozen=True, slots=True)
class Drafted:
    draft: Draft
    late: tuple[str, ...]


def home_for(systems: Desk, occurrence: Occurrence) -> Home:
    """Who an occurrence's ticket belongs to."""
    owned = owned_ticket(systems.owned, occurrence.key)
    if owned is not None:
        return _home_of_owner(systems, owned)
    home, approvers = home_of(systems, occurrence.team), systems.catalog.deployment.exceptions_group
    return replace(home, group=approvers) if approvers and kind_of(occurrence.key) is RequestKind.EXCEPTION else home


def home_of(systems: Desk, team: str) -> Home:
    home: Deployment | Team = systems.catalog.teams[team] if team != ALL_TEAMS else systems.catalog.deployment
    name = home.name if isinstance(home, Team) else {"en": "All SOC teams", "ja": "全 SOC チーム"}
    return Home(name, home.language, home.group, home.sentinel_owner)


def _home_of_owner(systems: Desk, owned: OwnerTicket) -> Home:
    """An owner's own group, or that of those who look after what nobody owns."""
    deployment = systems.catalog.deployment
    oversight = systems.catalog.teams.get(deployment.oversight_team)
    group = owned.group or (oversight.group if oversight is not None else deployment.group)
    return Home(owner_name(owned), owned.language or deployment.language, group, "")


def draft_occurrence(
    systems: Desk, occurrence: Occurrence, side: Side, group_id: str, counterpart: Record | None
) -> Drafted | Unmapped:
    """The record of one due duty on one side. `counterpart` is the other side's record when it exists already: shared fields
    then start from what people made of it."""
    profile = systems.profile_of(occurrence.key)
    home = home_for(systems, occurrence)
    context = _occurrence_context(systems, occurrence) | _counterparts(systems, occurrence.key, profile, counterpart)
    values: dict[str, Canonical] = {STATUS_FIELD: Status.NEW.value, SEVERITY_FIELD: Severity.INFORMATIONAL.value}
    values |= systems.composer.compose(profile, side, context)
    values |= _of_owner(systems, occurrence, home.language)
    values |= _of_request(systems, occurrence, home.language)
    values |= _shared(profile, counterpart)
    return _draft(
        systems, profile, occurrence.key, side, values, _assignment(profile, side, group_id, home), counterpart
    )


def _of_owner(systems: Desk, occurrence: Occurrence, language: str) -> Mapping[str, Canonical]:
    """The title and text of an asset owner's ticket, which are about one recommendation rather than about the task."""
    owned = owned_ticket(systems.owned, occurrence.key)
    if owned is None:
        return {}
    task, standing = task_of(systems.catalog, owned), owner_standing(systems, occurrence.key, owned, language)
    title = title_of(owned, task, language)
    return {TITLE_FIELD: title, TEXT_FIELD: text_of(task, standing, occurrence.key, language)}


def _of_request(systems: Desk, occurrence: Occurrence, language: str) -> Mapping[str, Canonical]:
    """The title and text of what an asset owner asked for; of one that a lost store has taken, those of the duty."""
    request = systems.requests.get(occurrence.key)
    if request is None:
        return {}
    task = systems.catalog.tasks[occurrence.task]
    text = request_text(task, request, occurrence.key, language)
    return {TITLE_FIELD: request_title(task, request, language), TEXT_FIELD: text}


def owner_standing(systems: Desk, key: str, owned: OwnerTicket, language: str, number: str = "") -> str:
    """How an asset owner's ticket stands, with where its readers may turn to. `number` is the ticket's, "" before it is opened."""
    connector = systems.connectors[SERVICENOW]
    page = urlsplit(connector.url_of(connector.chosen_ref(systems.profile_of(key).sides[SERVICENOW].table, "")))
    ways = {
        name: AddressTemplate(text).filled(
            f"{page.scheme}://{page.netloc}", owner=owned.owner, recommendation=owned.recommendation, ticket=number
        )
        for name, text in systems.owner_ways.items()
    }
    return standing_of(owned, ways, language, systems.owner_digests.get(owned.name, ()))


def defined_values(systems: Desk, occurrence: Occurrence, ticket: Record | None) -> Mapping[str, Canonical]:
    """What the catalogue says of the fields that it owns; `ticket` is the duty's ServiceNow record."""
    profile = systems.profile_of(occurrence.key)
    owned = {rule.name for rule in profile.fields if rule.owner is Owner.DEFINITION}
    if not owned:
        return {}
    context = _occurrence_context(systems, occurrence) | _counterparts(systems, occurrence.key, profile, ticket)
    values = {side: systems.composer.compose(profile, side, context) for side in profile.sides}
    return {name: value for found in values.values() for name, value in found.items() if name in owned}


def draft_escalation(
    systems: Desk, profile: Profile, key: str, side: Side, origin: Record, group_id: str
) -> Drafted | Unmapped:
    """The counterpart of an escalation that lives on the other side only."""
    values = dict(_readable(profile, origin))
    language = systems.catalog.deployment.language
    name = text_in(_INCIDENT, language).format(number=origin.number) if origin.ref.side == SENTINEL else origin.number
    context: dict[str, object] = {
        "ticket": {name: value for name, value in values.items() if value is not None},
        "record": {"number": origin.number, "name": name, "url": origin.url},
        "language": language,
    }
    context |= _counterparts(systems, key, profile, origin)
    values |= systems.composer.compose(profile, side, context)
    group_field = profile.sides[side].group_field
    owner: RawFields = {group_field: group_id} if group_field and group_id else NO_FIELDS
    return _draft(systems, profile, key, side, values, owner, origin)


def draft_shared(systems: Desk, profile: Profile, key: str, side: Side, counterpart: Record) -> Drafted | Unmapped:
    """As much of a duty's record as follows its counterpart: what people have made of that."""
    return _draft(systems, profile, key, side, _shared(profile, counterpart), NO_FIELDS, counterpart)


def link_back(systems: Desk, profile: Profile, key: str, record: Record, counterpart_number: str) -> Drafted | None:
    """Raw fields that tie an existing record to its pair: our marker where the side has a place for one, and the ticket
    number as a label on Sentinel. None when nothing is to be added."""
    rules = profile.sides[record.ref.side]
    fields: dict[str, RawValue] = dict(systems.connectors[record.ref.side].mark(record, systems.marker(key)))
    late: tuple[str, ...] = ()
    labels = record.fields.get("labels")
    if rules.link_back is LinkBack.LABEL and isinstance(labels, tuple):
        number = counterpart_number or LATE_NUMBER
        if number not in labels:
            fields["labels"] = tuple(sorted({*labels, number}))
            late = ("labels",) if number == LATE_NUMBER else ()
    if not fields:
        return None
    return Drafted(Draft(record.ref, systems.marker(key), fields), late)


def language_of(systems: Desk, key: str) -> str:
    """The language that people read on a key's tickets: its team's or owner's, else the deployment's."""
    owned = owned_ticket(systems.owned, key)
    if owned is not None and owned.language:
        return owned.language
    team = key.partition("/")[2].partition("@")[0] if "@" in key else ""
    known = systems.catalog.teams.get(team)
    return known.language if known is not None else systems.catalog.deployment.language


def text_in(text: LocalText, language: str) -> str:
    return text.get(language) or text["en"]


def _occurrence_context(systems: Desk, occurrence: Occurrence) -> dict[str, object]:
    task = systems.catalog.tasks[occurrence.task]
    home = home_for(systems, occurrence)
    language = home.language
    due_local = occurrence.due.astimezone(_zone(systems, occurrence))
    return {
        "language": language,
        "task": {
            "id": task.id,
            "title": text_in(task.title, language),
            "summary": text_in(task.summary, language),
            "priority": text_in(_PRIORITY[task.priority], language),
            "checklist": [text_in(line, language) for line in task.checklist],
            "evidence": [text_in(line, language) for line in task.evidence],
            "done_when": [text_in(line, language) for line in task.done_when],
            "links": [{"name": name, "url": url} for name, url in task.links],
        },
        "team": {"id": occurrence.team, "name": text_in(home.name, language)},
        "teams": [_team_line(systems.catalog.teams[team], occurrence, language) for team in task.teams],
        "occurrence": {
            "key": occurrence.key,
            "period": occurrence.period,
            "due": occurrence.due,
            "due_local": due_local,
            "zone": occurrence.zone,
            "reason": occurrence.reason,
        },
    }


def _team_line(team: Team, occurrence: Occurrence, language: str) -> str:
    """A team in the list of those who owe a duty; where they share one ticket, with the day that counts for it."""
    name = text_in(team.name, language)
    if occurrence.team != ALL_TEAMS:
        return name
    day = occurrence.nominal
    if not is_working_day(team.calendar, day):
        return f"{name}: {_DAY_OFF.get(language, _DAY_OFF['en'])}"
    return f"{name}: {day.isoformat()} ({team.zone.key})"


def _zone(systems: Desk, occurrence: Occurrence) -> ZoneInfo:
    if is_owner(occurrence.team):
        return ZoneInfo(occurrence.zone)
    if occurrence.team == ALL_TEAMS:
        return systems.catalog.deployment.zone
    return systems.catalog.teams[occurrence.team].zone


def _counterparts(systems: Desk, key: str, profile: Profile, counterpart: Record | None) -> dict[str, object]:
    """How each side's text can point at the other one: urls are known before either record exists, numbers later."""
    marker = systems.marker(key)
    known = {counterpart.ref.side: counterpart} if counterpart else {}
    context: dict[str, object] = {}
    for side, rules in profile.sides.items():
        record = known.get(side)
        connector = systems.connectors[side]
        url = record.url if record else connector.url_of(connector.chosen_ref(rules.table, marker))
        number = record.number if record else LATE_NUMBER if side == SERVICENOW else ""
        context[side] = {"url": url, "number": number}
    return context


def _shared(profile: Profile, counterpart: Record | None) -> Mapping[str, Canonical]:
    if counterpart is None:
        return {}
    readable = _readable(profile, counterpart)
    return {
        name: readable[name]
        for name in readable
        if profile.field(name).owner is Owner.SHARED and readable[name] is not None
    }


def _readable(profile: Profile, record: Record) -> Mapping[str, Canonical]:
    values = profile.read(record.ref.side, record.fields)
    return {name: value for name, value in values.items() if not isinstance(value, Unmapped)}


def _assignment(profile: Profile, side: Side, group_id: str, home: Home) -> RawFields:
    rules = profile.sides[side]
    fields: dict[str, RawValue] = {}
    if rules.group_field and group_id:
        fields[rules.group_field] = group_id
    if side == SENTINEL and rules.assignee_field and home.sentinel_owner:
        fields[rules.assignee_field] = home.sentinel_owner
    return fields


def _draft(
    systems: Desk,
    profile: Profile,
    key: str,
    side: Side,
    values: Mapping[str, Canonical],
    assignment: RawFields,
    counterpart: Record | None,
) -> Drafted | Unmapped:
    rules = profile.sides[side]
    fields: dict[str, RawValue] = dict(rules.constants)
    # What a condition asks of the new record is there before the condition is asked.
    for rule in sorted(profile.fields, key=lambda rule: bool(rule.when)):
        value = values.get(rule.name)
        if side not in rule.lenses or value is None or not rule.direction.reaches(side):
            continue
        if not rule.applies(_held_at_first(profile, side, {**fields, **assignment}, counterpart)):
            continue
        raw = rule.lenses[side].create(value)
        if isinstance(raw, Unmapped):
            return raw
        fields.update(raw)
    fields.update(assignment)
    if side == SENTINEL:
        number = counterpart.number if counterpart else LATE_NUMBER
        own = fields.get("labels")
        back = (number,) if rules.link_back is LinkBack.LABEL else ()
        labels = tuple(sorted({*(own if isinstance(own, tuple) else ()), *rules.labels, *back}))
        if labels:
            fields["labels"] = labels
    marker = systems.marker(key)
    ref = systems.connectors[side].chosen_ref(rules.table, marker)
    late = tuple(sorted(name for name, value in fields.items() if _is_late(value)))
    return Drafted(Draft(ref, marker, fields), late)


def _held_at_first(
    profile: Profile, side: Side, fields: RawFields, counterpart: Record | None
) -> Mapping[Side, RawFields]:
    """What a new record holds so far, and what its counterpart holds. A field that it is not given is empty."""
    new = {name: fields.get(name, "") for name in profile.mapped_fields(side)}
    return {side: new} | ({counterpart.ref.side: counterpart.fields} if counterpart is not None else {})


def _is_late(value: RawValue) -> bool:
    return any(LATE_NUMBER in part for part in (value if isinstance(value, tuple) else (value or "",)))

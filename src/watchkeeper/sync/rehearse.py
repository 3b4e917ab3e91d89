"""A mapping's own tests, run through the engine's pure path: lenses, closure tables, drafts, `reconcile`. No network, no store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.occurrences import expand_task
from watchkeeper.catalog.recurrence import Window
from watchkeeper.mapping.profile import CloseFrom, Composer, Profile, ProfileKind
from watchkeeper.model.identity import chosen_uuid, marker_of
from watchkeeper.model.link import Link
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.owner_request import OwnerRequest
from watchkeeper.model.owner_ticket import OwnerTicket, Untold
from watchkeeper.model.plan import Action, with_number
from watchkeeper.model.record import (
    NO_FIELDS,
    SENTINEL,
    SERVICENOW,
    RawFields,
    Record,
    RecordRef,
    Revision,
    Side,
)
from watchkeeper.model.rehearsal import MappingCase, Miss, Rehearsed
from watchkeeper.model.ticket import Unmapped
from watchkeeper.sync.case import Case, SideView, Sighting
from watchkeeper.sync.drafts import Drafted, draft_escalation, draft_occurrence
from watchkeeper.sync.exercised import exercised_by
from watchkeeper.sync.reconcile import reconcile

NUMBERS: Mapping[Side, str] = {SERVICENOW: "INC0000001", SENTINEL: "1"}
"""What the records of a case are called."""
_WHEN = datetime(2026, 1, 5, tzinfo=UTC)
"""When a duty is looked for that no date is given for: after the deployment's go-live date, where that is later."""
_AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A side that is only ever addressed."""

    side: Side

    def chosen_ref(self, table: str, marker: str) -> RecordRef:
        return RecordRef(self.side, table, chosen_uuid(marker).hex)

    def mark(self, record: Record, marker: str) -> RawFields:
        del record, marker
        return NO_FIELDS

    def url_of(self, ref: RecordRef) -> str:
        return f"https://{self.side}.example/{ref.table}/{ref.id}"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What cases are run with. `profiles` hold those that are not enabled, too, with the teams' groups by name."""

    catalog: Catalog
    profiles: Mapping[str, Profile]
    composer: Composer
    trial: str = ""
    connectors: Mapping[Side, OnPaper] = field(
        default_factory=lambda: {side: OnPaper(side) for side in (SERVICENOW, SENTINEL)}
    )

    owned: Mapping[str, OwnerTicket] = field(default_factory=dict)
    owner_ways: Mapping[str, str] = field(default_factory=dict)
    owner_digests: Mapping[str, Sequence[Untold]] = field(default_factory=dict)
    requests: Mapping[str, OwnerRequest] = field(default_factory=dict)

    def marker(self, key: str) -> str:
        return marker_of(self.catalog.deployment.name, key)

    def profile_of(self, key: str) -> Profile:
        del key
        return self.profiles[self.trial]


@dataclass(slots=True)
class _Outcome:
    """What came of a case: the fields of each side afterwards, what was parked and why, what was written."""

    held: dict[Side, RawFields]
    parked: dict[str, str] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    created: bool = False


def rehearse(case: MappingCase, with_: Rehearsal) -> Rehearsed:
    """Run one case."""
    profile = with_.profiles[case.profile]
    if case.task:
        outcome = _due(case, profile, with_)
    elif len(case.given) == len(profile.sides):
        outcome = _kept_in_step(case, profile)
    else:
        outcome = _mirrored(case, profile, with_)
    misses = tuple(_misses(case, profile, outcome))
    if misses:
        return Rehearsed(case, misses)
    return Rehearsed(case, (), exercised_by(case, profile, outcome.held, outcome.actions, created=outcome.created))


def _kept_in_step(case: MappingCase, profile: Profile) -> _Outcome:
    sides = {side: _view(case, profile, side) for side in profile.sides}
    done = reconcile(Case(_key(profile), profile, sides, closing_context={"language": "en"}))
    held: dict[Side, RawFields] = dict(case.given)
    for action in done.actions:
        held[action.ref.side] = {**held[action.ref.side], **action.body}
    return _Outcome(held, {row.field: row.reason for row in done.parked}, done.actions)


def _view(case: MappingCase, profile: Profile, side: Side) -> SideView:
    record = _record(case, profile, side)
    now = {name: value for name, value in record.fields.items() if name in profile.mapped_fields(side)}
    link = Link(
        key=_key(profile),
        profile=profile.name,
        ref=record.ref,
        number=record.number,
        url=record.url,
        revision=record.revision,
        fingerprint="",
        confirmed_at=_WHEN,
        base={**now, **case.base.get(side, {})},
    )
    crosses = not (case.stranger and profile.sides[side].close_from is CloseFrom.SOC_TEAMS)
    return SideView(Sighting.FOUND, record, link, close_crosses=crosses, closer="a colleague")


def _mirrored(case: MappingCase, profile: Profile, with_: Rehearsal) -> _Outcome:
    """A record that is on one side only."""
    (origin,) = case.given
    target = next(side for side in profile.sides if side != origin)
    record = _record(case, profile, origin)
    belongs = profile.kind is ProfileKind.ESCALATION and profile.in_population(record)
    if not belongs or not profile.sides[target].creates:
        return _Outcome(dict(case.given))
    desk = replace(with_, trial=profile.name)
    drafted = draft_escalation(desk, profile, _key(profile), target, record, "")
    return _drafted(_Outcome(dict(case.given)), profile, target, drafted)


def _due(case: MappingCase, profile: Profile, with_: Rehearsal) -> _Outcome:
    """A duty that becomes due."""
    desk = replace(with_, trial=profile.name)
    occurrence = _occurrence(case, with_.catalog)
    outcome = _Outcome({})
    if occurrence is None:
        return outcome
    for side, rules in profile.sides.items():
        if rules.creates:
            _drafted(outcome, profile, side, draft_occurrence(desk, occurrence, side, _group(desk, occurrence), None))
    return outcome


def _group(desk: Rehearsal, occurrence: Occurrence) -> str:
    """The group by its name, where a run has its id."""
    team = desk.catalog.teams.get(occurrence.team)
    return team.group if team is not None else desk.catalog.deployment.group


def _occurrence(case: MappingCase, catalog: Catalog) -> Occurrence | None:
    task = catalog.tasks.get(case.task)
    if task is None:
        return None
    first = max(case.on or _WHEN.date(), catalog.deployment.go_live or date.min)
    start = datetime.combine(first, time(), UTC)
    found = expand_task(catalog, task, Window(start, start + _AHEAD))
    return next((each for each in found if case.team in {"", each.team}), None)


def _drafted(outcome: _Outcome, profile: Profile, side: Side, drafted: Drafted | Unmapped) -> _Outcome:
    if isinstance(drafted, Unmapped):
        rule = next(
            rule for rule in profile.fields if side in rule.lenses and drafted.fields == rule.lenses[side].raw_fields
        )
        outcome.parked[rule.name] = f"{', '.join(drafted.fields)} {drafted.value!r}: {drafted.reason}"
        return outcome
    outcome.held[side] = {name: with_number(value, NUMBERS[SERVICENOW]) for name, value in drafted.draft.fields.items()}
    outcome.created = True
    return outcome


def _record(case: MappingCase, profile: Profile, side: Side) -> Record:
    fields = {
        name: tuple(sorted(value)) if isinstance(value, tuple) else value for name, value in case.given[side].items()
    }
    ref = RecordRef(side, profile.sides[side].table, "given")
    return Record(ref, NUMBERS[side], OnPaper(side).url_of(ref), Revision("1"), _WHEN, _WHEN, fields)


def _key(profile: Profile) -> str:
    return f"{profile.name}/servicenow/given"


def _misses(case: MappingCase, profile: Profile, outcome: _Outcome) -> Iterator[Miss]:
    if case.created not in {None, outcome.created}:
        place = case.places[("", "")]
        yield Miss("", "created", str(case.created).lower(), str(outcome.created).lower(), profile.place, place)
    for side, expected in case.expect.items():
        held = outcome.held.get(side, {})
        for name, value in expected.items():
            wanted = tuple(sorted(value)) if isinstance(value, tuple) else value
            if held.get(name) != wanted:
                rule = _rule_of(profile, side, name)
                place = case.places[(side, name)]
                yield Miss(side, name, wanted, held.get(name), rule, place, "; ".join(outcome.parked.values()))
    for name in sorted({*case.parked, *outcome.parked}):
        expected_words, reason = case.parked.get(name), outcome.parked.get(name)
        if expected_words is None or reason is None or expected_words not in reason:
            rule = next((rule.place for rule in profile.fields if rule.name == name), profile.place)
            yield Miss("", name, expected_words, reason, rule, case.places.get(("", name), case.place))


def _rule_of(profile: Profile, side: Side, name: str) -> str:
    """The rule that a raw field is written by; the profile where none is (constants, closing fields)."""
    places = (rule.place for rule in profile.fields if side in rule.lenses and name in rule.lenses[side].raw_fields)
    return next(places, profile.place)

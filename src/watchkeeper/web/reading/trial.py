"""One ticket, tried out with a profile as the mappings folder has it now: a pair that the store remembers, or a record that was pasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from watchkeeper.connections import given_record, remembered_choices
from watchkeeper.mapping.choices import in_words_of
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.record import SERVICENOW, Record, Side
from watchkeeper.model.ticket import Canonical
from watchkeeper.report.board.mapping import ProfileMapping
from watchkeeper.report.board.mapping_tried import Outcome, Tried
from watchkeeper.report.texts import Texts
from watchkeeper.sync.cases import has_side
from watchkeeper.sync.drafts import ALL_TEAMS, defined_values
from watchkeeper.sync.openings import first_moment
from watchkeeper.sync.references import VOCABULARY, group_names, in_remembered_words
from watchkeeper.sync.rehearse import OnPaper, Rehearsal
from watchkeeper.sync.tried import Specimen, Words, but_for_its_group, try_out
from watchkeeper.web.asked import Choice, Parameter
from watchkeeper.web.pasted import Pasted
from watchkeeper.web.reading.reader import Reader
from watchkeeper.wiring import Duties

TICKET: Final = Parameter("ticket", "The number or key of a pair: what the profile would do with it now.")
"""The page of a profile then begins with it."""


def trial_choices(found: ProfileMapping, texts: Texts) -> tuple[Choice, ...]:
    """Where the ticket is typed."""
    asked = found.tried.asked if found.tried is not None else ""
    return (Choice(TICKET.name, texts.say("board.try.ticket"), chosen=asked),) if found.fields else ()


def tried_ticket(reader: Reader, profile: Profile) -> Tried | None:
    """The pair that is asked for, as both sides last agreed; None where none is."""
    name = reader.asked.get(TICKET.name).strip()
    if not name:
        return None
    duties = reader.mappings
    if duties is None:
        return Tried(name, Outcome.UNREAD)
    pairs = _named(reader, name)
    own = next(((key, links) for key, links in pairs if _profile_of(links) == profile.name), None)
    if own is None:
        others = sorted({_profile_of(links) for _, links in pairs})
        return Tried(name, Outcome.ELSEWHERE, others[0]) if others else Tried(name, Outcome.UNFOUND)
    key, links = own
    records = {side: _remembered(link, reader) for side, link in links.items() if link.state is LinkState.LIVE}
    tried = _tried(reader, duties, profile, key, records, links, name)
    forgotten = {side: _forgotten(profile, side, links[side]) for side in links if side in profile.sides}
    agreed_at = max(link.confirmed_at for link in links.values())
    return replace(tried, agreed_at=agreed_at, forgotten={side: names for side, names in forgotten.items() if names})


def tried_record(reader: Reader, profile: Profile, shown: Pasted) -> Tried:
    """What was pasted; one of a record that is linked takes the place of what the store remembers of it."""
    duties = reader.mappings
    if duties is None or shown.side not in profile.sides:
        return Tried("", Outcome.UNREAD)
    record = given_record(shown.side, shown.record, profile.sides[shown.side].table)
    record = replace(record, url=record.url or OnPaper(record.ref.side).url_of(record.ref))
    key = reader.store.keys_of([record.ref]).get(record.ref)
    links = reader.store.links([key]).get(key, {}) if key else {}
    if key and _profile_of(links) == profile.name:
        others = {side: _remembered(link, reader) for side, link in links.items() if link.state is LinkState.LIVE}
        record = replace(record, number=record.number or links[shown.side].number)
        tried = _tried(reader, duties, profile, key, {**others, shown.side: record}, links)
        agreed_at = max(link.confirmed_at for link in links.values())
        tried = replace(tried, agreed_at=agreed_at)
    else:
        tried = _tried(
            reader, duties, profile, f"{profile.name}/{shown.side}/{record.ref.id}", {shown.side: record}, {}
        )
    read = profile.mapped_fields(shown.side)
    lacking = (
        tuple(sorted(name for name in read if record.fields.get(name) is None)) if shown.side == SERVICENOW else ()
    )
    return replace(tried, lacking=lacking, other_table=_other_table(profile, shown))


def _tried(
    reader: Reader,
    duties: Duties,
    profile: Profile,
    key: str,
    records: Mapping[Side, Record],
    links: Mapping[Side, Link],
    asked: str = "",
) -> Tried:
    lists = remembered_choices(reader.store.recall(VOCABULARY))
    table = profile.sides[SERVICENOW].table
    own = {name: choices for (owner, name), choices in lists.items() if owner == table}
    spoken, groups = in_remembered_words(profile, reader.store, duties.catalog, own)
    desk = Rehearsal(duties.catalog, {profile.name: spoken}, TemplateComposer(), profile.name)
    ticket = records.get(SERVICENOW)
    belongs = ticket is not None and but_for_its_group(in_words_of(profile, own)[0], ticket)
    undecided = groups if belongs else frozenset()
    desired = _desired(reader, desk, key, ticket)
    words = Words(lists, group_names(reader.store, duties.catalog))
    since = first_moment(duties.catalog.deployment, profile)
    complete = _is_complete(profile, duties, key, links)
    specimen = Specimen(key, spoken, records, links, desired, undecided, since, complete)
    fate, pair = try_out(specimen, desk, words)
    return Tried(asked, fate.value, pair=pair, groups=tuple(sorted(groups)))


def _is_complete(profile: Profile, duties: Duties, key: str, links: Mapping[Side, Link]) -> bool:
    """Whether a key that is linked has no record on the other side, and is to have none."""
    lacking = profile.sides.keys() - links.keys()
    return bool(links and lacking) and not any(has_side(duties.catalog, key, side) for side in lacking)


def _named(reader: Reader, name: str) -> Sequence[tuple[str, Mapping[Side, Link]]]:
    """Every pair that somebody may mean by a name."""
    names = (name, name.upper(), name.removeprefix("#"))
    numbers = reader.store.keys_by_number(names)
    keys = {name, *(key for each in numbers.values() for key in each.values())}
    return sorted((key, links) for key, links in reader.store.links(keys).items() if links)


def _profile_of(links: Mapping[Side, Link]) -> str:
    return next((link.profile for link in links.values()), "")


def _remembered(link: Link, reader: Reader) -> Record:
    """A record as it was when both sides last agreed."""
    at, url = link.confirmed_at, reader.page_of(link.ref, link.url)
    return Record(link.ref, link.number, url, link.revision, at, at, dict(link.base))


def _forgotten(profile: Profile, side: Side, link: Link) -> tuple[str, ...]:
    """What the profile reads of a record and no run has kept, since none has worked with this mapping."""
    return tuple(sorted(profile.mapped_fields(side) - link.base.keys())) if link.state is LinkState.LIVE else ()


def _other_table(profile: Profile, shown: Pasted) -> str:
    """The table that a ServiceNow record says it is of, where that is another one than the profile's."""
    said = shown.record.get("sys_class_name")
    said = said.get("value") if isinstance(said, dict) else said
    is_other = shown.side == SERVICENOW and isinstance(said, str) and said != profile.sides[SERVICENOW].table
    return str(said) if said and is_other else ""


def _desired(reader: Reader, desk: Rehearsal, key: str, ticket: Record | None) -> Mapping[str, Canonical]:
    """What the catalogue says of a duty's records."""
    decided = reader.store.decisions([key]).get(key)
    catalog = desk.catalog
    if decided is None or decided.occurrence.task not in catalog.tasks:
        return {}
    known = decided.occurrence.team == ALL_TEAMS or decided.occurrence.team in catalog.teams
    return defined_values(desk, decided.occurrence, ticket) if known else {}

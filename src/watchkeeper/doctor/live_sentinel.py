"""Whether the labels and owners that the mappings name are those that the workspace's incidents have.

Nothing lists either: a label is whatever somebody typed, and users are looked up in a directory that we do not ask. So what nobody
has used in the last 30 days cannot be checked, and is said with the names like it that were used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from watchkeeper.doctor.live_seen import tally_of
from watchkeeper.doctor.standing_place import Places
from watchkeeper.doctor.unchecked import Finding, Lack, Unchecked
from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.lens import LabelsLens
from watchkeeper.mapping.profile import FieldRule, Profile, ProfileKind
from watchkeeper.mapping.templates import FixedValue
from watchkeeper.model.nearest import suggest
from watchkeeper.model.population import Feed, Filter
from watchkeeper.model.record import INCIDENTS, SENTINEL, RawValue
from watchkeeper.sync.systems import Systems

_OWNER = "owner.userPrincipalName"
_LABELS = "labels"
_ALIKE = 0.8
"""From which share of equal characters on a name may be a slip of another one: labels are short, and many have much in common."""
_EVERY_INCIDENT = Feed(SENTINEL, INCIDENTS, frozenset({_LABELS, _OWNER}), (Filter(()),))
_EVERYTHING_OF_OURS = ("",)


def labels_and_owners(systems: Systems, places: Places) -> Iterator[Finding]:
    owners, labels = _owners(systems, places), _labels(systems)
    what = "labels and owners"
    tally, doubts = tally_of(systems, _EVERY_INCIDENT, {_LABELS, _OWNER}, _EVERYTHING_OF_OURS, what)
    yield from doubts
    used = {label for held in tally.rows for label in _parts(held.fields.get(_LABELS))}
    people = {owner for held in tally.rows for owner in _parts(held.fields.get(_OWNER)) if owner}
    yield from _of_labels(labels, used, places)
    unused = {owner: place for owner, place in sorted(owners.items()) if not _is_among(owner, people)}
    yield from _unused("owner", unused, people)


def _parts(value: RawValue) -> Sequence[str]:
    return value if isinstance(value, tuple) else (value or "",)


def _is_among(name: str, known: set[str]) -> bool:
    return name.casefold() in {each.casefold() for each in known}


def _owners(systems: Systems, places: Places) -> Mapping[str, str]:
    """Every owner that a team or the deployment gives to incidents, with its place."""
    teams = [team for team in systems.catalog.teams.values() if team.enabled]
    names = {team.sentinel_owner: team.place for team in teams}
    if teams:
        names.setdefault(systems.catalog.deployment.sentinel_owner, teams[0].place)
    return {name: places.under(name, near, {"sentinel_owner"})[0] for name, near in names.items() if name}


def _labels(systems: Systems) -> Mapping[str, Profile]:
    """Every label that decides which incidents are a profile's, or that new ones get from an escalation profile. Those of duties
    are ours alone."""
    found: dict[str, Profile] = {}
    for profile in systems.in_use:
        if profile.kind is ProfileKind.ESCALATION:
            conditions = (each for filter_ in profile.sides[SENTINEL].population for each in filter_.conditions)
            named = [value for each in conditions if each.field == _LABELS for value in each.values]
            given = [label for rule in profile.fields for label in _given(rule)]
            found |= dict.fromkeys((*named, *profile.sides[SENTINEL].labels, *given), profile)
    return found


def _given(rule: FieldRule) -> Sequence[str]:
    fixed = rule.on_create.value if isinstance(rule.on_create, FixedValue) else ""
    return (fixed,) if fixed and isinstance(rule.lenses.get(SENTINEL), LabelsLens) else ()


def _of_labels(labels: Mapping[str, Profile], used: set[str], places: Places) -> Iterator[Finding]:
    """A label in other letters than those in use matches nothing: they are compared exactly."""
    by_fold = {label.casefold(): label for label in used}
    unused = {}
    for label, profile in sorted(labels.items()):
        if label in used:
            continue
        place, path = places.of(label, profile.place, ("sides", SENTINEL), ("fields",))
        if label.casefold() not in by_fold:
            unused[label] = place
            continue
        said, known = f"no incident has the label {label!r} in these letters", by_fold[label.casefold()]
        yield Problem(place, path, said, "the letters in use", known, ProblemKind.WORD)
    yield from _unused("label", unused, used)


def _meant(name: str, used: set[str]) -> str:
    """The used name that is so like it that one of them is a slip. Of addresses the part counts that tells people apart."""
    person, at, place = name.partition("@")
    known = {
        each.partition("@")[0]: each for each in used if not at or each.casefold().endswith(f"@{place}".casefold())
    }
    return known.get(suggest(person, sorted(known), likeness=_ALIKE), "")


def _unused(word: str, names: Mapping[str, str], used: set[str]) -> Iterator[Unchecked]:
    """Those that may be slips, each with its place and the name that was probably meant; the others together."""
    near = {name: found for name in names if (found := _meant(name, used))}
    for name, meant in near.items():
        what = f"{names[name]}: {word} {name!r}: no incident of the last 30 days has it; did you mean {meant!r}?"
        yield Unchecked(what, Lack.KNOWLEDGE)
    rest = [name for name in names if name not in near]
    if rest:
        listed = ", ".join(map(repr, rest))
        yield Unchecked(f"{word}s that no incident of the last 30 days has: {listed}", Lack.KNOWLEDGE)

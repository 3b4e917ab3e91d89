"""What only the real instance and workspace can say about the mappings. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from watchkeeper.doctor.live_choices import choices
from watchkeeper.doctor.live_fields import fields_of
from watchkeeper.doctor.live_names import groups, users
from watchkeeper.doctor.live_seen import unmapped_values
from watchkeeper.doctor.live_sentinel import labels_and_owners
from watchkeeper.doctor.standing_place import Places
from watchkeeper.doctor.unchecked import Finding, Lack, Unchecked
from watchkeeper.errors import AuthFailed, Problem, Protocol, Reject, Retry, Wait
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.vocabulary import Columns
from watchkeeper.sync.references import known_names
from watchkeeper.sync.systems import Systems

_UNAUTHORISED = 401

_Look: TypeAlias = tuple[str, Callable[[], Iterable[Finding]]]


@dataclass(slots=True)
class LiveCheck:
    """`problems` by place; `unchecked` in the order in which it was tried."""

    problems: list[Problem] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)

    def look(self, what: str, find: Callable[[], Iterable[Finding]]) -> None:
        """Everything that one look finds; one that fails hides no other. Raises a refused sign-in, which concerns the whole side."""
        try:
            for each in find():
                if isinstance(each, Problem):
                    self.problems.append(each)
                else:
                    self.unchecked.append(each)
        except (AuthFailed, Reject) as error:
            if error.attempt.status == _UNAUTHORISED:
                raise
            self.unchecked.append(Unchecked(f"{what}: {error}", Lack.RIGHTS))
        except (Retry, Wait, Protocol) as error:
            self.unchecked.append(Unchecked(f"{what}: {error}", Lack.ANSWER))


def check_live(systems: Systems) -> LiveCheck:
    """Names, fields, choices, labels and the values of the last 30 days. Pass `Systems` over a scratch store. Raises what keeps a
    whole side from answering: an address, a sign-in."""
    for connector in systems.connectors.values():
        connector.identity()
    found, spoken = LiveCheck(), known_names(systems)[0]
    for what, find in _looks(systems, spoken):
        found.look(what, find)
    found.problems = sorted(dict.fromkeys(found.problems), key=lambda each: (*each.position, each.path, each.message))
    found.unchecked = list(dict.fromkeys(found.unchecked))
    return found


def _looks(systems: Systems, spoken: Systems) -> Iterator[_Look]:
    """`spoken`: the systems in the instance's own words."""
    places, described = Places(), dict[Side, dict[str, Columns]]()
    yield "groups", partial(groups, systems, places)
    yield "users", partial(users, systems, places)
    for side in (SERVICENOW, SENTINEL):
        yield f"fields of {side}", partial(fields_of, spoken, side, described.setdefault(side, {}), places)
    yield "choices", partial(choices, systems, described[SERVICENOW], places)
    yield "labels and owners", partial(labels_and_owners, systems, places)
    for profile in spoken.in_use:
        for side in (SERVICENOW, SENTINEL):
            what = f"values of {profile.sides[side].table} in the last 30 days ({profile.name})"
            yield what, partial(unmapped_values, spoken, profile, side, what, places)

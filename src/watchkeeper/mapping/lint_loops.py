"""Whether rules that only read feed each other: what one writes, another one reads, and so on round to the first. Each run would
change the records again. (Rules that read and write the same fields come to rest, by the laws of their lenses.)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.compile import lenses_of
from watchkeeper.mapping.compile_lens import raw_fields, seen_fields
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.models import FieldRuleFile, ProfileFile
from watchkeeper.mapping.profile import Owner
from watchkeeper.model.record import Side


def lint_loops(document: Document, file: ProfileFile) -> Iterator[Problem]:
    """Each loop once, at its last rule."""
    fed = _fed(file)
    told: set[str] = set()
    for name in reversed(list(fed)):
        loop = _loop(name, fed)
        if loop and told.isdisjoint(loop):
            told.update(loop)
            yield document.problem(
                ("fields", name),
                f"feeds itself, so that no run would be the last one: {' -> '.join(loop)}",
                allowed="a rule that reads nothing that follows from what it writes",
                kind=ProblemKind.CYCLE,
            )


def _fed(file: ProfileFile) -> Mapping[str, list[str]]:
    """For each rule, the rules that read what it writes, and write something else of it."""
    ends = {name: (_read(rule), _written(rule)) for name, rule in file.fields.items()}
    return {
        name: [other for other, (read, written) in ends.items() if read and written and mine & read]
        for name, (_, mine) in ends.items()
    }


def _read(rule: FieldRuleFile) -> set[tuple[Side, str]]:
    """What a rule reads and never writes."""
    return {(side, raw) for side, spec in lenses_of(rule).items() if not raw_fields(spec) for raw in seen_fields(spec)}


def _written(rule: FieldRuleFile) -> set[tuple[Side, str]]:
    """What a rule writes again and again, and not on creation alone."""
    if rule.owner is Owner.CREATE_ONCE:
        return set()
    sides = {
        side: spec for side, spec in lenses_of(rule).items() if side != rule.owner and rule.direction.reaches(side)
    }
    return {(side, raw) for side, spec in sides.items() for raw in raw_fields(spec)}


def _loop(name: str, fed: Mapping[str, list[str]]) -> list[str]:
    """A shortest way from a rule back to itself, both ends included; empty where there is none."""
    ways = [[name, other] for other in fed[name]]
    met: set[str] = set()
    for way in ways:
        if way[-1] == name:
            return way
        if way[-1] not in met:
            met.add(way[-1])
            ways.extend([*way, other] for other in fed[way[-1]])
    return []

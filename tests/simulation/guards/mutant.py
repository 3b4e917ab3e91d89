"""One guard, and the tests that tell when it is missed."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.without import Patch


@dataclass(frozen=True, slots=True)
class Mutant:
    """`removes`: the guard. `keeps`: the invariant that it is there for. `tests`: where that invariant is told by name."""

    name: str
    removes: str
    keeps: str
    patch: Patch
    tests: tuple[str, ...]


def _i(number: int, name: str) -> str:
    return f"tests/invariants/test_i{number:02d}_{name}.py"


RECORDS, REST = _i(1, "one_record_per_key_and_side"), _i(3, "rest")
EDITS, OWNERS, ECHO, TALK = _i(4, "no_edit_is_lost"), _i(5, "ownership"), _i(6, "no_echo"), _i(7, "comments")
KILLED, VALVES, TRUTH = _i(8, "killed_anywhere"), _i(9, "valves_are_total"), _i(10, "truthful_memory")
ABSENCE, PURE, LENSES = _i(11, "absence_is_inert"), _i(12, "pure_plan"), _i(13, "lens_laws")
SKEW, ISOLATION = _i(14, "skew"), _i(15, "isolation")
KEYS, LOGGED = _i(16, "occurrence_keys"), _i(17, "every_write_is_logged_first")
AGREEMENT = _i(2, "convergence")
LEASE = "tests/state/test_lease.py"
GIVEN_BACK = "tests/invariants/test_edits_given_back.py"
LOST_ANSWER = "tests/invariants/test_edits_after_a_lost_answer.py"

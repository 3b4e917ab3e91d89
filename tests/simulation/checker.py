"""The invariants, judged by what the systems recorded and what people did. Nothing here knows how the engine works.

Each is a function of `tests/simulation/promises` that is named after it and tells its breaches as sentences; `check` runs them
all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.simulation.evidence import Evidence
from tests.simulation.promises import comments, edits, records, runs
from tests.simulation.promises.judgement import Judgement


@dataclass(frozen=True, slots=True)
class Breach:
    invariant: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.sentence}"


def check(evidence: Evidence) -> list[Breach]:
    judgement = Judgement(evidence)
    return [Breach(name, sentence) for name, judge in INVARIANTS for sentence in judge(judgement)]


Judge = Callable[[Judgement], Iterator[str]]
INVARIANTS: tuple[tuple[str, Judge], ...] = (
    ("I1", records.i01_one_record_per_key_and_side),
    ("I2", records.i02_agreement),
    ("I3", records.i03_rest),
    ("I4", edits.i04_no_edit_is_lost),
    ("I5", edits.i05_ownership),
    ("I5", edits.i05_what_the_profile_allows),
    ("I6", edits.i06_no_echo),
    ("I7", comments.i07_comments),
    ("I8", runs.i08_killed_anywhere),
    ("I9", runs.i09_valves),
    ("I10", records.i10_truthful_memory),
    ("I11", records.i11_absence_is_inert),
    ("I12", runs.i12_pure_plan),
    ("I13", edits.i13_nuance_survives),
    ("I14", runs.i14_skew),
    ("I15", runs.i15_isolation),
    ("I16", records.i16_occurrence_keys),
    ("I17", runs.i17_intended_first),
    ("end", runs.every_run_ends_with_a_named_status),
)

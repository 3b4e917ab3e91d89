"""`valves.yaml`: the thresholds that stop a run before its first write, as an admin sets them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from watchkeeper.mapping.base_models import Strict, Version
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.model.limits import Limits

VALVES: Final = "valves.yaml"
VALVES_SCHEMA: Final = "valves.schema.json"

_DEFAULT = Limits()

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Factor = Annotated[float, Field(ge=1)]


class Vanished(Strict):
    """Linked records that a complete listing no longer shows: both more than `share` of them and more than `over`; or all of
    them, from `emptied_from` on."""

    share: Share = Field(default=_DEFAULT.vanished_share, description="The share of the linked records, 0 to 1.")
    over: Count = Field(default=_DEFAULT.vanished_over, description="And more than so many.")
    emptied_from: Annotated[int, Field(ge=1)] = Field(
        default=_DEFAULT.emptied_from, description="All of them gone, where there were so many or more."
    )


class AllChanged(Strict):
    """The same field changed on both more than `share` of a side's linked records and more than `over`."""

    share: Share = Field(default=_DEFAULT.changed_share, description="The share of the linked records, 0 to 1.")
    over: Count = Field(default=_DEFAULT.changed_over, description="And more than so many.")


class Closes(Strict):
    """More than `factor` times the usual number of closes in one run, but at least `floor` and at most `ceiling`."""

    floor: Count = Field(default=_DEFAULT.closes_floor, description="So many may always be closed.")
    factor: Factor = Field(default=_DEFAULT.closes_factor, description="Times the usual number.")
    ceiling: Count = Field(default=_DEFAULT.closes_ceiling, description="More are never closed.")


class Creates(Strict):
    """More than `factor` times the expected number of new records in one run, but at least `floor`."""

    floor: Count = Field(default=_DEFAULT.creates_floor, description="So many may always be made.")
    factor: Factor = Field(default=_DEFAULT.creates_factor, description="Times the expected number.")


class Meaning(Strict):
    """After a change of a profile, writes to more than `share` of its pairs."""

    share: Share = Field(default=_DEFAULT.meaning_share, description="The share of the pairs, 0 to 1.")


class Flapping(Strict):
    """The same field of one record written this many times within 24 hours already."""

    writes: Annotated[int, Field(ge=1)] = Field(
        default=_DEFAULT.flapping, description="So many writes within 24 hours."
    )


class ValveFile(Strict):
    """What `valves.yaml` holds; everything that is left out keeps its shipped value."""

    version: Version = Field(description="The version of this file format.")
    vanished: Vanished = Field(default=Vanished(), description="Linked records that are gone.")
    all_changed: AllChanged = Field(default=AllChanged(), description="The same field changed nearly everywhere.")
    closes: Closes = Field(default=Closes(), description="Many closes in one run.")
    creates: Creates = Field(default=Creates(), description="Many new records in one run.")
    meaning: Meaning = Field(default=Meaning(), description="Many writes after a change of a profile.")
    flapping: Flapping = Field(default=Flapping(), description="One field written again and again.")
    max_writes: Count | None = Field(default=None, description="The most writes of a run; without it, any number.")

    def limits(self) -> Limits:
        return Limits(
            emptied_from=self.vanished.emptied_from,
            vanished_share=self.vanished.share,
            vanished_over=self.vanished.over,
            changed_share=self.all_changed.share,
            changed_over=self.all_changed.over,
            closes_floor=self.closes.floor,
            closes_factor=self.closes.factor,
            closes_ceiling=self.closes.ceiling,
            creates_floor=self.creates.floor,
            creates_factor=self.creates.factor,
            meaning_share=self.meaning.share,
            flapping=self.flapping.writes,
            max_writes=self.max_writes,
        )


def load_limits(folder: Path) -> Limits:
    """The thresholds of a mappings folder; the shipped ones where it has no `valves.yaml`. Raises Config."""
    path = folder / VALVES
    if not path.is_file():
        return _DEFAULT
    problems = ProblemList()
    document = problems.load(path)
    file = problems.validate(document, ValveFile) if document is not None else None
    problems.raise_if_any()
    return file.limits() if file is not None else _DEFAULT

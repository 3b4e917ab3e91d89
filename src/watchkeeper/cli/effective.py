"""The whole mapping as it takes effect, read from the files that say it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from watchkeeper.catalog.calendar_file import CalendarsFile
from watchkeeper.catalog.evidence_file import EVIDENCE_FILE, EvidenceFile
from watchkeeper.catalog.load import CALENDARS, PACKS, TEAMS, WAIVERS
from watchkeeper.catalog.nudge_file import DEFAULT as NO_NUDGES
from watchkeeper.catalog.nudge_file import NUDGES, NudgesFile
from watchkeeper.catalog.owner_file import OWNERS, OwnersFile
from watchkeeper.catalog.pack_file import PackFile
from watchkeeper.catalog.team_file import TeamsFile
from watchkeeper.catalog.waiver_file import WaiversFile
from watchkeeper.mapping.compile import lenses_of
from watchkeeper.mapping.compile_lens import written_by
from watchkeeper.mapping.documents import load_document, validate
from watchkeeper.mapping.extends import EXTENDS
from watchkeeper.mapping.load import profile_files
from watchkeeper.mapping.models import ProfileFile
from watchkeeper.mapping.valve_file import VALVES, ValveFile
from watchkeeper.report.machine import VERSION, Json

ModelT = TypeVar("ModelT", bound=BaseModel)


def effective_mapping(folder: Path) -> Json:
    """Every file of a sound folder as data, with defaults spelled out. Raises Config where the folder is not sound."""
    packs = [_read(path, PackFile) for path in sorted((folder / PACKS).glob("*.yaml"))]
    valves = _read(folder / VALVES, ValveFile) if (folder / VALVES).is_file() else ValveFile(version=1)
    waivers = _read(folder / WAIVERS, WaiversFile) if (folder / WAIVERS).is_file() else WaiversFile(waivers=())
    nudges = _read(folder / NUDGES, NudgesFile) if (folder / NUDGES).is_file() else NO_NUDGES
    owners = _read(folder / OWNERS, OwnersFile) if (folder / OWNERS).is_file() else OwnersFile(version=1)
    evidence = (
        _read(folder / EVIDENCE_FILE, EvidenceFile) if (folder / EVIDENCE_FILE).is_file() else EvidenceFile(version=1)
    )
    return {
        "version": VERSION,
        "profiles": {file.name: _profile(file) for _, file in profile_files(folder)},
        "teams": _plain(_read(folder / TEAMS, TeamsFile)),
        "calendars": _plain(_read(folder / CALENDARS, CalendarsFile)),
        "packs": {pack.id: _plain(pack) for pack in packs},
        "valves": _plain(valves),
        "waivers": _plain(waivers),
        "nudges": _plain(nudges),
        "owners": _plain(owners),
        "evidence": _plain(evidence),
    }


def _read(path: Path, model: type[ModelT]) -> ModelT:
    return validate(load_document(path), model)


def _plain(model: BaseModel) -> Json:
    return model.model_dump(mode="json", by_alias=True)


def _profile(file: ProfileFile) -> Json:
    """With what each row writes, where the file leaves that to the rule; kinds of translation that are not used are left out."""
    plain = {key: value for key, value in _plain(file).items() if key != EXTENDS}
    for name, rule in file.fields.items():
        for side, spec in lenses_of(rule).items():
            plain["fields"][name][side] = _without_nothing(plain["fields"][name][side])
            if spec.table is None:
                continue
            rows = plain["fields"][name][side]["table"]["rows"]
            for row, writes in zip(rows, written_by(spec.table), strict=True):
                row["writes"] = list(writes)
    return plain


def _without_nothing(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_nothing(each) for key, each in value.items() if each is not None}
        case list():
            return [_without_nothing(each) for each in value]
        case _:
            return value

"""Values that people gave and that other ones overtook."""

from __future__ import annotations

from watchkeeper.model.link import ConflictRow
from watchkeeper.report.board.nouns import SetAside


def set_aside_of(row: ConflictRow) -> SetAside:
    return SetAside(row.at, row.key, row.field, row.winner, row.winning, row.losing, row.run_id)

"""The listing of a report as CSV (RFC 4180): one line per row, UTF-8 with a byte order mark, no cell a live formula."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from watchkeeper.report.document import Document, Link, Table
from watchkeeper.report.neutralise import no_formula

BYTE_ORDER_MARK = "\ufeff"
"""What tells Excel that the file is UTF-8; without it, it takes the machine's own code page."""


_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
LONGEST: Final = 16_000
"""Characters of a cell. Excel holds 32,767 UTF-16 units and puts what is longer into further rows."""


def render(document: Document) -> str:
    """The document's listing. Every cell is in quotes, so that none begins a line of a CI log."""
    table = document.listed() or Table((document.title,), ())
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow([no_formula(heading) for heading in table.headings])
    for row in table.rows:
        cells = (cell.text if isinstance(cell, Link) else cell for cell in row.cells)
        writer.writerow(
            [cell if _is_number(cell, column, table) else _written(cell) for column, cell in enumerate(cells)]
        )
    return BYTE_ORDER_MARK + stream.getvalue()


def _is_number(cell: str, column: int, table: Table) -> bool:
    """Whether a program may calculate with it: a negative number is no formula, unless it stands where words may stand too."""
    return column in table.numbers and _NUMBER.fullmatch(cell) is not None


def _written(cell: str) -> str:
    shown = no_formula(cell)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"

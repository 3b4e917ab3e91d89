"""`watchkeeper adopt`: pair many records that exist already, from a list or from what another integration left."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.link import Confirm, finish_pairing
from watchkeeper.cli.parameters import EndBy, Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.errors import Config, Problem
from watchkeeper.sync.halt import halt_notes
from watchkeeper.sync.pairing import pair_by_name, pairs_of_vendor, store_pairs

COLUMNS = ("servicenow", "sentinel")


def adopt(
    from_: Annotated[
        Path | None,
        typer.Option("--from", help="A CSV file with the columns servicenow and sentinel.", show_default=False),
    ] = None,
    vendor: Annotated[bool, typer.Option("--vendor", help="Use the references that another integration left.")] = False,
    confirm: Confirm = False,
    mappings: Mappings = None,
    deadline: EndBy = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Pair existing tickets and incidents. No field is written; the next sync brings them in step."""
    if (from_ is None) == (not vendor):
        raise typer.BadParameter("give either --from FILE.csv or --vendor")
    wanted = read_pairs(from_) if from_ is not None else ()
    with workplace(mappings=mappings, deadline=deadline) as place:
        place.ready()
        store = place.store() if confirm else place.scratch()
        systems = place.systems(store)
        pairings = pairs_of_vendor(systems, systems.ids()) if vendor else pair_by_name(systems, wanted)
        stored = store_pairs(systems, pairings) if confirm else 0
        notes = halt_notes(store, place.clock.now())
    finish_pairing(pairings, stored, lang, notes, confirm=confirm)


def read_pairs(path: Path) -> tuple[tuple[str, str], ...]:
    """The pairs of a CSV file (UTF-8, with or without BOM; a header row names the columns). Raises Config naming each line
    that is not a pair."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Config([Problem(str(path), "", f"cannot be read: {error}", "a UTF-8 CSV file")]) from error
    rows = csv.DictReader(text.splitlines())
    if rows.fieldnames is None or not set(COLUMNS) <= {name.strip().lower() for name in rows.fieldnames}:
        raise Config([Problem(f"{path}:1:1", "", "the header row does not name both columns", ", ".join(COLUMNS))])
    pairs, problems = [], []
    for row in rows:
        values = {
            str(name).strip().lower(): (value or "").strip() for name, value in row.items() if isinstance(value, str)
        }
        one, other = values.get("servicenow", ""), values.get("sentinel", "")
        if one and other:
            pairs.append((one, other))
        else:
            problems.append(
                Problem(f"{path}:{rows.line_num}:1", "", "one side of the pair is missing", "both columns filled")
            )
    if problems:
        raise Config(problems)
    return tuple(pairs)

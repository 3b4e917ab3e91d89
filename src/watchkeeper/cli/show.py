"""`watchkeeper show`: everything that is remembered about one key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from watchkeeper.cli.output import complain, show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.errors import Config
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.report.machine import show_json
from watchkeeper.report.status import KeyView, show_document
from watchkeeper.sync.references import group_names
from watchkeeper.wiring import Workplace

if TYPE_CHECKING:
    from watchkeeper.state.store import SqlStateStore

EVER = ("0001-01-01", "9999-12-31")


def show(
    name: Annotated[str, typer.Argument(metavar="KEY", help="A key, or the number of a linked record.")],
    lang: Lang = Language.ENGLISH,
) -> None:
    """Show everything remembered about one pair.

    Link by link: numbers, agreed values, conflicts, comments, writes, verdicts. Calls no system.
    """
    with workplace() as place:
        store = place.memory()
        key = key_named(store, name)
        if key is None:
            complain(
                f"nothing is known of {name!r}; see `watchkeeper status`, or give a key such as task/team@2026-11-16"
            )
            raise typer.Exit(ExitCode.USAGE)
        view = replace(view_of(store, key), names=_names(place, store))
    show_report(show_document(view, lang.value), show_json(view), lang)


def _names(place: Workplace, store: SqlStateStore) -> Mapping[str, str]:
    """Names for ids; none where the mappings cannot be read, for what is remembered can be looked at all the same."""
    try:
        return group_names(store, place.duties.catalog)
    except Config:
        return {}


def key_named(store: SqlStateStore, name: str) -> str | None:
    """The key that a person means by a key or a record number."""
    if store.links([name]) or store.decisions([name]) or store.requests([name]):
        return name
    return min(store.keys_by_number([name]).get(name, {}).values(), default=None)


def view_of(store: SqlStateStore, key: str) -> KeyView:
    return KeyView(
        key=key,
        links=store.links([key]).get(key, {}),
        decided=store.decisions([key]).get(key),
        dirty=next((row for row in store.dirty() if row.key == key), None),
        conflicts=tuple(store.conflicts([key])),
        ledger=tuple(store.ledger([key])),
        writes=tuple(store.write_log(key=key)),
        request=store.requests([key]).get(key),
        verdicts=tuple(store.verdicts(*EVER, [key])),
    )

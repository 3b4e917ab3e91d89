"""`watchkeeper packs`: which packs of tasks count, and how they differ from those that are shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.catalog.load import PACKS
from watchkeeper.catalog.pack_changes import changes
from watchkeeper.catalog.pack_folder import InstalledPack, read_packs, switched
from watchkeeper.cli.command import register
from watchkeeper.cli.output import save, show_report
from watchkeeper.cli.parameters import Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.cli.selection import refuse_unknown
from watchkeeper.errors import Config, Problem
from watchkeeper.mapping.locate import Located, shipped_mappings
from watchkeeper.report.packs import (
    PackView,
    differences_document,
    differences_json,
    packs_document,
    packs_json,
    switched_document,
    switched_json,
)

app = typer.Typer(help="The packs of tasks.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A pack's id.")]


@app.callback()
def packs() -> None:
    """The packs of tasks."""


def list_packs(mappings: Mappings = None, lang: Lang = Language.ENGLISH) -> None:
    """List every pack: enabled, disabled, or shipped and not installed."""
    installed, shipped = read_packs(_located(mappings).folder), read_packs(shipped_mappings())
    views = [_view(name, installed.get(name), shipped.get(name)) for name in sorted({*installed, *shipped})]
    show_report(packs_document(views, lang.value), packs_json(views), lang)


def enable(name: Name, mappings: Mappings = None, lang: Lang = Language.ENGLISH) -> None:
    """Switch a pack on: one line of its file changes. A shipped pack that is not installed is copied first."""
    _switch(name, mappings, lang, enabled=True)


def disable(name: Name, mappings: Mappings = None, lang: Lang = Language.ENGLISH) -> None:
    """Switch a pack off: one line of its file changes."""
    _switch(name, mappings, lang, enabled=False)


def diff(
    name: Annotated[str | None, typer.Argument(help="Only this pack.", show_default=False)] = None,
    mappings: Mappings = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Show how installed packs differ from the shipped ones, task by task and by meaning."""
    place = _located(mappings).folder
    installed, shipped = read_packs(place), read_packs(shipped_mappings())
    if name is not None:
        installed = {name: _known(name, installed)}
    found = {each: changes(pack.file, shipped[each].file) for each, pack in installed.items() if each in shipped}
    own = [each for each in installed if each not in shipped]
    same = place.resolve() == shipped_mappings().resolve()
    document = differences_document(found, own, lang.value, same_folder=same)
    show_report(document, differences_json(found, own), lang)


register(app, "list", list_packs, within="packs")
register(app, "enable", enable, within="packs")
register(app, "disable", disable, within="packs")
register(app, "diff", diff, within="packs")


def _located(mappings: Path | None) -> Located:
    with workplace(mappings=mappings) as place:
        return place.located


def _switch(name: str, mappings: Path | None, lang: Language, *, enabled: bool) -> None:
    located = _located(mappings)
    installed = read_packs(located.folder)
    shipped = read_packs(shipped_mappings()) if enabled else {}
    pack = _known(name, {**shipped, **installed})
    target = installed[name].path if name in installed else located.folder / PACKS / pack.path.name
    changed = name not in installed or pack.file.enabled is not enabled
    if changed and located.origin == "shipped":
        allowed = "a copy of it, named with --mappings or WATCHKEEPER_MAPPINGS"
        raise Config([Problem(located.folder.as_posix(), "", "belongs to the installation", allowed)])
    if changed:
        save(target.resolve(), switched(pack, enabled=enabled), like=pack.path)
    file = target.as_posix()
    document = switched_document(name, file, lang.value, enabled=enabled, changed=changed)
    show_report(document, switched_json(name, file, enabled=enabled, changed=changed), lang)


def _known(name: str, packs: dict[str, InstalledPack]) -> InstalledPack:
    refuse_unknown("NAME", name, packs)
    return packs[name]


def _view(name: str, installed: InstalledPack | None, shipped: InstalledPack | None) -> PackView:
    pack = installed or shipped
    if pack is None:
        raise AssertionError(f"{name} is neither installed nor shipped")
    state = "not-installed" if installed is None else "enabled" if pack.file.enabled else "disabled"
    return PackView(
        id=name,
        title=pack.file.title.by_language(),
        state=state,
        tasks=len(pack.file.tasks),
        version=pack.file.version,
        shipped=shipped.file.version if shipped else "",
        url=pack.file.source.url,
        date=pack.file.source.date,
        file=installed.path.as_posix() if installed else "",
    )

"""`watchkeeper mappings preview`: what the mappings would do to one pair, or to those that changed last."""

from __future__ import annotations

from typing import Annotated

import typer

from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import AsOf, Lang, Language, Mappings, Profile
from watchkeeper.cli.place import workplace
from watchkeeper.cli.selection import refuse_unknown
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.preview import Preview
from watchkeeper.report.preview import preview_document, preview_json
from watchkeeper.sync.named import Named, by_name, latest
from watchkeeper.sync.preview import preview as preview_of
from watchkeeper.sync.systems import Systems


def preview(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[KEY]", help="A key, a number, an id or an address of a record.", show_default=False),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option("--last", min=1, max=100, help="The pairs of --profile that changed last.", show_default=False),
    ] = None,
    mappings: Mappings = None,
    profile: Profile = None,
    as_of: AsOf = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Show both sides of a pair before and after a sync, with the rule behind each value. Changes nothing."""
    if (name is None) == (last is None):
        raise typer.BadParameter("give a KEY, number, id or address, or --last N with --profile", param_hint="KEY")
    if last is not None and profile is None:
        raise typer.BadParameter("says of which profile the last pairs are wanted", param_hint="--profile")
    with workplace(mappings=mappings, as_of=as_of) as place:
        place.ready()
        if profile is not None:
            refuse_unknown("--profile", profile, place.duties.profiles)
        with place.tracing.run("mappings preview", place.deployment):
            found = preview_of(
                place.systems(place.scratch()), lambda systems: _chosen(systems, name, last, profile), profile
            )
        folder = place.duties.folder.as_posix()
    code, reasons = _ending(found)
    show_report(
        preview_document(found, folder, lang.value), preview_json(found, folder, exit_code=code, reasons=reasons), lang
    )
    raise typer.Exit(code)


def _chosen(systems: Systems, name: str | None, last: int | None, profile: str | None) -> Named:
    if name is not None:
        return by_name(systems, name)
    return latest(systems, systems.profiles[profile or ""], last or 0)


def _ending(found: Preview) -> tuple[ExitCode, tuple[str, ...]]:
    """A name that stands for nothing, or for something else than was asked for, is a slip of whoever typed it."""
    slips = [f"nothing is known of {name!r}" for name in found.unfound]
    slips += [f"{key} is a pair of the profile {profile}" for key, profile in found.others.items()]
    return (ExitCode.USAGE, tuple(slips)) if slips else (ExitCode.OK, ())

"""`watchkeeper db`: the state store itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.command import register
from watchkeeper.cli.output import cannot_be_written, show_report
from watchkeeper.cli.parameters import EndBy, Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.report.tools import upgraded_document, upgraded_json
from watchkeeper.report.upkeep import (
    backup_document,
    backup_json,
    check_document,
    check_json,
    pruned_document,
    pruned_json,
    rebuilt_document,
    rebuilt_json,
)

app = typer.Typer(help="The state store.", no_args_is_help=True)

KEPT_AT_LEAST = timedelta(days=31)
"""The valve against too many closes looks back thirty days."""

MOST_DAYS = 36_500

Confirm = Annotated[bool, typer.Option("--confirm", help="Do it; without this it is only shown.")]


@app.callback()
def db() -> None:
    """The state store."""


def upgrade(lang: Lang = Language.ENGLISH) -> None:
    """Create the state store, or bring its schema up to this program's version.

    A SQLite file that is brought up is copied first, beside itself.
    """
    from watchkeeper.state.schema import upgrade as upgrade_schema

    with workplace() as place:
        before, after = upgrade_schema(place.state_url)
    show_report(upgraded_document(before, after, lang.value), upgraded_json(before, after), lang, fine=True)


def check(lang: Lang = Language.ENGLISH) -> None:
    """Look through the whole state store for damage. Changes nothing and calls no system.

    Pages and indexes, the digest of every row that a write may hang on, the write log's chain, and whether the tables agree with
    each other. Each finding comes with its remedy.
    """
    from watchkeeper.state.check import check_store

    with workplace() as place:
        report = check_store(place.state_url)
    code = ExitCode.OK if report.sound else ExitCode.STATE
    show_report(check_document(report, lang.value), check_json(report, exit_code=code), lang, fine=report.sound)
    raise typer.Exit(code)


def backup(
    file: Annotated[Path, typer.Argument(help="Where to.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Copy the state store into one file, also while a run writes. SQLite only.

    To go back to it, put it in the place of the state store while nothing runs: the next run sees that it is older, and makes up
    for it.
    """
    from watchkeeper.state.copies import back_up

    if file.exists() and not force:
        raise typer.BadParameter(f"{file} is there already; --force replaces it")
    with workplace() as place:
        try:
            made = back_up(place.state_url, file)
        except OSError as error:
            raise cannot_be_written(file, error) from error
    show_report(backup_document(made, lang.value), backup_json(made), lang, fine=True)


def rebuild(
    confirm: Confirm = False,
    mappings: Mappings = None,
    deadline: EndBy = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Build the memory of all pairs anew from both systems. Writes to no system.

    Reads both in full and pairs what they hold by our keys. What both sides agree on is taken over; what differs goes to the
    profile's resolver, and is shown as the plan of the next sync. Write log, verdicts, conflicts and open writes stay.
    """
    from watchkeeper.cli.rebuilding import rebuild_memory
    from watchkeeper.report.plan import in_names
    from watchkeeper.sync.references import group_names

    with workplace(mappings=mappings, deadline=deadline) as place:
        place.ready()
        rebuilt, mended, scratch = rebuild_memory(place, confirm=confirm)
        names = group_names(scratch, place.duties.catalog)
    counts = {"before": rebuilt.before, "links": rebuilt.links, "agreed": rebuilt.agreed}
    report = rebuilt.report
    how = {"stored": rebuilt.stored, "whole": rebuilt.whole}
    named = replace(report, plan=in_names(report.plan, names))
    show_report(
        rebuilt_document(named, counts, mended, lang.value, rebuilt.numbers, **how),
        rebuilt_json(report, counts, mended, rebuilt.numbers, **how),
        lang,
        fine=rebuilt.stored and not report.plan.actions,
    )
    raise typer.Exit(report.exit_code)


def prune(
    before: Annotated[
        datetime | None,
        typer.Option(
            "--before", formats=["%Y-%m-%d"], help="Let go of what is older than this day (UTC).", show_default=False
        ),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep",
            metavar="DAYS",
            min=0,
            max=MOST_DAYS,
            help="Let go of what is older than so many days.",
            show_default=False,
        ),
    ] = None,
    confirm: Confirm = False,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Let go of old runs, writes, conflicts and verdicts, and of the values of pairs that are gone. Calls no system.

    What a later run could need stays. The write log is cut at the end of a run, and `history verify` goes on from there.
    """
    from watchkeeper.state.prune import prune as prune_store

    with workplace() as place:
        now = place.clock.now()
        limit = _limit(before.date() if before else None, keep, now)
        if not confirm:
            pruning = prune_store(place.memory(), limit, "", now, apply=False)
        else:
            store, run_id = place.store(), place.fresh_id()
            held = store.lease(*place.holder()).take(run_id, "db prune")
            try:
                pruning = prune_store(store, limit, run_id, now, apply=True)
            finally:
                held.release()
    show_report(pruned_document(pruning, lang.value), pruned_json(pruning), lang, fine=confirm)


def _limit(before: date | None, keep: int | None, now: datetime) -> datetime:
    """The instant before which things go. Raises BadParameter for none, for both, and for one that the valves need."""
    if (before is None) == (keep is None):
        raise typer.BadParameter("give either --before DATE or --keep DAYS")
    if before is not None:
        limit = datetime.combine(before, time.min, UTC)
    else:
        limit = datetime.combine((now - timedelta(days=keep or 0)).date(), time.min, UTC)
    if now - limit < KEPT_AT_LEAST:
        raise typer.BadParameter(f"{KEPT_AT_LEAST.days} days are kept at least: the valves look back that far")
    return limit


register(app, "upgrade", upgrade, within="db")
register(app, "check", check, within="db")
register(app, "backup", backup, within="db")
register(app, "rebuild", rebuild, within="db")
register(app, "prune", prune, within="db")

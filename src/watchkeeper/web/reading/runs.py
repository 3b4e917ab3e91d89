"""The runs of a deployment, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from watchkeeper.model.exit_code import Upshot, upshot_of
from watchkeeper.report.board.runs import ENDS, RunList
from watchkeeper.report.texts import Texts
from watchkeeper.web.asked import Choice, NothingHere, Parameter, any_of
from watchkeeper.web.reading.cursors import AFTER
from watchkeeper.web.reading.past_runs import past_run
from watchkeeper.web.reading.reader import Reader

PARAMETERS: Final = (
    Parameter("command", "Runs of this command."),
    Parameter("ended", "Runs that ended so: `fine`, `failed`, `later` (put off for the next one) or `unended`."),
    AFTER,
)
_UPSHOTS: Final[Mapping[str, Upshot]] = MappingProxyType(
    {"fine": Upshot.SUCCESS, "failed": Upshot.FAILURE, "later": Upshot.LATER}
)


def read_runs(reader: Reader) -> RunList:
    command, ended, latest = reader.asked.get("command"), reader.asked.get("ended"), reader.runs()
    if ended not in ("", *ENDS):
        raise NothingHere
    found = reader.listings.runs(
        command, lambda code: ended in ("", end_of(code)), reader.asked.get("after"), reader.asked.most
    )
    return RunList(
        head=reader.head(latest),
        commands=tuple(sorted({each.command for each in latest} | {command} - {""})),
        command=command,
        ended=ended,
        runs=tuple(past_run(run) for run in found.runs),
        goes_on=found.goes_on,
    )


def end_of(code: int | None) -> str:
    """How a run with this exit code ended, as a word of ENDS."""
    if code is None:
        return "unended"
    return next(word for word, upshot in _UPSHOTS.items() if upshot is upshot_of(code))


def choices(found: RunList, texts: Texts) -> tuple[Choice, ...]:
    commands = any_of(zip(found.commands, found.commands, strict=True), found.command, texts)
    ends = any_of(((each, texts.say(f"board.ended.{each}")) for each in ENDS), found.ended, texts)
    return (
        Choice("command", texts.say("board.column.command"), commands, found.command),
        Choice("ended", texts.say("board.choose.ended"), ends, found.ended),
    )

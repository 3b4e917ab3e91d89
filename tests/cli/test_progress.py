"""How far long work has come: a bar on a terminal, lines in a log, nothing where it is short or quiet."""

from __future__ import annotations

import logging
import os
import pty
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TextIO

import pytest
from tests.cli.conversation import Conversation
from tests.cli.program import Program

from watchkeeper.cli.console import console, new_console
from watchkeeper.cli.progress import Bar, Lines, progress_shown
from watchkeeper.emulators.world import World
from watchkeeper.model.progress import Phase, Unwatched
from watchkeeper.report.texts import texts_in
from watchkeeper.report.width import width
from watchkeeper.settings import LogFormat

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX"), pytest.mark.thorough]

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ERASED = "\r\x1b[2K"


class Hand:
    """A monotonic clock that somebody moves."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(slots=True)
class Screen:
    """A terminal, as a stream to write to, and what was shown on it."""

    stream: TextIO
    _mine: int

    def hang_up(self) -> None:
        """From now on nothing can be written; again it changes nothing."""
        os.dup2(os.open(os.devnull, os.O_RDWR), self._mine)

    def shown(self) -> str:
        self.stream.flush()
        os.set_blocking(self._mine, False)
        shown = b""
        try:
            while part := os.read(self._mine, 65536):
                shown += part
        except BlockingIOError:
            pass
        return shown.decode("utf-8")


@contextmanager
def terminal(form: LogFormat = LogFormat.TEXT, **variables: str) -> Iterator[Screen]:
    """Standard error is a terminal of 40 columns, in the environment of a person."""
    mine, theirs = pty.openpty()
    with pytest.MonkeyPatch.context() as patch, open(theirs, "w", encoding="utf-8") as stream:  # noqa: PTH123
        for name in ("CI", "TF_BUILD", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            patch.delenv(name, raising=False)
        for name, value in {"TERM": "xterm", "COLUMNS": "40", **variables}.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stderr", stream)
        new_console(form, ())
        yield Screen(stream, mine)
    new_console(LogFormat.TEXT, ())
    os.close(mine)


def told(total: int | None, moves: list[tuple[float, int]], lang: str = "en") -> list[str]:
    """What is said of a phase while so many seconds pass and so many steps are done each."""
    hand, said = Hand(), list[str]()
    lines = Lines(texts_in(lang), said.append, hand)
    lines.begin(Phase.WRITING, total)
    for seconds, steps in moves:
        hand.seconds += seconds
        lines.advance(steps)
    return said


def test_of_what_is_soon_done_a_log_says_nothing() -> None:
    assert told(100, [(0.25, 1)] * 100) == []


def test_after_half_a_minute_a_log_gets_a_line_with_every_tenth_and_none_within_ten_seconds() -> None:
    said = told(400, [(0.25, 1)] * 400)
    assert said == [f"Writing: {40 * part} of 400 after {10 * part} s" for part in range(3, 11)]
    assert len(told(400, [(0.125, 1)] * 400)) == 3


def test_a_log_does_not_stand_still_for_longer_than_half_a_minute() -> None:
    assert told(10_000, [(0.5, 0)] * 130) == ["Writing: 0 of 10,000 after 30 s", "Writing: 0 of 10,000 after 60 s"]


def test_of_work_without_a_known_end_the_steps_are_counted() -> None:
    assert told(None, [(31, 4000)]) == ["Writing: 4,000 after 31 s"]
    assert told(None, [(31, 4000)], "ja") == ["書き込み中：4,000 件、開始から 31 秒"]


def test_a_new_phase_begins_at_nothing_and_waits_for_its_turn() -> None:
    hand, said = Hand(), list[str]()
    lines = Lines(texts_in("en"), said.append, hand)
    for phase in (Phase.LISTING, Phase.DECIDING):
        lines.begin(phase, 10)
        hand.seconds += 20
        lines.advance(5)
    assert said == ["Deciding what is needed: 5 of 10 after 40 s"]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_bar_is_one_line_that_fits_and_leaves_nothing_behind(lang: str) -> None:
    hand = Hand()
    with terminal() as screen:
        bar = Bar(texts_in(lang), screen.stream, hand)
        for phase in Phase:
            bar.begin(phase, 12_345)
            hand.seconds += 2
            bar.advance(678)
        shown = screen.shown()
        bar.close()
        last = screen.shown()
    drawn = [ESCAPES.sub("", line) for line in shown.split("\r")]
    assert any("678/12345" in line for line in drawn)
    assert max(width(line) for line in drawn) <= 40
    assert "\n" not in shown
    assert last.endswith("\x1b[1A\x1b[2K"), "the cursor goes up to the bar's line, and that is erased"


def test_what_is_soon_done_draws_no_bar() -> None:
    hand = Hand()
    with terminal() as screen:
        bar = Bar(texts_in("en"), screen.stream, hand)
        bar.begin(Phase.LISTING)
        hand.seconds += 0.9
        bar.advance(10)
        bar.close()
        assert screen.shown() == ""


def test_the_log_goes_above_the_bar_and_back_to_its_place() -> None:
    hand, log = Hand(), logging.getLogger("watchkeeper.test")
    with terminal(COLUMNS="200") as screen:
        bar = Bar(texts_in("en"), screen.stream, hand)
        bar.begin(Phase.WRITING, 3)
        hand.seconds += 2
        bar.advance()
        assert console().bar_is_shown
        log.warning("waiting to try again")
        bar.close()
        log.warning("after it")
        assert not console().bar_is_shown
        lines = [ESCAPES.sub("", line).rpartition("\r")[2] for line in screen.shown().split("\r\n")]
    assert len([line for line in lines if "waiting to try again" in line and "Writing" not in line]) == 1
    assert len([line for line in lines if "after it" in line and "Writing" not in line]) == 1


@pytest.mark.parametrize(
    ("variables", "given", "kind"),
    [
        ({}, {}, Bar),
        ({"CI": "true"}, {}, Lines),
        ({"CI": "false"}, {}, Bar),
        ({"TF_BUILD": "True"}, {}, Lines),
        ({"TERM": "dumb"}, {}, Lines),
        ({}, {"verbosity": 1}, Lines),
        ({}, {"log_format": LogFormat.JSON}, Lines),
        ({}, {"quiet": True}, Unwatched),
        ({"CI": "true"}, {"quiet": True}, Unwatched),
    ],
)
def test_who_sees_a_bar(variables: dict[str, str], given: dict[str, object], kind: type) -> None:
    with terminal(**variables) as screen:
        for name, setting in given.items():
            setattr(console(), name, setting)
        with progress_shown() as progress:
            assert type(progress) is kind
        assert screen.shown() == ""


def test_a_terminal_that_is_gone_stops_no_work() -> None:
    hand = Hand()
    with terminal() as screen:
        bar = Bar(texts_in("en"), screen.stream, hand)
        for phase in (Phase.LISTING, Phase.WRITING):
            bar.begin(phase, 3)
            hand.seconds += 2
            bar.advance()
            screen.hang_up()
        bar.close()
        assert sys.stderr is screen.stream
        assert not console().bar_is_shown


def test_a_log_that_nobody_reads_stops_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with suppress(BrokenPipeError), open(writer, "w", encoding="utf-8") as stream:  # noqa: PTH123
        monkeypatch.setattr(sys, "stderr", stream)
        with progress_shown() as progress:
            assert isinstance(progress, Lines)
            progress._told_at -= 31
            progress.begin(Phase.WRITING, 10)
            progress.advance()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (LogFormat.JSON, '"progress": "Writing: 1 of 10 after 0 s"'),
        (LogFormat.TEXT, '  progress="Writing: 1 of 10 after 0 s"'),
    ],
)
def test_in_a_log_of_steps_it_is_one_of_its_events(form: LogFormat, said: str) -> None:
    with terminal(form) as screen:
        console().verbosity = 1
        console().listen()
        with progress_shown() as progress:
            assert isinstance(progress, Lines)
            progress._told_at -= 31
            progress.begin(Phase.WRITING, 10)
            progress.advance()
        assert said in screen.shown()


def test_a_sync_at_a_terminal_draws_its_phases_and_ends_with_the_report_alone(soc: Program, world: World) -> None:
    world.faults.latency = 0.2
    with Conversation(soc, "sync", "--lang", "ja", TERM="xterm", COLUMNS="60") as seen:
        assert seen.ends() == 0
    before, _, report = seen.shown.rpartition("\x1b[2K")
    assert "書き込み中" in before
    assert "書き込み中" not in report
    assert "14" in report
    assert max(width(ESCAPES.sub("", line)) for line in before.split("\r")) <= 60


def test_what_is_kept_of_a_sync_holds_no_bar(soc: Program, world: World) -> None:
    world.faults.latency = 0.2
    ended = soc.run("sync", TERM="xterm")
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    assert "Writing" not in ended.out

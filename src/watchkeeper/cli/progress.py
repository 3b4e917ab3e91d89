"""How far long work has come, for whoever waits for it, on standard error: a bar on a terminal, elsewhere a line now and then,
and nothing where a command is quiet or soon done."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TextIO

from watchkeeper.cli.console import console
from watchkeeper.cli.parameters import Language
from watchkeeper.clock import system_monotonic
from watchkeeper.model.progress import Phase, Unwatched
from watchkeeper.ports import Monotonic, Progress
from watchkeeper.report.progress import phase_name, progress_line
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.settings import LogFormat, nobody_watches

if TYPE_CHECKING:
    from rich.progress import Progress as Drawing

BAR_AFTER: Final = 1.0
"""Seconds after which a bar is drawn: shorter work is over before anybody has read it."""
REDRAWN_EVERY: Final = 0.1
LINES_APART: Final = 10.0
"""Seconds that lie between two lines at least."""
LINE_EVERY: Final = 30.0
"""Seconds after which a line comes, however little was done: a log that stands still looks like a program that does. Also before
the first one: of what is soon done a log says nothing."""
PART: Final = 10
"""A line comes with every tenth of a phase."""

log = logging.getLogger(__name__)


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """Where the command that runs tells how far it is; at its end nothing of it is left on a terminal."""
    speaker = console()
    in_log = speaker.log_format is LogFormat.JSON or speaker.verbosity > 0
    if speaker.quiet:
        yield Unwatched()
    elif in_log:
        yield Lines(texts_in(Language.ENGLISH.value), _note)
    elif nobody_watches() or not sys.stderr.isatty():
        yield Lines(texts_in(speaker.language.value), _say)
    else:
        bar = Bar(texts_in(speaker.language.value), sys.stderr)
        try:
            yield bar
        finally:
            bar.close()


def _note(line: str) -> None:
    log.info("at work", extra={"progress": line})


def _say(line: str) -> None:
    with suppress(OSError):  # whoever read it is gone, which is no reason to stop working
        sys.stderr.write(f"watchkeeper: {line}\n")
        sys.stderr.flush()


class Lines:
    """Tells it in whole lines, for logs. Implements ports.Progress."""

    def __init__(self, texts: Texts, say: Callable[[str], None], monotonic: Monotonic = system_monotonic) -> None:
        self._texts = texts
        self._say = say
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._began = self._told_at = monotonic()
        self._phase: Phase | None = None
        self._total: int | None = None
        self._done = self._told = 0
        self._has_spoken = False

    def begin(self, phase: Phase, total: int | None = None) -> None:
        with self._lock:
            self._phase, self._total = phase, total
            self._done = self._told = 0

    def advance(self, steps: int = 1) -> None:
        with self._lock:
            self._done += steps
            now = self._monotonic()
            if self._phase is not None and self._is_due(now):
                self._told, self._told_at, self._has_spoken = self._done, now, True
                self._say(progress_line(self._phase, self._done, self._total, now - self._began, self._texts))

    def _is_due(self, now: float) -> bool:
        silent = now - self._told_at
        part = self._total is not None and (self._done - self._told) * PART >= max(self._total, 1)
        return silent >= LINE_EVERY or (part and self._has_spoken and silent >= LINES_APART)


class Bar:
    """Draws it on one line of a terminal, above which everything else that is said on standard error goes. Implements
    ports.Progress."""

    def __init__(self, texts: Texts, terminal: TextIO, monotonic: Monotonic = system_monotonic) -> None:
        self._texts = texts
        self._terminal = terminal
        self._monotonic = monotonic
        self._lock = threading.RLock()
        self._drawn_at = monotonic() + BAR_AFTER - REDRAWN_EVERY
        self._name = ""
        self._total: int | None = None
        self._done = 0
        self._is_new = False
        self._is_gone = False
        self._drawing: Drawing | None = None

    def begin(self, phase: Phase, total: int | None = None) -> None:
        with self._lock:
            self._name, self._total, self._done = phase_name(phase, self._texts), total, 0
            self._is_new = True
            self.advance(0)

    def advance(self, steps: int = 1) -> None:
        with self._lock:
            self._done += steps
            now = self._monotonic()
            if not self._is_gone and now - self._drawn_at >= REDRAWN_EVERY:
                self._drawn_at = now
                self._try_to_draw()

    def close(self) -> None:
        """Take it off the terminal."""
        with self._lock:
            if self._drawing is not None:
                above = sys.stderr
                with suppress(OSError, SystemExit):
                    self._drawing.stop()
                self._drawing = None
                console().bar_is_shown = False
                _move_log(above, sys.stderr)

    def _try_to_draw(self) -> None:
        """A terminal that is gone is no reason to stop working, although rich ends the program at a broken pipe."""
        try:
            self._draw(self._drawing or self._opened())
        except (OSError, SystemExit):
            self._is_gone = True
            self.close()

    def _draw(self, drawing: Drawing) -> None:
        if self._is_new:
            self._is_new = False
            for former in drawing.task_ids:
                drawing.remove_task(former)
            drawing.add_task(self._name, total=self._total)
        (task,) = drawing.task_ids
        drawing.update(task, completed=self._done, refresh=True)

    def _opened(self) -> Drawing:
        from watchkeeper.cli.bar import drawing  # a tenth of a second, which short commands go without

        plain = sys.stderr
        self._drawing = drawing(self._terminal)
        self._drawing.start()  # from here on what is written to sys.stderr is drawn above the bar
        console().bar_is_shown = True
        _move_log(plain, sys.stderr)
        return self._drawing


def _move_log(before: TextIO, after: TextIO) -> None:
    """Let the log go where standard error goes now."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is before:
            handler.setStream(after)

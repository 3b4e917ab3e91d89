"""How far long work has come, in words. Nothing in them comes from a ticket."""

from __future__ import annotations

from watchkeeper.model.progress import Phase
from watchkeeper.report.texts import Texts


def phase_name(phase: Phase, texts: Texts) -> str:
    """What is being done."""
    return texts.say(f"phase.{phase.value}")


def progress_line(phase: Phase, done: int, total: int | None, seconds: float, texts: Texts) -> str:
    """One sentence: what is being done, how much of it is done, and after how many seconds of the command."""
    known = {"phase": phase_name(phase, texts), "done": f"{done:,}", "seconds": f"{seconds:,.0f}"}
    if total is None:
        return texts.say("progress.so_far", **known)
    return texts.say("progress.of", total=f"{total:,}", **known)

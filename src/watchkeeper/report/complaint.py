"""What ends or limits a command, in words for its standard error."""

from __future__ import annotations

from watchkeeper.errors import WatchkeeperError
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts


def complaint(error: WatchkeeperError | str, texts: Texts) -> list[str]:
    """The error's lines, in the report's language where the words are ours, and what was tried."""
    lines = reason_text(str(error), texts).splitlines()
    if isinstance(error, WatchkeeperError) and error.attempt.call:
        tried = error.attempt
        what = " ".join(filter(None, (tried.system, tried.call, tried.record)))
        if tried.status is None:
            lines.append(f"  {texts.say('complaint.tried', what=what)}")
        else:
            lines.append(f"  {texts.say('complaint.answered', what=what, status=tried.status)}")
    return lines


def stopped_by(word: str, texts: Texts) -> str:
    """What a command says that was told to stop. `word`: `interrupted` or `terminated`."""
    return texts.say("complaint.interrupted") if word == "interrupted" else texts.say("complaint.terminated")


def only_observing(texts: Texts) -> str:
    """Why a sync wrote nothing in WATCHKEEPER_MODE=observe."""
    return texts.say("complaint.observe")

"""How many calls a plan needs and may make, and where a deferred run goes on, as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from watchkeeper.model.budget import AllowanceKind, Forecast
from watchkeeper.model.run import Resume
from watchkeeper.report.document import Mark, Paragraph, Section
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import moment


def forecast_section(lines: Sequence[Forecast], texts: Texts) -> Section | None:
    """One line per system and limit: "needs 37 of 500 calls this hour"."""
    if not lines:
        return None
    told = tuple(Paragraph(_line(line, texts), Mark.NONE if line.fits else Mark.WARN) for line in lines)
    return Section(texts.say("forecast.title"), told)


def _line(line: Forecast, texts: Texts) -> str:
    side, calls, allowance = texts.side(line.side), f"{line.calls:,}", line.allowance
    if allowance is None:
        return texts.say("forecast.unlimited", side=side, calls=calls)
    numbers = {"side": side, "calls": calls, "limit": f"{allowance.limit:,}", "used": f"{allowance.used:,}"}
    match allowance.kind:
        case AllowanceKind.RATE_LIMIT:
            said = "forecast.rate-limit" if line.fits else "forecast.rate-limit.short"
            return texts.say(said, reserved=f"{allowance.reserved:,}", **numbers)
        case AllowanceKind.RECORD_WRITES:
            return texts.say("forecast.record-writes", minutes=_minutes(allowance.seconds), **numbers)
        case AllowanceKind.COMMENT_WRITES:
            return texts.say("forecast.comment-writes", minutes=_minutes(allowance.seconds), **numbers)
        case AllowanceKind.BUDGET:
            return texts.say("forecast.budget" if line.fits else "forecast.budget.short", **numbers)


def _minutes(seconds: float | None) -> str:
    return f"{(seconds or 0) / 60:g}"


def resume_section(resume: Resume | None, texts: Texts) -> Section | None:
    """What a deferred run has done, what is left, and where and when it goes on."""
    if resume is None:
        return None
    nothing_known = not (resume.done or resume.left or resume.key)
    said = "resume.nothing" if nothing_known else "resume.done"
    lines = [texts.say(said, done=f"{resume.done:,}", left=f"{resume.left:,}")]
    if resume.key:
        lines.append(texts.say("resume.key", key=resume.key))
    if resume.not_before is not None:
        lines.append(texts.say("resume.not_before", time=moment(resume.not_before, texts)))
    return Section(texts.say("resume.title"), tuple(Paragraph(line) for line in lines), mark=Mark.WARN)

"""What is due, which tasks there are, whether a deployment is fit to run, and what is wrong with its configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from watchkeeper.catalog.model import Catalog
from watchkeeper.errors import Problem
from watchkeeper.model.findings import ProbeOutcome
from watchkeeper.model.occurrence import Decided
from watchkeeper.model.probing import Probe
from watchkeeper.report.document import Document, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.plan import decided_table
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment

PROBE_MARKS = {
    ProbeOutcome.FAIL: Mark.BAD,
    ProbeOutcome.WARN: Mark.WARN,
    ProbeOutcome.SKIPPED: Mark.NONE,
    ProbeOutcome.OK: Mark.GOOD,
}
"""Worst first: the order in which probes are shown."""

NEEDS_SOMEBODY = frozenset({ProbeOutcome.FAIL, ProbeOutcome.WARN})
"""What a person is to look at."""


def tasks_document(catalog: Catalog, lang: str = "en") -> Document:
    """Every task of the catalogue, in the language of the report."""
    texts = texts_in(lang)
    names = ("task", "title", "cadence", "teams", "mode")
    rows = tuple(
        Row(
            (
                task.id,
                task.title[texts.language],
                texts.cadence(task.cadence),
                texts.join([catalog.teams[team].name[texts.language] for team in task.teams]),
                task.sentinel_mode.value,
            )
        )
        for task in sorted(catalog.tasks.values(), key=lambda task: task.id)
    )
    table = Table(tuple(texts.say(f"column.{name}") for name in names), rows)
    sentence = texts.count("tasks.sentence", len(rows))
    return Document(texts.say("tasks.title"), sentence, (Section("", (table,)),) if rows else ())


def due_document(decided: Sequence[Decided], as_of: datetime, lang: str = "en", *, standing: int = 0) -> Document:
    """What is due at an instant, and what is decided on it. `standing`: how many duties have an open ticket already."""
    texts = texts_in(lang)
    at = moment(as_of, texts)
    if not decided:
        return Document(texts.say("due.title"), texts.count("due.sentence.standing", standing, at=at))
    sentence = texts.count("due.sentence", len(decided), at=at)
    return Document(texts.say("due.title"), sentence, (Section("", (decided_table(decided, texts),)),))


def doctor_document(
    probes: Sequence[Probe], lang: str = "en", shown: Collection[ProbeOutcome] = tuple(PROBE_MARKS)
) -> Document:
    """The checks with one of the outcomes `shown`, failures first, each with what to do about it; the sentence counts all."""
    texts = texts_in(lang)
    counts = Counter(probe.outcome for probe in probes)
    order = list(PROBE_MARKS)
    ordered = sorted(probes, key=lambda probe: (order.index(probe.outcome), probe.side, probe.check, probe.subject))
    rows = tuple(
        Row(
            (
                check_text(probe, texts),
                texts.side(probe.side),
                texts.say(f"probe.{probe.outcome.value}"),
                finding_text(probe, texts),
                remedy_text(probe, texts),
            ),
            PROBE_MARKS[probe.outcome],
        )
        for probe in ordered
        if probe.outcome in shown
    )
    headings = tuple(texts.say(f"column.{name}") for name in ("check", "side", "outcome", "finding", "remedy"))
    return Document(
        title=texts.say("doctor.title"),
        sentence=texts.say(
            "doctor.sentence",
            ok=f"{counts[ProbeOutcome.OK]:,}",
            count=f"{len(probes):,}",
            parts=_not_ok(counts, texts),
        ),
        sections=(Section("", (Table(headings, rows),)),) if rows else (),
        mark=next((PROBE_MARKS[outcome] for outcome in order if counts[outcome]), Mark.NONE),
    )


def check_text(probe: Probe, texts: Texts) -> str:
    """What was looked at."""
    check = texts.say(f"check.{probe.check.value}")
    return texts.say("check.named", check=check, subject=probe.subject) if probe.subject else check


def finding_text(probe: Probe, texts: Texts) -> str:
    """What was found."""
    return texts.say(f"finding.{probe.finding.value}", **_spoken(probe, texts))


def remedy_text(probe: Probe, texts: Texts) -> str:
    """What to do about it; empty where nothing is to be done."""
    key = f"remedy.{probe.finding.value}"
    return texts.say(key, **_spoken(probe, texts)) if texts.has(key) else ""


def _spoken(probe: Probe, texts: Texts) -> Mapping[str, str]:
    """The values of a finding; those that are words of ours in the reader's language."""
    keys = {name: f"{name}.{value}" for name, value in probe.args.items()}
    return {name: texts.say(keys[name]) if texts.has(keys[name]) else value for name, value in probe.args.items()}


def _not_ok(counts: Counter[ProbeOutcome], texts: Texts) -> str:
    others = [outcome for outcome in PROBE_MARKS if outcome is not ProbeOutcome.OK and counts[outcome]]
    parts = [texts.count(f"doctor.{outcome.value}", counts[outcome]) for outcome in others]
    return texts.join(parts) or texts.say("doctor.ok")


def problems_document(problems: Sequence[Problem], lang: str = "en", unchecked: Sequence[str] = ()) -> Document:
    """Everything that is wrong with settings or mappings, by place, and what could not be looked at."""
    texts = texts_in(lang)
    open_ends = (Section("", tuple(Paragraph(each, Mark.WARN) for each in unchecked)),) if unchecked else ()
    if not problems:
        mark = Mark.WARN if unchecked else Mark.GOOD
        return Document(texts.say("problems.title"), texts.say("problems.sentence.none"), open_ends, mark=mark)
    rows = tuple(Row((problem.place, problem.path, _message(problem, texts), problem.allowed)) for problem in problems)
    headings = tuple(texts.say(f"column.{name}") for name in ("place", "field", "message", "allowed"))
    sentence = texts.count("problems.sentence", len(problems))
    sections = (Section("", (Table(headings, rows),)), *open_ends)
    return Document(texts.say("problems.title"), sentence, sections, mark=Mark.BAD)


def _message(problem: Problem, texts: Texts) -> str:
    if not problem.suggestion:
        return problem.message
    return texts.say("problems.suggestion", message=problem.message, suggestion=problem.suggestion)

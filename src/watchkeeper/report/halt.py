"""What `pause` and `resume` did, and how other reports say that a deployment is stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watchkeeper.errors import LeaseHolder
from watchkeeper.model.halt import Halt, HaltKind
from watchkeeper.report.document import Document, Mark, Pairs, Paragraph, Section
from watchkeeper.report.machine import Json, halt_json, payload
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment


@dataclass(frozen=True, slots=True)
class HaltView:
    """What became of an order. `standing`: what holds now; `before`: the order that stood, or had ended by itself, until then.
    `running`: the run that is under way. `runs`: whether any run of this deployment is on record here."""

    deployment: str
    store: str
    standing: Halt | None
    before: Halt | None = None
    running: LeaseHolder | None = None
    runs: bool = True


def paused_document(view: HaltView, lang: str = "en") -> Document:
    texts = texts_in(lang)
    if view.standing is None or view.standing.kind is HaltKind.RETIRED:
        return _retired(view, texts)
    name = "pause.sentence.again" if view.before is not None else "pause.sentence"
    lines = [Paragraph(line, Mark.WARN) for line in _cautions(view, texts)]
    facts = Pairs(tuple((texts.say(f"pause.fact.{fact}"), value) for fact, value in _facts(view, view.standing, texts)))
    return Document(
        texts.say("pause.title"),
        texts.say(name, deployment=view.deployment),
        (Section("", (*lines, facts)),),
        mark=Mark.WARN,
        next_steps=(texts.say("pause.next.look"), texts.say("pause.next.resume")),
        next_title=texts.say("next.title"),
    )


def resumed_document(view: HaltView, lang: str = "en", *, ended: bool = False) -> Document:
    """`ended`: the pause had come to its end by itself before."""
    texts = texts_in(lang)
    if view.standing is not None:
        return _retired(view, texts)
    if view.before is None:
        return Document(texts.say("resumed.title"), texts.say("resumed.sentence.nothing", deployment=view.deployment))
    facts = Pairs(tuple((texts.say(f"pause.fact.{fact}"), value) for fact, value in _facts(view, view.before, texts)))
    return Document(
        texts.say("resumed.title"),
        texts.say("resumed.sentence.ended" if ended else "resumed.sentence", deployment=view.deployment),
        (Section(texts.say("resumed.before"), (facts,)),),
        next_steps=(texts.say("resumed.next.plan"),),
        next_title=texts.say("next.title"),
    )


def order_json(view: HaltView, command: str, *, exit_code: int, reasons: Sequence[str] = ()) -> Json:
    """The same for programs."""
    holder = view.running
    return payload(
        command,
        exit_code,
        reasons,
        deployment=view.deployment,
        store=view.store,
        halt=halt_json(view.standing),
        before=halt_json(view.before),
        running=holder.run_id if holder else "",
    )


def _retired(view: HaltView, texts: Texts) -> Document:
    return Document(
        texts.say("pause.title"),
        texts.say("pause.sentence.retired", deployment=view.deployment),
        mark=Mark.BAD,
        next_steps=(texts.say("pause.next.retired"),),
        next_title=texts.say("next.title"),
    )


def _cautions(view: HaltView, texts: Texts) -> list[str]:
    lines = []
    if view.running is not None:
        lines.append(texts.say("pause.running", run=view.running.run_id, host=view.running.host))
    if not view.runs:
        lines.append(texts.say("pause.no_runs", deployment=view.deployment, store=view.store))
    return lines


def _facts(view: HaltView, halt: Halt, texts: Texts) -> list[tuple[str, str]]:
    until = texts.say("pause.until.resume") if halt.until is None else moment(halt.until, texts)
    facts = [("by", f"{halt.by} ({halt.host})"), ("at", moment(halt.at, texts)), ("until", until)]
    if halt.reason:
        facts.append(("reason", halt.reason))
    return [*facts, ("store", view.store)]

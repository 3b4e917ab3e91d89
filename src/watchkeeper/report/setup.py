"""A deployment that begins: the questions as people read them, what was written, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.report.document import Bullets, Document, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.texts import Texts, texts_in

_MARKS = {"new": Mark.ADD, "same": Mark.NONE, "extended": Mark.CHANGE, "replaced": Mark.CHANGE}
_MAPPINGS = "mappings/"
_EDITED = ("mappings/teams.yaml", "mappings/calendars.yaml")
"""Files of the mappings that are shown one by one; the others are as shipped, or nearly so."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What `init` did. `files`: path and state (new, same, extended, replaced). `seen`: systems that answered, by side, as they
    call themselves; `unseen`: the others, with the settings that lack before they can be asked. `unchecked`: names that nobody
    could look up. `secrets`: settings that are still to be given, `ci_secrets` those that the schedule's own store needs."""

    folder: str
    files: tuple[tuple[str, str], ...]
    seen: Mapping[str, str]
    unseen: Mapping[str, tuple[str, ...]]
    unchecked: tuple[str, ...]
    secrets: tuple[str, ...]
    ci: str
    ci_secrets: tuple[str, ...]
    submodule: bool
    dry_run: bool

    @property
    def fine(self) -> bool:
        """Whether nobody has to look at anything."""
        return not (self.unseen or self.unchecked or self.secrets)

    @property
    def changed(self) -> int:
        return sum(state != "same" for _, state in self.files)


def question_text(name: str, texts: Texts, team: str = "") -> str:
    """A question; `team` is what the team is called that it is about."""
    return texts.say(f"init.ask.{name}", team=team)


def may_be_left_out(sign: str, texts: Texts) -> str:
    """What to add to a question about a team that no task needs."""
    return texts.say("init.leave-out", sign=sign)


def wrong_answer(name: str, value: str, texts: Texts, near: str = "") -> str:
    """Why an answer cannot be taken, and what would be one."""
    words = texts.say(f"init.wrong.{name}", value=value)
    return f"{words} {texts.say('init.near', near=near)}" if near else words


def clause(sentence: str) -> str:
    """A sentence as a part of a longer one."""
    return sentence.rstrip(".。")


def unknown_name(kind: str, value: str, texts: Texts) -> str:
    """That the instance has no such group, or no such user (`people`)."""
    return texts.say(f"init.unknown.{kind}", value=value)


def missing_answer(texts: Texts) -> str:
    return texts.say("init.missing")


def needed_answer(name: str, texts: Texts) -> str:
    """What to say to somebody who just pressed Enter."""
    return texts.say("init.needed", example=example_of(name, texts))


def example_of(name: str, texts: Texts) -> str:
    """What an answer looks like."""
    return texts.say(f"init.example.{name}")


def not_a_team(name: str, texts: Texts) -> str:
    return texts.say("init.wrong.team", value=name)


def choices(kind: str, typed: str, offered: Sequence[str], texts: Texts, *, several: bool = False) -> tuple[str, ...]:
    """What the instance has that a person may have meant, numbered."""
    head = texts.say("init.several", value=typed) if several else unknown_name(kind, typed, texts)
    listed = tuple(f"  {number}. {name}" for number, name in enumerate(offered, start=1))
    return (head, *listed, *((texts.say(f"init.choose.{kind}"),) if listed else ()))


def keep_answers(texts: Texts) -> tuple[str, str, str]:
    """Whether to answer again after a system did not answer: the question, yes and no."""
    return texts.say("init.again"), texts.say("init.yes"), texts.say("init.no")


def taken_from_environment(names: Sequence[str], texts: Texts) -> str:
    return texts.say("init.environment", names=", ".join(names))


def setup_document(story: SetUp, lang: str = "en") -> Document:
    texts = texts_in(lang)
    sections = (_files(story, texts), _checks(story, texts))
    return Document(
        title=texts.say("init.title"),
        sentence=_sentence(story, texts),
        sections=tuple(section for section in sections if section.blocks),
        next_steps=tuple(_next(story, texts)),
        next_title=texts.say("next.title"),
    )


def setup_json(story: SetUp, contents: Mapping[str, str]) -> Json:
    """`contents`: what each file would hold, of a dry run."""
    files = [
        {"path": path, "state": state, **({"content": contents[path]} if path in contents else {})}
        for path, state in story.files
    ]
    unseen = {side: list(names) for side, names in story.unseen.items()}
    return payload(
        "init",
        0,
        (),
        folder=story.folder,
        files=files,
        dry_run=story.dry_run,
        changed=story.changed,
        seen=dict(story.seen),
        unseen=unseen,
        unchecked=list(story.unchecked),
        missing_secrets=list(story.secrets),
        ci=story.ci,
        ci_secrets=list(story.ci_secrets),
    )


def _sentence(story: SetUp, texts: Texts) -> str:
    if not story.changed:
        return texts.say("init.sentence.same", folder=story.folder)
    return texts.count("init.would" if story.dry_run else "init.written", story.changed, folder=story.folder)


def _files(story: SetUp, texts: Texts) -> Section:
    rows = []
    others = [state for path, state in story.files if path.startswith(_MAPPINGS) and path not in _EDITED]
    for path, state in story.files:
        if not path.startswith(_MAPPINGS) or path in _EDITED:
            rows.append(Row((path, texts.say(f"init.state.{state}"), _about(path, texts)), _MARKS[state]))
    for state in dict.fromkeys(others):
        count = texts.count("init.files", others.count(state))
        rows.append(Row((_MAPPINGS, texts.say(f"init.state.{state}"), count), _MARKS[state]))
    headings = (texts.say("column.file"), texts.say("column.state"), texts.say("column.what"))
    return Section(texts.say("init.section.files"), (Table(headings, tuple(rows)),))


def _about(path: str, texts: Texts) -> str:
    match path:
        case ".gitignore":
            return texts.say("init.about.ignore")
        case ".env":
            return texts.say("init.about.env")
        case "mappings/teams.yaml":
            return texts.say("init.about.teams")
        case "mappings/calendars.yaml":
            return texts.say("init.about.calendars")
        case _:
            return texts.say("init.about.schedule")


def _checks(story: SetUp, texts: Texts) -> Section:
    lines = [
        Paragraph(texts.say("init.seen", side=texts.side(side), name=_short(name)), Mark.GOOD)
        for side, name in story.seen.items()
    ]
    for side, names in story.unseen.items():
        if names:
            said = texts.say("init.unseen", side=texts.side(side), names=", ".join(names))
        else:
            said = texts.say("init.unasked", side=texts.side(side))
        lines.append(Paragraph(said, Mark.WARN))
    if story.unchecked:
        lines.append(Paragraph(texts.say("init.unchecked", names=", ".join(story.unchecked)), Mark.WARN))
    if "servicenow" in story.unseen:
        lines.append(Paragraph(texts.say("init.unlooked"), Mark.WARN))
    lines.append(Paragraph(texts.say("init.loads"), Mark.GOOD))
    return Section(texts.say("init.section.checks"), (Bullets(tuple(lines)),))


def _next(story: SetUp, texts: Texts) -> Iterator[str]:
    if story.dry_run:
        yield texts.say("init.next.write")
        return
    if story.secrets:
        yield texts.say("init.next.secrets", names=", ".join(story.secrets))
    yield texts.say("init.next.load", folder=story.folder)
    yield texts.say("init.next.check")
    yield texts.say("init.next.doctor")
    yield texts.say("init.next.plan")
    if story.submodule:
        yield texts.say("init.next.submodule")
    if story.ci_secrets:
        yield texts.say("init.next.ci", names=", ".join(story.ci_secrets))


def _short(name: str) -> str:
    """A workspace calls itself by its whole path; people know the last part."""
    return name.rpartition("/")[2]

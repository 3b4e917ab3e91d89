"""`evidence.yaml`: which evidence a duty needs, what is looked for in it, and from where scripts may come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from watchkeeper.catalog.entries import Entry, TaskId
from watchkeeper.mapping.base_models import Version
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.pydantic_problems import listed, refuse
from watchkeeper.model.address_template import PLACES, AddressTemplate
from watchkeeper.model.allow_list import AllowList, HttpsAddress, NotAnAddress, parse_address, parse_prefix
from watchkeeper.model.evidence_rules import (
    EXCEPTION,
    NOT_MINE,
    REQUIRED,
    Evidence,
    EvidenceRules,
    NamedScript,
    RemediationRules,
    ScriptRules,
)
from watchkeeper.model.nearest import suggest

EVIDENCE_FILE: Final = "evidence.yaml"
EVIDENCE_SCHEMA: Final = "evidence.schema.json"

_DEFAULT: Final = EvidenceRules()
_SHIPPED_TASK: Final = NamedScript("", "").task

Service = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Days = Annotated[int, Field(ge=1, le=365)]


def _prefix(value: str) -> str:
    return _parsed(value, parse_prefix)


def _download(value: str) -> str:
    return _parsed(value, parse_address)


def _parsed(value: str, parse: Callable[[str], HttpsAddress]) -> str:
    """The same text. A refusal does not repeat it: there may be a password or a token in it."""
    try:
        parse(value)
    except NotAnAddress as error:
        raise refuse(error.message, allowed=error.allowed) from None
    return value


def _template(value: str) -> str:
    """A template whose places are known; without them it is an address. "" is none."""
    template = AddressTemplate(value)
    for place in template.places:
        if place not in PLACES:
            raise refuse(
                f"{{{place}}} is not known here",
                allowed=listed(f"{{{each}}}" for each in PLACES),
                suggestion=suggest(place, PLACES),
            )
    filled = template.filled("https://instance.example", **dict.fromkeys(PLACES, "x"))
    try:
        if value:
            parse_address(filled, query=True)
    except NotAnAddress as error:
        allowed = "a path of the instance that begins with /, or an https address"
        raise refuse(error.message, allowed=allowed) from None
    return value


Prefix = Annotated[str, AfterValidator(_prefix)]
Download = Annotated[str, AfterValidator(_download)]
Template = Annotated[str, AfterValidator(_template)]


class RemediationEntry(Entry):
    """What becomes of remediation that asset owners have to do."""

    due_days: Days = Field(
        default=_DEFAULT.remediation.due_days,
        description="What is due within so many days, or overdue, gets a ticket for its owner.",
    )
    stuck_days: Days = Field(
        default=_DEFAULT.remediation.stuck_days,
        description="What has seen no device mended for so many days is reported as stuck.",
    )
    new_tickets: Annotated[int, Field(ge=0, le=200)] = Field(
        default=_DEFAULT.remediation.new_tickets,
        description="The most new tickets of an owner in one run; the rest is named on its most urgent open ticket, on the portal and in "
        "the report. 0: no tickets, what is open is brought to its end.",
    )
    not_mine: Template = Field(
        default=NOT_MINE.text,
        description="Where an owner says that something is not theirs: a path of the ServiceNow instance, or an https address, with "
        "`{owner}`, `{recommendation}` and `{ticket}` filled in; empty: no such link.",
    )
    exception: Template = Field(
        default=EXCEPTION.text,
        description="Where an owner asks for an exception; as `not_mine`.",
    )


class ScriptEntry(Entry):
    """A script or configuration file that is downloaded for its hash. Nothing of it is ever executed."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)] = Field(
        description="What people call it."
    )
    url: Download = Field(description="Its https address, below one of the `sources`, without a query.")
    task: TaskId = Field(default=_SHIPPED_TASK, description="The task whose ticket tells of it.")


class ScriptsEntry(Entry):
    """From where scripts and configuration files may come, and which are looked at."""

    sources: tuple[Prefix, ...] = Field(
        default=_DEFAULT.scripts.sources,
        description="The allow list: https addresses; what lies below one of them may be downloaded, redirects included.",
    )
    max_bytes: Annotated[int, Field(ge=1, le=50 * 1024 * 1024)] = Field(
        default=_DEFAULT.scripts.max_bytes, description="A longer file is refused, not cut."
    )
    files: tuple[ScriptEntry, ...] = Field(default=(), description="The files.")


class EvidenceFile(Entry):
    """What is wanted of evidence. What is left out keeps its shipped value."""

    version: Version = Field(description="The version of this file format.")
    required: dict[TaskId, tuple[Evidence, ...]] = Field(
        default=dict(REQUIRED),
        description="By task, the evidence without which a closed ticket is flagged in the report of the period; a task that is not "
        "named needs none. Evidence is called as the shipped task that it belongs to.",
    )
    services: tuple[Service, ...] = Field(
        default=_DEFAULT.services,
        description="Services whose posts in the Message center are judged, as the posts name them; empty: all.",
    )
    low_licences: Annotated[float, Field(ge=0, le=1)] = Field(
        default=_DEFAULT.low_licences,
        description="The share of free units below which a licence is called low, 0 to 1.",
    )
    remediation: RemediationEntry = Field(
        default=RemediationEntry(), description="Remediation that asset owners have to do."
    )
    exercise_months: Annotated[int, Field(ge=1, le=120)] = Field(
        default=_DEFAULT.exercise_months, description="So many months after its last exercise a team's is stale."
    )
    phishing_wave: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=_DEFAULT.phishing_wave,
        description="So many phishing incidents in a week are a wave, if that is at least twice the usual number.",
    )
    next_actions: Annotated[int, Field(ge=1, le=50)] = Field(
        default=_DEFAULT.next_actions, description="How many next actions the report of the Secure Score proposes."
    )
    scripts: ScriptsEntry = Field(default=ScriptsEntry(), description="Scripts and configuration files.")


@dataclass(frozen=True, slots=True)
class KnownTasks:
    """The ids of the tasks that were read; `whole`: there are no others."""

    ids: Collection[str]
    whole: bool = True


def load_evidence(folder: Path, tasks: KnownTasks) -> EvidenceRules:
    """The rules of a mappings folder with these tasks; the shipped ones where it has no `evidence.yaml`. Raises Config."""
    path = folder / EVIDENCE_FILE
    if not path.is_file():
        return _DEFAULT
    problems = ProblemList()
    document = problems.load(path)
    file = problems.validate(document, EvidenceFile)
    if file is not None and document is not None:
        _check_tasks(file, document, tasks, problems)
        _check_files(file.scripts, document, problems)
    problems.raise_if_any()
    return _rules(file, document) if file is not None and document is not None else _DEFAULT


def _check_tasks(file: EvidenceFile, document: Document, tasks: KnownTasks, problems: ProblemList) -> None:
    """A shipped task may be named whether or not the folder still has it."""
    known = {*tasks.ids, *Evidence}
    for path, name in _tasks_named(file):
        if tasks.whole and name not in known:
            found, near = f"there is no task {name!r}", suggest(name, known)
            problems.add(document.problem(path, found, allowed="a task of any pack here", suggestion=near))


def _tasks_named(file: EvidenceFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield from ((("required", name), name) for name in file.required)
    yield from ((("scripts", "files", index, "task"), each.task) for index, each in enumerate(file.scripts.files))


def _check_files(scripts: ScriptsEntry, document: Document, problems: ProblemList) -> None:
    allowed, seen = AllowList.of(scripts.sources), set[str]()
    for index, each in enumerate(scripts.files):
        path = ("scripts", "files", index)
        if not allowed.covers(parse_address(each.url)):
            found = "lies below none of the sources"
            problems.add(document.problem((*path, "url"), found, allowed=listed(scripts.sources) or "no file"))
        if each.name.casefold() in seen:
            found = f"{each.name!r} is there twice"
            problems.add(document.problem((*path, "name"), found, allowed="one file per name"))
        seen.add(each.name.casefold())


def _rules(file: EvidenceFile, document: Document) -> EvidenceRules:
    return EvidenceRules(
        required=file.required,
        services=file.services,
        low_licences=file.low_licences,
        remediation=_remediation(file.remediation),
        exercise_months=file.exercise_months,
        phishing_wave=file.phishing_wave,
        next_actions=file.next_actions,
        scripts=ScriptRules(
            file.scripts.sources,
            file.scripts.max_bytes,
            tuple(
                NamedScript(each.name, each.url, each.task, document.position(("scripts", "files", index)))
                for index, each in enumerate(file.scripts.files)
            ),
        ),
    )


def _remediation(entry: RemediationEntry) -> RemediationRules:
    return RemediationRules(
        due_days=entry.due_days,
        stuck_days=entry.stuck_days,
        new_tickets=entry.new_tickets,
        not_mine=AddressTemplate(entry.not_mine) if entry.not_mine else None,
        exception=AddressTemplate(entry.exception) if entry.exception else None,
    )

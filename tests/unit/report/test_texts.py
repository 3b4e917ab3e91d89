from __future__ import annotations

import ast
import re
import string
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import get_args

import pytest

import watchkeeper.report
from watchkeeper.catalog.pack_coverage import Use as UseOfTask
from watchkeeper.catalog.pack_file import Cadence
from watchkeeper.cli.init.folder import FileState
from watchkeeper.cli.init.questions import CI_QUESTION, GROUP, PEOPLE, QUESTIONS_OF, soc_questions
from watchkeeper.escalation.authors import Basis
from watchkeeper.escalation.reasons import SENTENCES, Excluded, Flag, Reason
from watchkeeper.evidence.campaigns import Classification, Topic
from watchkeeper.evidence.exercises import Scenario
from watchkeeper.evidence.ownership import Origin
from watchkeeper.evidence.portal import Supply
from watchkeeper.evidence.remediation import Progress
from watchkeeper.evidence.score_categories import ORDER
from watchkeeper.evidence.secure_score import COSTS, EXCUSED, Cause
from watchkeeper.evidence.service_administration import GapKind
from watchkeeper.mapping.explain_settings import Use
from watchkeeper.mapping.kind_models import FieldOnSide
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import CloseFrom, Direction, GonePolicy, Owner, ProfileKind, ResolverKind
from watchkeeper.mapping.round_trips import Return
from watchkeeper.model.calls import OTHER, TOKEN, Failure
from watchkeeper.model.chain import Flaw
from watchkeeper.model.difference import Shift, Subject
from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.model.evidence import Emptiness
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.gathering import Found
from watchkeeper.model.link import LinkState
from watchkeeper.model.nudge import Held, NudgeKind, NudgeMode, NudgeState, Role
from watchkeeper.model.occurrence import Decision
from watchkeeper.model.owner_request import Flaw as RequestFlaw
from watchkeeper.model.owner_request import RequestKind, Stage
from watchkeeper.model.plan import Operation
from watchkeeper.model.preview import Standing, Unconcern
from watchkeeper.model.progress import Phase
from watchkeeper.model.reasons import Because
from watchkeeper.model.rehearsal import Exercise
from watchkeeper.model.retirement import LeftOutcome
from watchkeeper.model.run import Outcome
from watchkeeper.model.sources import SOURCES
from watchkeeper.model.task_devices import NotRead
from watchkeeper.model.ticket import Severity, Status
from watchkeeper.model.troubles import Trouble
from watchkeeper.model.upkeep import Damage, Remedy
from watchkeeper.model.verdict import AuthorClass, VerdictKind
from watchkeeper.report import texts as texts_package
from watchkeeper.report.board import nouns
from watchkeeper.report.board.devices import COMPLETED, NEVER_ASKED
from watchkeeper.report.board.links import OPEN
from watchkeeper.report.board.mapping_diff import Beside, SinceSync
from watchkeeper.report.board.mapping_fields import Flow
from watchkeeper.report.board.mapping_tried import Outcome as Tried
from watchkeeper.report.board.nouns import PLANNED, UNDECIDED
from watchkeeper.report.board.of_period import PERIODS
from watchkeeper.report.board.owners import STATES
from watchkeeper.report.board.runs import ENDS
from watchkeeper.report.board.secure_score import WORTHS
from watchkeeper.report.board.today import LISTS
from watchkeeper.report.board.write_list import DAYS
from watchkeeper.report.briefings.exercises import COMMON_STEPS, STEPS
from watchkeeper.report.document import Mark, Tone
from watchkeeper.report.oversight import Lack
from watchkeeper.report.oversight_counts import PARTS
from watchkeeper.report.run import NEXT_STEPS
from watchkeeper.report.texts import CATALOGUES, Texts, texts_in
from watchkeeper.sync.case import Sighting
from watchkeeper.sync.comments import BEFORE_PAIRING, MIRRORED, NOT_CARRIED
from watchkeeper.sync.tried import Fate
from watchkeeper.transport.operations import OPERATIONS
from watchkeeper.web.incident_pages import Portal
from watchkeeper.web.registry import PAGES

MAPPINGS = Path(__file__).parents[3] / "mappings"
FOLDER = Path(watchkeeper.report.__file__).parent
MODULES = [
    *FOLDER.glob("*.py"),
    *FOLDER.glob("ci/*.py"),
    *FOLDER.glob("briefings/*.py"),
    FOLDER / "texts" / "__init__.py",
    *(FOLDER.parent / "collecting").glob("*.py"),
    *(FOLDER.parent / "nudges").glob("*.py"),
    *(FOLDER.parent / "portal").glob("*.py"),
    FOLDER.parent / "collecting" / "briefing.py",
    *FOLDER.glob("board/*.py"),
    *(FOLDER.parent / "web").rglob("*.py"),
]
HEALTH = [
    "serviceOperational",
    "investigating",
    "restoringService",
    "verifyingService",
    "serviceRestored",
    "postIncidentReviewPublished",
    "serviceDegradation",
    "serviceInterruption",
    "extendedRecovery",
    "falsePositive",
    "investigationSuspended",
    "resolved",
    "mitigatedExternal",
    "mitigated",
    "resolvedExternal",
    "confirmed",
    "reported",
]
"""The states of a service (microsoft-graph-docs-contrib, servicehealth: serviceHealthStatus values)."""
FAMILIES: dict[str, list[str]] = {
    "operation": [each.value for each in Operation],
    "decision": [each.value for each in Decision],
    "outcome": [each.value for each in Outcome],
    "verdict": [each.value for each in VerdictKind],
    "audit.kind": [each.value for each in VerdictKind],
    "author": [each.value for each in AuthorClass],
    "probe": [each.value for each in ProbeOutcome],
    "check": [*(each.value for each in Check), "named"],
    "finding": [each.value for each in Finding],
    "purpose": ["sync", "audit", "evidence", "doctor", "mappings"],
    "certainty": ["yes", "maybe"],
    "reads": ["untold"],
    "writes": ["untold"],
    "consequence": ["sys_journal_field", "sys_audit", "other"],
    "when": ["Created", "Updated"],
    "reason": [each.value for each in Reason],
    "flag": [each.value for each in Flag],
    "basis": [each.value for each in Basis],
    "severity": [each.value for each in Severity],
    "exclusion": [each.value for each in Excluded],
    "run.next": [str(code) for code in NEXT_STEPS],
    "side": ["servicenow", "sentinel", *SOURCES],
    "emptiness": [each.value for each in Emptiness],
    "pack": ["enabled", "disabled", "not-installed"],
    "packs.sentence": ["enabled", "disabled", "enabled.already", "disabled.already"],
    "explain.use": [each.value for each in Use],
    "explain.owner": [each.value for each in Owner],
    "explain.resolver": [each.value for each in ResolverKind],
    "explain.close_from": [each.value for each in CloseFrom],
    "explain.how": [name for name in FieldOnSide.model_fields if name != "default"],
    "explain.direction": [each.value for each in Direction if each is not Direction.BOTH],
    "explain.told": ["steps", "prefix", "suffix", "in_order", "otherwise"],
    "explain.column": ["raw", "means", "writes", "line"],
    "explain.closing": ["servicenow", "sentinel"],
    "plan.next": ["observe", "sync", "undo"],
    "retire.write": [each.value for each in LeftOutcome],
    "because": [each.value for each in (*Because, *Trouble)],
    "field": sorted({rule.name for profile in load_profiles(MAPPINGS).values() for rule in profile.fields}),
    "value.status": [each.value for each in Status],
    "value.severity": [each.value for each in Severity],
    "cadence": list(get_args(Cadence)),
    "standing": [each.value for each in Standing],
    "phase": [each.value for each in Phase],
    "sighting": [each.value for each in Sighting],
    "unconcern": [each.value for each in Unconcern],
}
"""Texts that are named by a value: one for each."""
FAMILIES |= {
    "shift": [each.value for each in Shift],
    "subject": [each.value for each in Subject],
    "mark": [each.name.lower() for each in Mark if each.value],
    "diff.sentence": ["same"],
    "exercise": [each.value for each in Exercise],
    "damage": [each.value for each in Damage],
    "damage.remedy": [each.value for each in Remedy],
    "damage.sentence": ["sound", "empty"],
    "verify.flaw": [each.value for each in Flaw],
    "prune.sentence": ["nothing", "would", "done"],
    "rebuild.sentence": ["would", "done", "partly"],
}
FAMILIES |= {
    "remediation.progress": [each.value for each in Progress],
    "remediation.stands": ["stuck", "undated", "exempt", "done"],
    "remediation.change": ["opened", "completed", "reopened", "removed", "forgotten", "exempted", "resumed", "fixed"],
    "oversight.end": [each.value for each in DutyEnd],
    "board.escalations": [nouns.BEHIND, nouns.OWED],
    "oversight.use": [each.value for each in UseOfTask],
    "oversight.post": ["fresh", "known"],
    "oversight.by": ["task", "team"],
    "oversight.chart": ["task", "team"],
    "oversight.part": [name for name, _, _ in PARTS],
    "oversight.lack": [each.value for each in Lack],
    "oversight.why": [each.value for each in Lack if each is not Lack.NOT_GATHERED],
    "score.cause": [each.value for each in Cause],
    "score": ["up", "down", "same"],
    "board.score": [each for each in WORTHS if each],
    "score.points": ["up", "down", "same"],
    "score.maximum": ["up", "down", "same"],
    "value.basis": ["allTenants", "totalSeats", "industryTypes"],
    "value.category": list(ORDER),
    "value.decision": [*sorted(EXCUSED), "planned", "reviewed"],
    "value.level": list(COSTS),
}
FAMILIES |= {
    "nudges.title": [each.value for each in NudgeMode],
    "nudges.kind": [each.value for each in NudgeKind],
    "nudges.state": [each.value for each in NudgeState],
    "nudges.held": [each.value for each in Held],
    "nudge.role": [each.value for each in Role],
}
ASKED = [
    *(question.name for questions in QUESTIONS_OF.values() for question in questions),
    *(question.name for question in (*soc_questions((), "en", str), GROUP, PEOPLE, CI_QUESTION)),
]
FAMILIES |= {
    "gathered": [each.value for each in Found],
    "init.ask": ASKED,
    "init.wrong": ASKED,
    "init.unknown": ["group", "people"],
    "init.example": ASKED,
    "init.choose": ["group", "people"],
    "init.state": [each.value for each in FileState if each is not FileState.IN_THE_WAY],
}
FAMILIES |= {
    "supply": [each.value for each in Supply],
    "health": HEALTH,
    "gap": [each.value for each in GapKind],
    "topic": [each.value for each in Topic],
    "classification": [each.value for each in Classification],
    "scenario": [f"{each.value}{step}" for each in Scenario for step in ("", *(f".{one + 1}" for one in range(STEPS)))],
    **{f"board.{part}": list(LISTS) for part in ("what", "do")},
    "board.health": ["fine", "later", "failed"],
    "board.period": list(PERIODS),
    "board.escalations.tone": [each.value for each in Tone],
    "board.escalations.rung": [f"{rung}" for rung in range(4)],
    "board.tasks": [PLANNED, UNDECIDED],
    "board.tasks.tone": [each.value for each in Tone],
    "board.weekday": [f"{day}" for day in range(1, 8)],
    "board.success": [each.value for each in nouns.Standing if each.value],
    "board.unit": ["seconds", "minutes"],
    "board.page": [page.name for page in PAGES if page.offered],
    **{
        f"board.{named}": ["title", "sentence", "next"]
        for named in (
            "empty",
            "signed_out",
            "refused.sign_in",
            "refused.rules",
            "refused.groups",
            *(f"refused.{status}" for status in (401, 403, 404, 503)),
        )
    },
    "board.ended": list(ENDS),
    "board.asked": [*OPERATIONS, TOKEN, OTHER],
    "board.failure": [each.value for each in Failure],
    "board.portal": [each.value for each in Portal],
    "board.link.comment": [MIRRORED, NOT_CARRIED, BEFORE_PAIRING],
    "board.link.state": [each.value for each in LinkState],
    "board.links.open": list(OPEN),
    "board.links.reason": ["any", "yes"],
    "board.writes.days": list(DAYS),
    "board.writes.choose": list(DAYS),
    "board.exit": [str(code.value) for code in ExitCode],
    "exercises.state": ["stale", "none", "fine"],
    "exercises.step": [f"{one + 1}" for one in range(COMMON_STEPS)],
}
FAMILIES |= {
    "board.mapping.flow": [each.value for each in Flow],
    "board.mapping.return": [each.value for each in Return if each is not Return.SAME],
    "board.mapping.kind": [each.value for each in ProfileKind],
    "board.mapping.gone": [each.value for each in GonePolicy],
    "board.mapping.comments": ["off", "both", "servicenow-to-sentinel", "sentinel-to-servicenow"],
    "board.mapping.beside.profile": [each.value for each in Beside if each is not Beside.DIFFERS],
    "board.mapping.beside.folder": [each.value for each in Beside if each not in {Beside.DIFFERS, Beside.OWN}],
    "board.mapping.since": [each.value for each in SinceSync],
    "board.tried": [each.value for each in (*Tried, *Fate)],
    "board.try.flaw": ["empty", "long", "json", "several", "none", "stranger"],
    "board.mapping.holds": ["now", "earlier", "unpaired"],
    "board.mappings.standing": ["used", "off", "broken"],
    "board.mappings.weekday": [str(day) for day in range(1, 8)],
}
FAMILIES |= {
    "owners.heading": list(STATES),
    "devices.not_read": [NEVER_ASKED, COMPLETED, *(each.value for each in NotRead)],
    "portal.state": list(STATES),
    "owners.kind": [each.value for each in RequestKind],
    "owners.request": [each.value for each in RequestKind],
    "owners.ground": ["group", "origin", "service", "place"],
    "owners.origin": [each.value for each in Origin],
    "owners.ask": [each.value for each in RequestKind],
    "owners.asked": [each.value for each in Stage if each is not Stage.NONE],
    "owners.stage": [each.value for each in Stage if each is not Stage.NONE],
    "owners.form.title": [each.value for each in RequestKind],
    "owners.form.lead": [each.value for each in RequestKind],
    "owners.form.send": [each.value for each in RequestKind],
    "owners.flaw": [each.value for each in RequestFlaw],
    "owners.none": ["title", "sentence", "next"],
}
COUNTED_FAMILIES: dict[str, list[str]] = {
    "oversight.count": [name for name, _, _ in PARTS],
    "remediation.count": ["overdue", "stuck", "due-soon"],
    "remediation.stands": ["overdue", "due-soon", "on-track"],
    "remediation.list": [each.value for each in Progress if each is not Progress.DONE],
    "remediation.devices": ["fewer", "more", "same"],
    "plan": [each.value for each in Operation],
    "run": [each.value for each in Outcome],
    "doctor": ["fail", "warn", "skipped"],
    "length": ["days", "hours"],
    "nudge.subject": [each.value for each in NudgeKind],
    "preview": ["read_by", "written_by"],
    "campaigns.said": [each.value for each in Topic],
    "campaigns.compared": [each.value for each in Topic],
    "board.said": list(LISTS),
}
NAMED_BY_STRINGS = (
    "column",
    "gathered.column",
    "briefing.column",
    "error",
    "run.fact",
    "audit.fact",
    "pause.fact",
    "pause.next",
    "verify.fact",
    "score.column",
    "remediation.column",
    "devices.column",
    "oversight.column",
    "board.column",
    "board.list",
    "board.about",
    "board.run",
    "board.writes",
    "board.link",
    "board.links",
    "board.link.column",
    "zoom",
    "board.mapping.column",
)
"""Families whose members stand as literals in tuples beside the call."""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def families() -> set[str]:
    plain = {f"{family}.{name}" for family, names in FAMILIES.items() for name in names}
    counted = {f"{family}.{name}" for family, names in COUNTED_FAMILIES.items() for name in names}
    return plain | counted


def literals() -> Iterator[str]:
    """Every text literal in the report's own modules."""
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def asked_for() -> Iterator[str]:
    """Every text that the builders ask for by a literal name."""
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            if node.func.attr in ("say", "count") and ast.unparse(node.func.value) in ("texts", "self"):
                yield from (each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant))


def base_of(key: str) -> str:
    return key.removesuffix(".one").removesuffix(".other")


def known() -> set[str]:
    return {base_of(key) for key in CATALOGUES["en"]} | set(CATALOGUES["en"])


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_text_that_is_asked_for_exists(language: str) -> None:
    texts = Texts(language)
    asked = {name for name in asked_for() if "." in name and not name.endswith(".")} | families()
    missing = {name for name in asked if not texts.has(name) and not texts.has(f"{name}.other")}
    assert missing == set()


def test_every_text_is_asked_for() -> None:
    named = set(literals())
    remedies = {f"remedy.{finding.value}" for finding in Finding}
    used = named | families() | remedies | {f"{family}.{name}" for family in NAMED_BY_STRINGS for name in named}
    assert {key for key in CATALOGUES["en"] if base_of(key) not in used and key not in used} == set()


@pytest.mark.parametrize(("language", "other"), [("ENGLISH", "ja"), ("JAPANESE", "en")])
def test_no_part_of_the_texts_hides_another_s(language: str, other: str) -> None:
    modules = [
        import_module(f"{texts_package.__name__}.{found.name}") for found in iter_modules(texts_package.__path__)
    ]
    spoken = [each for each in modules if not each.__name__.endswith((f".{other}", f"_{other}"))]
    parts = [getattr(each, name, {}) for each in spoken for name in ("TEXTS", "FINDINGS", language)]
    written = Counter(key for part in parts for key in part)
    assert len(written) == len(CATALOGUES["ja" if other == "en" else "en"])
    assert [key for key, times in written.items() if times > 1] == []


def test_both_languages_have_the_same_texts_but_for_the_singular() -> None:
    english, japanese = set(CATALOGUES["en"]), set(CATALOGUES["ja"])
    assert japanese - english == set()
    assert {key for key in english - japanese if not key.endswith(".one")} == set()


# Of thousands of texts, all are looked at in one test: a test of its own for each would take longer to begin than to run.
def test_a_text_names_the_same_values_in_both_languages() -> None:
    english, japanese = CATALOGUES["en"], CATALOGUES["ja"]
    differing = {key for key, text in japanese.items() if placeholders(text) != placeholders(english[key])}
    assert differing == set()


def test_a_japanese_sentence_has_full_width_punctuation() -> None:
    sentences = {key: text for key, text in CATALOGUES["ja"].items() if re.search("[ぁ-ヿ一-鿿。、]", text)}
    outside_of_commands = {key: re.sub(r"`[^`]*`|--open-valve \S+", "", text) for key, text in sentences.items()}
    narrow = {key: found for key, text in outside_of_commands.items() if (found := re.findall(r"[,;:()!?]", text))}
    assert len(sentences) > len(CATALOGUES["ja"]) / 2
    assert narrow == {}


def test_a_singular_needs_no_more_values_than_its_plural() -> None:
    english = CATALOGUES["en"]
    singular = {key: english[f"{base_of(key)}.other"] for key in english if key.endswith(".one")}
    asking = {key for key, plural in singular.items() if not placeholders(english[key]) <= placeholders(plural)}
    assert singular
    assert asking == set()


def test_a_verdict_s_reason_reads_in_english_as_the_audit_says_it() -> None:
    assert {reason: CATALOGUES["en"][f"reason.{reason.value}"] for reason in Reason} == SENTENCES


def test_one_thing_is_told_from_many_where_the_language_does() -> None:
    assert texts_in("en").count("run.planned", 1) == "1 write"
    assert texts_in("en").count("run.planned", 0) == "0 writes"
    assert texts_in("en").count("run.planned", 1234) == "1,234 writes"
    assert texts_in("ja").count("run.planned", 1) == "書き込み 1 件"


def test_values_are_not_looked_into() -> None:
    assert texts_in("en").say("show.title", key="{key.__class__}{0}") == "{key.__class__}{0}"


def test_an_unknown_language_is_english() -> None:
    assert texts_in("xx") == texts_in("en")


def test_enumerations_read_as_people_write_them() -> None:
    english, japanese = texts_in("en"), texts_in("ja")
    assert [english.join(["a", "b", "c"][:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert japanese.join(["a", "b", "c"]) == "a、b、c"


def test_the_enumerations_that_texts_are_named_by_are_whole() -> None:
    for family, kind in {"operation": Operation, "verdict": VerdictKind, "outcome": Outcome}.items():
        assert issubclass(kind, Enum)
        assert {f"{family}.{each.value}" for each in kind} <= set(CATALOGUES["ja"])

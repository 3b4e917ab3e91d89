"""What the commands that look after the state store say: check, verify, backup, prune, rebuild."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from watchkeeper.model.chain import ChainBreak, ChainHead, ChainReport
from watchkeeper.model.run import RunReport
from watchkeeper.model.upkeep import Backup, CheckReport, Finding, Pruning
from watchkeeper.report.document import Document, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.machine import Json, payload, plan_json
from watchkeeper.report.plan import NO_NUMBERS
from watchkeeper.report.run import plan_run_document
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import Numbers, moment

# --- check ---


def check_document(report: CheckReport, lang: str = "en") -> Document:
    texts = texts_in(lang)
    harmful = [finding for finding in report.findings if finding.harmful]
    notices = [finding for finding in report.findings if not finding.harmful]
    if harmful:
        sentence = texts.count("damage.sentence.bad", len(harmful), store=report.store)
    else:
        sentence = texts.say(f"damage.sentence.{'sound' if report.schema else 'empty'}", store=report.store)
    sections = (
        _findings("damage.findings", harmful, Mark.BAD, texts),
        _findings("damage.notices", notices, Mark.WARN, texts),
        _table("damage.rows", ("table", "rows"), {name: f"{count:,}" for name, count in report.rows.items()}, texts),
        _table("damage.heads", ("deployment", "head"), {name: str(head) for name, head in report.heads.items()}, texts),
    )
    mark = Mark.BAD if harmful else Mark.GOOD
    return Document(
        texts.say("damage.title"),
        sentence,
        tuple(each for each in sections if each is not None),
        mark,
        next_steps=() if report.schema or harmful else (texts.say("status.next.nothing"),),
        next_title=texts.say("next.title"),
    )


def check_json(report: CheckReport, *, exit_code: int) -> Json:
    texts = texts_in("en")
    return payload(
        "db check",
        exit_code,
        [_said(finding, texts) for finding in report.findings if finding.harmful],
        store=report.store,
        schema=report.schema or None,
        rows=dict(report.rows),
        write_log_heads={name: str(head) for name, head in report.heads.items()},
        findings=[
            {
                "code": finding.damage.value,
                "args": dict(finding.args),
                "harmful": finding.harmful,
                "finding": _said(finding, texts),
                "remedy": texts.say(f"damage.remedy.{finding.remedy.value}"),
            }
            for finding in report.findings
        ],
    )


def _findings(title: str, findings: Sequence[Finding], mark: Mark, texts: Texts) -> Section | None:
    if not findings:
        return None
    rows = tuple(
        Row((_said(finding, texts), texts.say(f"damage.remedy.{finding.remedy.value}")), mark) for finding in findings
    )
    return Section(texts.say(title), (Table((texts.say("column.damage"), texts.say("column.remedy")), rows),))


def _said(finding: Finding, texts: Texts) -> str:
    args = dict(finding.args)
    if "flaw" in args:
        named = {name: args[name] or texts.say("verify.nobody") for name in ("sequence", "run", "key")}
        args["flaw"] = texts.say(f"verify.flaw.{args['flaw']}", **named)
    return texts.say(f"damage.{finding.damage.value}", **args)


def _table(title: str, columns: tuple[str, str], rows: Mapping[str, str], texts: Texts) -> Section | None:
    if not rows:
        return None
    headings = tuple(texts.say(f"column.{name}") for name in columns)
    numbers = frozenset({1}) if columns[1] == "rows" else frozenset[int]()
    return Section(texts.say(title), (Table(headings, tuple(Row(each) for each in rows.items()), numbers),))


# --- history verify ---


def verified_document(report: ChainReport, wanted: ChainHead | None, found: bool | None, lang: str = "en") -> Document:
    """`wanted`: a head of an earlier report; `found`: whether it is in the log (None: pruned)."""
    texts = texts_in(lang)
    sentence, good = _verified(report, wanted, found, texts)
    facts = [("rows", f"{report.rows:,}"), ("heads", f"{report.heads:,}")]
    if report.head is not None:
        facts.insert(0, ("head", str(report.head)))
    if report.checkpoint is not None:
        pruned = report.checkpoint
        named = {
            "last": f"{pruned.last.sequence:,}",
            "until": moment(pruned.until, texts),
            "count": f"{pruned.count:,}",
        }
        facts.append(("pruned", texts.say("verify.fact.pruned.value", **named)))
    pairs = Pairs(tuple((texts.say(f"verify.fact.{name}"), value) for name, value in facts))
    steps = () if good else (texts.say("verify.next.compare"), texts.say("verify.next.keep"))
    return Document(
        texts.say("verify.title"),
        sentence,
        (Section("", (pairs,)),),
        Mark.GOOD if good else Mark.BAD,
        next_steps=steps,
        next_title=texts.say("next.title"),
    )


def verified_json(report: ChainReport, wanted: ChainHead | None, found: bool | None, *, exit_code: int) -> Json:
    texts = texts_in("en")
    sentence, good = _verified(report, wanted, found, texts)
    broken, pruned = report.broken, report.checkpoint
    return payload(
        "history verify",
        exit_code,
        () if good else (sentence,),
        rows=report.rows,
        head=None if report.head is None else str(report.head),
        heads_compared=report.heads,
        checkpoint=pruned and {"head": str(pruned.last), "count": pruned.count, "until": pruned.until},
        broken=broken
        and {"sequence": broken.sequence, "flaw": broken.flaw.value, "run_id": broken.run_id, "key": broken.key},
        wanted=None if wanted is None else str(wanted),
        wanted_found=found,
    )


def _verified(report: ChainReport, wanted: ChainHead | None, found: bool | None, texts: Texts) -> tuple[str, bool]:
    """The whole story in a sentence, and whether it is a good one."""
    if report.broken is not None:
        return texts.say("verify.sentence.broken", flaw=_flaw(report.broken, texts)), False
    if wanted is not None and found is False:
        return texts.say("verify.sentence.absent", head=wanted), False
    if wanted is not None and found is None and report.checkpoint is not None:
        last = f"{report.checkpoint.last.sequence:,}"
        return texts.say("verify.sentence.pruned", head=wanted, last=last), True
    if not report.rows:
        return texts.say("verify.sentence.empty"), True
    holds = texts.count("verify.sentence.holds", report.rows)
    return (holds if wanted is None else f"{holds} {texts.say('verify.sentence.has', head=wanted)}"), True


def _flaw(broken: ChainBreak, texts: Texts) -> str:
    nobody = texts.say("verify.nobody")
    return texts.say(
        f"verify.flaw.{broken.flaw.value}",
        sequence=f"{broken.sequence:,}",
        run=broken.run_id or nobody,
        key=broken.key or nobody,
    )


# --- backup and prune ---


def backup_document(backup: Backup, lang: str = "en") -> Document:
    texts = texts_in(lang)
    sentence = texts.say("backup.sentence", file=backup.file, size=f"{backup.size:,}", schema=backup.schema or "-")
    return Document(texts.say("backup.title"), sentence, mark=Mark.GOOD)


def backup_json(backup: Backup) -> Json:
    return payload("db backup", 0, (), file=backup.file, size=backup.size, schema=backup.schema)


def pruned_document(pruning: Pruning, lang: str = "en") -> Document:
    texts = texts_in(lang)
    count = sum(pruning.rows.values())
    before = moment(pruning.before, texts)
    nothing = not count and not pruning.emptied
    name = "nothing" if nothing else "done" if pruning.done else "would"
    rows = {table: f"{gone:,}" for table, gone in pruning.rows.items() if gone}
    said = [Paragraph(texts.count("prune.emptied", pruning.emptied))] if pruning.emptied else []
    if pruning.checkpoint is not None:
        said.append(Paragraph(texts.say("prune.cut", head=pruning.checkpoint)))
    sections = [each for each in (_table("column.rows", ("table", "rows"), rows, texts),) if each is not None]
    if said:
        sections.append(Section("", tuple(said)))
    return Document(
        texts.say("prune.title"),
        texts.say(f"prune.sentence.{name}", count=f"{count:,}", before=before),
        tuple(sections),
        Mark.GOOD if pruning.done else Mark.NONE,
        next_steps=() if pruning.done or nothing else (texts.say("prune.next"),),
        next_title=texts.say("next.title"),
    )


def pruned_json(pruning: Pruning) -> Json:
    return payload(
        "db prune",
        0,
        (),
        before=pruning.before,
        done=pruning.done,
        rows=dict(pruning.rows),
        emptied=pruning.emptied,
        checkpoint=None if pruning.checkpoint is None else str(pruning.checkpoint),
    )


# --- rebuild ---


def rebuilt_document(
    report: RunReport,
    counts: Mapping[str, int],
    mended: Mapping[str, int],
    lang: str = "en",
    numbers: Numbers = NO_NUMBERS,
    *,
    stored: bool,
    whole: bool,
) -> Document:
    """`counts`: links before and now, and pairs in step; the rest is the plan of the next sync."""
    texts = texts_in(lang)
    plan = plan_run_document(replace(report, notes=()), lang, numbers)
    name = "partly" if not whole else "done" if stored else "would"
    said = {key: f"{value:,}" for key, value in counts.items()}
    damaged = tuple(
        Paragraph(texts.say("rebuild.mended", table=table, count=f"{count:,}"), Mark.WARN)
        for table, count in sorted(mended.items())
    )
    sections = [Section("", damaged)] if damaged else []
    sections.append(Section(texts.say("rebuild.plan"), (Paragraph(plan.sentence),), plan.sections))
    steps = [texts.say("rebuild.next.plan")] if report.plan.actions and stored else []
    if whole and not stored:
        steps.append(texts.say("rebuild.next.confirm"))
    return Document(
        texts.say("rebuild.title"),
        texts.say(f"rebuild.sentence.{name}", **said),
        tuple(sections),
        Mark.BAD if not whole else Mark.GOOD if stored else Mark.NONE,
        next_steps=tuple(steps),
        next_title=texts.say("next.title"),
    )


def rebuilt_json(
    report: RunReport,
    counts: Mapping[str, int],
    mended: Mapping[str, int],
    numbers: Numbers = NO_NUMBERS,
    *,
    stored: bool,
    whole: bool,
) -> Json:
    plan = plan_json(
        replace(report.plan, parked=report.parked),
        report.decided,
        report.valves,
        numbers,
        command="db rebuild",
        exit_code=report.exit_code,
        reasons=report.reasons,
        forecast=report.forecast,
        resume=report.resume,
    )
    return plan | {"stored": stored, "whole": whole, "links": dict(counts), "mended": dict(mended)}

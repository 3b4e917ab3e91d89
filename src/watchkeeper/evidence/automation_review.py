"""What is new among the workspace's content and scripts, and which automation fails: what the deploying team has to review. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from watchkeeper.evidence.spelling import folded
from watchkeeper.model.script import ScriptDownload
from watchkeeper.model.workspace import AutomationFailure, AutomationRule, ContentPackage, Playbook


@dataclass(frozen=True, slots=True)
class Update:
    """A package whose catalogue has another version than the workspace. `fresh`: that version came since the last review."""

    id: str
    name: str
    kind: str
    source: str
    installed: str
    available: str
    published: date | None
    preview: bool
    fresh: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """Runs that did not succeed. `run_by`: the automation rules that run the failing playbook; `enabled`: whether it would run again,
    None where nothing of that name is known."""

    name: str
    kind: str
    status: str
    reason: str
    times: int
    last_at: datetime
    run_by: tuple[str, ...]
    enabled: bool | None


@dataclass(frozen=True, slots=True)
class RuleChange:
    """An automation rule that was changed since the last review."""

    name: str
    enabled: bool
    changed: date
    changed_by: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A downloaded file. `was`: the digest that the last review recorded where it was another one, else empty; `fresh`: no earlier
    review knows the file."""

    download: ScriptDownload
    was: str
    fresh: bool

    @property
    def changed(self) -> bool:
        return bool(self.was)


@dataclass(frozen=True, slots=True)
class AutomationReview:
    """What there is to review at an instant. Each part is None where its source could not be read. `versions` (the catalogue's, by
    package id) and `digests` (by a file's name) are what the next review is compared with."""

    as_of: datetime
    since: datetime
    installed: int
    updates: tuple[Update, ...] | None
    failures: tuple[Failure, ...] | None
    rule_changes: tuple[RuleChange, ...] | None
    fetched: tuple[Fetched, ...] | None
    versions: tuple[tuple[str, str], ...] = ()
    digests: tuple[tuple[str, str], ...] = ()

    @property
    def fresh(self) -> tuple[Update, ...]:
        return tuple(each for each in self.updates or () if each.fresh)

    @property
    def altered(self) -> tuple[Fetched, ...]:
        """Files that are not what they were."""
        return tuple(each for each in self.fetched or () if each.changed)


def automation_review(
    packages: Iterable[ContentPackage] | None,
    failures: Iterable[AutomationFailure] | None,
    rules: Sequence[AutomationRule] | None,
    playbooks: Sequence[Playbook] | None,
    downloads: Iterable[ScriptDownload] | None,
    *,
    since: datetime,
    now: datetime,
    before: AutomationReview | None = None,
) -> AutomationReview:
    """What came since `since`, compared with the review of the period before. None for a list that could not be read; what is not
    seen this time is remembered for the next."""
    versions = dict(before.versions) if before is not None else {}
    digests = dict(before.digests) if before is not None else {}
    found = None if packages is None else tuple(packages)
    files = None if downloads is None else tuple(downloads)
    return AutomationReview(
        as_of=now,
        since=since,
        installed=sum(bool(each.installed) for each in found or ()),
        updates=None if found is None else _updates(found, versions, since),
        failures=None if failures is None else _failures(failures, rules or (), playbooks or ()),
        rule_changes=None if rules is None else _rule_changes(rules, since),
        fetched=None if files is None else _fetched(files, digests),
        versions=tuple(sorted((versions | {each.id: each.available for each in found or ()}).items())),
        digests=tuple(sorted((digests | {each.name: each.sha256 for each in files or ()}).items())),
    )


def _updates(packages: Iterable[ContentPackage], earlier: Mapping[str, str], since: datetime) -> tuple[Update, ...]:
    found = [_update(each, earlier, since) for each in packages if each.outdated]
    return tuple(sorted(found, key=_freshest_first))


def _update(package: ContentPackage, earlier: Mapping[str, str], since: datetime) -> Update:
    published = package.published_at
    is_new = earlier.get(package.id, package.available) != package.available
    return Update(
        id=package.id,
        name=package.name,
        kind=package.kind,
        source=package.source,
        installed=package.installed,
        available=package.available,
        published=None if published is None else published.astimezone(UTC).date(),
        preview=package.preview,
        fresh=is_new or (published is not None and published > since),
    )


def _freshest_first(update: Update) -> tuple[bool, int, str, str]:
    return not update.fresh, -(update.published or date.min).toordinal(), folded(update.name), update.id


def _failures(
    failures: Iterable[AutomationFailure], rules: Sequence[AutomationRule], playbooks: Sequence[Playbook]
) -> tuple[Failure, ...]:
    enabled = {folded(rule.name): rule.enabled for rule in rules}
    enabled |= {folded(playbook.name): playbook.enabled for playbook in playbooks}
    run_by: dict[str, set[str]] = {}
    for rule in rules:
        for playbook in rule.playbooks:
            run_by.setdefault(folded(playbook), set()).add(rule.name)
    found = (
        Failure(
            name=each.name,
            kind=each.kind,
            status=each.status,
            reason=each.reason,
            times=each.times,
            last_at=each.last_at,
            run_by=tuple(sorted(run_by.get(folded(each.name), ()))),
            enabled=enabled.get(folded(each.name)),
        )
        for each in failures
    )
    return tuple(sorted(found, key=lambda each: (-each.times, folded(each.name), each.status, each.reason)))


def _rule_changes(rules: Iterable[AutomationRule], since: datetime) -> tuple[RuleChange, ...]:
    changed = sorted(
        ((rule.changed_at, rule) for rule in rules if rule.changed_at is not None and rule.changed_at > since),
        key=lambda each: (-each[0].timestamp(), folded(each[1].name), each[1].id),
    )
    return tuple(
        RuleChange(rule.name, rule.enabled, at.astimezone(UTC).date(), rule.changed_by) for at, rule in changed
    )


def _fetched(downloads: Iterable[ScriptDownload], digests: Mapping[str, str]) -> tuple[Fetched, ...]:
    """A file is the same one while the deployment calls it by the same name, wherever it came from."""
    found = (_compared(each, digests.get(each.name, "")) for each in downloads)
    return tuple(sorted(found, key=lambda each: (not each.changed, folded(each.download.name), each.download.name)))


def _compared(download: ScriptDownload, recorded: str) -> Fetched:
    is_same = folded(recorded) == folded(download.sha256)
    return Fetched(download, "" if is_same else recorded, fresh=not recorded)

"""`watchkeeper init`: from an empty folder to one that every other command accepts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from watchkeeper.cli.console import console
from watchkeeper.cli.init import flags
from watchkeeper.cli.init.beginning import Beginning, begun
from watchkeeper.cli.init.dry_run import show_files
from watchkeeper.cli.init.folder import FileState, put, recover, refuse_what_is_in_the_way, rehearse, standings
from watchkeeper.cli.init.plan import checked, planned_files
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Format, Lang, Language
from watchkeeper.report.setup import SetUp, setup_document, setup_json


def init(
    folder: flags.Folder = Path(),
    instance: flags.Instance = None,
    servicenow_client_id: flags.ServiceNowClientId = None,
    servicenow_username: flags.ServiceNowUsername = None,
    azure_credential: flags.Credential = None,
    azure_tenant_id: flags.TenantId = None,
    azure_client_id: flags.ClientId = None,
    azure_certificate: flags.Certificate = None,
    subscription_id: flags.Subscription = None,
    resource_group: flags.ResourceGroup = None,
    workspace: flags.Workspace = None,
    zone: flags.Zone = None,
    go_live: flags.GoLive = None,
    calendar: flags.CalendarOf = None,
    ticket_language: flags.TicketLanguage = None,
    group: flags.Group = None,
    people: flags.People = None,
    without: flags.Without = None,
    ci: flags.CiSystem = None,
    offline: flags.Offline = False,
    force: flags.Force = False,
    dry_run: flags.DryRun = False,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Begin a deployment: ask what it needs and write its files.

    Writes settings, mappings and a file for a schedule, all of them or none, and nothing over a file that says something else.
    Without a terminal every answer comes from an option or from the environment. Secrets are read from the environment or typed
    unseen, never from an option. Reads only, where credentials are given, and asks no system with --offline.
    """
    single = {
        "instance": instance, "servicenow-client-id": servicenow_client_id, "servicenow-username": servicenow_username,
        "azure-credential": azure_credential, "azure-tenant-id": azure_tenant_id, "azure-client-id": azure_client_id,
        "azure-certificate": azure_certificate, "subscription-id": subscription_id, "resource-group": resource_group,
        "workspace": workspace, "go-live": go_live, "ci": ci,
    }  # fmt: skip
    repeated = {
        "zone": zone, "calendar": calendar, "ticket-language": ticket_language, "group": group, "people": people,
    }  # fmt: skip
    given = {name: str(value) for name, value in single.items() if value is not None}
    words = {name: tuple(values or ()) for name, values in repeated.items()}
    beginning = begun(given, words, tuple(without or ()), lang.value, offline=offline)
    _write(folder, beginning, lang, force=force, dry_run=dry_run)


def _write(folder: Path, beginning: Beginning, lang: Language, *, force: bool, dry_run: bool) -> None:
    if not dry_run:
        recover(folder)
    found = standings(folder, planned_files(folder, beginning), force=force)
    refuse_what_is_in_the_way(folder, found)
    check = checked(folder, beginning)
    if dry_run:
        rehearse(folder, found, check)
    elif any(each.state is not FileState.SAME for each in found):
        put(folder, found, check, console().stop)
    story = SetUp(
        folder=(folder if folder.name else folder.absolute()).as_posix(),
        files=tuple((each.file.path, each.state.value) for each in found),
        seen=beginning.seen,
        unseen=beginning.unseen,
        unchecked=beginning.unchecked,
        secrets=beginning.missing_secrets,
        ci=beginning.ci.value,
        ci_secrets=beginning.ci_secrets,
        submodule=beginning.needs_submodule(folder),
        dry_run=dry_run,
    )
    contents: Mapping[str, str] = {each.file.path: each.file.content for each in found} if dry_run else {}
    show_report(setup_document(story, lang.value), setup_json(story, contents), lang, fine=story.fine)
    if dry_run and console().form == Format.TEXT:
        show_files(found)

"""The Azure side: Entra ID, ARM with Microsoft Sentinel, and Log Analytics, over one versioned store."""

from __future__ import annotations

from dataclasses import replace

from watchkeeper.emulators.azure.arm import Arm
from watchkeeper.emulators.azure.arm_children import ChildRoutes
from watchkeeper.emulators.azure.arm_incidents import IncidentRoutes
from watchkeeper.emulators.azure.arm_options import ArmOptions, Switches
from watchkeeper.emulators.azure.entra import Entra
from watchkeeper.emulators.azure.grants import Grants
from watchkeeper.emulators.azure.health import Health
from watchkeeper.emulators.azure.identities import (
    ADMINISTRATION_CLIENT_ID,
    ADMINISTRATION_SECRET,
    AUTOMATION,
    CORRELATION,
    OBSERVER_CLIENT_ID,
    OBSERVER_SECRET,
    PEOPLE,
    SOC_GROUP,
    Directory,
    applications,
)
from watchkeeper.emulators.azure.issuers import Issuers
from watchkeeper.emulators.azure.loganalytics import LogAnalytics
from watchkeeper.emulators.azure.options import AzureOptions
from watchkeeper.emulators.azure.registrations import Registrations
from watchkeeper.emulators.azure.store import SentinelStore
from watchkeeper.emulators.azure.tables import Tables
from watchkeeper.emulators.azure.throttle import Throttle
from watchkeeper.emulators.azure.tokens import Tokens
from watchkeeper.emulators.azure.workloads import Machine, Pipelines
from watchkeeper.emulators.azure.workspace import Workspace
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.kql.values import TICKS_PER_SECOND
from watchkeeper.emulators.options import WorldOptions

__all__ = [
    "ADMINISTRATION_CLIENT_ID",
    "ADMINISTRATION_SECRET",
    "OBSERVER_CLIENT_ID",
    "OBSERVER_SECRET",
    "PEOPLE",
    "ArmOptions",
    "AzureOptions",
    "build_azure",
    "build_workloads",
]


def build_azure(
    clock: WorldClock, world: WorldOptions | None = None, options: AzureOptions | None = None
) -> tuple[Entra, Arm, LogAnalytics]:
    """The three systems, sharing one store. `world` says who may sign in and where things live, `options` which variant."""
    world, options = world or WorldOptions(), options or AzureOptions()
    registered = applications(world.client_id, world.client_secret)
    tokens = Tokens(registered, world.tenant_id, options.token_seconds, options=options.entra)
    directory = Directory((*PEOPLE, AUTOMATION, CORRELATION, SOC_GROUP, *(each.principal for each in registered)))
    store = SentinelStore(clock)
    switches = Switches(_arm_options(options))
    workspace = Workspace(store, directory, sentinel_root(world), switches)
    throttle = Throttle(lambda: clock.now().timestamp(), enforced=world.quotas)
    grants = Grants()
    health = Health(workspace.root, world.workspace_id)
    arm = Arm(
        workspace,
        world.workspace_id,
        tokens,
        throttle,
        IncidentRoutes(workspace),
        ChildRoutes(workspace, options.comment_page_size),
        grants,
        health,
    )
    registrations = Registrations(registered)
    entra = Entra(clock, world.tenant_id, tokens, world.logs_audience, registrations, Issuers(clock))
    return entra, arm, _log_analytics(clock, world, options, workspace, tokens, grants, health)


def build_workloads(entra: Entra) -> tuple[Pipelines, Machine]:
    """Where workloads get the statements and tokens by which they are known to `entra`."""
    return Pipelines(entra), Machine(entra)


def _arm_options(options: AzureOptions) -> ArmOptions:
    """ARM's own options, with what the whole Azure side was told where they leave it open."""
    arm = options.arm
    published = options.published_minimums if arm.published_minimums is None else arm.published_minimums
    onboarded = options.onboarded if arm.onboarded is None else arm.onboarded
    return replace(arm, published_minimums=published, onboarded=onboarded)


def sentinel_root(world: WorldOptions) -> str:
    """The ARM id under which incidents live, with a leading slash and none behind."""
    return (
        f"/subscriptions/{world.subscription_id}/resourceGroups/{world.resource_group}/providers/"
        f"Microsoft.OperationalInsights/workspaces/{world.workspace_name}/providers/Microsoft.SecurityInsights"
    )


def _log_analytics(
    clock: WorldClock,
    world: WorldOptions,
    options: AzureOptions,
    workspace: Workspace,
    tokens: Tokens,
    grants: Grants,
    health: Health,
) -> LogAnalytics:
    tables = Tables(
        workspace.store,
        workspace.root,
        world.workspace_id,
        health,
        lag=round(world.ingestion_lag * TICKS_PER_SECOND),
        onboarded=options.onboarded,
        batching=round(options.batching_seconds * TICKS_PER_SECOND),
        options=options.logs,
    )
    resource_id = workspace.root.rpartition("/providers/")[0]
    audiences = ("https://api.loganalytics.io", world.logs_audience.rstrip("/"))
    throttle = Throttle(lambda: clock.now().timestamp(), enforced=world.quotas)
    return LogAnalytics(
        clock, tables, world.workspace_id, resource_id, tokens, audiences, throttle, grants, options.logs
    )

"""Imported once by the server that commands are forked from: everything that a command may import or read later."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import alembic.autogenerate
import alembic.command
import alembic.config
import azure.core.pipeline.transport
import azure.identity
import azure.monitor.query
import holidays.countries
import psycopg
import pysnow
import sqlalchemy.dialects.postgresql
import sqlalchemy.dialects.sqlite.pysqlite
import sqlalchemy.orm
import typer._adapters
import typer._click._textwrap
import typer._click.decorators
from tests import compiled_once, migrated_once, read_once
from tests.engine import make_deployment

import watchkeeper.cli.app
import watchkeeper.cli.commands
import watchkeeper.cli.rebuilding
import watchkeeper.cli.running
import watchkeeper.cli.sync
import watchkeeper.emulators.server
import watchkeeper.state.check
import watchkeeper.state.inspection
import watchkeeper.state.prune
import watchkeeper.state.store
import watchkeeper.sync.run
import watchkeeper.wiring
import watchkeeper_defender.source
import watchkeeper_graph.source
import watchkeeper_sentinel.connector
import watchkeeper_sentinel.evidence
import watchkeeper_servicenow.connector
from watchkeeper.model.reasons import parts_of

__all__ = [
    "alembic",
    "azure",
    "holidays",
    "psycopg",
    "pysnow",
    "sqlalchemy",
    "typer",
    "watchkeeper",
    "watchkeeper_defender",
    "watchkeeper_graph",
    "watchkeeper_sentinel",
    "watchkeeper_servicenow",
]

watchkeeper.cli.commands.application(watchkeeper.cli.commands.COMMANDS)
read_once.install()
read_once.shipped()
read_once.understood()
compiled_once.install()
migrated_once.install()


def play() -> None:
    """One day in process: every pattern, template, grammar and statement that it takes is then compiled for all commands."""
    with tempfile.TemporaryDirectory() as folder:
        deployment = make_deployment(Path(folder))
        for _ in range(2):
            deployment.sync()
            deployment.plan()
    parts_of("the words of another system")


play()
gc.collect()
gc.freeze()

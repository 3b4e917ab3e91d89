from __future__ import annotations

from tests.cli.fixtures import program, running, soc, world

__all__ = ["program", "running", "soc", "world"]

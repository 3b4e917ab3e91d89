from __future__ import annotations

from tests.cli.fixtures import busy, program, running, soc, world

__all__ = ["busy", "program", "running", "soc", "world"]

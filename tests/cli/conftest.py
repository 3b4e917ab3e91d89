from __future__ import annotations

from tests.cli.fixtures import busy, listening, program, running, soc, world

__all__ = ["busy", "listening", "program", "running", "soc", "world"]

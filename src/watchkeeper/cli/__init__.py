"""The command line: one file per command, exit codes that mean something, output that nobody's ticket can hijack."""

from __future__ import annotations

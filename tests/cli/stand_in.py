"""A script for shells that stands for the installed one: what it is asked to do, a process does that has the program imported.

A job of a pipeline runs several commands, and each that is started anew imports for more than a second. What a command says comes
when it has ended; it has no standard input.
"""

from __future__ import annotations

import json
import shlex
import socketserver
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path

from tests.cli.program import Program

KNOCK = Path(__file__).with_name("knock.py")


def stand_in(file: Path) -> Path:
    """Write the script."""
    asked = shlex.join([sys.executable, "-I", "-S", str(KNOCK), _address()])
    file.write_text(f'#!/bin/sh\nexec {asked} "$@"\n', encoding="utf-8")
    file.chmod(0o755)
    return file


@cache
def _address() -> str:
    """Where this process waits to be asked, to its end."""
    folder = tempfile.TemporaryDirectory(prefix="watchkeeper-door-")
    server = _Doors(str(Path(folder.name) / "door"), _Door)
    server.folder = folder
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return str(server.server_address)


class _Doors(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    folder: tempfile.TemporaryDirectory[str]


class _Door(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        asked = json.load(self.rfile)
        with tempfile.TemporaryDirectory() as streams:
            program = Program(Path(asked["folder"]), asked["environment"], streams=Path(streams))
            ended = program.run(*asked["arguments"])
        self.wfile.write(json.dumps([ended.code, ended.out, ended.err]).encode())

"""The installed script's stand-in, in a process of its own: asks the tests that wait at a socket to run a command, and ends as it
ended. Started without `site`, and imports next to nothing, so that it costs a hundredth of what the program's imports do."""

from __future__ import annotations

import json
import os
import socket
import sys


def main(address: str, *arguments: str) -> int:
    asked = {"arguments": arguments, "environment": dict(os.environ), "folder": os.getcwd()}  # noqa: PTH109
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(address)
        door.sendall(json.dumps(asked).encode())
        door.shutdown(socket.SHUT_WR)
        with door.makefile("rb") as answer:
            code, out, err = json.load(answer)
    sys.stdout.write(out)
    sys.stdout.flush()
    sys.stderr.write(err)
    return int(code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

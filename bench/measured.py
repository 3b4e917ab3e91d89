"""`python -S -I measured.py RESULT COMMAND…`: run a command, and write to the file RESULT what it took of the machine, as JSON.

A child begins with the peak memory of the program that started it (`ru_maxrss`, getrusage(2), is taken over by `exec`), so that a
large benchmark would measure itself. This program is small. It is a file of its own, so that it imports nothing.
"""

from __future__ import annotations

import json
import os
import sys
import time

if __name__ == "__main__":
    began = time.perf_counter()
    child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - began
    taken = {
        "exit_code": os.waitstatus_to_exitcode(status),
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024),
    }
    with open(sys.argv[1], "w", encoding="ascii") as result:  # noqa: PTH123 - pathlib would count
        json.dump(taken, result)

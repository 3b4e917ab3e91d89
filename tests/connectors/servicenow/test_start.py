"""What it costs to have the connector at hand."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
started = []
sys.addaudithook(lambda event, given: started.append(given[0]) if event == "subprocess.Popen" else None)
import watchkeeper_servicenow.connector
import ijson.backends.python
print(started, [name for name in sys.modules if sys.modules[name] is None and name.partition(".")[0] in ("ijson", "magic")])
"""


def test_no_compiler_is_run_and_no_import_stays_blocked() -> None:
    """pysnow brings two libraries that look for C libraries with the means of ctypes."""
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["[]", "[]"]

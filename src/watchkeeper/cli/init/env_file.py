"""`.env`: the settings that were answered, each under its own description."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping

NAME = ".env"
IGNORED = (NAME, "/.watchkeeper-init/", "*.db", "*.db-wal", "*.db-shm", "/state/")
"""What must not be committed: secrets, and the memory with its ticket content."""
_HEAD = """\
# Settings of this deployment, written by `watchkeeper init`. Watchkeeper does not read this file by itself:
#
#     set -a; . ./.env; set +a
#
# A line `# NAME=` is a secret that is not kept here: give it in the environment, or fill it in and take the # away.
# Never commit this file. Every other setting: docs/settings.md.
"""
_LINE = re.compile(r"([A-Z][A-Z0-9_]*)=")


def env_text(listed: str, values: Mapping[str, str], kept_out: Collection[str]) -> str:
    """`listed` is the list of all settings (`.env.example`); of it, those with a value, and those whose secret is elsewhere."""
    return f"{_HEAD}{''.join(_lines(listed, values, kept_out))}"


def values_in(text: str) -> Mapping[str, str]:
    """What a shell would make of such a file; a line that is no assignment is left out."""
    found = (line.partition("=") for line in text.splitlines() if _LINE.match(line))
    return {name: "".join(shlex.split(value)) for name, _, value in found if _balanced(value)}


def ignoring(text: str) -> str:
    """A `.gitignore` that leaves out our files too."""
    lacking = [each for each in IGNORED if each not in text.splitlines()]
    joint = "" if not text or text.endswith("\n") else "\n"
    return "".join([text, joint, *(f"{each}\n" for each in lacking)]) if lacking else text


def _lines(listed: str, values: Mapping[str, str], kept_out: Collection[str]) -> Iterator[str]:
    section = ""
    comments: list[str] = []
    after_name = True
    for line in listed.splitlines():
        found = _LINE.match(line)
        if line.startswith("# ---"):
            section, comments = f"\n{line}\n\n", []
        elif line.startswith("#"):
            comments = [line] if after_name else [*comments, line]
        if found is not None and (found[1] in values or found[1] in kept_out):
            yield section + "".join(f"{comment}\n" for comment in comments)
            yield f"{found[1]}={shlex.quote(values[found[1]])}\n" if found[1] in values else f"# {found[1]}=\n"
            section, comments = "", []
        after_name = found is not None or line.startswith("# ---") or not line


def _balanced(value: str) -> bool:
    try:
        shlex.split(value)
    except ValueError:
        return False
    return True

"""`.env`: the settings that were answered, each under its own description."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from typing import Final

NAME = ".env"
IGNORED = (NAME, "/.watchkeeper-init/", "*.db", "*.db-wal", "*.db-shm", "/state/")
"""What must not be committed: secrets, and the memory with its ticket content."""
OFFERED: Final[Mapping[str, str]] = {
    "GRAPH_ENDPOINT": "https://graph.microsoft.com",
    "DEFENDER_ENDPOINT": "https://api.security.microsoft.com",
}
"""Settings that nobody is asked about, each with what it is in the public cloud: to be taken up where evidence is collected."""
_HEAD = """\
# Settings of this deployment, written by `watchkeeper init`. Watchkeeper does not read this file by itself:
#
#     set -a; . ./.env; set +a
#
# A line `# NAME=` is a secret that is not kept here: give it in the environment, or fill it in and take the # away.
# A line `# NAME=VALUE` is an offer: take the # away to take it up.
# Never commit this file. Every other setting: docs/settings.md.
"""
_LINE = re.compile(r"([A-Z][A-Z0-9_]*)=")


def env_text(
    listed: str, values: Mapping[str, str], kept_out: Collection[str], offered: Mapping[str, str] = OFFERED
) -> str:
    """`listed` is the list of all settings (`.env.example`); of it, those with a value, those whose secret is elsewhere, and offers."""
    lines = {
        **{name: f"# {name}={value}" for name, value in offered.items()},
        **{name: f"# {name}=" for name in kept_out},
    }
    lines |= {name: f"{name}={shlex.quote(value)}" for name, value in values.items()}
    return f"{_HEAD}{''.join(_described(listed, lines))}"


def values_in(text: str) -> Mapping[str, str]:
    """What a shell would make of such a file; a line that is no assignment is left out."""
    found = (line.partition("=") for line in text.splitlines() if _LINE.match(line))
    return {name: "".join(shlex.split(value)) for name, _, value in found if _balanced(value)}


def ignoring(text: str) -> str:
    """A `.gitignore` that leaves out our files too."""
    lacking = [each for each in IGNORED if each not in text.splitlines()]
    joint = "" if not text or text.endswith("\n") else "\n"
    return "".join([text, joint, *(f"{each}\n" for each in lacking)]) if lacking else text


def _described(listed: str, lines: Mapping[str, str]) -> Iterator[str]:
    """The line of each setting under what the list says of it."""
    section = ""
    comments: list[str] = []
    after_name = True
    for line in listed.splitlines():
        found = _LINE.match(line)
        if line.startswith("# ---"):
            section, comments = f"\n{line}\n\n", []
        elif line.startswith("#"):
            comments = [line] if after_name else [*comments, line]
        if found is not None and found[1] in lines:
            yield section + "".join(f"{comment}\n" for comment in comments)
            yield f"{lines[found[1]]}\n"
            section, comments = "", []
        after_name = found is not None or line.startswith("# ---") or not line


def _balanced(value: str) -> bool:
    try:
        shlex.split(value)
    except ValueError:
        return False
    return True

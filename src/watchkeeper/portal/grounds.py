"""Where no site may be written: into what Watchkeeper itself is made of or reads."""

from __future__ import annotations

from pathlib import Path

import watchkeeper
from watchkeeper.errors import Config, Problem


def require_free_ground(folder: Path, mappings: Path) -> None:
    """Raise Config for a folder in the mappings or the installation, or around one of them."""
    site, program = folder.resolve(), Path(watchkeeper.__file__).parent.resolve()
    for taken, what in ((mappings.resolve(), "the mappings"), (program, "the program")):
        if site.is_relative_to(taken) or taken.is_relative_to(site):
            raise Config([Problem(str(folder), "", f"would mix the site with {what}", "a folder of the web server")])

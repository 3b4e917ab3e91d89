"""A plan that was saved with `plan --out`, read back to limit a sync to it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from watchkeeper.errors import Config, Problem
from watchkeeper.mapping.profile import Profile
from watchkeeper.state_ports import StateStore
from watchkeeper.sync.plan import Options, mapping_fingerprint


def read_saved_plan(path: Path, options: Options, store: StateStore, profiles: Iterable[Profile]) -> Options:
    """The options, limited to the plan's actions at the revisions that it was made on.

    Raises Config when the file cannot be read or is no plan, or was made from another state store or other mappings.
    """
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        only = {str(row["id"]): str(row["expect"] or "") for row in saved["actions"]}
        made_with, made_from = str(saved["mapping_fingerprint"]), str(saved["lineage"])
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
        raise Config([Problem(str(path), "", why, "a file made by `plan --out`")]) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Config(
            [Problem(str(path), "", f"is no saved plan ({type(error).__name__})", "a file made by `plan --out`")]
        ) from error
    problems = []
    if made_with != mapping_fingerprint(profiles):
        problems.append(Problem(str(path), "mapping_fingerprint", "the mappings have changed since", "make a new plan"))
    # A plan that was made before there was a store belongs to a store without any run.
    if made_from != store.lineage and (made_from or store.runs(1)):
        problems.append(Problem(str(path), "lineage", "the plan was made from another state store", "make a new plan"))
    if problems:
        raise Config(problems)
    return replace(options, only=only)

"""Put a rebuild together: looked at over a scratch copy, stored under the lease where a person confirmed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from watchkeeper.sync.rebuild import COMMAND, Rebuilt, look_anew, store_anew
from watchkeeper.wiring import Workplace

if TYPE_CHECKING:
    from watchkeeper.state.store import SqlStateStore


def rebuild_memory(place: Workplace, *, confirm: bool) -> tuple[Rebuilt, Mapping[str, int], SqlStateStore]:
    """What can be built, or was; how many damaged rows per table went for it; and the scratch copy in which it stands. Raises Locked
    when a run is under way."""
    if not confirm:
        scratch = place.scratch(mend=True)
        rebuilt, _ = look_anew(place.systems(scratch), place.limits(), place.transport.calls)
        return rebuilt, scratch.mended, scratch
    store = place.store(mend=True)
    run_id = place.fresh_id()
    held = store.lease(*place.holder()).take(run_id, COMMAND)
    try:
        scratch = place.scratch()
        systems = replace(place.systems(scratch), ids=lambda: run_id)
        rebuilt, prepared = look_anew(systems, place.limits(), place.transport.calls)
        store.start_run(run_id, COMMAND, rebuilt.report.started_at)
        if rebuilt.whole:
            held.check()
            store_anew(store, prepared, rebuilt.report)
        report = replace(rebuilt.report, head=store.write_log_head())
        store.finish_run(report)
    finally:
        held.release()
    return replace(rebuilt, report=report, stored=rebuilt.whole), store.mended, scratch

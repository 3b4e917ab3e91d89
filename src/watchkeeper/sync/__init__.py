"""Keep both systems in step: observe, match, merge, plan, guard, apply, recover, report."""

from __future__ import annotations

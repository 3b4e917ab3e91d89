"""Is this deployment fit to run, and with which rights."""

from __future__ import annotations

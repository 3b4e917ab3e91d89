"""The escalation audit: did a human update each escalation on each of its team's working days?"""

from __future__ import annotations

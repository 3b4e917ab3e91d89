"""One report model and its renderings: text for terminals, Markdown for step summaries, JSON for programs."""

from __future__ import annotations

"""emulators"""

from __future__ import annotations

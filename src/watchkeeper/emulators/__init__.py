"""Faithful stand-ins of ServiceNow, Entra ID, ARM with Sentinel, Log Analytics, Microsoft Graph and Defender: `world.build_world`
makes them, `server` serves them over TLS, `inprocess` answers without sockets. See docs/emulators.md.
"""

from __future__ import annotations

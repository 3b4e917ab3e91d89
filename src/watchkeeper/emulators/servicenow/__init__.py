"""A faithful stand-in of a ServiceNow instance's incident tables, as far as its public documentation and reports tell."""

from __future__ import annotations

from watchkeeper.emulators.servicenow.system import ServiceNow, build_servicenow

__all__ = ["ServiceNow", "build_servicenow"]

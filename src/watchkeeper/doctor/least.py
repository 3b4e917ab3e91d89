"""The least rights of one deployment: what `doctor --permissions` prints and `doctor` checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from watchkeeper.catalog.model import Catalog
from watchkeeper.doctor.permissions import OF_EVIDENCE, READ_ONLY, READ_WRITE, shipped
from watchkeeper.doctor.scope import in_use, servicenow_rights
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.probing import LeastRights
from watchkeeper.model.record import Side


def least_rights(
    catalog: Catalog, profiles: Mapping[str, Profile], mode: str, sources: Collection[Side] = ()
) -> LeastRights:
    """What the accounts need for these profiles in this mode, and for these sources of evidence; where there is one, evidence is
    collected, and of the workspace as well."""
    permissions = shipped()
    file = READ_ONLY if mode == "observe" else READ_WRITE
    return LeastRights(
        mode=mode,
        roles=permissions.roles,
        tables=servicenow_rights(in_use(catalog, profiles), mode, permissions, evidence=bool(sources)),
        file=f"deploy/permissions/{file}",
        actions=tuple(sorted(permissions.roles_of_azure[file])),
        unneeded_roles=permissions.unneeded_roles,
        unneeded_actions=permissions.unneeded_actions,
        sources=tuple(permissions.sources[source] for source in sources),
        evidence_file=f"deploy/permissions/{OF_EVIDENCE}" if sources else "",
        evidence_actions=tuple(sorted(permissions.roles_of_azure[OF_EVIDENCE])) if sources else (),
    )

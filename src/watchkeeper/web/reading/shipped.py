"""How the mappings stand beside those that come with Watchkeeper, and beside those of the latest sync."""

from __future__ import annotations

from collections.abc import Sequence

from watchkeeper import __version__
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.difference import Difference, Subject
from watchkeeper.report.board.mapping_diff import Beside, Compared, Differing, SinceSync
from watchkeeper.sync.changed import mapping_of_last_sync
from watchkeeper.web.reading.reader import Reader


def compared_folder(reader: Reader) -> Compared:
    """Everything that the folder says otherwise."""
    beside = reader.rules.beside_shipped(reader.deployment, reader.now)
    if beside is None:
        return _compared(Beside.UNREAD)
    if beside.itself:
        return _compared(Beside.SHIPPED)
    return _of(beside.differences, reader, whole=beside.whole)


def compared_profile(reader: Reader, name: str, *, sound: bool) -> Compared:
    """What one profile says otherwise."""
    beside = reader.rules.beside_shipped(reader.deployment, reader.now)
    if beside is None or not sound:
        return _compared(Beside.UNREAD)
    if beside.itself:
        return _compared(Beside.SHIPPED)
    if name not in beside.shipped:
        return _compared(Beside.OWN)
    own = [each for each in beside.differences if (each.subject, each.name) == (Subject.PROFILE, name)]
    return _of(own, reader, whole=True)


def since_sync(reader: Reader, profile: Profile) -> SinceSync:
    """Whether the latest sync of all profiles worked with this mapping."""
    last = mapping_of_last_sync(reader.store, profile.name)
    if last is None:
        return SinceSync.NEVER
    return SinceSync.SAME if last == profile.fingerprint else SinceSync.CHANGED


def _of(differences: Sequence[Difference], reader: Reader, *, whole: bool) -> Compared:
    told = tuple(map(_differing, differences[: reader.asked.most]))
    return _compared(Beside.DIFFERS if differences else Beside.SAME, len(differences), told, whole=whole)


def _compared(
    standing: Beside, count: int = 0, differences: tuple[Differing, ...] = (), *, whole: bool = True
) -> Compared:
    return Compared(standing, __version__, whole, count, differences)


def _differing(each: Difference) -> Differing:
    return Differing(each.subject, each.name, each.path, each.shift, dict(each.args), each.place, each.dangerous)

"""Settings that every test shares."""

from __future__ import annotations

from hypothesis import settings

# Wall time per example says nothing on a machine that runs other work beside the tests.
settings.register_profile("watchkeeper", deadline=None)
settings.load_profile("watchkeeper")

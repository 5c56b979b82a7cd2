"""Images of which a story is told: each is made for itself, for nobody else may have it then."""

from __future__ import annotations

from conformance.model.request import UniqueName, create_image

TO_BE_LAUNCHED = create_image(Name=UniqueName("amiproof-launch-00000000"))
"""Launched, tagged and deregistered."""
TO_BE_DISABLED = create_image(Name=UniqueName("amiproof-disable-00000000"))
ALL = (TO_BE_LAUNCHED, TO_BE_DISABLED)

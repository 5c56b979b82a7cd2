"""The images of scenarios. Each has its own draft, because no other property may use it."""

from __future__ import annotations

from conformance.model.request import UniqueName, create_image

TO_BE_LAUNCHED = create_image(Name=UniqueName("amiproof-launch-00000000"))
"""The image that the deregistration scenario launches, tags and deregisters."""
TO_BE_DISABLED = create_image(Name=UniqueName("amiproof-disable-00000000"))
"""The image that the disabled-image scenario disables."""
ALL = (TO_BE_LAUNCHED, TO_BE_DISABLED)

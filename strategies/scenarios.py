"""The images of scenarios. Each has its own draft, because no other property may use it."""

from __future__ import annotations

from conformance.model.request import create_image
from strategies import names

TO_BE_LAUNCHED = create_image(Name=names.NUMBER.value("Name"), Description="00000122")
"""The image that the deregistration scenario launches, tags and deregisters. Its name and its
description look like numbers."""
TO_BE_DISABLED = create_image(Name=names.DIGITS_FIRST.value("Name"), Description="1e5")
"""The image that the disabled-image scenario disables. Its name and its description look like
numbers with an exponent."""
ALL = (TO_BE_LAUNCHED, TO_BE_DISABLED)

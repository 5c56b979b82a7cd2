"""Rules about ``TagSpecification.N``."""

from conformance.model.rules.tag_specification import (  # noqa: F401 (catalogue order)
    specification,
    text,
)

"""Rules about ``BlockDeviceMapping.N``."""

from conformance.model.rules.block_device_mapping import (  # noqa: F401, I001 (catalogue order)
    fields,
    existing,
    new,
    volume,
    performance,
    no_device,
    form,
)

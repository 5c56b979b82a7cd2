"""The rejection sample: for each of many rules, the minimal request that breaks it."""

from __future__ import annotations

from conformance.model.request import Placeholder, create_image
from strategies import instance_ids, mappings, tags

MINIMAL = create_image(Name="ab")
"""The minimal rejected request: its name is one letter too short."""
NO_SUCH_INSTANCE = instance_ids.UNKNOWN[0]
LONG_DESCRIPTION = create_image(Description="a" * 256)
ABOUT_THE_INSTANCE = (
    MINIMAL,
    create_image(Name="aa!"),
    create_image(Name=Placeholder.USED_NAME),
    create_image(NoReboot="maybe"),
    LONG_DESCRIPTION,
    create_image(Frobnicate="1"),
    create_image(DryRun="true"),
)
"""Rejected requests for a valid running instance."""
UNRELATED = (
    create_image(NoReboot="maybe"),
    LONG_DESCRIPTION,
    create_image(Frobnicate="1"),
    create_image(Version="1999-01-01"),
)
"""Rejected requests with a valid name and a valid instance."""
SAMPLE = (
    *ABOUT_THE_INSTANCE,
    create_image().without("Name"),
    create_image().without("InstanceId"),
    create_image(InstanceId="i-1"),
    NO_SUCH_INSTANCE,
    create_image(InstanceId=Placeholder.TERMINATED),
    create_image(Action="NoSuchAction"),
    create_image(Version="1999-01-01"),
)
"""The rejection sample."""
LATE = (
    tags.RESERVED_KEYS[0],
    tags.TOO_MANY[0],
    tags.OTHER_TYPES[0],
    mappings.NO_SIZE_OR_SNAPSHOT[0],
    mappings.UNKNOWN_TYPES[0],
    mappings.WITHOUT_IOPS[0],
    mappings.beyond_sizes("gp2")[1],
    mappings.ENCRYPTS[0],
    mappings.NO_SUCH_SNAPSHOT[0],
    mappings.MALFORMED_SNAPSHOT[0],
    mappings.SMALLER_THAN_SNAPSHOT,
    mappings.UNSUPPORTED["bdm.unsup.kms"],
)
"""Requests with a valid name and instance that a target may refuse late: for tags, a mapping, a
snapshot, a key."""

"""Covering requests: each keeps many rules at once, because each accepted request creates an image.

Each pair of documented parameters is in one of them, and so is each value that must be accepted.
If one is rejected or has a wrong effect, each rule's simpler requests decide.
"""

from __future__ import annotations

from conformance.model.request import Form, Placeholder, Signing, create_image
from strategies import descriptions, examples, instance_ids, mappings, names, tags
from strategies.requests import combine

_FLAGS = (
    mappings.flag(mappings.ROOT, "false"),
    mappings.flag(mappings.ADDED, "false"),
    mappings.ebs(mappings.ENCRYPTED, DeleteOnTermination="true", Encrypted="true"),
)
FULL = combine(
    create_image(Name=names.LONGEST_LEGAL[1].value("Name")),
    descriptions.SPACED_LONGEST,
    mappings.mapped(*_FLAGS, *mappings.entries(mappings.LEAST_VOLUMES)),
    tags.RICH_ON_BOTH,
)
"""Greatest lengths: name, description, 50 tags for the image and for the snapshots. Each
DeleteOnTermination flag is inverted, and each volume type has its least size."""
GREATEST = combine(
    create_image(Name=names.CORE_AT_ONCE.value("Name")),
    descriptions.ENCODED,
    mappings.mapped(
        mappings.ebs(mappings.ADDED, Encrypted="false"),
        mappings.ebs(mappings.ENCRYPTED, Encrypted="false"),
        *mappings.entries(mappings.GREATEST_VOLUMES),
    ),
    tags.FIFTY_ON_BOTH,
)
"""Each character that all documents list, reserved characters in the description, the greatest
volume of each type, 50 other tags for the image and for the snapshots."""
EVERY_PARAMETER = combine(
    create_image(
        Name=names.EXTRA_WITHIN_SPACES.value("Name"), Description="", NoReboot="false",
        DryRun="false",
    ),
    mappings.mapped(
        mappings.omitted(mappings.ADDED),
        mappings.omitted(mappings.ENCRYPTED, "false"),
        *mappings.store_entries(mappings.NEW_DEVICES),
        *mappings.entries(mappings.OF_SNAPSHOT, mappings.NEW_DEVICES[4:]),
    ),
    tags.FEW_ON_BOTH,
)  # fmt: skip
"""Every documented parameter: the characters that only the action page lists, an empty
description, two omitted devices, instance store volumes, and volumes from a snapshot."""
STOPPED = combine(
    create_image(
        InstanceId=Placeholder.STOPPED, NoReboot="true",
        Name=names.SHORTEST_LEGAL[1].value("Name"), Description="0",
    ),
    tags.ON_IMAGE,
).sent(form=Form(verb="GET"), signing=Signing.QUERY)  # fmt: skip
"""A stopped instance and NoReboot=true, a name of the least length, and a GET with a signature in
the query string."""
STORE_UNTAGGED = create_image(
    InstanceId=Placeholder.WITH_INSTANCE_STORE,
    NoReboot="true",
    Name=names.MIXED_CASE.value("Name"),
    Description=descriptions.LIKE_OTHER_TYPES[2].value("Description"),
).sent(form=Form(verb="GET"), signing=Signing.NO_TAGS)
"""An instance with an instance store volume, by GET and by a caller who may not tag; null as a
text."""
BY_GET = examples.FIRST
"""The page's first example: a GET with + for each space."""
CHANGED = instance_ids.CHANGED
"""The minimal request for an instance that differs from its image."""
BOUNDS_OF_SNAPSHOT = combine(
    create_image(Description="", NoReboot="true"), mappings.ALL_BOUNDS_OF_SNAPSHOT
).sent(form=Form(verb="GET"))
"""Volumes of a snapshot: the least and the greatest of each type; NoReboot=true, an empty
description."""
ALL = (
    FULL, GREATEST, EVERY_PARAMETER, STOPPED, STORE_UNTAGGED, BY_GET, CHANGED, BOUNDS_OF_SNAPSHOT,
)  # fmt: skip

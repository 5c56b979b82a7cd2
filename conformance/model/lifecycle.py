"""Rules about several requests: repetition, deregistration (API_DeregisterImage, idempotency)."""

from __future__ import annotations

from conformance.model.rule import Grade, rule
from conformance.model.sources import (
    CREATE_IMAGE,
    DEREGISTER,
    DESCRIBE_IMAGES,
    ERRORS,
    GUIDE_DEREGISTER,
    IDEMPOTENCY,
)

rule.story(
    "lc.not_idempotent",
    "The same request again is a new request, and meets the name in use.",
    IDEMPOTENCY["Idempotent actions"],
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.DETAIL,
    codes={"InvalidAMIName.Duplicate"},
    keeps="a request sent once",
    breaks="the same request sent again",
)
rule.story(
    "lc.new_name_again",
    "The same instance can be imaged again under another name: a second image with snapshots of"
    " its own.",
    CREATE_IMAGE["Introduction"],
    grade=Grade.DETAIL,
    keeps="a second request with another name",
    breaks="a second request with the same name",
)
rule.story(
    "lc.deregister",
    "A deregistered image cannot be launched any more.",
    DEREGISTER["Introduction"],
    GUIDE_DEREGISTER["Considerations"],
    keeps="RunInstances of the image while it is registered",
    breaks="RunInstances of the image once it is deregistered",
)
rule.story(
    "lc.deregister.snapshots",
    "Deregistering an image leaves its snapshots.",
    GUIDE_DEREGISTER["Clean up your Amazon EBS-backed AMI"],
    DEREGISTER["Introduction"],
    keeps="snapshots of a registered image",
    breaks="snapshots of a deregistered image, still there",
)
rule.story(
    "lc.deregister.visible",
    "A deregistered image is not shown any more, though it may be for a short time.",
    DESCRIBE_IMAGES["Introduction"],
    ERRORS["InvalidAMIID.NotFound, InvalidAMIID.Unavailable"],
    keeps="a registered image, which is shown",
    breaks="a deregistered image, which is not",
)
rule.story(
    "lc.deregister.recyclebin",
    "A deregistered image may be kept in the Recycle Bin; whether its name is free then is not"
    " said.",
    DEREGISTER["Introduction"],
    grade=Grade.UNSPECIFIED,
)
rule.story(
    "lc.deregister.pending",
    "What deregistering a pending image does is not said.",
    DEREGISTER["Introduction"],
    grade=Grade.UNSPECIFIED,
)

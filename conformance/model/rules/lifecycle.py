"""Rules about several requests: repetition, deregistration (API_DeregisterImage, idempotency)."""

from __future__ import annotations

from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import (
    CONSISTENCY,
    CREATE_IMAGE,
    DEREGISTER,
    DESCRIBE_IMAGES,
    ERRORS,
    GUIDE_AMI,
    GUIDE_DEREGISTER,
    GUIDE_QUOTAS,
    IDEMPOTENCY,
)

rule.scenario(
    "lc.not_idempotent",
    "The same request again is a new request, and meets the name in use.",
    IDEMPOTENCY["Idempotent actions"],
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.DETAIL,
    codes={"InvalidAMIName.Duplicate"},
    keeps="a request sent once",
    breaks="the same request sent again",
)
rule.scenario(
    "lc.new_name_again",
    "The same instance can be imaged again under another name: a second image with snapshots of"
    " its own.",
    CREATE_IMAGE["Introduction"],
    grade=Grade.DETAIL,
    keeps="a second request with another name",
    breaks="a second request with the same name",
)
rule.scenario(
    "lc.deregister",
    "A deregistered image cannot be launched any more.",
    DEREGISTER["Introduction"],
    GUIDE_DEREGISTER["Considerations"],
    keeps="RunInstances of the image while it is registered",
    breaks="RunInstances of the image once it is deregistered",
)
rule.scenario(
    "lc.deregister.snapshots",
    "Deregistering an image leaves its snapshots.",
    GUIDE_DEREGISTER["Clean up your Amazon EBS-backed AMI"],
    DEREGISTER["Introduction"],
    keeps="snapshots of a registered image",
    breaks="snapshots of a deregistered image, still there",
)
rule.scenario(
    "lc.deregister.visible",
    "A deregistered image is not shown any more, though it may be for a short time.",
    DESCRIBE_IMAGES["Introduction"],
    ERRORS["InvalidAMIID.NotFound, InvalidAMIID.Unavailable"],
    keeps="a registered image, which is shown",
    breaks="a deregistered image, which is not",
)
rule.scenario(
    "lc.deregister.recyclebin",
    "A deregistered image may be kept in the Recycle Bin; whether its name is free then is not"
    " said.",
    DEREGISTER["Introduction"],
    grade=Grade.UNSPECIFIED,
    uncovered="needs a retention rule of the Recycle Bin, which is another service's",
)
rule.scenario(
    "lc.deregister.pending",
    "What deregistering a pending image does is not said.",
    DEREGISTER["Introduction"],
    grade=Grade.UNSPECIFIED,
)
rule.scenario(
    "lc.eventual.read",
    "Just after it was made an image may not be found yet.",
    CONSISTENCY["Overview"],
    ERRORS["Eventual consistency"],
    DESCRIBE_IMAGES["Introduction"],
    uncovered="it allows endpoints something: nothing can contradict it",
)
rule.scenario(
    "lc.snapshot.in_use",
    "A snapshot that an image uses cannot be deleted.",
    ERRORS["InvalidSnapshot.InUse"],
    codes={"InvalidSnapshot.InUse"},
    keeps="DeleteSnapshot of a snapshot of a deregistered image",
    breaks="DeleteSnapshot of a snapshot of a registered image",
    aws=Aws(
        "agrees",
        "400 InvalidSnapshot.InUse",
        "https://github.com/Answers4AWS/backup-monkey/issues/10",
    ),
)
rule.scenario(
    "lc.terminate_during",
    "How an image ends whose instance is terminated while it is pending is not said.",
    GUIDE_AMI["Process for creating an AMI"],
    grade=Grade.UNSPECIFIED,
)
rule.scenario(
    "lc.tags_later",
    "An image and its snapshots can be tagged later, with CreateTags.",
    CREATE_IMAGE["TagSpecification.N"],
    keeps="CreateTags of a new image and its snapshots",
    breaks="an image and snapshots that nobody tagged",
)
rule.scenario(
    "lc.disabled_hidden",
    "A disabled image is not listed, unless IncludeDisabled asks for it.",
    DESCRIBE_IMAGES["IncludeDisabled"],
    keeps="an image that is not disabled, which is listed",
    breaks="a disabled image, which is not",
)
rule.scenario(
    "st.snap.charge",
    "Snapshots are kept, and charged for, until their owner deletes them.",
    GUIDE_AMI["Create an AMI from an instance"],
    uncovered="no answer shows a charge; that snapshots are kept is lc.deregister.snapshots",
)
rule.scenario(
    "st.quota.ami",
    "An account has 50,000 images to a Region unless it was granted more.",
    GUIDE_QUOTAS["AMI quotas"],
    note="With which code the next one is refused is not said.",
    uncovered="needs an account with 50,000 images",
)

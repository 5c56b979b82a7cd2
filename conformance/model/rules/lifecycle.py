"""Rules about several requests: repetition, deregistration, limits."""

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
    "CreateImage is not idempotent: a repeated request must be rejected, as its name is in use.",
    IDEMPOTENCY["Idempotent actions"],
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.DETAIL,
    codes={"InvalidAMIName.Duplicate"},
    keeps="a request sent once",
    breaks="the same request sent again",
)
rule.scenario(
    "lc.new_name_again",
    "A repeated request with a new name must create a second image with its own snapshots.",
    CREATE_IMAGE["Introduction"],
    grade=Grade.DETAIL,
    keeps="a second request with another name",
    breaks="a second request with the same name",
)
rule.scenario(
    "lc.deregister",
    "A deregistered image must not launch.",
    DEREGISTER["Introduction"],
    GUIDE_DEREGISTER["Considerations"],
    keeps="RunInstances of the image while it is registered",
    breaks="RunInstances of the image after it is deregistered",
)
rule.scenario(
    "lc.deregister.snapshots",
    "Deregistering an image must not delete its snapshots.",
    GUIDE_DEREGISTER["Clean up your Amazon EBS-backed AMI"],
    DEREGISTER["Introduction"],
    keeps="snapshots of a registered image",
    breaks="snapshots of a deregistered image, which still exist",
)
rule.scenario(
    "lc.deregister.visible",
    "DescribeImages must stop showing a deregistered image, at once or after a short time.",
    DESCRIBE_IMAGES["Introduction"],
    ERRORS["InvalidAMIID.NotFound, InvalidAMIID.Unavailable"],
    keeps="a registered image, which is shown",
    breaks="a deregistered image, which is not shown",
)
rule.scenario(
    "lc.deregister.recyclebin",
    "The documents do not say whether a deregistered image in the Recycle Bin reserves its name.",
    DEREGISTER["Introduction"],
    grade=Grade.UNSPECIFIED,
    uncovered="needs a retention rule of the Recycle Bin, which is another service",
)
rule.scenario(
    "lc.deregister.pending",
    "The documents do not say what deregistering a pending image does.",
    DEREGISTER["Introduction"],
    grade=Grade.UNSPECIFIED,
)
rule.scenario(
    "lc.eventual.read",
    "DescribeImages may not find an image just after its creation.",
    CONSISTENCY["Overview"],
    ERRORS["Eventual consistency"],
    DESCRIBE_IMAGES["Introduction"],
    uncovered="a permission, not a requirement: no behaviour can violate it",
)
rule.scenario(
    "lc.snapshot.in_use",
    "Deleting a snapshot that an image uses must be rejected.",
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
    "The documents do not say how a pending image ends if its instance is terminated.",
    GUIDE_AMI["Process for creating an AMI"],
    grade=Grade.UNSPECIFIED,
)
rule.scenario(
    "lc.tags_later",
    "CreateTags can tag an image and its snapshots after their creation.",
    CREATE_IMAGE["TagSpecification.N"],
    keeps="CreateTags of a new image and its snapshots",
    breaks="an image and snapshots without tags",
)
rule.scenario(
    "lc.disabled_hidden",
    "DescribeImages must show a disabled image only with IncludeDisabled.",
    DESCRIBE_IMAGES["IncludeDisabled"],
    keeps="an image that is not disabled, which is shown",
    breaks="a disabled image, which is not shown",
)
rule.scenario(
    "st.snap.charge",
    "Snapshots exist, and are charged for, until their owner deletes them.",
    GUIDE_AMI["Create an AMI from an instance"],
    uncovered="no response shows a charge; lc.deregister.snapshots covers that snapshots are kept",
)
rule.scenario(
    "st.quota.ami",
    "An account may have 50,000 images per Region by default.",
    GUIDE_QUOTAS["AMI quotas"],
    note="The documents name no code for exceeding the quota.",
    uncovered="needs an account with 50,000 images",
)

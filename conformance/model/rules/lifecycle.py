"""Rules about several requests: repetition, deregistration, limits.

The module is long because each rule has its metadata beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.model.attribution import Attributed, Decided, Undecided, attribute
from conformance.model.catalogue import rule
from conformance.model.codes import NO_SUCH_ACTION, bare
from conformance.model.deregistration import (
    afterwards,
    is_left,
    launches_of,
    lost,
    refusal,
    snapshots_shown,
    still_registered,
    unread_snapshots,
)
from conformance.model.expectation import Reject
from conformance.model.history import (
    Created,
    Deregistered,
    Described,
    Disabled,
    History,
    InstanceSeen,
    Launched,
    Listed,
    SnapshotDeleted,
    Tagged,
    TagRefused,
    TagsSeen,
    Unread,
    tags_among,
)
from conformance.model.rule import Arm, Aws, Decides, Finding, Grade, Lacks, Violates
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

NO_SNAPSHOTS = "not decided: the image has no snapshots, see st.snap.per_volume"
NOT_LAUNCHABLE = "not decided: see st.image.launchable"
IN_USE = frozenset({"InvalidSnapshot.InUse"})


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


@rule.history(
    "lc.deregister",
    DEREGISTER["Introduction"],
    GUIDE_DEREGISTER["Considerations"],
    keeps="RunInstances of the image while it is registered",
    breaks="RunInstances of the image after it is deregistered",
)
def not_launched_afterwards(history: History) -> Iterator[Finding]:
    """A deregistered image must not launch."""
    created = history.first(Created)
    if created is None or history.ended:
        yield Lacks(history.ended)
        return
    first = launches_of(history, created)[:1]
    launched = any(isinstance(step, Launched) for step in first)
    yield Decides(Arm.KEEPS) if launched else Lacks(NOT_LAUNCHABLE)
    if gone := lost(history):
        yield Lacks(gone)
        return
    if refused := refusal(history):
        yield Decides(Arm.BREAKS)
        observed = f"DeregisterImage of the available image: {refused}"
        yield Violates(Arm.BREAKS, observed, created)
    if kept := still_registered(history):
        yield Lacks(kept)
        return
    yield Decides(Arm.BREAKS)
    last = launches_of(afterwards(history), created)[-1:]
    if any(isinstance(step, Launched) for step in last):
        observed = "RunInstances launches the image after it was deregistered"
        yield Violates(Arm.BREAKS, observed, created)


@rule.history(
    "lc.deregister.snapshots",
    GUIDE_DEREGISTER["Clean up your Amazon EBS-backed AMI"],
    DEREGISTER["Introduction"],
    keeps="snapshots of a registered image",
    breaks="snapshots of a deregistered image, which still exist",
)
def snapshots_are_left(history: History) -> Iterator[Finding]:
    """Deregistering an image must not delete its snapshots."""
    created, had = (
        history.first(Created),
        snapshots_shown(history.before(history.last(Deregistered))),
    )
    lacking = history.ended or unread_snapshots(history) or still_registered(history)
    if created is None or lacking or not had:
        yield Lacks(lacking or NO_SNAPSHOTS)
        return
    yield Decides(Arm.KEEPS)
    yield Decides(Arm.BREAKS)
    if (left := snapshots_shown(afterwards(history))) < had:
        observed = f"{left} of {had} snapshots exist after deregistration"
        yield Violates(Arm.BREAKS, observed, created)


rule.scenario(
    "lc.deregister.shared_snapshots",
    "DeregisterImage with DeleteAssociatedSnapshots must not delete a snapshot that another image"
    " refers to.",
    DEREGISTER["DeleteAssociatedSnapshots"],
    GUIDE_DEREGISTER["Clean up your Amazon EBS-backed AMI"],
    keeps="a snapshot that two images refer to, one of which is deregistered with its snapshots",
    breaks="snapshots of the deregistered image alone, which are deleted",
    note="Only a target that deletes the snapshots of one image alone can be tested.",
)


@rule.history(
    "lc.deregister.instances",
    DEREGISTER["Introduction"],
    GUIDE_DEREGISTER["Considerations"],
    keeps="an instance launched from an image that is registered",
    breaks="the same instance after the image is deregistered: it still runs",
)
def instances_keep_running(history: History) -> Iterator[Finding]:
    """Deregistering an image must leave the instances that were launched from it as they are."""
    created, before = history.first(Created), history.before(history.last(Deregistered))
    lacking, ran = history.ended or still_registered(history), before.last(InstanceSeen)
    was = ran.instance if ran else None
    if created is None or lacking or was is None or was.state != "running":
        yield Lacks(lacking or NOT_LAUNCHABLE)
        return
    yield Decides(Arm.KEEPS)
    seen = afterwards(history).last(InstanceSeen)
    if seen is None:
        yield Lacks("inconclusive: DescribeInstances does not answer after deregistration")
        return
    yield Decides(Arm.BREAKS)
    if seen.instance is None or seen.instance.state != "running":
        state = seen.instance.state if seen.instance else "not shown"
        observed = f"after deregistration an instance launched from the image is {state}"
        yield Violates(Arm.BREAKS, observed, created)


@rule.history(
    "lc.deregister.visible",
    DESCRIBE_IMAGES["Introduction"],
    ERRORS["InvalidAMIID.NotFound, InvalidAMIID.Unavailable"],
    keeps="a registered image, which is shown",
    breaks="a deregistered image, which is not shown",
)
def not_shown_afterwards(history: History) -> Iterator[Finding]:
    """DescribeImages must stop showing a deregistered image, at once or after a short time."""
    created, lacking = history.first(Created), history.ended or still_registered(history)
    lacking = lacking or is_left(history)
    if created is None or lacking:
        yield Lacks(lacking)
        return
    yield Decides(Arm.KEEPS)
    yield Decides(Arm.BREAKS)
    seen = afterwards(history).last(Described)
    if seen is not None and seen.image is not None:
        observed = "DescribeImages still shows the image after it was deregistered"
        yield Violates(Arm.BREAKS, observed, created)


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


@rule.history(
    "lc.snapshot.in_use",
    ERRORS["InvalidSnapshot.InUse"],
    codes=IN_USE,
    keeps="DeleteSnapshot of a snapshot of a deregistered image",
    breaks="DeleteSnapshot of a snapshot of a registered image",
    aws=Aws(
        "agrees",
        "400 InvalidSnapshot.InUse",
        "https://github.com/Answers4AWS/backup-monkey/issues/10",
    ),
)
def not_deleted_in_use(history: History) -> Iterator[Finding]:
    """Deleting a snapshot that an image uses must be rejected."""
    created, deleted = history.first(Created), history.first(SnapshotDeleted)
    if created is None or history.ended or deleted is None:
        yield Lacks(history.ended or unread_snapshots(history) or NO_SNAPSHOTS)
        return
    if gone := lost(history):
        yield Lacks(gone)
        return
    own = "lc.snapshot.in_use"
    if bare(getattr(deleted.came.outcome, "code", "")) in NO_SUCH_ACTION:
        yield Lacks(f"not decided: the target has no DeleteSnapshot: {deleted.came.words}")
        return
    shown = [each.image for each in history.before(deleted).all(Described) if each.image]
    mapped = {m.snapshot_id for m in shown[-1].mappings if m.snapshot_id} if shown else set()
    if mapped and deleted.snapshot_id not in mapped:
        yield Lacks("not decided: the image does not map the snapshot, see st.snap.in_bdm")
        return
    match attribute(Reject(IN_USE, (own,)), deleted.came.outcome, own):
        case Decided():
            yield Decides(Arm.BREAKS)
        case Undecided(why):
            yield Lacks(why)
        case Attributed(rule_id):
            observed = f"DeleteSnapshot while its image is registered: {deleted.came.words}"
            if rule_id != own:  # it speaks of the answers of CreateImage alone
                yield Lacks(f"inconclusive: {observed}")
                return
            yield Decides(Arm.BREAKS)
            yield Violates(Arm.BREAKS, observed, created)
    again = afterwards(history).last(SnapshotDeleted)
    if again is not None and again.came.kind == "accepted":
        yield Decides(Arm.KEEPS)
    elif kept := still_registered(history):
        yield Lacks(kept)
    else:
        came = again.came.words if again else "no answer"
        yield Lacks(f"inconclusive: DeleteSnapshot after its image is deregistered: {came}")


rule.scenario(
    "lc.terminate_during",
    "The documents do not say how a pending image ends if its instance is terminated.",
    GUIDE_AMI["Process for creating an AMI"],
    grade=Grade.UNSPECIFIED,
)


@rule.history(
    "lc.tags_later",
    CREATE_IMAGE["TagSpecification.N"],
    keeps="CreateTags of a new image and its snapshots",
    breaks="an image and snapshots without tags",
)
def tagged_later(history: History) -> Iterator[Finding]:
    """CreateTags can tag an image and its snapshots after their creation."""
    created, seen = history.first(Created), history.first(Described)
    if created is None or history.ended or seen is None:
        yield Lacks(history.ended)
        return
    refused, tags = history.first(TagRefused), history.last(TagsSeen)
    asked, all_asked = history.first(Tagged), list(history.all(Tagged))
    if unread := next((each for each in history.all(Unread) if each.of == "tags"), None):
        yield Lacks(unread.why)
    elif refused is not None:
        yield Decides(Arm.KEEPS)
        observed = f"CreateTags of the image and its snapshots: {refused.code}"
        yield Violates(Arm.KEEPS, observed, created)
    elif asked is not None and tags is not None:
        yield Decides(Arm.KEEPS)
        if not all(all(tags_among(tags.tags, each.key, each.value)) for each in all_asked):
            observed = "after CreateTags the image or a snapshot lacks the tag"
            yield Violates(Arm.KEEPS, observed, created)
    before = [seen.image.tags] if seen.image else []
    before += [each.tags for each in (created.effects.snapshots if created.effects else ())]
    key, value = (asked.key, asked.value) if asked else ("", "")
    if any(tags_among(before, key, value)):
        yield Lacks("inconclusive: the image has the tag before CreateTags")
    else:
        yield Decides(Arm.BREAKS)


@rule.history(
    "lc.disabled_hidden",
    DESCRIBE_IMAGES["IncludeDisabled"],
    keeps="an image that is not disabled, which is shown",
    breaks="a disabled image, which is not shown",
)
def hidden_while_disabled(history: History) -> Iterator[Finding]:
    """DescribeImages must show a disabled image only with IncludeDisabled."""
    created, listings = history.first(Created), list(history.all(Listed))
    if created is None or history.ended or not listings:
        yield Lacks(history.ended)
        return
    if not listings[0].there:
        yield Lacks(
            "inconclusive: DescribeImages with Owner.1=self does not list the image before"
            " DisableImage either"
        )
        return
    yield Decides(Arm.KEEPS)
    yield Decides(Arm.BREAKS)
    plain = [each for each in listings[1:] if not each.disabled_too]
    disabled = max((each.at for each in history.all(Disabled)), default=0.0)
    included = [each for each in listings if each.disabled_too and each.at >= disabled]
    controls = [each for each in listings if each.disabled_too and each.at < disabled]
    if plain and plain[-1].there:
        observed = "DescribeImages lists the image after DisableImage"
        yield Violates(Arm.BREAKS, observed, created)
    elif included and not included[-1].there and all(each.there for each in controls):
        observed = "DescribeImages with IncludeDisabled=true does not list the disabled image"
        yield Violates(Arm.BREAKS, observed, created)


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

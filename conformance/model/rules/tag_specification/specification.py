"""Rules about ``TagSpecification``: resource types, number of tags, atomicity.

The module is long because each rule has its metadata beside it.
"""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.entries import own_volumes, tag_specifications
from conformance.model.overlay import NO_VOLUMES
from conformance.model.request import Request
from conformance.model.rule import Aws, EffectCheck, Evidence, Grade
from conformance.model.sources import CREATE_IMAGE, ERRORS, GUIDE_AMI, GUIDE_TAGS, TAG
from conformance.model.tags import (
    IMAGE,
    SNAPSHOT,
    TYPES,
    Difference,
    Fault,
    differences,
    is_clear,
    is_for_both,
    verdict,
)
from conformance.model.world import Effects, World

MOST = 50
"""The most tags that one resource may have."""

_PAGE = CREATE_IMAGE["TagSpecification.N"]
_TYPE = TAG["TagSpecification, ResourceType"]
_RESTRICTIONS = GUIDE_TAGS["Tag restrictions"]
_ISSUE = "https://github.com/"


def shows(*faults: Fault, of: str | None = None, both: bool | None = None) -> EffectCheck:
    """The effect check of a rule that covers these differences between requested and observed tags.

    ``of`` restricts it to one ResourceType; ``both`` to requests that tag both types, or not both.
    """

    def is_covered(difference: Difference) -> bool:
        return difference.fault in faults and of in (None, difference.of)

    def check(request: Request, before: World, effects: Effects) -> str | None:
        if both is not None and both is not is_for_both(request):
            return None
        found = filter(is_covered, differences(request, before, effects))
        return next((difference.observed for difference in found), None)

    return check


_PLACED = (Fault.MISSING, Fault.MISPLACED)
_ON_SNAPSHOTS = ("DescribeImages", "DescribeSnapshots")


def clear(request: Request, before: World, effects: Effects) -> str | None:
    """The tags of the request are unambiguous, and the image is shown."""
    if effects.image is None:
        return "not decided: see st.image.exists"
    return None if is_clear(request) else "inconclusive: the tags of the request are ambiguous"


def with_snapshots(*, both: bool) -> Evidence:
    """The evidence that the image has snapshots; with ``both`` for requests that tag both types."""

    def shows_snapshots(request: Request, before: World, effects: Effects) -> str | None:
        if (lacking := clear(request, before, effects)) or effects.snapshots:
            return lacking
        if both and not is_for_both(request):
            return None
        if not own_volumes(request, before):
            return NO_VOLUMES
        return "not decided: the image shows no new snapshot, see st.snap.per_volume"

    return shows_snapshots


def shows_tags(request: Request, before: World, effects: Effects) -> str | None:
    """A tag of the request is shown, if the request has tags."""
    if lacking := clear(request, before, effects):
        return lacking
    specifications = tag_specifications(request)
    for each in specifications:
        resources = [effects.image] if each.resource_type == IMAGE else effects.snapshots
        shown = {key for resource in resources if resource for key in resource.tags}
        if any(key in shown for key, _ in each.tags):
            return None
    if not specifications:
        return None
    see = "tag.rt.image" if specifications[0].resource_type == IMAGE else "tag.rt.snapshot"
    return f"not decided: no tag of the request is shown, see {see}"


@rule.request(
    "tag.optional",
    _PAGE,
    GUIDE_TAGS["Tag basics"],
    only_with=(),
    keeps="a request without tags, for an instance that has tags, as have its volumes",
    breaks="a request with tags: they are applied",
    aws=Aws(
        "agrees",
        "leaves snapshots untagged if the request has no tags",
        _ISSUE + "boto/boto3/issues/2690",
    ),
)
def optional(request: Request, world: World) -> bool:
    """Tags are optional; the image and snapshots must not have tags that the request lacks."""
    return True


rule.effects_of("tag.optional", evidence=clear)(shows(Fault.UNREQUESTED))


@rule.request(
    "tag.rt.image",
    _PAGE,
    only_with=(),
    keeps="a request with tags for the image",
    breaks="a request without tags: the image has none",
)
def image_tags(request: Request, world: World) -> bool:
    """Tags for ResourceType=image must all be applied to the image, and to nothing else."""
    return True


rule.effects_of("tag.rt.image", evidence=clear)(shows(*_PLACED, of=IMAGE, both=False))


@rule.request(
    "tag.rt.snapshot",
    _PAGE,
    GUIDE_AMI["Tags"],
    only_with=(),
    keeps="a request with tags for the snapshots, for an instance with several volumes",
    breaks="a request without tags: the snapshots have none",
    aws=Aws("agrees", "tags the snapshots", _ISSUE + "boto/boto3/issues/2690"),
)
def snapshot_tags(request: Request, world: World) -> bool:
    """Tags for ResourceType=snapshot must all be applied to every new snapshot, and to nothing
    else."""
    return True


rule.effects_of(
    "tag.rt.snapshot",
    requires=("st.snap.per_volume", "st.snap.in_bdm"),
    evidence=with_snapshots(both=False),
    reads=_ON_SNAPSHOTS,
)(shows(*_PLACED, of=SNAPSHOT, both=False))


@rule.request(
    "tag.rt.both",
    _PAGE,
    GUIDE_AMI["Tags"],
    only_with=(),
    keeps="a request with tags for the image and for the snapshots, some of them the same",
    breaks="a request with tags for one of them",
)
def both(request: Request, world: World) -> bool:
    """One request can tag the image and the snapshots, with the same tags or different ones."""
    return True


rule.effects_of(
    "tag.rt.both",
    requires=("st.snap.per_volume", "st.snap.in_bdm"),
    evidence=with_snapshots(both=True),
    reads=_ON_SNAPSHOTS,
)(shows(*_PLACED, both=True))


def _types(request: Request) -> list[str]:
    return [each.resource_type for each in tag_specifications(request) if each.resource_type]


@rule.request(
    "tag.rt.other",
    _PAGE,
    _TYPE,
    keeps="ResourceType image and snapshot",
    breaks="every other resource type of EC2, plurals, and words that are no resource type",
    aws=Aws(
        "agrees",
        "CreateSnapshot rejects with InvalidParameterValue, an action of VPC with InvalidParameter",
        _ISSUE + "boto/boto3/issues/1806",
        codes=frozenset({"InvalidParameterValue", "InvalidParameter"}),
    ),
)
def no_other_type(request: Request, world: World) -> bool | None:
    """A ResourceType other than image and snapshot must be rejected."""
    return verdict(request, all(kind.strip().lower() in TYPES for kind in _types(request)))


@rule.request(
    "tag.rt.missing",
    _TYPE,
    keeps="tags with a ResourceType",
    breaks="tags without ResourceType, or with an empty one",
    aws=Aws(
        "agrees",
        "RunInstances rejects with 400 InvalidParameterValue",
        _ISSUE + "yegor256/rultor/issues/1991",
        codes=frozenset({"InvalidParameterValue"}),
    ),
    note="InvalidTagSpecification.Malformed was observed too.",
)
def type_given(request: Request, world: World) -> bool | None:
    """A tag specification must name a ResourceType."""
    typed = all(each.resource_type for each in tag_specifications(request) if each.tags)
    return verdict(request, typed)


@rule.request(
    "tag.rt.case",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="image and snapshot",
    breaks="Image, IMAGE, Snapshot",
)
def type_in_another_case(request: Request, world: World) -> bool | None:
    """The documents do not say whether a ResourceType may be in another case or have spaces
    around it."""
    known = {kind for kind in _types(request) if kind.strip().lower() in TYPES}
    return True if known <= set(TYPES) else None


@rule.request(
    "tag.rt.repeat",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="one specification for each ResourceType",
    breaks="two specifications of one ResourceType, with the same tags or other ones",
    note="A target may merge them, reject them, or use the last one.",
)
def type_repeated(request: Request, world: World) -> bool | None:
    """The documents do not say what two specifications of one ResourceType mean."""
    types = _types(request)
    return None if len(set(types)) < len(types) else True


@rule.request(
    "tag.spec.no_tags",
    TAG["TagSpecification, Tags"],
    grade=Grade.UNSPECIFIED,
    keeps="a specification with tags",
    breaks="a specification with ResourceType alone",
)
def specification_without_tags(request: Request, world: World) -> bool | None:
    """The documents do not say whether a specification may have no tags."""
    return None if any(not each.tags for each in tag_specifications(request)) else True


@rule.request(
    "tag.count.50",
    _RESTRICTIONS,
    ERRORS["TagLimitExceeded"],
    codes={"TagLimitExceeded"},
    keeps="50 tags for the image and 50 for the snapshots, in one request",
    breaks="51 tags and more, for the image or for the snapshots",
)
def at_most_50_tags(request: Request, world: World) -> bool | None:
    """A resource must have at most 50 tags, counted separately for each resource."""
    counts = (len({key for key, _ in each.tags}) for each in tag_specifications(request))
    return verdict(request, all(count <= MOST for count in counts))


rule.scenario(
    "tag.count.aws",
    "Tags whose keys begin with aws: do not count towards the limit.",
    _RESTRICTIONS,
    uncovered="only AWS can set such tags",
)
rule.scenario(
    "tag.atomic",
    "If the tags cannot be applied, the request must create no image and no snapshot.",
    GUIDE_TAGS["Tag your resources"],
    keeps="an accepted request with tags, which creates only its own image and snapshots",
    breaks="requests with invalid tags, some beside valid ones",
)


def described(request: Request, before: World, effects: Effects) -> str | None:
    """DescribeTags was read for a resource that shows a requested tag."""
    if lacking := shows_tags(request, before, effects):
        return lacking
    if effects.described_tags or not tag_specifications(request):
        return None
    return "inconclusive: DescribeTags was not read for the image"


@rule.effect(
    "tag.immediate",
    GUIDE_TAGS["Tag your resources"],
    keeps="a request with tags, read by DescribeTags, DescribeImages and DescribeSnapshots",
    breaks="a request without tags: DescribeTags shows none",
    note=("Tags may become visible late, like any effect. tag.rt.* covers tags that never appear."),
    evidence=described,
    reads=("DescribeImages", "DescribeTags"),
)
def tagged_from_the_first(request: Request, before: World, effects: Effects) -> str | None:
    """Tags must be present from creation, and DescribeTags must show the same tags as the
    resources."""
    if effects.image is None or any(differences(request, before, effects)):
        return None
    observed = [(IMAGE, effects.image.id, effects.image.tags)]
    observed += [(SNAPSHOT, snapshot.id, snapshot.tags) for snapshot in effects.snapshots]
    for kind, id, tags in observed:
        described = effects.described_tags.get(id, tags)
        if described != tags:
            differing = sorted(described.keys() ^ tags.keys()) or ["another value"]
            return f"DescribeTags shows other tags for the {kind}: {differing[0]!r}"
    return None

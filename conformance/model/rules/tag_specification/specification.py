"""Rules about ``TagSpecification``: what is tagged, how many tags, and that all or none is done."""

from __future__ import annotations

from conformance.model.entries import tag_specifications
from conformance.model.request import Request
from conformance.model.rule import Aws, EffectCheck, Grade, rule
from conformance.model.sources import CREATE_IMAGE, ERRORS, GUIDE_AMI, GUIDE_TAGS, TAG
from conformance.model.tags import (
    IMAGE,
    SNAPSHOT,
    TYPES,
    Difference,
    Fault,
    differences,
    is_for_both,
    verdict,
)
from conformance.model.world import Effects, World

MOST = 50
"""Tags that one resource may have."""

_PAGE = CREATE_IMAGE["TagSpecification.N"]
_TYPE = TAG["TagSpecification, ResourceType"]
_RESTRICTIONS = GUIDE_TAGS["Tag restrictions"]
_ISSUE = "https://github.com/"


def shows(*faults: Fault, of: str | None = None, both: bool | None = None) -> EffectCheck:
    """The effects of a rule that speaks of these differences between tags asked for and shown.

    ``of`` narrows it to one specification's, ``both`` to requests with both or with one.
    """

    def is_its_own(difference: Difference) -> bool:
        return difference.fault in faults and of in (None, difference.of)

    def check(request: Request, before: World, effects: Effects) -> str | None:
        if both is not None and both is not is_for_both(request):
            return None
        found = filter(is_its_own, differences(request, before, effects))
        return next((difference.observed for difference in found), None)

    return check


_PLACED = (Fault.MISSING, Fault.MISPLACED)


@rule.request(
    "tag.optional",
    _PAGE,
    GUIDE_TAGS["Tag basics"],
    keeps="a request without tags, of an instance that has some, with its volumes",
    breaks="a request with tags, which are there",
    aws=Aws(
        "agrees",
        "without tags in the request the snapshots have none",
        _ISSUE + "boto/boto3/issues/2690",
    ),
)
def optional(request: Request, world: World) -> bool:
    """Tags may be left out; nothing has tags that were not asked for, the instance's neither."""
    return True


rule.effects_of("tag.optional")(shows(Fault.UNASKED))


@rule.request(
    "tag.rt.image",
    _PAGE,
    keeps="a request with tags for the image",
    breaks="a request without tags, whose image has none",
)
def image_tags(request: Request, world: World) -> bool:
    """The resource type image tags the image, with all the tags given, and nothing else."""
    return True


rule.effects_of("tag.rt.image")(shows(*_PLACED, of=IMAGE, both=False))


@rule.request(
    "tag.rt.snapshot",
    _PAGE,
    GUIDE_AMI["Tags"],
    keeps="a request with tags for the snapshots, of an instance with several volumes",
    breaks="a request without tags, whose snapshots have none",
    aws=Aws("agrees", "the snapshots are tagged", _ISSUE + "boto/boto3/issues/2690"),
)
def snapshot_tags(request: Request, world: World) -> bool:
    """The resource type snapshot tags each snapshot that is made, all alike, and nothing else."""
    return True


rule.effects_of("tag.rt.snapshot", requires=("st.snap.per_volume",))(
    shows(*_PLACED, of=SNAPSHOT, both=False)
)


@rule.request(
    "tag.rt.both",
    _PAGE,
    GUIDE_AMI["Tags"],
    keeps="a request with tags for the image and for the snapshots, some alike",
    breaks="a request with tags for one of them",
)
def both(request: Request, world: World) -> bool:
    """The image and the snapshots can be tagged in one request, alike or not."""
    return True


rule.effects_of("tag.rt.both", requires=("st.snap.per_volume",))(shows(*_PLACED, both=True))


def _types(request: Request) -> list[str]:
    return [each.resource_type for each in tag_specifications(request) if each.resource_type]


@rule.request(
    "tag.rt.other",
    _PAGE,
    _TYPE,
    keeps="the resource types image and snapshot",
    breaks="every other resource type of EC2, plurals and words that are none",
    aws=Aws(
        "agrees",
        "CreateSnapshot: InvalidParameterValue",
        _ISSUE + "boto/boto3/issues/1806",
        codes=frozenset({"InvalidParameterValue"}),
    ),
)
def no_other_type(request: Request, world: World) -> bool | None:
    """Any other resource type makes the request fail, those of other actions too."""
    return verdict(request, all(kind.strip().lower() in TYPES for kind in _types(request)))


@rule.request(
    "tag.rt.missing",
    _TYPE,
    keeps="tags with a resource type",
    breaks="tags without one, or with an empty one",
    aws=Aws(
        "agrees",
        "RunInstances: 400 InvalidParameterValue",
        _ISSUE + "yegor256/rultor/issues/1991",
        codes=frozenset({"InvalidParameterValue"}),
    ),
    note="InvalidTagSpecification.Malformed was seen as well.",
)
def type_given(request: Request, world: World) -> bool | None:
    """Tags say what they are for."""
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
    """Whether a resource type may be in another case, or have spaces around it, is not said."""
    known = {kind for kind in _types(request) if kind.strip().lower() in TYPES}
    return True if known <= set(TYPES) else None


@rule.request(
    "tag.rt.repeat",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="one specification for a resource type",
    breaks="two, with other tags or the same",
    note="Merged, refused or the last one alone (A17).",
)
def type_repeated(request: Request, world: World) -> bool | None:
    """What two specifications of one resource type mean is not said."""
    types = _types(request)
    return None if len(set(types)) < len(types) else True


@rule.request(
    "tag.spec.no_tags",
    TAG["TagSpecification, Tags"],
    grade=Grade.UNSPECIFIED,
    keeps="a specification with tags",
    breaks="a specification with a resource type alone",
)
def specification_without_tags(request: Request, world: World) -> bool | None:
    """Whether a specification may have no tags is not said."""
    return None if any(not each.tags for each in tag_specifications(request)) else True


@rule.request(
    "tag.count.50",
    _RESTRICTIONS,
    ERRORS["TagLimitExceeded"],
    codes={"TagLimitExceeded"},
    keeps="50 tags for the image, and 50 for the snapshots beside them",
    breaks="51 tags and more, for either",
)
def at_most_50_tags(request: Request, world: World) -> bool | None:
    """A resource has at most 50 tags; each resource's are counted on their own."""
    counts = (len({key for key, _ in each.tags}) for each in tag_specifications(request))
    return verdict(request, all(count <= MOST for count in counts))


rule.scenario(
    "tag.count.aws",
    "Tags whose keys begin with aws: do not count.",
    _RESTRICTIONS,
    uncovered="only AWS itself sets such tags",
)
rule.scenario(
    "tag.atomic",
    "Where tags are refused nothing is made: no image, no snapshot.",
    GUIDE_TAGS["Tag your resources"],
    keeps="an accepted request with tags, which leaves just its own image and snapshots",
    breaks="requests that are refused for their tags, good ones among them",
)


@rule.effect(
    "tag.immediate",
    GUIDE_TAGS["Tag your resources"],
    keeps="a request with tags, as DescribeTags shows them and DescribeImages, DescribeSnapshots",
    breaks="a request without tags, of which there is none to show",
    note="What is seen of them may come late, like anything; where tags never come is tag.rt.*'s.",
)
def tagged_from_the_first(request: Request, before: World, effects: Effects) -> str | None:
    """Tags are there from the moment of creation, in whatever way one looks at them."""
    if effects.image is None or any(differences(request, before, effects)):
        return None
    seen = [(IMAGE, effects.image.id, effects.image.tags)]
    seen += [(SNAPSHOT, snapshot.id, snapshot.tags) for snapshot in effects.snapshots]
    for kind, id, tags in seen:
        told = effects.described_tags.get(id, tags)
        if told != tags:
            differing = sorted(told.keys() ^ tags.keys()) or ["another value"]
            return f"DescribeTags shows other tags of the {kind}: {differing[0]!r}"
    return None

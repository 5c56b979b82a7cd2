"""Which resource shows the effect that a rule is about, and assertions on it for a test."""

from __future__ import annotations

from conformance.model.request import Request

_OF_IMAGE = {
    "st.image.root": 'image["RootDeviceType"] == "ebs"',
    "st.image.private": 'image["Public"] is False',
    "st.image.type": 'image["ImageType"] == "machine"',
}
_AS_SENT = {
    "name": [("Name", "Name")],
    "desc": [("Description", "Description")],
    "wire": [("Name", "Name"), ("Description", "Description")],
}


def subject(rule: str) -> str:
    """The resource that shows the effect: ``image``, ``snapshots`` or ``instance``."""
    if rule.startswith("noreboot"):
        return "instance"
    return "snapshots" if "snap" in rule else "image"


def assertions(rule: str, request: Request) -> list[str]:
    """Python lines that assert the effect on the image of ``answer``; empty if none can.

    They compare with values of the request only. A test that assumes the endpoint's state would
    fail on a correct endpoint.
    """
    family = rule.partition(".")[0]
    sent = [
        f"image.get({shown!r}) == {value!a}".replace("'", '"', 2)
        for name, shown in _AS_SENT.get(family, [])
        if (value := request.get(name)) is not None
    ]
    if rule == "st.image.source_instance":
        sent = [f'image["SourceInstanceId"] == {request.instance_id!a}']
    elif rule in _OF_IMAGE:
        sent = [_OF_IMAGE[rule]]
    elif family == "tag" and subject(rule) == "image" and (tags := _image_tags(request)):
        sent = [
            f'{tags!a}.items() <= {{t["Key"]: t["Value"] for t in image.get("Tags", [])}}.items()'
        ]
    if not sent and rule != "st.image.exists":
        return []
    found = 'ec2.describe_images(ImageIds=[answer["ImageId"]])["Images"]'
    return [f"(image,) = {found}", *(f"assert {check}" for check in sent)]


def _image_tags(request: Request) -> dict[str, str]:
    """The tags that a request asks for on the image."""
    tags: dict[str, str] = {}
    for entry in request.entries("TagSpecification").values():
        if entry.get("ResourceType") == "image":
            keys = {n: v for n, v in entry.items() if n.startswith("Tag.") and n.endswith(".Key")}
            tags |= {key: entry.get(n.removesuffix("Key") + "Value", "") for n, key in keys.items()}
    return tags

"""The checks of what an image shows besides its mappings and tags."""

from __future__ import annotations

from reports.quoting import is_printable, python_text, shell_text
from reports.steps import Check, View


def shows_text(member: str, element: str, text: str) -> Check:
    """The image shows a text of the request."""
    shell = ""
    if text and is_printable(text):
        shell = f'has "$image" {shell_text(f"<{element}>{text}</{element}>")}'
    python = f'image.get("{member}", "") == {python_text(text)}'
    return Check(f"the image shows the {element} that was sent", python,
                 f'image.get("{member}", "")', shell)  # fmt: skip


def _image(expected: str, python: str, observed: str, shell: str) -> tuple[list[View], list[Check]]:
    return [View.IMAGE, View.INSTANCE], [Check(expected, python, observed, shell)]


_INHERITED = '("Architecture", "VirtualizationType", "BootMode", "RootDeviceName")'
OF_IMAGE: dict[str, tuple[list[View], list[Check]]] = {
    "st.image.exists": _image(
        "DescribeImages shows the image", "image", "image",
        'has "$image" "<imageId>$image_id<"'),
    "st.image.state0": (
        [View.NEW_IMAGE],
        [Check("state pending, available, failed or transient",
               'new_image.get("State") in ("pending", "available", "failed", "transient")',
               'new_image.get("State")',
               "field \"$new_image\" imageState | grep -Eqx 'pending|available|failed|transient'")],
    ),
    "st.image.state1": _image(
        "state available or failed", 'image.get("State") in ("available", "failed")',
        'image.get("State")', "field \"$image\" imageState | grep -Eqx 'available|failed'"),
    "st.image.root": _image(
        "root device type ebs", 'image["RootDeviceType"] == "ebs"', 'image["RootDeviceType"]',
        'has "$image" "<rootDeviceType>ebs<"'),
    "st.image.owner": _image(
        "the account of the instance owns the image",
        'account and image.get("OwnerId") == account',
        'image.get("OwnerId")',
        '[ -n "$account" ] && [ "$(field "$image" imageOwnerId)" = "$account" ]'),
    "st.image.private": _image(
        "a private image", 'image["Public"] is False', 'image["Public"]',
        'has "$image" "<isPublic>false<"'),
    "st.image.source_instance": _image(
        "the image names its source instance",
        'image.get("SourceInstanceId") == instance["InstanceId"]',
        'image.get("SourceInstanceId")',
        '[ "$(field "$image" sourceInstanceId)" = "$source_id" ]'),
    "st.image.inherit": _image(
        "the attributes of the instance",
        f"all(image[k] == instance[k] for k in {_INHERITED} if k in image and k in instance)"
        ' and image.get("Platform") == instance.get("Platform")', "image",
        "(for name in architecture virtualizationType platform bootMode rootDeviceName; do"
        ' [ "$(field "$image" $name)" = "$(field "$instance" $name)" ] || exit 1; done)'),
    "st.image.type": _image(
        "type machine and a creation date in ISO 8601",
        'image["ImageType"] == "machine" and'
        r' re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", image["CreationDate"])',
        '(image["ImageType"], image["CreationDate"])',
        'has "$image" "<imageType>machine<" && field "$image" creationDate |'
        " grep -Eq '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]*'"),
}  # fmt: skip
"""By rule: the views that show its effect, and what they must show."""

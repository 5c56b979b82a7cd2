"""Much about which the documents are silent, in one request: at quick an image must do for all."""

from __future__ import annotations

from strategies import descriptions, mappings, names, tags

ALL = (
    tags.tagged(
        ("image", [("a", None), ("b", "aws:value"), ("AWS:name", "v")]),
        ("image", [("\N{GRINNING FACE}" * 100, "v")]),
    )
    .renaming("TagSpecification.2.ResourceType", "TagSpecification.3.ResourceType")
    .renaming("TagSpecification.2.Tag.1.Key", "TagSpecification.3.Tag.1.Key")
    .renaming("TagSpecification.2.Tag.1.Value", "TagSpecification.3.Tag.1.Value")
    .having({"Description": descriptions.UNSPECIFIED[0].value("Description")})
    .having({"Name": names.ONLY_SPACES[0].value("Name")})
    .having(
        mappings.of_entries(
            mappings.ebs(mappings.NEW_DEVICES[0], VolumeSize="8", EbsCardIndex="0"),
            mappings.store("ephemeral4", mappings.NEW_DEVICES[1]),
            mappings.ebs(mappings.ALIASED, VolumeSize="8"),
            mappings.omitted(mappings.NEW_DEVICES[2]),
            mappings.ebs(mappings.ADDED, VolumeSize="2"),
            mappings.ebs(mappings.NEW_DEVICES[3], **mappings.volume("io1", 4, Iops="64000")),
        )
    )
)
"""A name of spaces, a description in another script; tags of a type given twice, with a gap in
their numbers, without a value, with a reserved one, with a reserved key in another case, with
characters beyond 16 bits; a card index, an instance store volume of a high number, a device under
another name, one left out that is not there, the present size repeated, and more IOPS than a size
is good for."""

"""One request with many unspecified features, because a quick run creates one image for all."""

from __future__ import annotations

from conformance.model.request import create_image
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
"""A name of spaces and a non-ASCII description. Tags: a repeated ResourceType, a gap in indexes, a
missing value, a reserved value, a reserved key in another case, characters outside the BMP.
Mappings: EbsCardIndex, a high ephemeral number, an alias of a device, an omitted device that the
instance lacks, the present size repeated, and more IOPS than the size allows."""

OFTEN_REFUSED = create_image(Name=names.OTHER_SCRIPTS[0].value("Name")).having(
    mappings.of_entries(
        mappings.ebs(mappings.NEW_DEVICES[0], VolumeSize="8"),
        mappings.ebs(mappings.NEW_DEVICES[0], VolumeSize="9"),
        {"Ebs.VolumeSize": "8"},
        {**mappings.ebs(mappings.NEW_DEVICES[1], VolumeSize="8"), "VirtualName": "ephemeral0"},
        {"DeviceName": mappings.NEW_DEVICES[2]},
        mappings.ebs(mappings.ADDED, NoDevice="true"),
        mappings.omitted(mappings.ROOT),
        mappings.ebs(mappings.NEW_DEVICES[3], **mappings.volume("gp2", 125, Iops="3000")),
    )
)
"""Letters of Latin-1 in the name. Mappings: a device twice, no device name, two kinds in one entry,
a name alone, a device omitted inside of Ebs, the root omitted, and IOPS of a volume without them.
A target that accepts this ignores mappings or their defects."""

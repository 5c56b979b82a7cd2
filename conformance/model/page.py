"""The AWS page of CreateImage from top to bottom: what each statement says, and its rules.

The statements are in our own words, by section and number. A statement that gave no rule has the
reason. ``amiproof rules --html`` shows the page, so that a reader goes from a sentence of AWS's
page to its rules and back.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the page."""

    section: str
    number: int
    """Its place in the section, from 1."""
    says: str
    rules: tuple[str, ...] = ()
    why: str = ""
    """Why it gave no rule; empty if it gave one."""

    @property
    def anchor(self) -> str:
        """The id of the statement in a page."""
        return f"page.{self.section}.{self.number}".replace(" ", "-").replace(",", "")


_NO_PROMISE = "it leads to other pages and promises nothing"
_SECTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "Introduction": (
        (
            "The source is an EBS-backed instance, running or stopped; the image is EBS-backed.",
            "inst.state.running inst.state.stopped inst.state.stopping inst.state.pending"
            " inst.state.terminal inst.root.ebs st.image.root",
        ),
        (
            "If the instance has further volumes, the image maps them.",
            "inst.changed st.bdm.devices st.bdm.merge",
        ),
        (
            "An instance launched from the image starts with those volumes.",
            "st.bdm.devices st.image.launchable lc.new_name_again",
        ),
        ("The User Guide says more.", f"- {_NO_PROMISE}"),
    ),
    "Request Parameters": (
        (
            "These are the action's own parameters; all actions have further ones in common.",
            "wire.names wire.clienttoken wire.unknown wire.together seed.version",
        ),
    ),
    "BlockDeviceMapping.N": (
        ("A list of mappings that may be omitted.", "bdm.optional bdm.list wire.list.base"),
        ("The size of a volume can't be changed.", "bdm.existing.size st.snap.size"),
        (
            "For another size, change the size of the instance's volume first.",
            "- it is advice to the caller",
        ),
        (
            "The encryption of the volumes and snapshots can't be changed.",
            "bdm.existing.encryption bdm.enc.unenc_volume bdm.enc.enc_volume st.snap.enc",
        ),
        ("For another encryption, use CopyImage.", "- it is advice about another action"),
        (
            "Of a volume of the instance only DeleteOnTermination can be changed.",
            "bdm.existing.dot bdm.existing.only_dot bdm.existing.same_value",
        ),
    ),
    "Description": (("A text that may be omitted.", "desc.optional desc.charset"),),
    "DryRun": (
        (
            "A dry run checks the caller's permissions and does nothing else.",
            "dryrun.no_effect dryrun.with_invalid dryrun.missing_required dryrun.duplicate_name",
        ),
        ("With the permissions, the error is DryRunOperation.", "dryrun.permitted"),
        ("Without them, the error is UnauthorizedOperation.", "dryrun.denied"),
        (
            "A boolean that may be omitted.",
            "dryrun.optional dryrun.false wire.bool wire.bool.other",
        ),
    ),
    "InstanceId": (
        (
            "The id of the instance: one text, required.",
            "inst.required inst.single inst.product_codes",
        ),
    ),
    "Name": (
        ("A name for the image: a text, required.", "name.required name.empty"),
        (
            "A name has 3 to 128 characters.",
            "name.length.min name.length.max name.length.unit",
        ),
        (
            "A name consists of letters, digits, parentheses, square brackets, spaces, periods,"
            " slashes, dashes, single quotes, at-signs and underscores.",
            "name.charset.core name.charset.extra name.charset.comma name.charset.other"
            " name.charset.unicode name.edge_space",
        ),
    ),
    "NoReboot": (
        (
            "It says whether the instance is rebooted before the image is created.",
            "noreboot.stopped noreboot.visible_state noreboot.after_failure",
        ),
        ("With true, the instance is not rebooted.", "noreboot.true"),
        (
            "Then the snapshots hold only what was written to the volumes.",
            "- only the guest's own file systems could show it, and a run does not log in",
        ),
        ("With false, the instance is rebooted first.", "noreboot.false"),
        (
            "Then the snapshots hold everything, buffered data too.",
            "- only the guest's own file systems could show it, and a run does not log in",
        ),
        (
            "A boolean that may be omitted; the default is false.",
            "noreboot.optional noreboot.false wire.bool wire.bool.other",
        ),
    ),
    "TagSpecification.N": (
        (
            "Tags for the image, the snapshots, or both, set when they are created.",
            "tag.optional tag.rt.both tag.immediate st.residue",
        ),
        ("ResourceType image tags the image.", "tag.rt.image"),
        (
            "ResourceType snapshot tags the snapshots of all volumes of the instance.",
            "tag.rt.snapshot",
        ),
        ("All snapshots have the same tags.", "tag.rt.snapshot tag.rt.repeat"),
        (
            "With another ResourceType, the request fails.",
            "tag.rt.other tag.rt.case err.atomic tag.atomic",
        ),
        ("CreateTags tags an image or snapshot later.", "lc.tags_later"),
    ),
    "SnapshotLocation (2025)": (
        (
            "Snapshots of an instance in a Local Zone are regional or local.",
            "snaploc.enum snaploc.default",
        ),
        ("It is omitted for an instance elsewhere.", "snaploc.region_instance"),
        ("It is required on an Outpost with local snapshots.", "snaploc.outpost"),
    ),
    "Response Elements": (
        ("imageId is the id of the new image.", "resp.imageId resp.unique_id st.image.exists"),
        (
            "requestId is the id of the request.",
            "resp.requestId resp.ctype resp.xmldecl",
        ),
    ),
    "Errors": (
        (
            "The errors that all actions have in common may occur.",
            "err.shape err.class.client err.class.server err.generic_common err.server.codes",
        ),
    ),
    "Examples": (
        (
            "Example 1: a request with a description, and its response.",
            "desc.plus resp.root resp.xmlns resp.status",
        ),
        ("Example 2: the same request with NoReboot=true.", "noreboot.true wire.bool desc.plus"),
        (
            "Example 3: a request that tags the image and the snapshots alike.",
            "tag.rt.both wire.list.base",
        ),
    ),
    "See Also": (("SDKs offer the same action.", f"- {_NO_PROMISE}"),),
}


def _statement(section: str, number: int, says: str, gave: str) -> Statement:
    if gave.startswith("- "):
        return Statement(section, number, says, why=gave.removeprefix("- "))
    return Statement(section, number, says, tuple(gave.split()))


PAGE = tuple(
    _statement(section, number, says, gave)
    for section, statements in _SECTIONS.items()
    for number, (says, gave) in enumerate(statements, 1)
)
"""Every statement, in the order of the page."""


def statements_of(rule_id: str) -> tuple[Statement, ...]:
    """The statements of the page that gave a rule."""
    return tuple(each for each in PAGE if rule_id in each.rules)

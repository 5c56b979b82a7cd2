"""Instance store volumes, omitted devices, device names, and incomplete or mixed entries."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from conformance.model.request import Draft, Value
from strategies.exclusions import unless
from strategies.mappings.entries import NEW, NEW_DEVICES, Entry, ebs, mapped
from strategies.mappings.existing import ADDED, ENCRYPTED, ROOT


def store(virtual_name: str, device: Value = NEW) -> Entry:
    """An instance store volume on a device."""
    return {"DeviceName": device, "VirtualName": virtual_name}


STORE = mapped(store("ephemeral0"))


def store_entries(devices: Sequence[str]) -> tuple[Entry, ...]:
    """The four instance store volumes that every document allows."""
    return tuple(store(f"ephemeral{n}", device) for n, device in enumerate(devices[:4]))


STORES = mapped(*store_entries(NEW_DEVICES))
MORE_STORES = tuple(mapped(store(f"ephemeral{n}")) for n in (4, 23, 24))
NOT_VIRTUAL = tuple(
    mapped(store(name))
    for name in ("ephemeral", "ephemeralA", "ephemeral-1", "ephemeral0x", "disk0",
                 "0", "instance0")
)  # fmt: skip


def not_virtual() -> st.SearchStrategy[Draft]:
    """Virtual names that are not ephemeral followed by a number."""
    words = st.text("abcdefhlmpr", min_size=3, max_size=9)
    return unless("ephemeral".__eq__, words).map(lambda word: mapped(store(f"{word}0")))


def omitted(device: Value, value: str = "") -> Entry:
    """An entry that omits a device from the image."""
    return {"DeviceName": device, "NoDevice": value}


OMITTED = mapped(omitted(ADDED))
"""The documented form: NoDevice is present and empty."""
OMITTED_BOTH = mapped(omitted(ADDED), omitted(ENCRYPTED, "false"))
"""Any value omits the device, even false."""
OMITTED_ALONE = (
    OMITTED,
    mapped(omitted(ENCRYPTED, "false")),
    mapped(omitted(ADDED, "true")),
)
OMITTED_ROOT = mapped(omitted(ROOT))
OMITTED_UNKNOWN = mapped(omitted(NEW))
OMITTED_INSIDE = mapped(ebs(ADDED, NoDevice="true"))
"""The form in an example of the query page."""

LISTED_ALONE = tuple(
    mapped(ebs(d, VolumeSize="8")) for d in ("/dev/sdz", "/dev/xvdba", "/dev/xvdcz")
)
UNLISTED_DEVICES = tuple(
    mapped(ebs(d, VolumeSize="8")) for d in ("/dev/foo", "sdh", "/dev/sdh1", "/dev/xvdzz")
)
NO_DEVICE_NAME = mapped({"Ebs.VolumeSize": "8"})
TWICE = mapped(ebs(VolumeSize="8"), ebs(VolumeSize="9"))
ALIASED = "xvdf"
ALIAS = mapped(ebs(ALIASED, VolumeSize="8"))
TWO_FORMS = mapped({**ebs(VolumeSize="8"), "VirtualName": "ephemeral0"})
NAME_ALONE = mapped({"DeviceName": NEW})

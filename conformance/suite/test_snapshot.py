"""The block device mapping of the image, and its snapshots."""

from __future__ import annotations

from conformance.engine.property.spec import control, keeps, shows
from conformance.model.request import Placeholder, create_image
from conformance.suite.changed_source import changed
from conformance.suite.declare import prop
from conformance.suite.scenarios import DEREGISTRATION
from strategies import covering, instance_ids, mappings, rejections

PLAIN = create_image()


test_the_mapping_of_an_accepted_request = prop(
    (
        "st.snap.per_volume",
        "st.snap.in_bdm",
        "st.snap.size",
        "st.snap.enc",
        "st.snap.desc",
        "st.snap.owner",
    ),
    keeps(PLAIN),
    keeps(instance_ids.STOPPED, via=covering.STOPPED),
    keeps(mappings.FLAGS, via=covering.FULL),
    changed("root", "attached"),
    control(*rejections.SAMPLE, one=True),
)


test_the_flags_of_an_accepted_request = prop(
    "st.bdm.dot_inherit",
    keeps(PLAIN),
    keeps(instance_ids.STOPPED, via=covering.STOPPED),
    changed("root", "flag"),
    control(*rejections.SAMPLE, one=True),
)


test_devices_that_the_request_does_not_name = prop(
    "st.bdm.merge",
    keeps(mappings.EMPTY, via=covering.FULL, batch=mappings.ALL_LEAST),
    control(*rejections.SAMPLE, one=True),
)


test_every_device_of_the_instance = prop(
    "st.bdm.devices",
    keeps(PLAIN),
    changed("attached", "detached"),
    control(*rejections.SAMPLE, one=True),
    shows(DEREGISTRATION),
)


test_an_instance_store_volume = prop(
    "st.bdm.ephemeral",
    keeps(create_image(InstanceId=Placeholder.WITH_INSTANCE_STORE), via=covering.STORE_UNTAGGED),
    control(*rejections.SAMPLE, one=True),
)

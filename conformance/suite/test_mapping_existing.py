"""BlockDeviceMapping entries for volumes that the instance has."""

from __future__ import annotations

from conformance.engine.property.spec import breaks, control, keeps, observe, requires, select
from conformance.model.request import create_image
from conformance.suite.changed_source import changed
from conformance.suite.declare import prop
from strategies import covering, mappings, unspecified

PLAIN = create_image()
STAY = mappings.STAY_AS_THEY_ARE


test_delete_on_termination_may_be_changed = prop(
    "bdm.existing.dot",
    keeps(*mappings.FLAGS_ALONE, via=covering.FULL, batch=mappings.FLAGS),
    keeps(select([mappings.FLAGS_REPEATED], at_quick=0)),
    control(PLAIN),
)


test_the_size_cannot_be_changed = prop(
    "bdm.existing.size", breaks(*mappings.OTHER_SIZE), keeps(PLAIN)
)


test_nothing_else_can_be_changed = prop(
    "bdm.existing.only_dot", breaks(*mappings.OTHER_FIELDS), keeps(PLAIN), changed("root")
)


test_the_present_value_repeated = prop(
    "bdm.existing.same_value", observe(mappings.SAME_SIZE, via=unspecified.ALL)
)


test_encryption_cannot_be_changed = prop(
    "bdm.existing.encryption",
    breaks(select([mappings.STAY_AS_THEY_ARE], at_quick=0), *mappings.ENCRYPTS),
    keeps(PLAIN),
)


test_an_unencrypted_volume_stays_so = prop(
    "bdm.enc.unenc_volume",
    requires(mappings.FLAGS_ALONE[1], "bdm.existing.dot"),
    breaks(*mappings.ENCRYPTS),
    keeps(mappings.STAYS_UNENCRYPTED, via=covering.GREATEST, batch=STAY),
)


test_an_encrypted_volume_stays_so = prop(
    "bdm.enc.enc_volume",
    requires(mappings.ROOT_KEPT, "bdm.existing.dot"),
    keeps(mappings.STAYS_ENCRYPTED[0], via=covering.GREATEST, batch=STAY),
    keeps(mappings.STAYS_ENCRYPTED[1], via=covering.FULL),
    control(mappings.ENCRYPTS[0]),
)

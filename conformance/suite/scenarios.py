"""The scenarios of the suite. Each is executed once in a run; several rules judge its history."""

from __future__ import annotations

from conformance.engine.scenarios import deregistration, disabled_image, reboot
from conformance.engine.scenarios.scenario import Scenario
from conformance.model.request import Draft, create_image
from strategies.scenarios import TO_BE_DISABLED, TO_BE_LAUNCHED

DEREGISTRATION = Scenario("deregistration", TO_BE_LAUNCHED, deregistration.tell)
DISABLED_IMAGE = Scenario("disabled image", TO_BE_DISABLED, disabled_image.tell)
BOOT_DELAY = reboot.DELAY
ALL = (DEREGISTRATION, DISABLED_IMAGE, BOOT_DELAY)
"""Those that may begin at once."""


def boot(draft: Draft, of: Draft | None = None) -> Scenario:
    """Whether the source instance boots after a request.

    ``of`` is the request of which the target accepts no more than this one.
    """
    name, value = draft.params[-1]
    said = value if isinstance(value, str) else "another"
    if len(draft.params) > len(create_image().params) + 1:
        name, said = draft.form.verb, f"NoReboot {draft.value('NoReboot')} with everything"
    if of is not None:
        name, said = of.form.verb, f"NoReboot {draft.value('NoReboot')} with all that is accepted"
    return Scenario(f"boot {name} {said}", draft, reboot.tell, alone=True, needs=(BOOT_DELAY,))

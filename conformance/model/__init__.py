"""The rules and the judge: pure, no input or output, no Hypothesis.

Importing this package fills the catalogue, in the order of the documentation page.
"""

from conformance.model import (  # noqa: F401, I001 (the order of the page)
    name,
    description,
    instance,
    no_reboot,
    dry_run,
    permission,
    mapping,
    mapping_existing,
    mapping_new,
    mapping_volume,
    mapping_performance,
    mapping_suppressed,
    mapping_form,
    tags,
    tag_text,
    newer,
    wire,
    protocol,
    signature,
    response,
    error,
    image,
    image_mapping,
    snapshot,
    lifecycle,
)
from conformance.model.judge import judge
from conformance.model.rule import CATALOGUE, Arm, Grade, Kind, Rule

__all__ = ["CATALOGUE", "Arm", "Grade", "Kind", "Rule", "judge"]

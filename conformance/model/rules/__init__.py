"""The rules, one module for each section of the AWS page.

Importing this package fills the catalogue, in the order of the page. Metadata stands beside each
rule; its docstring is its statement. Only the core modules of :mod:`conformance.model` may be
imported here.
"""

from conformance.model.rules import (  # noqa: F401, I001 (the order of the page)
    name,
    description,
    instance_id,
    no_reboot,
    dry_run,
    permission,
    block_device_mapping,
    tag_specification,
    newer,
    request_form,
    parameters,
    lists,
    boolean_values,
    action_version,
    protocol,
    signature,
    response_elements,
    errors,
    image,
    image_mapping,
    snapshot,
    lifecycle,
)

"""``BlockDeviceMapping.N``: each documented kind alone, many at once, each way to be wrong alone.

Each accepted request creates an image. So some requests have many devices, and each device keeps
rules of its own. Callers use the names of all five modules as ``mappings.NAME``.
"""

from strategies.mappings.entries import *  # noqa: F403
from strategies.mappings.existing import *  # noqa: F403
from strategies.mappings.new import *  # noqa: F403
from strategies.mappings.of_snapshot import *  # noqa: F403
from strategies.mappings.other import *  # noqa: F403

"""The steps of a reproduction, as data. A renderer for each form turns them into a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from conformance.model.request import Request
from reports.deviation import Expected
from reports.variables import Var


class Source(StrEnum):
    """The instance of the requests. All but GIVEN are launched from the image of GIVEN.

    STOPPED and CHANGED have the two added volumes too.
    """

    GIVEN = "given"
    VOLUMES = "with two added volumes"
    STORE = "with an instance store volume"
    STOPPED = "stopped"
    CHANGED = "with other volumes than its image"
    TERMINATED = "terminated"
    PENDING = "pending"
    SHUTTING_DOWN = "shutting-down"
    INSTANCE_STORE = "instance store-backed"


class View(StrEnum):
    """What a script describes; the value is the variable that holds the answer."""

    IMAGE = "image"
    """The image, once it is not pending."""
    NEW_IMAGE = "new_image"
    """The image as soon as it is shown."""
    NAMED = "named"
    """The images of the account with the name of the last request."""
    LISTED = "listed"
    """The images of the account."""
    SNAPSHOTS = "snapshots"
    """The snapshots of the source instance's volumes."""
    INSTANCE = "instance"
    """The source instance."""
    VOLUMES = "volumes"
    """The source instance's volumes."""
    CONSOLE = "console"
    """The source instance's console output, once it had time to show a boot."""
    TAGS = "tags"
    """The tags of the image that DescribeTags shows."""
    INCLUDED = "included"
    """The images of the account, disabled ones included."""
    LAUNCHED = "launched"
    """The instance that was launched last."""
    SHARED = "shared"
    """The snapshot that the requests name."""
    FIRST_IMAGE = "first_image"
    """The image of the first request, once it is not pending."""


class Action(Enum):
    """Another action of the script on the image of the last accepted request."""

    LAUNCH = "RunInstances"
    DEREGISTER = "DeregisterImage"
    DEREGISTER_WITH_SNAPSHOTS = "DeregisterImage with DeleteAssociatedSnapshots"
    DISABLE = "DisableImage"
    DELETE_SNAPSHOT = "DeleteSnapshot"
    TAG = "CreateTags"


SLOW = (Action.DEREGISTER, Action.DEREGISTER_WITH_SNAPSHOTS, Action.DISABLE)
"""Actions whose effect the endpoint may show a moment later."""


@dataclass(frozen=True, slots=True)
class Create:
    """Send CreateImage. ``expected`` is None where the answer does not matter to the rule."""

    request: Request
    expected: Expected | None = None
    image: Var = Var.IMAGE
    ends: bool = False
    """Whether a rejection is allowed and ends the reproduction: the effect is not due."""

    @property
    def is_no_dry_run(self) -> bool:
        """Whether DryRunOperation is no code of an error that is due: a DryRun that is not true."""
        return dict(self.request.params).get("DryRun", "true") != "true"


@dataclass(frozen=True, slots=True)
class Describe:
    """Describe something, and keep the answer under the view's name with a suffix."""

    view: View
    suffix: str = ""
    name: str = ""
    """The name of the images, for NAMED."""

    @property
    def variable(self) -> str:
        return self.view.value + self.suffix


@dataclass(frozen=True, slots=True)
class Act:
    """Perform an action. ``due`` says whether it must succeed, None where it does not matter."""

    action: Action
    due: bool | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold: a condition for Python and one for the shell."""

    expected: str
    python: str
    """An expression of the views' variables; true on a conforming endpoint."""
    observed: str
    """A Python expression that shows what was observed."""
    shell: str = ""
    """A command that succeeds on a conforming endpoint; empty if the answers must be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the answer to the last CreateImage must match, as an extended regular expression.

    The answer is the status line and the body in one line.
    """

    expected: str
    pattern: str
    absent: bool = False


Step = Create | Describe | Act | Check | Answer


@dataclass(frozen=True, slots=True)
class Plan:
    """A reproduction: the instance that it needs, and its steps."""

    source: Source
    steps: tuple[Step, ...]
    needs: frozenset[Var] = frozenset()
    """The variables that the script defines before its first step."""
    digits: dict[Var, int] = field(default_factory=dict)
    """The number of random digits of each unique name."""
    exact_header: bool = False
    """Whether the Content-Type header matters even where it is the usual one."""


def used(helpers: Mapping[str, str], body: str) -> set[str]:
    """The names of the helpers that a script uses, directly or through others; it cleans up."""
    wanted, text = {"clean_up"}, body
    while True:
        found = {name for name in helpers if re.search(rf"\b{name}\b", text)} | wanted
        if found == wanted:
            return wanted
        wanted, text = found, body + "".join(helpers[name] for name in found)

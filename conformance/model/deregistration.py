"""What the history of a scenario shows of the deregistration of its image."""

from __future__ import annotations

from conformance.model.history import (
    Created,
    Deregistered,
    DeregisterRefused,
    Described,
    History,
    Launched,
    LaunchRefused,
    SnapshotsSeen,
    Unread,
)


def launches_of(history: History, created: Created) -> list[Launched | LaunchRefused]:
    """The launches of the created image in a history."""
    return [
        step
        for step in history.steps
        if isinstance(step, Launched | LaunchRefused) and step.image_id == created.image_id
    ]


def still_registered(history: History) -> str:
    """Why the image is registered still, or nothing if DeregisterImage accepted to remove it."""
    if history.last(Deregistered) is not None:
        return ""
    unread = (each.why for each in history.all(Unread) if each.of == "deregistration")
    return next(unread, "not decided: DeregisterImage of the image is refused, see lc.deregister")


def lost(history: History) -> str:
    """Why nothing is known of a registered image, or nothing if it was shown until the end."""
    seen = history.before(history.last(Deregistered)).last(Described)
    if seen is None or seen.image is not None:
        return ""
    return "not decided: DescribeImages shows the registered image no more, see st.image.exists"


def is_left(history: History) -> str:
    """Why a deregistered image is there still, or nothing if no step since shows that."""
    created, since = history.first(Created), afterwards(history)
    seen = since.last(Described)
    last = launches_of(since, created)[-1:] if created else []
    if seen is None or seen.image is None or not any(isinstance(each, Launched) for each in last):
        return ""
    return "not decided: DeregisterImage leaves the image as it is, see lc.deregister"


def refusal(history: History) -> str:
    """How DeregisterImage refused the image, or nothing.

    A refusal of an image that the target did not find yet counts only if it stays.
    """
    if any(each.of == "deregistration" for each in history.all(Unread)):
        return ""
    refused = history.first(DeregisterRefused)
    if refused is None:
        return ""
    late = history.last(Deregistered) is not None and refused.code.startswith("InvalidAMIID.")
    return "" if late else refused.what


def afterwards(history: History) -> History:
    """The history after the image was deregistered."""
    return history.since(history.last(Deregistered))


def snapshots_shown(history: History) -> int:
    """How many snapshots of the image the last look showed."""
    seen = history.last(SnapshotsSeen)
    return len(seen.shown) if seen else 0


def unread_snapshots(history: History) -> str:
    """Why the image's snapshots are unknown, or nothing."""
    return next((each.why for each in history.all(Unread) if each.of == "snapshots"), "")

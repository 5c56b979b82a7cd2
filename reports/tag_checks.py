"""The checks of the tags of an image and of its snapshots."""

from __future__ import annotations

from conformance.model.entries import tag_specifications
from conformance.model.request import Request
from reports.quoting import is_printable, python_text, shell_text
from reports.steps import Check

_ONCE = Check(
    "each key once",
    'all(len(keys) == len(set(keys)) for keys in ([t.get("Key") for t in each.get("Tags", [])]'
    " for each in [image, *snapshots]))",
    "[image, *snapshots]",
    '[ -z "$(field "$image" key | sort | uniq -d)" ] &&'
    ' [ "$(count "$snapshots" key)" -le "$(count "$snapshots" snapshotId)" ]',
)


def tag_checks(rule: str, request: Request) -> list[Check]:
    """What the image and its snapshots must show of the tags that the request sent."""
    if rule == "tag.key.unique":
        return [_ONCE]
    asked: dict[str | None, dict[str, str]] = {"image": {}, "snapshot": {}}
    for entry in tag_specifications(request):
        asked.setdefault(entry.resource_type, {}).update(
            (key, value or "") for key, value in entry.tags if key is not None
        )
    image, snapshot = asked["image"], asked["snapshot"]
    checks = []
    if not _tags_in_shell("image", image):  # a shell can still count them
        n = len(image)
        checks.append(Check(f"the image has {n} tags", f"len(tags_of(image)) == {n}",
                            "tags_of(image)", _counted("image", image)))  # fmt: skip
    checks += [
        Check("the image has the requested tags alone", f"tags_of(image) == {_dict(image)}",
              "tags_of(image)", _tags_in_shell("image", image)),
        Check("each snapshot has the requested tags alone",
              f"snapshots and all(tags_of(s) == {_dict(snapshot)} for s in snapshots)",
              "[tags_of(s) for s in snapshots]", _tags_in_shell("snapshots", snapshot)),
    ]  # fmt: skip
    if rule == "tag.immediate":
        checks.append(Check("DescribeTags shows the tags of the image",
                            f"tags == {_dict(image)}", "tags",
                            _tags_in_shell("tags", image)))  # fmt: skip
    return checks


def _dict(tags: dict[str, str]) -> str:
    return "{" + ", ".join(f"{python_text(k)}: {python_text(v)}" for k, v in tags.items()) + "}"


def _tags_in_shell(view: str, tags: dict[str, str]) -> str:
    if not all(is_printable(k + v) for k, v in tags.items()):
        return ""
    pairs = (
        [f"<key>{key}</key>", *[f"<value>{value}</value>"] * bool(value)]
        for key, value in tags.items()
    )
    each = [f'has "${view}" ' + " ".join(map(shell_text, texts)) for texts in pairs]
    return " && ".join([_counted(view, tags), *each])


def _counted(view: str, tags: dict[str, str]) -> str:
    times = '$(count "$snapshots" snapshotId)' if view == "snapshots" else "1"
    return f'[ "$(count "${view}" key)" = "$(({len(tags)} * {times}))" ]'

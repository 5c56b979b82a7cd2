"""The steps and checks that show the effect a rule is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.model.request import Request
from reports.deviation import Deviation, Expected
from reports.image_checks import OF_IMAGE, shows_text
from reports.mapping_checks import mapping_checks
from reports.steps import Act, Action, Check, Create, Describe, Step, View
from reports.tag_checks import tag_checks
from reports.variables import Var
from reports.volume_checks import OF_MAPPING, OF_SNAPSHOTS

_ACCEPTED, _EITHER = Expected("accepted"), Expected("either")
_IMAGE: Step = Describe(View.IMAGE)
_SNAPSHOTS: Step = Describe(View.SNAPSHOTS)
_BEFORE = Describe(View.INSTANCE, "_before")


def effect_steps(
    rule: str, deviation: Deviation, before: list[Request], request: Request
) -> list[Step]:
    """The steps that show the effect of an accepted request; empty if no call shows it."""
    if rule in ("err.atomic", "dryrun.no_effect", "tag.atomic", "noreboot.after_failure"):
        return _nothing_left(deviation, before, request)
    earlier: list[Step] = [Create(r) for r in before]
    if rule in _SCENARIOS:
        return [*earlier, Create(request, _ACCEPTED), *_SCENARIOS[rule]()]
    if rule == "lc.disabled_hidden":
        included = "IncludeDisabled" in (deviation.observed.seen or "")
        return [Create(request, _ACCEPTED), _IMAGE, *_disabled(included)]
    if rule == "st.image.date":
        looks = [_IMAGE, Describe(View.IMAGE, "_again"), Describe(View.INSTANCE)]
        return [*earlier, Create(request, _ACCEPTED), *looks, _SAME_DATE, _NOT_OLDER]
    if rule == "st.image.views":
        return _same_everywhere(request)
    if rule == "lc.deregister.shared_snapshots":
        return _shared(request)
    if rule in ("noreboot.true", "noreboot.false"):
        return [*earlier, *_boot(request, rebooted=rule == "noreboot.false")]
    if rule in ("noreboot.identity", "st.instance.same"):
        after: list[Step] = [_IMAGE, Describe(View.INSTANCE), _SAME]
        return [*earlier, _BEFORE, Create(request, _ACCEPTED), *after]
    if rule == "resp.unique_id":
        first = [Create(before[0], image=Var.FIRST_IMAGE)] if before else []
        return [*first, Create(request, _ACCEPTED), _DISTINCT]
    if rule == "lc.new_name_again":
        return _own_snapshots(before, request)
    if rule == "st.bdm.devices" and "launched from" in (deviation.observed.seen or ""):
        launch: list[Step] = [Act(Action.LAUNCH, due=True), Describe(View.LAUNCHED), _LAUNCHED]
        return [*earlier, Create(request, _ACCEPTED), _IMAGE, *launch]
    views, checks = _checks(rule, request)
    if not checks:
        return []
    ends = rule.startswith(
        ("bdm.existing.", "bdm.unsup.", "snaploc.", "bdm.enc.", "tag.key.unique")
    )
    create = Create(request, _EITHER if ends else _ACCEPTED, ends=ends)
    return [*earlier, create, *(Describe(view) for view in views), *checks]


def deregistered() -> list[Step]:
    """The steps after which the name of an image is free again."""
    return [_IMAGE, Act(Action.DEREGISTER, due=True)]


def _scenario(*steps: Step) -> Callable[[], list[Step]]:
    return lambda: [_IMAGE, *steps]


_SNAPSHOTS_BEFORE = Describe(View.SNAPSHOTS, "_before")
_SCENARIOS: dict[str, Callable[[], list[Step]]] = {
    "st.image.launchable": _scenario(Act(Action.LAUNCH, due=True)),
    "lc.deregister": _scenario(
        Act(Action.DEREGISTER, due=True), Act(Action.LAUNCH, due=False)
    ),
    "lc.deregister.instances": _scenario(
        Act(Action.LAUNCH, due=True),
        Act(Action.DEREGISTER, due=True),
        Describe(View.LAUNCHED),
        Check("the instance still runs", 'launched["State"]["Name"] == "running"',
              'launched["State"]["Name"]', 'has "$launched" "<name>running<"'),
    ),
    "lc.deregister.visible": _scenario(
        Act(Action.DEREGISTER, due=True),
        Describe(View.NEW_IMAGE),
        Check("DescribeImages does not show the image", "not new_image", "new_image",
              '! has "$new_image" "<imageId>$image_id<"'),
    ),
    "lc.deregister.snapshots": _scenario(
        _SNAPSHOTS_BEFORE,
        Act(Action.DEREGISTER, due=True),
        _SNAPSHOTS,
        Check("the snapshots exist after deregistration",
              "len(snapshots) == len(snapshots_before)", "snapshots",
              '[ "$(count "$snapshots" snapshotId)" = "$(count "$snapshots_before" snapshotId)" ]'),
    ),
    "lc.snapshot.in_use": _scenario(Act(Action.DELETE_SNAPSHOT, due=False)),
    "lc.tags_later": _scenario(
        Act(Action.TAG, due=True),
        Describe(View.IMAGE),
        _SNAPSHOTS,
        Check("the image and its snapshots have the tag",
              'all(tags_of(each).get("later") == "yes" for each in [image, *snapshots])',
              "[image, *snapshots]",
              'has "$image" "<key>later<" &&'
              ' [ "$(count "$snapshots" key)" = "$(count "$snapshots" snapshotId)" ]'),
    ),
}  # fmt: skip


def _disabled(included: bool) -> list[Step]:
    if included:
        return [
            Act(Action.DISABLE, due=True),
            Describe(View.INCLUDED),
            Check("DescribeImages with IncludeDisabled lists the image", "image_id in included",
                  "included", 'has "$included" "<imageId>$image_id<"'),
        ]  # fmt: skip
    return [
        Act(Action.DISABLE, due=True),
        Describe(View.LISTED),
        Check("DescribeImages does not list the disabled image", "image_id not in listed",
              "listed", '! has "$listed" "<imageId>$image_id<"'),
    ]  # fmt: skip


def _nothing_left(deviation: Deviation, before: list[Request], request: Request) -> list[Step]:
    """A rejected request, after which nothing has changed."""
    seen = deviation.observed.seen or ""
    views = [View.INSTANCE, View.CONSOLE] if "reboot" in seen else [View.SNAPSHOTS]
    if request.name is not None and "reboot" not in seen:
        views.append(View.NAMED)
    return [
        *(Create(r) for r in before),
        *(Describe(view, "_before", request.name or "") for view in views),
        Create(request, Expected("rejected", None)),
        *(Describe(view, name=request.name or "") for view in views),
        *(_UNCHANGED[view] for view in views),
    ]


_UNCHANGED = {
    View.NAMED: Check(
        "no new image of that name", "len(named) == len(named_before)", "named",
        '[ "$(count "$named" imageId)" = "$(count "$named_before" imageId)" ]'),
    View.SNAPSHOTS: Check(
        "no new snapshot", "len(snapshots) == len(snapshots_before)", "snapshots",
        '[ "$(count "$snapshots" snapshotId)" = "$(count "$snapshots_before" snapshotId)" ]'),
    View.INSTANCE: Check(
        "the instance is as it was", "instance == instance_before", "instance",
        '[ "$(unchanging "$instance")" = "$(unchanging "$instance_before")" ]'),
    View.CONSOLE: Check(
        "the console shows no new boot", "console == console_before", "console",
        '[ "$(field "$console" output)" = "$(field "$console_before" output)" ]'),
}  # fmt: skip


def _boot(request: Request, *, rebooted: bool) -> list[Step]:
    sign, shell = ("!=", "!=") if rebooted else ("==", "=")
    words = "the console shows a new boot" if rebooted else "the console shows no new boot"
    steps: list[Step] = [
        _BEFORE,
        Describe(View.CONSOLE, "_before"),
        Create(request, _ACCEPTED),
        Describe(View.INSTANCE),
        Describe(View.CONSOLE),
        Check(words, f"console {sign} console_before", "console",
              f'[ "$(field "$console" output)" {shell} "$(field "$console_before" output)" ]'),
    ]  # fmt: skip
    return steps if rebooted else [*steps, _SAME]


_SAME = Check(
    "the instance is as it was", "instance == instance_before", "instance",
    '[ "$(unchanging "$instance")" = "$(unchanging "$instance_before")" ]',
)  # fmt: skip
_DISTINCT = Check(
    "another image id than the first", "image_id != first_image_id", "image_id",
    '[ "$image_id" != "$first_image_id" ]',
)  # fmt: skip
_LAUNCHED = Check(
    "an instance of the image has its EBS volumes, with their DeleteOnTermination",
    '{d: m["Ebs"].get("DeleteOnTermination") for d, m in mappings.items() if "Ebs" in m}'
    " == flags_of(launched)",
    'launched["BlockDeviceMappings"]',
    '[ "$(field "$launched" deviceName | sort)" = "$(field "$image" deviceName | sort)" ] &&'
    ' [ "$(field "$launched" deleteOnTermination)" = "$(field "$image" deleteOnTermination)" ]',
)


_SAME_DATE = Check(
    "the creation date stays the same",
    'image["CreationDate"] == image_again["CreationDate"]',
    'image_again["CreationDate"]',
    '[ "$(field "$image" creationDate)" = "$(field "$image_again" creationDate)" ]',
)
_NOT_OLDER = Check(
    "an image that is not older than the launch of its instance",
    'datetime.datetime.fromisoformat(image["CreationDate"].replace("Z", "+00:00"))'
    ' >= instance["LaunchTime"] - datetime.timedelta(seconds=1)',
    'image["CreationDate"]',
    '{ field "$instance" launchTime | cut -c1-19; field "$image" creationDate | cut -c1-19; } |'
    " sort -C",
)


def _renamed(request: Request, prefix: str) -> Request:
    """The request with another name."""
    params = ((n, f"{prefix}-{v}" if n == "Name" else v) for n, v in request.params)
    return replace(request, params=tuple(params))


def _same_everywhere(request: Request) -> list[Step]:
    """Several images, for a target may list the first ones, or the last ones, alone."""
    return [
        *(Create(_renamed(request, str(number)), _ACCEPTED) for number in range(3)),
        Create(request, _ACCEPTED),
        _IMAGE,
        Describe(View.NAMED, name=request.name or ""),
        Describe(View.LISTED),
        Check("the owner's images have each image", "set(made) <= set(listed)", "listed",
              '(for id in $images; do has "$listed" "<imageId>$id<" || exit 1; done)'),
        Check("the owner's images have the same name", 'listed[image_id] == image["Name"]',
              "listed[image_id]",
              'field "$listed" name | grep -qxF -- "$(field "$image" name)"'),
        Check("the name finds the image", '[i["ImageId"] for i in named] == [image_id]', "named",
              'has "$named" "<imageId>$image_id<"'),
    ]  # fmt: skip


def _shared(request: Request) -> list[Step]:
    """Two images refer to the snapshot that the request names; one is deregistered."""
    return [
        Create(_renamed(request, "1"), _ACCEPTED),
        Create(request, _ACCEPTED),
        _IMAGE,
        Act(Action.DEREGISTER_WITH_SNAPSHOTS),
        Describe(View.SHARED),
        Check("the snapshot that another image refers to exists", "shared", "shared",
              'has "$shared" "<snapshotId>$snapshot_id<"'),
    ]  # fmt: skip


def _own_snapshots(before: list[Request], request: Request) -> list[Step]:
    first = [Create(r, image=Var.FIRST_IMAGE) for r in before]
    return [
        *first,
        Describe(View.FIRST_IMAGE),
        Create(request, _ACCEPTED),
        _IMAGE,
        Check("the images have different snapshots",
              "snapshot_ids(image).isdisjoint(snapshot_ids(first_image))", "image",
              '! same_text "$(field "$image" snapshotId)" "$(field "$first_image" snapshotId)"'),
    ]  # fmt: skip


def _checks(rule: str, request: Request) -> tuple[list[View], list[Check]]:
    """The views that show a rule's effect, and what they must show."""
    family = rule.partition(".")[0]
    if rule in OF_IMAGE:
        return OF_IMAGE[rule]
    if rule in OF_MAPPING:
        return [View.IMAGE, View.INSTANCE, View.VOLUMES], [OF_MAPPING[rule]]
    if rule in OF_SNAPSHOTS:
        views = [View.IMAGE, View.INSTANCE, View.VOLUMES, View.SNAPSHOTS]
        return views, [OF_SNAPSHOTS[rule]]
    checks: list[Check] = []
    views = [View.IMAGE]
    if family in ("name", "wire") and request.name is not None:
        checks.append(shows_text("Name", "name", request.name))
    if family in ("desc", "wire") and request.description is not None:
        checks.append(shows_text("Description", "description", request.description))
    if family in ("bdm", "wire"):
        views = [View.IMAGE, View.INSTANCE, View.VOLUMES]
        checks += mapping_checks(rule, request)
    if family in ("tag", "wire"):
        views += [View.SNAPSHOTS]
        if rule == "tag.immediate":
            views.append(View.TAGS)
        checks += tag_checks(rule, request)
    return views, checks

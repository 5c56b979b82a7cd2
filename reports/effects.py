"""The steps and checks that show the effect a rule is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.model.entries import mappings, tag_specifications
from conformance.model.request import Request
from reports.deviation import Deviation, Expected
from reports.quoting import is_printable, python_text, shell_text
from reports.steps import Act, Action, Check, Create, Describe, Step, View
from reports.variables import Var

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
    if rule in _OF_IMAGE:
        return _OF_IMAGE[rule]
    if rule in _OF_MAPPING:
        return [View.IMAGE, View.INSTANCE, View.VOLUMES], [_OF_MAPPING[rule]]
    if rule in _OF_SNAPSHOTS:
        views = [View.IMAGE, View.INSTANCE, View.VOLUMES, View.SNAPSHOTS]
        return views, [_OF_SNAPSHOTS[rule]]
    checks: list[Check] = []
    views = [View.IMAGE]
    if family in ("name", "wire") and request.name is not None:
        checks.append(_shows("Name", "name", request.name))
    if family in ("desc", "wire") and request.description is not None:
        checks.append(_shows("Description", "description", request.description))
    if family in ("bdm", "wire"):
        views = [View.IMAGE, View.INSTANCE, View.VOLUMES]
        checks += _mapped(rule, request)
    if family in ("tag", "wire"):
        views += [View.SNAPSHOTS]
        if rule == "tag.immediate":
            views.append(View.TAGS)
        checks += _tagged(rule, request)
    return views, checks


def _shows(member: str, element: str, text: str) -> Check:
    """The image shows a text of the request."""
    shell = ""
    if text and is_printable(text):
        shell = f'has "$image" {shell_text(f"<{element}>{text}</{element}>")}'
    python = f'image.get("{member}", "") == {python_text(text)}'
    return Check(f"the image shows the {element} that was sent", python,
                 f'image.get("{member}", "")', shell)  # fmt: skip


def _image(expected: str, python: str, observed: str, shell: str) -> tuple[list[View], list[Check]]:
    return [View.IMAGE, View.INSTANCE], [Check(expected, python, observed, shell)]


_INHERITED = '("Architecture", "VirtualizationType", "BootMode", "RootDeviceName")'
_OF_IMAGE: dict[str, tuple[list[View], list[Check]]] = {
    "st.image.exists": _image(
        "DescribeImages shows the image", "image", "image",
        'has "$image" "<imageId>$image_id<"'),
    "st.image.state0": (
        [View.NEW_IMAGE],
        [Check("state pending, available, failed or transient",
               'new_image.get("State") in ("pending", "available", "failed", "transient")',
               'new_image.get("State")',
               "field \"$new_image\" imageState | grep -Eqx 'pending|available|failed|transient'")],
    ),
    "st.image.state1": _image(
        "state available or failed", 'image.get("State") in ("available", "failed")',
        'image.get("State")', "field \"$image\" imageState | grep -Eqx 'available|failed'"),
    "st.image.root": _image(
        "root device type ebs", 'image["RootDeviceType"] == "ebs"', 'image["RootDeviceType"]',
        'has "$image" "<rootDeviceType>ebs<"'),
    "st.image.owner": _image(
        "the account of the instance owns the image",
        'account and image.get("OwnerId") == account',
        'image.get("OwnerId")',
        '[ -n "$account" ] && [ "$(field "$image" imageOwnerId)" = "$account" ]'),
    "st.image.private": _image(
        "a private image", 'image["Public"] is False', 'image["Public"]',
        'has "$image" "<isPublic>false<"'),
    "st.image.source_instance": _image(
        "the image names its source instance",
        'image.get("SourceInstanceId") == instance["InstanceId"]',
        'image.get("SourceInstanceId")',
        '[ "$(field "$image" sourceInstanceId)" = "$source_id" ]'),
    "st.image.inherit": _image(
        "the attributes of the instance",
        f"all(image[k] == instance[k] for k in {_INHERITED} if k in image and k in instance)"
        ' and image.get("Platform") == instance.get("Platform")', "image",
        "(for name in architecture virtualizationType platform bootMode rootDeviceName; do"
        ' [ "$(field "$image" $name)" = "$(field "$instance" $name)" ] || exit 1; done)'),
    "st.image.type": _image(
        "type machine and a creation date in ISO 8601",
        'image["ImageType"] == "machine" and'
        r' re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", image["CreationDate"])',
        '(image["ImageType"], image["CreationDate"])',
        'has "$image" "<imageType>machine<" && field "$image" creationDate |'
        " grep -Eq '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]*'"),
}  # fmt: skip

_DEVICES = (
    '[ -n "$(field "$image" deviceName)" ] &&'
    ' [ "$(field "$image" deviceName | sort)" = "$(field "$instance" deviceName | sort)" ]'
)
_OF_MAPPING: dict[str, Check] = {
    "st.bdm.devices": Check(
        "the image maps the devices of the instance",
        "mappings and mappings.keys() == volumes.keys()",
        "mappings", _DEVICES),
    "st.bdm.merge": Check(
        "the image maps the devices of the instance and of the request",
        "mappings.keys() >= volumes.keys()", "mappings",
        '(for device in $(field "$instance" deviceName); do'
        ' has "$image" "<deviceName>$device<" || exit 1; done)'),
    "st.bdm.dot_inherit": Check(
        "DeleteOnTermination as the instance has it",
        "flags_of(image) == flags_of(instance)", "flags_of(image)",
        '[ "$(field "$image" deleteOnTermination)" = "$(field "$instance" deleteOnTermination)" ]'),
    "st.bdm.ephemeral": Check(
        "the instance store volume is mapped by its virtual name",
        'mappings.get("/dev/sdh", {}).get("VirtualName") == "ephemeral0"'
        ' and "Ebs" not in mappings["/dev/sdh"]',
        'mappings.get("/dev/sdh")',
        'has "$image" "<deviceName>/dev/sdh<" "<virtualName>ephemeral0<"'
        ' && ! has "$image" "<deviceName>/dev/sdh<" "<snapshotId>"'),
}  # fmt: skip

_OF_SNAPSHOTS: dict[str, Check] = {
    "st.snap.per_volume": Check(
        "one new snapshot of each volume",
        'sorted(s["VolumeId"] for s in snapshots) == sorted(v["VolumeId"] for v in'
        " volumes.values())", "snapshots",
        '[ "$(field "$snapshots" volumeId | sort)" = "$(field "$instance" volumeId | sort)" ]'),
    "st.snap.in_bdm": Check(
        "the image maps each device to the snapshot of its volume",
        'all(s["VolumeId"] == volumes[d]["VolumeId"] for d, m in mappings.items()'
        ' for s in snapshots if s["SnapshotId"] == m["Ebs"].get("SnapshotId"))'
        ' and snapshot_ids(image) == {s["SnapshotId"] for s in snapshots}', "mappings",
        '[ "$(field "$image" snapshotId | sort)" = "$(field "$snapshots" snapshotId | sort)" ]'),
    "st.snap.size": Check(
        "the sizes of the volumes",
        'all(s["VolumeSize"] == v["Size"] for s in snapshots for v in volumes.values()'
        ' if v["VolumeId"] == s["VolumeId"]) and all(mappings[d]["Ebs"].get("VolumeSize",'
        ' v["Size"]) == v["Size"] for d, v in volumes.items())',
        "(mappings, snapshots, volumes)",
        '[ "$(field "$snapshots" volumeSize | sort)" = "$(field "$volumes" size | sort)" ] &&'
        ' [ "$(field "$image" volumeSize | sort)" = "$(field "$volumes" size | sort)" ]'),
    "st.snap.enc": Check(
        "encrypted exactly if the volume is",
        'all(s["Encrypted"] == v["Encrypted"] for s in snapshots for v in volumes.values()'
        ' if v["VolumeId"] == s["VolumeId"]) and all(mappings[d]["Ebs"].get("Encrypted",'
        ' v["Encrypted"]) == v["Encrypted"] for d, v in volumes.items())',
        "(mappings, snapshots, volumes)",
        '[ "$(field "$snapshots" encrypted | sort)" = "$(field "$volumes" encrypted | sort)" ] &&'
        ' [ "$(field "$image" encrypted | sort)" = "$(field "$volumes" encrypted | sort)" ]'),
    "st.snap.desc": Check(
        "the description of each snapshot contains the image id",
        'all(image_id in s.get("Description", "") for s in snapshots)', "snapshots",
        '[ "$(field "$snapshots" description | grep -c "$image_id")" ='
        ' "$(count "$snapshots" snapshotId)" ]'),
    "st.snap.owner": Check(
        "the account of the instance owns the snapshots",
        'account and all(s.get("OwnerId") == account and'
        ' s["State"] in ("pending", "completed", "error")'
        " for s in snapshots)", "snapshots",
        '[ -n "$account" ] && [ "$(field "$snapshots" ownerId | sort -u)" = "$account" ] &&'
        " ! field \"$snapshots\" status | grep -Evqx 'pending|completed|error'"),
    "snaploc.region_instance": Check(
        "no snapshot is kept in a zone", 'not any(s.get("AvailabilityZone") for s in snapshots)',
        "snapshots", '! has "$snapshots" "<availabilityZone>"'),
}  # fmt: skip

_FIELDS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "DeleteOnTermination": ("deleteOnTermination", lambda t: str(t == "true")),
    "VolumeSize": ("volumeSize", str),
    "Iops": ("iops", str),
    "Throughput": ("throughput", str),
    "VolumeType": ("volumeType", python_text),
    "SnapshotId": ("snapshotId", python_text),
    "Encrypted": ("encrypted", lambda t: str(t == "true")),
}
"""The Ebs members that an image shows as they were sent: XML element, Python literal."""
_UNSUPPORTED = {
    "bdm.unsup.kms": ("KmsKeyId",),
    "bdm.unsup.outpost": ("OutpostArn",),
    "bdm.unsup.az": ("AvailabilityZone", "AvailabilityZoneId"),
    "bdm.unsup.initrate": ("VolumeInitializationRate",),
}


def _mapped(rule: str, request: Request) -> list[Check]:
    checks = []
    for entry in mappings(request):
        device, literal = entry.device, python_text(entry.device)
        here = f"mappings.get({literal}, {{}})"
        ebs = f'{here}.get("Ebs", {{}})'
        head = shell_text(f"<deviceName>{device}<")
        if entry.no_device is not None:
            checks.append(Check(f"no mapping of {device}", f"not {ebs}", here,
                                f'! has "$image" {head}'))  # fmt: skip
        elif entry.virtual_name is not None:
            name = entry.virtual_name
            python = f'{here}.get("VirtualName") == {python_text(name)} and not {ebs}'
            shell = f'has "$image" {head} {shell_text(f"<virtualName>{name}<")}'
            checks.append(Check(f"{device} is mapped to {name}", python, here, shell))
        for member, value in entry.ebs.items():
            if rule in _UNSUPPORTED and member in _UNSUPPORTED[rule]:
                element = member[0].lower() + member[1:]
                shell = f'! has "$image" {head} {shell_text(f"<{element}>{value}<")}'
                python = f'str({ebs}.get("{member}")) != {python_text(value)}'
                # boto3 does not read the members that the service model lacks in answers.
                known = member in ("KmsKeyId", "OutpostArn", "AvailabilityZone")
                python = python if known else ""
                checks.append(Check(f"{member} has no effect", python, ebs, shell))
            elif rule.startswith(("bdm.existing.", "bdm.enc.enc_volume")):
                checks += _as_the_volume(rule, device, member, value)
            elif rule not in _UNSUPPORTED and member in _FIELDS:
                element, python_of = _FIELDS[member]
                shell = f'has "$image" {head} {shell_text(f"<{element}>{value}<")}'
                python = f'{ebs}.get("{member}") == {python_of(value)}'
                checks.append(Check(f"{device} with {member} {value}", python, ebs, shell))
        is_new = bool(entry.ebs) and not rule.startswith(("bdm.existing.", "bdm.unsup."))
        if is_new and "SnapshotId" in entry.ebs and "VolumeSize" not in entry.ebs:
            checks.append(Check("the size of the snapshot", f'{ebs}.get("VolumeSize") == 2', ebs,
                                f'has "$image" {head} "<volumeSize>2<"'))  # fmt: skip
        if is_new and rule == "bdm.new.ebs_empty" and "SnapshotId" not in entry.ebs:
            checks.append(Check("an empty volume", f'{ebs} and not {ebs}.get("SnapshotId")', here,
                                f'has "$image" {head} &&'
                                f' ! has "$image" {head} "<snapshotId>"'))  # fmt: skip
        if rule == "bdm.type.default" and "VolumeType" not in entry.ebs:
            checks.append(Check("the type gp2", f'{ebs}.get("VolumeType") == "gp2"', ebs,
                                f'has "$image" {head} "<volumeType>gp2<"'))  # fmt: skip
        if rule == "bdm.enc.new_empty" and "Encrypted" not in entry.ebs:
            checks.append(Check("not encrypted", f'not {ebs}.get("Encrypted")', ebs,
                                f'! has "$image" {head} "<encrypted>true<"'))  # fmt: skip
    return checks


_OF_VOLUME = {"VolumeSize": ("Size", "volumeSize", "size"), "VolumeType": ("VolumeType",) * 3,
              "Encrypted": ("Encrypted", "encrypted", "encrypted")}  # fmt: skip


def _as_the_volume(rule: str, device: str, member: str, value: str) -> list[Check]:
    """The image has what the volume has, whatever a request names for it."""
    literal = python_text(device)
    ebs = f'mappings.get({literal}, {{}}).get("Ebs", {{}})'
    head = shell_text(f"<deviceName>{device}<")
    words = f"{device} with the {member} of its volume"
    element = member[0].lower() + member[1:]
    if member == "DeleteOnTermination":
        flag = str(value == "true")
        shell = f'has "$image" {head} {shell_text(f"<{element}>{value}<")}'
        return [Check(f"{device} with {member} {value}", f'{ebs}.get("{member}") is {flag}',
                      ebs, shell)]  # fmt: skip
    if member in _OF_VOLUME:
        had = f'volumes[{literal}]["{_OF_VOLUME[member][0]}"]'
        python = f'{ebs}.get("{member}", {had}) == {had}'
        other = value if member != "Encrypted" else ("true" if value == "true" else "false")
        return [Check(words, python, ebs, f'! has "$image" {head} "<{element}>{other}<"')]
    python = f'str({ebs}.get("{member}")) != {python_text(value)}'
    return [
        Check(words, python, ebs, f'! has "$image" {head} {shell_text(f"<{element}>{value}<")}')
    ]


_ONCE = Check(
    "each key once",
    'all(len(keys) == len(set(keys)) for keys in ([t.get("Key") for t in each.get("Tags", [])]'
    " for each in [image, *snapshots]))",
    "[image, *snapshots]",
    '[ -z "$(field "$image" key | sort | uniq -d)" ] &&'
    ' [ "$(count "$snapshots" key)" -le "$(count "$snapshots" snapshotId)" ]',
)


def _tagged(rule: str, request: Request) -> list[Check]:
    if rule == "tag.key.unique":
        return [_ONCE]
    asked: dict[str | None, dict[str, str]] = {"image": {}, "snapshot": {}}
    for entry in tag_specifications(request):
        asked.setdefault(entry.resource_type, {}).update(
            (key, value or "") for key, value in entry.tags if key is not None
        )
    image, snapshot = asked["image"], asked["snapshot"]
    checks = [
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
    times = '$(count "$snapshots" snapshotId)' if view == "snapshots" else "1"
    counted = f'[ "$(count "${view}" key)" = "$(({len(tags)} * {times}))" ]'
    pairs = (
        [f"<key>{key}</key>", *[f"<value>{value}</value>"] * bool(value)]
        for key, value in tags.items()
    )
    each = [f'has "${view}" ' + " ".join(map(shell_text, texts)) for texts in pairs]
    return " && ".join([counted, *each])

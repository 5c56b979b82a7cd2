"""The one configuration of a run. Every option is a field here, declared once with its help.

The command line, the pytest options (``--amiproof-*``), the environment variables
(``AMIPROOF_RUN_*``) and the ``[run]`` table of the configuration file are made from the fields.
The controller and the workers read the same struct. Every pytest run imports this module, so it
imports next to nothing.

A field's metadata: ``help``; ``flag`` where the option's name is not the field's;
``pytest`` False where pytest has an option of its own; ``pytest_default``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from conformance.engine.core.effort import EffortName

JudgeName = Literal["documents", "aws"]
ClockName = Literal["system", "virtual"]
FailOn = Literal["documented", "detail"]


@dataclass(frozen=True, kw_only=True)
class TargetOptions:
    """The options about the target, which every command that has a target takes."""

    region: str | None = field(default=None, metadata={"help": "Region to sign for."})
    profile: str | None = field(
        default=None, metadata={"help": "Profile of the AWS configuration."}
    )
    denied_profile: str | None = field(
        default=None,
        metadata={"help": "Profile that may not create images."},
    )
    no_tags_profile: str | None = field(
        default=None,
        metadata={"help": "Profile that may create images but not tags."},
    )
    image_id: str | None = field(
        default=None,
        metadata={"help": "Image to launch source instances from."},
    )
    instance_id: str | None = field(
        default=None,
        metadata={"help": "Running instance to use as the source."},
    )
    instance_type: str | None = field(
        default=None,
        metadata={
            "help": "Type of the source instances. Default: the cheapest that the target has."
        },
    )
    subnet_id: str | None = field(
        default=None, metadata={"help": "Subnet of the source instances."}
    )
    sources: int | None = field(
        default=None,
        metadata={
            "help": "The most source instances over which images are planned, where the target"
            " limits the snapshots of each (default: 4)."
        },
    )

    def overrides(self) -> dict[str, Any]:
        """The settings of the target that the options override, by name."""
        given = ((f.name, getattr(self, f.name)) for f in fields(TargetOptions))
        return {name: value for name, value in given if value is not None}


@dataclass(frozen=True)
class _OfTarget:
    """The target, which is an argument without a name."""

    target: str | None = field(
        default=None,
        metadata={
            "help": "moto, reference, aws, a configured name, or an address. Default:"
            " the one in AWS_ENDPOINT_URL_EC2, AWS_ENDPOINT_URL or the profile."
        },
    )


@dataclass(frozen=True, kw_only=True)
class RunConfig(TargetOptions, _OfTarget):
    """The options of a run as the user wrote them: ``budget`` and ``shard`` are still text."""

    effort: EffortName | None = field(
        default=None,
        metadata={
            "help": "How many generated requests to send in addition to the fixed ones. Default:"
            " standard for an endpoint on this machine, quick elsewhere."
        },
    )
    seed: int = field(
        default=1,
        metadata={"help": "Seed of the generated requests. The same seed gives the same verdicts."},
    )
    workers: int = field(
        default=1, metadata={"help": "Processes that share the rules.", "pytest": False}
    )
    shard: str = field(
        default="",
        metadata={
            "help": "Run one part of the rules: 1/4 is the first of four. The parts are the same"
            " on every machine; amiproof report --merge joins their results."
        },
    )
    select: str = field(
        default="",
        metadata={"help": 'Rules to run, by id, prefix or shell pattern: "name.* desc".'},
    )
    judge: JudgeName = field(
        default="documents",
        metadata={
            "help": "Source of the expectations: the documents, or AWS's behaviour where it is"
            " known."
        },
    )
    out: Path | None = field(
        default=Path("amiproof-report"),
        metadata={
            "help": "Folder for results.json, report.html, summary.md, junit.xml and badge.json.",
            "pytest_default": None,
        },
    )
    budget: str = field(
        default="",
        metadata={"help": 'Limits of the run: "images=10,instances=4,calls=500,minutes=30".'},
    )
    baseline: Path | None = field(
        default=None,
        metadata={
            "help": "File of known deviations, which do not fail the run; see amiproof baseline."
        },
    )
    fail_on: FailOn = field(
        default="detail", metadata={"help": "The lowest grade of rule that fails the run."}
    )
    yes: bool = field(
        default=False,
        metadata={"help": "Use a real account without asking first.", "pytest": False},
    )
    verbose: bool = field(
        default=False,
        metadata={
            "help": "Print each rule as it ends, and every deviation and reason in full.",
            "pytest": False,
        },
    )
    record: Path | None = field(
        default=None,
        metadata={
            "help": "File to record every exchange in, for amiproof judge.",
            "pytest": False,
        },
    )
    database: str = field(
        default="",
        repr=False,  # it may hold a password
        metadata={
            "help": "Hypothesis example database: a folder or redis://HOST:PORT/NUMBER. Machines"
            " that share it try each other's failures first."
        },
    )
    duration: str = field(
        default="",
        metadata={
            "help": "How long to go on generating requests after every rule has run: 90s, 30m, 2h.",
            "flag": "for",
        },
    )
    clock: ClockName = field(
        default="system",
        metadata={
            "help": "virtual: run against the reference endpoint in this process, in virtual time:"
            " nothing waits, and one seed gives one result.",
            "pytest": False,
        },
    )

    def overriding(self, settings: Mapping[str, str]) -> RunConfig:
        """This configuration with settings of the target overridden, by name."""
        given: Mapping[str, Any] = settings
        return replace(self, **given)

    @staticmethod
    def from_pytest(option: Callable[[str], Any]) -> RunConfig:
        """The configuration that pytest's options give; ``option`` returns one by its name."""
        given = {f.name: option(_pytest_name(f)) for f in _options() if _in_pytest(f)}
        return RunConfig(**given)


def flag(name: str) -> str:
    """The name of a field's option on the command line, without dashes before it."""
    of_field = {f.name: f.metadata.get("flag", f.name) for f in _options()}
    return str(of_field.get(name, name)).replace("_", "-")


def help_of(name: str) -> str:
    """The help of a field."""
    return next(str(f.metadata["help"]) for f in _options() if f.name == name)


def options_for_pytest() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The name of each pytest option and what ``addoption`` takes for it."""
    hints = get_type_hints(RunConfig)
    for each in _options():
        if _in_pytest(each):
            default = each.metadata.get("pytest_default", each.default)
            how = {"default": default, "help": each.metadata["help"]}
            yield _pytest_name(each), how | _argument(hints[each.name])


def _argument(hint: Any) -> dict[str, Any]:
    """How argparse reads a value of a type."""
    kinds = [kind for kind in get_args(hint) if kind is not type(None)] or [hint]
    kinds = [*get_args(kinds[0])] or kinds  # the words of a choice that may be left out
    if all(isinstance(kind, str) for kind in kinds):
        return {"choices": kinds}
    return {"type": kinds[0]}


def _options() -> tuple[Field[Any], ...]:
    return fields(RunConfig)


def _in_pytest(each: Field[Any]) -> bool:
    return bool(each.metadata.get("pytest", True))


def _pytest_name(each: Field[Any]) -> str:
    return f"--amiproof-{flag(each.name)}"

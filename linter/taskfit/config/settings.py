"""The settings of a run: the configuration file nearest to the first path, and what the command line adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from taskfit.finding import Severity, Span
from taskfit.model import Model, model

if TYPE_CHECKING:
    from datetime import date


FailOn = Literal["error", "warning", "note", "never"]
OutputFormat = Literal["text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"]
"""Each a module of `taskfit.reports`."""

LaunchType = Literal["fargate", "ec2", "external", "managed-instances"]


def spelled(name: str) -> str:
    """The name of a field as a configuration file and the command line have it."""
    return name.replace("_", "-")


@model
class PricingSettings(Model):
    """How monthly costs are computed."""

    __pydantic_config__ = {**Model.__pydantic_config__, "alias_generator": spelled}

    region: str = "us-east-1"
    """AWS region whose prices count."""
    discount_percent: float = 0
    """What you already get off the on-demand price, per cent: a Savings Plan (20 to 30 are usual), a contract."""
    spot_discount_percent: float | None = None
    """What Spot takes off the on-demand price, per cent (30 to 70 are usual); the price list's assumption if absent."""
    savings_plan_discount_percent: float | None = None
    """What a Compute Savings Plan would take off, per cent (20 to 30 are usual); the price list's assumption if absent."""
    large_service_usd: float | None = None
    """USD/month from which on FIT604 speaks of a Savings Plan; the price list's assumption if absent."""

    def __post_init__(self) -> None:
        for name in ("discount_percent", "spot_discount_percent", "savings_plan_discount_percent"):
            percent = getattr(self, name)
            if percent is not None and not 0 <= percent < 100:
                raise ValueError(f"{spelled(name)} is a percentage from 0 to below 100")
        if self.large_service_usd is not None and self.large_service_usd < 0:
            raise ValueError("large-service-usd is at least 0")


@model
class Suppression(Model):
    """Findings to live with."""

    rule: str
    """Code, code prefix or name."""
    path: str | None = None
    """Files, as a pattern of a `.gitignore` beside this file; all if absent."""
    pointer: str | None = None
    """JSON pointer of the value, with names or positions: `/containerDefinitions/web/memory`; any if absent."""
    reason: str
    """Why."""
    expires: str | None = None
    """The last day it holds, YYYY-MM-DD."""

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("a suppression has a reason")
        try:
            _ = self.last_day
        except ValueError:
            raise ValueError(f'expires is "{self.expires}", not a day as YYYY-MM-DD') from None

    @property
    def last_day(self) -> date | None:
        """The last day it holds."""
        from datetime import date

        return date.fromisoformat(self.expires) if self.expires is not None else None


@model
class Settings(Model):
    """What may stand in `taskfit.yaml`, under `[tool.taskfit]`, or on the command line."""

    __pydantic_config__ = {**Model.__pydantic_config__, "alias_generator": spelled}

    extend: str | None = None
    """Another configuration file, beside this one, whose settings hold where this one says nothing."""
    select: tuple[str, ...] = ()
    """Rules to run, by code, code prefix or name; all but the opt-in ones if none is given."""
    extend_select: tuple[str, ...] = ()
    """Rules to run besides."""
    ignore: tuple[str, ...] = ()
    """Rules not to run."""
    exclude: tuple[str, ...] = ()
    """Files and folders to leave out, as patterns of a `.gitignore` beside this file."""
    force_exclude: bool = False
    """Leave excluded files out even if they are named themselves, as pre-commit names them."""
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Rules not to run in the files that a pattern names."""
    severity: Mapping[str, Severity] = field(default_factory=dict)
    """Severity of rules, by code, code prefix or name."""
    suppressions: tuple[Suppression, ...] = ()
    """Findings to live with, each with a reason."""
    no_ignores: bool = False
    """Report what comments, labels, tags, `per-file-ignores`, `suppressions` and the baseline would hide."""
    baseline: str | None = None
    """File of findings to live with until they get worse, beside this one."""
    min_severity: Severity = Severity.NOTE
    """The least severity that is printed; it does not change the exit status."""
    profile: str | None = None
    """Sizing profile: a built-in name, or a file beside this one."""
    rules: tuple[str, ...] = ()
    """Files with rules of your own."""
    required_sidecars: tuple[str, ...] | None = None
    """Kinds of sidecar that every definition must have, such as `otel`; the profile's own choice if absent."""
    role: str | None = None
    """The role of every definition, where the profile can't tell."""
    launch_type: LaunchType | None = None
    """The launch type of definitions that declare none."""
    var: Mapping[str, str | int | float] = field(default_factory=dict)
    """Values of placeholders, CloudFormation parameters and Terraform variables."""
    var_file: tuple[str, ...] = ()
    """Files of such values beside this one: CloudFormation's parameter files, `.tfvars`; `var` wins, and the later."""
    pricing: PricingSettings = field(default_factory=PricingSettings)
    """How monthly costs are computed."""
    fail_on: FailOn = "warning"
    """The least severity that makes the exit status 1."""
    output_format: OutputFormat = "text"
    """How findings are printed."""
    jobs: int = 0
    """Processes that share the work; 0 chooses by the number of files."""


class Origin(NamedTuple):
    """Where a setting comes from: a line of a file, or the command line."""

    path: Path | None = None
    line: int = 0
    entries: tuple[Span, ...] = ()
    """The places of its entries, if it is a list."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings and where they come from."""

    settings: Settings = field(default_factory=Settings)
    folder: Path = field(default_factory=Path)
    """What the settings' own patterns start from."""
    path: Path | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Of the settings that are given, by the names of their fields."""
    extended: tuple[Path, ...] = ()
    """The files that `path` extends."""

    def with_options(self, options: Mapping[str, Any]) -> Configuration:
        """The settings with what the command line gives; variables add up, files lie where the command runs."""
        given = {name: value for name, value in options.items() if value is not None and value not in ((), {})}
        origins = {**self.origins, **dict.fromkeys(given, Origin())}
        if "var" in given:
            given["var"] = {**self.settings.var, **given["var"]}
        if "var_file" in given:
            given["var_file"] = (*self.settings.var_file, *given["var_file"])
        return replace(self, settings=replace(self.settings, **given), origins=origins)

    @contextmanager
    def blaming(self, name: str) -> Iterator[None]:
        """Raise a `ValueError` about a setting as `validation.InvalidFile`, if a file gives that setting."""
        try:
            yield
        except ValueError as error:
            from taskfit.config.validation import InvalidFile

            origin = self.origins.get(name)
            if isinstance(error, InvalidFile) or origin is None or origin.path is None:
                raise
            raise InvalidFile(str(origin.path), origin.line, 1, f"{spelled(name)}: {error}") from None

    def over(self, base: Configuration) -> Configuration:
        """These settings where they are given, else those of the configuration that they extend."""
        given = {name: getattr(self.settings, name) for name in self.origins}
        origins = {**base.origins, **self.origins}
        extended = (*((base.path,) if base.path else ()), *base.extended)
        return replace(self, settings=replace(base.settings, **given), origins=origins, extended=extended)

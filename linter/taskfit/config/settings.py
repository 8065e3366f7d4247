"""The settings of a run, from configuration files and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from taskfit.finding import Severity, Span
from taskfit.model import Model
from taskfit.record import NamedTuple, Record, cached_property, field, field_names, replace

if TYPE_CHECKING:
    from datetime import date

    from taskfit.config.invalid import Fault
    from taskfit.patterns import Index


NAMES = ("taskfit.yaml", ".taskfit.yaml", "taskfit.yml", ".taskfit.yml", "pyproject.toml")
"""The names of configuration files."""

FailOn = Literal["error", "warning", "note", "never"]
OutputFormat = Literal["text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"]
"""Each is a module of `taskfit.reports`."""

LaunchType = Literal["fargate", "ec2", "external", "managed-instances"]


def spelled(name: str) -> str:
    """The name of a field as it is written in configuration files and on the command line."""
    return name.replace("_", "-")


class SettingError(ValueError):
    """A setting whose value can't be used, and why."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting
        """The name of its field."""


@contextmanager
def checking(setting: str) -> Iterator[None]:
    """Convert a `ValueError` about a setting to a `SettingError`, unless it already has a place."""
    try:
        yield
    except ValueError as error:
        from taskfit.config.invalid import InvalidFile

        if isinstance(error, InvalidFile):
            raise
        raise SettingError(setting, str(error)) from None


class PricingSettings(Model):
    """How monthly costs are computed."""

    __pydantic_config__ = {**Model.__pydantic_config__, "alias_generator": spelled}

    region: str = "us-east-1"
    """AWS region whose prices are used."""
    discount_percent: float = 0
    """Your discount on on-demand prices, in per cent: a Savings Plan (20 to 30 are usual), a contract."""
    spot_discount_percent: float | None = None
    """The Spot discount on on-demand prices, in per cent (30 to 70 are usual); without it, Spot has no price."""
    spot_as_of: str | None = None
    """The date of the Spot discount, YYYY-MM-DD: Spot prices change."""
    savings_plan_discount_percent: float | None = None
    """What a Compute Savings Plan would take off, per cent (20 to 30 are usual); the price list's assumption if absent."""
    large_service_usd: float | None = None
    """USD/month from which FIT604 suggests a Savings Plan; the price list's assumption if absent."""

    def __post_init__(self) -> None:
        for name in ("discount_percent", "spot_discount_percent", "savings_plan_discount_percent"):
            percent = getattr(self, name)
            if percent is not None and not 0 <= percent < 100:
                raise ValueError(f"{spelled(name)} is a percentage from 0 to below 100")
        if self.spot_as_of is not None:
            from datetime import date

            try:
                date.fromisoformat(self.spot_as_of)
            except ValueError:
                raise ValueError(f'spot-as-of is "{self.spot_as_of}", not a day as YYYY-MM-DD') from None
        if self.large_service_usd is not None and self.large_service_usd < 0:
            raise ValueError("large-service-usd is at least 0")


class Suppression(Model):
    """A rule whose findings are suppressed in some place."""

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


class Override(Model):
    """Settings for some files. Each key except `files` is the setting of the same name."""

    __pydantic_config__ = {**Model.__pydantic_config__, "alias_generator": spelled}

    files: str | tuple[str, ...]
    """Files, as patterns of a `.gitignore` in this file's folder."""
    select: tuple[str, ...] | None = None
    """Rules to run in these files."""
    extend_select: tuple[str, ...] | None = None
    """Additional rules to run."""
    ignore: tuple[str, ...] | None = None
    """Rules not to run, in place of those of `ignore`."""
    extend_ignore: tuple[str, ...] | None = None
    """Additional rules not to run."""
    severity: Mapping[str, Severity] | None = None
    """Severity of rules, in place of `severity`."""
    profile: str | tuple[str, ...] | None = None
    """Sizing profiles: built-in names and files beside this one, each for the definitions it matches; or `none`."""
    required_sidecars: tuple[str, ...] | None = None
    """Kinds of sidecar that these definitions must have."""
    role: str | None = None
    """The role of these definitions, where the profile can't determine it."""
    launch_type: LaunchType | None = None
    """The launch type of definitions that declare none."""
    var: Mapping[str, str | int | float] | None = None
    """Values of placeholders, parameters and variables, besides those of `var`."""
    var_file: tuple[str, ...] | None = None
    """Files of such values, besides those of `var-file`; the later wins."""
    pricing: PricingSettings | None = None
    """How monthly costs are computed, in place of `pricing`."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of its files."""
        return (self.files,) if isinstance(self.files, str) else self.files

    def given(self) -> dict[str, Any]:
        """The settings that it overrides, by field name."""
        values = ((name, getattr(self, name)) for name in field_names(self) if name != "files")
        return {name: value for name, value in values if value is not None}


class Settings(Model):
    """The settings of `taskfit.yaml`, `[tool.taskfit]` and the command line."""

    __pydantic_config__ = {**Model.__pydantic_config__, "alias_generator": spelled}

    extend: str | tuple[str, ...] = ()
    """Other configuration files, beside this one, whose settings hold where this one says nothing; the later wins."""
    required_version: str | None = None
    """The versions of taskfit that may use this file, as in `>=0.1,<1`; any other ends with an error."""
    select: tuple[str, ...] = ()
    """Rules to run, by code, code prefix or name; all but the opt-in ones if none is given."""
    extend_select: tuple[str, ...] = ()
    """Additional rules to run."""
    ignore: tuple[str, ...] = ()
    """Rules not to run."""
    extend_ignore: tuple[str, ...] = ()
    """Rules not to run either; adds to the lists of the files that this one extends."""
    exclude: tuple[str, ...] = ()
    """Files and folders to leave out, as patterns of a `.gitignore` beside this file."""
    extend_exclude: tuple[str, ...] = ()
    """Files and folders to leave out, too; adds to the lists of the files that this one extends."""
    force_exclude: bool = False
    """Leave excluded files out even if they are named themselves, as pre-commit names them."""
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Rules not to run in the files that a pattern names."""
    severity: Mapping[str, Severity] = field(default_factory=dict)
    """Severity of rules, by code, code prefix or name."""
    suppressions: tuple[Suppression, ...] = ()
    """Suppressed findings, each with a reason."""
    no_ignores: bool = False
    """Report what this file, others, comments, labels, tags and the baseline would hide, at its own severity."""
    baseline: str | None = None
    """File of old findings, which are hidden until they get worse; relative to this file."""
    min_severity: Severity = Severity.NOTE
    """The least severity that is printed; it does not change the exit status."""
    profile: str | tuple[str, ...] | None = None
    """Sizing profiles: built-in names and files beside this one, each for the definitions it matches; or `none`."""
    rules: tuple[str, ...] = ()
    """Files with rules of your own."""
    extend_rules: tuple[str, ...] = ()
    """Files with more of them; adds to the lists of the files that this one extends."""
    required_sidecars: tuple[str, ...] | None = None
    """Kinds of sidecar that every definition must have, such as `otel`; the profile's own choice if absent."""
    role: str | None = None
    """The role of every definition, where the profile can't determine it."""
    launch_type: LaunchType | None = None
    """The launch type of definitions that declare none."""
    var: Mapping[str, str | int | float] = field(default_factory=dict)
    """Values of placeholders, CloudFormation parameters and Terraform variables."""
    var_file: tuple[str, ...] = ()
    """Files of such values beside this one: CloudFormation's parameter files, `.tfvars`; `var` wins, and the later."""
    pricing: PricingSettings = field(default_factory=PricingSettings)
    """How monthly costs are computed."""
    overrides: tuple[Override, ...] = ()
    """What is different for some files; of several that fit a file, the later wins."""
    fail_on: FailOn = "warning"
    """The least severity that makes the exit status 1."""
    output_format: OutputFormat = "text"
    """How findings are printed."""
    jobs: int = 0
    """Processes that share the work; 0 chooses by the number of files. Never more than there are cores."""

    @property
    def extends(self) -> tuple[str, ...]:
        """The files of `extend`."""
        return (self.extend,) if isinstance(self.extend, str) else self.extend

    @property
    def ignored(self) -> tuple[str, ...]:
        """The selectors of all rules not to run."""
        return (*self.ignore, *self.extend_ignore)

    @property
    def excluded(self) -> tuple[str, ...]:
        """All patterns of files to leave out."""
        return (*self.exclude, *self.extend_exclude)

    @property
    def rule_files(self) -> tuple[str, ...]:
        """All files with rules of a team's own."""
        return (*self.rules, *self.extend_rules)


ADDING = frozenset({"extend_select", "extend_ignore", "extend_exclude", "extend_rules", "overrides"})
"""Settings that add to those of the configuration that is extended, instead of replacing them."""

ADDING_PER_FILE = ADDING | {"var", "var_file"}
"""Settings of an override or the command line that add to those of the configuration."""

HIDING = ("ignore", "extend_ignore", "per_file_ignores", "suppressions", "severity", "exclude", "extend_exclude")
"""Settings that hide or lower findings; `select` does so, too, but may also add rules."""


EMPTYING: Mapping[str, tuple[object, ...]] = {"profile": ("none", ("none",)), "required_sidecars": ((),)}
"""Settings with the values that leave whole rules nothing to compare a definition with."""


class Origin(NamedTuple):
    """Where a setting comes from: a line of a file, or the command line."""

    path: Path | None = None
    line: int = 0
    entries: tuple[Span, ...] = ()
    """The places of its entries, if it is a list, or of its keys."""


class Configuration(Record):
    """Settings and where they come from."""

    settings: Settings = field(default_factory=Settings)
    folder: Path = field(default_factory=Path)
    """The folder that the settings' patterns are relative to."""
    path: Path | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """The origins of the settings that are given, by field name."""
    extended: tuple[Path, ...] = ()
    """The files that `path` extends."""

    def with_options(self, options: Mapping[str, Any]) -> Configuration:
        """The settings with the options of the command line, whose files are relative to the working directory."""
        given = {name: value for name, value in options.items() if value is not None and value not in ((), {})}
        return self._with(given, ADDING_PER_FILE, dict.fromkeys(given, Origin()))

    def with_overrides(self, positions: Iterable[int]) -> Configuration:
        """The settings with some of the overrides; itself if there are none."""
        configuration = self
        for index in positions:
            given = self.settings.overrides[index].given()
            configuration = configuration._with(
                given, ADDING_PER_FILE, dict.fromkeys(given, self._override_origin(index))
            )
        return configuration

    def overrides_of(self, path: Path) -> tuple[int, ...]:
        """The positions of the overrides that fit a file."""
        if not self.settings.overrides:
            return ()
        from taskfit.paths import relative_to

        return tuple(self._overrides.matching(relative_to(path, self.folder)))

    @cached_property
    def _overrides(self) -> Index:
        from taskfit.patterns import Index

        with checking("overrides"):
            return Index([override.patterns for override in self.settings.overrides])

    def _override_origin(self, index: int) -> Origin:
        origin = self.origins.get("overrides", Origin())
        # Entries of a configuration that is extended come first, and their places are not kept.
        place = index - len(self.settings.overrides) + len(origin.entries)
        return (
            origin._replace(line=origin.entries[place].line, entries=()) if 0 <= place < len(origin.entries) else origin
        )

    def _is_in_a_file(self, name: str) -> bool:
        return name in self.origins and self.origins[name].path is not None

    @property
    def emptied(self) -> tuple[str, ...]:
        """The settings of files that leave whole rules nothing to compare a definition with."""
        return tuple(
            name
            for name, values in EMPTYING.items()
            if getattr(self.settings, name) in values and self._is_in_a_file(name)
        )

    def without_ignores(self) -> Configuration:
        """The settings without those of files that hide findings."""
        hiding = (*filter(self._is_in_a_file, HIDING), *self.emptied)
        reset: dict[str, Any] = {name: getattr(_DEFAULTS, name) for name in hiding}
        if self._is_in_a_file("select"):
            reset |= {"select": (), "extend_select": (*self.settings.select, *self.settings.extend_select)}
        return replace(self, settings=replace(self.settings, **reset))

    @contextmanager
    def locating(self) -> Iterator[None]:
        """Raise a `SettingError` as `validation.InvalidFile` at the line of the setting, if a file gives it."""
        try:
            yield
        except SettingError as error:
            fault = self.fault(error.setting, str(error))
            if fault is None:
                raise
            from taskfit.config.invalid import InvalidFile

            raise InvalidFile.of([fault]) from None

    def fault(self, setting: str, message: str, entry: int | None = None) -> Fault | None:
        """A fault of a setting, or of the entry at a position in it; `None` if no file gives the setting."""
        from taskfit.config.invalid import Fault

        origin = self.origins.get(setting)
        if origin is None or origin.path is None:
            return None
        line, column = origin.line, 1
        if entry is not None:
            # Entries of a configuration that is extended come first, and their places are not kept.
            place = entry - len(getattr(self.settings, setting)) + len(origin.entries)
            if 0 <= place < len(origin.entries):
                line, column = origin.entries[place].line, origin.entries[place].column
        return Fault(str(origin.path), line, column, f"{spelled(setting)}: {message}")

    def over(self, base: Configuration) -> Configuration:
        """These settings where they are given, else those of the configuration that they extend."""
        given = {name: getattr(self.settings, name) for name in self.origins}
        merged = base._with(given, ADDING, self.origins)
        extended = (*self.extended, *((base.path,) if base.path else ()), *base.extended)
        return replace(merged, folder=self.folder, path=self.path, extended=extended)

    def _with(self, given: Mapping[str, Any], adding: AbstractSet[str], origins: Mapping[str, Origin]) -> Configuration:
        if not given:
            return self
        values = dict(given)
        for name in adding & given.keys():
            below = getattr(self.settings, name)
            values[name] = {**below, **given[name]} if isinstance(below, Mapping) else (*below, *given[name])
        return replace(self, settings=replace(self.settings, **values), origins={**self.origins, **origins})


_DEFAULTS = Settings()

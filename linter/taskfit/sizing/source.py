"""Where a definition declares its capacity, as data."""

from __future__ import annotations

from typing import Literal

from taskfit.model import Model, ModelError
from taskfit.record import cached_property
from taskfit.sizing.match import Patterns, several

MemoryUnit = Literal["bytes", "KiB", "MiB", "GiB"]

ServiceValue = Literal["requests_per_task"]


class Source(Model):
    """One place where a number may be declared."""

    variable: Patterns = ()
    """Environment variables; the first that is set counts."""
    option: Patterns = ()
    """Spellings of one option (`-c`, `--concurrency`) of the command, or in the value of `variable`; the last counts."""
    program: str = ""
    """The program that has the option, if the command runs several."""
    service: ServiceValue | None = None
    """What the service declares: the target of its scaling policy in requests per task."""
    after: str = ""
    """The value is what follows this text, if present: 16 in `5:16` after `:`."""
    unit: MemoryUnit | None = None
    """The value is memory, such as `12g` or `750MiB`, counted in MiB; a number without a unit is in this one."""

    def __post_init__(self) -> None:
        if self.is_empty:
            raise ValueError("a source is a `variable`, an `option` or a `service`")
        self.check()

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The environment variables, in the order of their precedence."""
        return several(self.variable)

    @property
    def is_empty(self) -> bool:
        """Whether it names no place."""
        return not (self.variable or self.option or self.service)

    def check(self) -> None:
        """Raise `ModelError` for keys that make no sense together."""
        if self.service and (self.variable or self.option):
            raise ModelError((("service",), "`service` can't be combined with `variable` or `option`"))
        if self.program and (self.variable or not self.option):
            raise ModelError((("program",), "`program` goes with an `option` of the command"))
        for position, name in enumerate(several(self.option)):
            if len(name) < 2 or not name.startswith("-"):
                steps = ("option",) if isinstance(self.option, str) else ("option", position)
                raise ModelError((steps, f'"{name}" is not an option: `-c`, `--concurrency`'))

    @cached_property
    def title(self) -> str:
        """The name in messages: `MAX_AGENTS`, `-Xmx in JAVA_OPTS`, `option -c`."""
        variables, options = " or ".join(several(self.variable)), " or ".join(several(self.option))
        if self.service:
            return "target requests per task of its service"
        if options and variables:
            return f"{options} in {variables}"
        return variables or f"{self.program} {options}".strip()


class Factor(Source):
    """One factor of the capacity: its sources, and its default if none of them is present."""

    name: str = ""
    """The name for `of` of a term; the first variable or option if absent."""
    any: tuple[Source, ...] = ()
    """Several sources; the first that is present counts."""
    default: int | None = None
    """The number to use if the value is certainly absent."""

    def __post_init__(self) -> None:
        if self.is_empty != bool(self.any):
            raise ValueError("a factor has one source (`variable`, `option`, `service`), or several below `any`")
        if not self.is_empty:
            self.check()
        if self.default is not None and not 1 <= self.default < 10**9:
            raise ModelError((("default",), "a default is at least 1"))

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Its sources, in the order of their precedence."""
        return self.any or (self,)

    @cached_property
    def key(self) -> str:
        """The name by which terms refer to it."""
        first = self.sources[0]
        return self.name or [*several(first.variable), *several(first.option), str(first.service)][0].lstrip("-")


class Factors(tuple[Factor, ...]):  # noqa: SLOT001 - caches properties on the instance
    """The factors of one or more capacities, and the parts of a container that may declare them."""

    @cached_property
    def variables(self) -> frozenset[str]:
        """The environment variables that may declare one of them."""
        return frozenset(name for factor in self for source in factor.sources for name in source.variables)

    @cached_property
    def are_in_commands(self) -> bool:
        """Whether one of them may be an option of the command."""
        return any(source.option and not source.variable for factor in self for source in factor.sources)

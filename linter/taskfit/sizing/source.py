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
    """The program of the command whose option it is, where the command runs several."""
    service: ServiceValue | None = None
    """What the service declares: the target of its scaling policy in requests per task."""
    after: str = ""
    """The value is what follows this text, if it is there: 16 of `5:16` after `:`."""
    unit: MemoryUnit | None = None
    """The value is memory, such as `12g` or `750MiB`, counted in MiB; a number without a unit is in this one."""

    def __post_init__(self) -> None:
        if self.is_empty:
            raise ValueError("a source is a `variable`, an `option` or a `service`")
        self.check()

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The environment variables, in the order they are looked at."""
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
        """What a message calls it: `MAX_AGENTS`, `-Xmx in JAVA_OPTS`, `option -c`."""
        variables, options = " or ".join(several(self.variable)), " or ".join(several(self.option))
        if self.service:
            return "target requests per task of its service"
        if options and variables:
            return f"{options} in {variables}"
        return variables or f"{self.program} {options}".strip()


class Factor(Source):
    """One factor of the capacity: its sources, and what counts where none of them is there."""

    name: str = ""
    """What `of` of a term calls it; the first variable or option if absent."""
    any: tuple[Source, ...] = ()
    """Sources of which the first that is there counts."""
    default: int | None = None
    """The number that counts where the value is absent for certain."""

    def __post_init__(self) -> None:
        if self.is_empty != bool(self.any):
            raise ValueError("a factor has one source (`variable`, `option`, `service`), or several below `any`")
        if not self.is_empty:
            self.check()
        if self.default is not None and not 1 <= self.default < 10**9:
            raise ModelError((("default",), "a default is at least 1"))

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Its sources, in the order they are looked at."""
        return self.any or (self,)

    @cached_property
    def key(self) -> str:
        """The name that terms know it by."""
        first = self.sources[0]
        return self.name or [*several(first.variable), *several(first.option), str(first.service)][0].lstrip("-")


class Factors(tuple[Factor, ...]):  # noqa: SLOT001 - what is computed once is kept beside the items
    """The factors of a capacity, or of several, and what a container has that gives any of them."""

    @cached_property
    def variables(self) -> frozenset[str]:
        """The environment variables that they are looked for in."""
        return frozenset(name for factor in self for source in factor.sources for name in source.variables)

    @cached_property
    def are_in_commands(self) -> bool:
        """Whether one of them may be an option of the command."""
        return any(source.option and not source.variable for factor in self for source in factor.sources)

"""Which definitions a part of a profile applies to, as data."""

from __future__ import annotations

from collections.abc import Mapping

from taskfit.model import Model, ModelError
from taskfit.phrases import hint
from taskfit.record import field

LAUNCH_TYPES = ("fargate", "ec2", "external", "managed-instances")

Patterns = str | tuple[str, ...]
"""One pattern, or several of which one must match."""


def several(patterns: Patterns) -> tuple[str, ...]:
    """Patterns as a tuple, whether one or several are written."""
    return (patterns,) if isinstance(patterns, str) else patterns


class Match(Model):
    """Conditions on a definition; if there are several, all must hold.

    Patterns are those of a shell (`acme-*`) and case-sensitive.
    """

    __pydantic_config__ = {**Model.__pydantic_config__, "alias_generator": lambda name: name.rstrip("_")}

    family: Patterns = ()
    """Patterns of the family."""
    container: Patterns = ()
    """Patterns of a container's name."""
    image: Patterns = ()
    """Patterns of an image's repository, with or without its registry and folders; with a colon, of its tag too."""
    word: Patterns = ()
    """Words of the family, of a container's name or of an image's repository: `api` fits `shop-api`, not `rapids`."""
    tag: Mapping[str, Patterns] = field(default_factory=dict)
    """Patterns of the values of tags, by key."""
    label: Mapping[str, Patterns] = field(default_factory=dict)
    """Patterns of the values of docker labels, by key."""
    launch_type: Patterns = ()
    """Launch types: fargate, ec2, external, managed-instances."""
    path: Patterns = ()
    """Patterns of the file, as in a `.gitignore` beside the configuration file."""
    any: tuple[Match, ...] = ()
    """Conditions of which at least one must hold."""
    all: tuple[Match, ...] = ()
    """Conditions that must all hold."""
    not_: Match | None = None
    """A condition that must not hold."""

    def __post_init__(self) -> None:
        if not any(vars(self).values()):
            raise ValueError("a match needs at least one condition, such as `family`")
        for name in several(self.launch_type):
            if name.lower() not in LAUNCH_TYPES:
                raise ModelError((("launch_type",), f"no launch type is called {name!r}; {hint(name, LAUNCH_TYPES)}"))
        if self.path:
            from taskfit.patterns import spec

            spec(several(self.path))

"""The capacity that a definition declares, such as MAX_AGENTS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from taskfit.definition import Container, Unknown

if TYPE_CHECKING:
    from taskfit.sizing.profile import Role

LARGEST_CAPACITY = 10**9
"""A number above it is a mistake, and would fill a message with digits."""


class Capacity(NamedTuple):
    """The capacity that a definition declares."""

    variable: str
    pointer: str
    """Where it stands; the service container where it is absent."""
    text: str | Unknown | None
    """As written."""

    @property
    def number(self) -> int | None:
        """The whole number, if it is one that makes sense."""
        if not isinstance(self.text, str) or not re.fullmatch(r"\s*[0-9]{1,10}\s*", self.text, re.ASCII):
            return None
        number = int(self.text)
        return number if 1 <= number <= LARGEST_CAPACITY else None

    @property
    def is_huge(self) -> bool:
        """Whether it is a whole number above all that makes sense."""
        digits = self.text.strip() if isinstance(self.text, str) else ""
        return digits.isascii() and digits.isdigit() and len(digits.lstrip("0")) >= len(str(LARGEST_CAPACITY))


def declared_capacity(role: Role, service: Container | None) -> Capacity | None:
    """The first of the role's variables that the service container sets; `None` without such a container."""
    if service is None:
        return None
    for variable in role.variables:
        if variable in service.environment:
            return Capacity(variable, service.variable_pointer(variable), service.environment[variable])
    variable = role.variables[0]
    return Capacity(variable, service.pointer, service.variable(variable))

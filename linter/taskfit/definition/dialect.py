"""What rules have to know of the format that a definition is written in."""

from __future__ import annotations

from typing import Literal

from taskfit.record import NamedTuple, Record


class Misspelling(NamedTuple):
    """A key in a case that a format does not take."""

    written: str
    right: str


class Dialect(Record):
    """How a format spells a definition, and what comes of mistakes in it. The defaults are those of the API itself."""

    name: str
    unknown_field: str = "the AWS CLI refuses the definition"
    """What becomes of a field that AWS does not know."""
    refuses_misspelled_fields: bool = False
    """Whether nothing is deployed because of a field that is certain to be misspelt or misplaced."""
    drops_unknown_fields: bool = False
    """Whether a field that AWS does not know has no effect, so that to correct its name would give it one."""
    wrong_scalar: str = ""
    """What becomes of a number, string or boolean of the wrong type, as a sentence; empty where that is not known."""
    wrong_size: str = ""
    """What becomes of a task size that is a number, as the end of a sentence; empty where it is taken."""
    may_stringify: bool = False
    """Whether some tools turn an unquoted scalar into the string that the API wants."""
    converts: Literal["nothing", "arguments", "everything"] = "nothing"
    """Which scalars become what the API wants ("8080" for 8080 and the other way round).

    `arguments`: all but those in `containerDefinitions`.
    """
    ignores_case: bool = False
    """Whether the names of fields count in any case."""
    capitalises: bool = False
    """Whether the names of fields begin with a capital letter."""
    needs_family: bool = True
    """Whether the family has to be given."""
    lasting_difference: str = ""
    """What shows for ever where a task size has a unit, for AWS stores it without one."""
    is_registered: bool = False
    """Whether AWS has taken the definition already."""

    def spelled(self, name: str) -> str:
        """A field of the API as the format spells it."""
        return name[:1].upper() + name[1:] if self.capitalises else name


JSON = Dialect("json", wrong_scalar="The AWS CLI rejects it.", wrong_size="the AWS CLI rejects it")
"""What `aws ecs register-task-definition --cli-input-json` reads."""

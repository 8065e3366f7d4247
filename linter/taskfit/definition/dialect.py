"""What rules need to know about the format of a definition."""

from __future__ import annotations

import re
from typing import Literal

from taskfit.record import NamedTuple, Record


class Misspelling(NamedTuple):
    """A key in a case that the format does not accept."""

    written: str
    right: str


class Dialect(Record):
    """The spelling of a format, and the consequences of mistakes in it. The defaults are those of the API itself."""

    name: str
    unknown_field: str = "the AWS CLI refuses the definition"
    """The consequence of a field that AWS does not know, as a clause."""
    unknown_argument: str = ""
    """The consequence of one outside of `containerDefinitions`, as a clause, where that is another."""
    refuses_misspelled_fields: bool = False
    """Whether a field that is certainly misspelt or misplaced prevents the deployment."""
    drops_unknown_fields: bool = False
    """Whether a field that AWS does not know has no effect, so that a corrected name would change the deployment."""
    wrong_scalar: str = ""
    """The consequence of a number, string or boolean of the wrong type, as a sentence; empty if unknown."""
    wrong_size: str = ""
    """The consequence of a task size that is a number, as the end of a sentence; empty if it is accepted."""
    may_stringify: bool = False
    """Whether some tools convert an unquoted scalar to the string that the API requires."""
    converts: Literal["nothing", "arguments", "everything"] = "nothing"
    """Which scalars are converted to the type that the API requires ("8080" to 8080 and the other way round).

    `arguments`: all except those in `containerDefinitions`.
    """
    capitalises: bool = False
    """Whether the names of fields begin with a capital letter."""
    has_snake_case: bool = False
    """Whether the names of fields outside of `containerDefinitions` are in snake case."""
    needs_family: bool = True
    """Whether the family is required."""
    may_be_named_beside: bool = False
    """Whether what registers a definition may give its family apart from the file, as `--family` does."""
    lasting_difference: str = ""
    """The permanent difference that a task size with a unit causes, as AWS stores it without the unit."""
    is_registered: bool = False
    """Whether AWS has already accepted the definition."""

    def spelled(self, name: str, *, is_argument: bool = False) -> str:
        """A field of the API as the format spells it; an argument is one outside of `containerDefinitions`."""
        if is_argument and self.has_snake_case:
            return re.sub("(?=[A-Z][a-z])", "_", name).lower()
        return name[:1].upper() + name[1:] if self.capitalises else name


JSON = Dialect(
    "json", wrong_scalar="The AWS CLI rejects it.", wrong_size="the AWS CLI rejects it", may_be_named_beside=True
)
"""The input of `aws ecs register-task-definition --cli-input-json`."""

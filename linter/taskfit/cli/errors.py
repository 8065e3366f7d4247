"""How what is wrong with a call, or with a team's own files, reaches the user: one line, and status 2."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

from taskfit.escaping import inert

P = ParamSpec("P")
R = TypeVar("R")


def usage_errors(function: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors of the library into errors of the command line."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except ValueError as error:
            raise _Failure(str(error)) from None

    return wrapper


class _Failure(click.ClickException):
    exit_code = 2

    def show(self, file: object = None) -> None:
        """Print it to standard error."""
        click.echo(f"error: {inert(self.message)}", err=True)

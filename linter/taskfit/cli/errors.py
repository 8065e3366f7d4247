"""Reports invalid calls and configurations: one line for each error, and status 2."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar

import click

from taskfit.escaping import inert

P = ParamSpec("P")
R = TypeVar("R")


def usage_errors(function: Callable[P, R]) -> Callable[P, R]:
    """Convert errors of the library to errors of the command line."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except ValueError as error:
            raise _Failure(str(error), getattr(error, "faults", (error,))) from None

    return wrapper


class _Failure(click.ClickException):
    exit_code = 2

    def __init__(self, message: str, errors: Iterable[object]) -> None:
        super().__init__(message)
        self._errors = tuple(errors)

    def show(self, file: object = None) -> None:
        """Print each error on a line of its own to standard error."""
        for error in self._errors:
            click.echo(f"error: {inert(str(error))}", err=True)

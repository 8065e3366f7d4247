"""What the services in a file tell of the definitions that they run."""

from __future__ import annotations

from collections.abc import Iterable

from taskfit.definition import Unknown

DAEMON = Unknown("a DAEMON service", "reference")
"""The count of a service that runs one task on each instance."""


def total(counts: Iterable[int | Unknown | None]) -> int | Unknown | None:
    """The tasks of several services; unknown if one is, or if only some of them tell."""
    found = list(counts)
    if all(count is None for count in found):
        return None
    certain = [count for count in found if isinstance(count, int)]
    unknown = next((count for count in found if isinstance(count, Unknown)), Unknown("desired count", "partial"))
    return sum(certain) if len(certain) == len(found) else unknown


def whole_number(value: object) -> int | Unknown:
    """A count as a file writes it: a whole number of at least 0, or the text of one."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return value if isinstance(value, Unknown) else Unknown(str(value), "wrong-type")


def fargate_provider(name: object, weight: object, base: object) -> str | None:
    """`FARGATE` or `FARGATE_SPOT`, if a strategy's item puts tasks there; Spot only where that is certain.

    `weight` and `base` are as written, `None` where they are absent.
    """
    if not (isinstance(name, str) and name.startswith("FARGATE")):
        return None
    shares = [whole_number(share) for share in (weight, base) if share is not None]
    if any(isinstance(share, Unknown) for share in shares):
        return name.removesuffix("_SPOT")
    is_unused = weight is not None and not any(shares)
    return None if is_unused else name

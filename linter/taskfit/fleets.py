"""The fleet in files and folders under their configurations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from taskfit.engine import fleet
from taskfit.sizing.fleet import Terms

if TYPE_CHECKING:
    from taskfit.session import Session
    from taskfit.sources.files import File


def collect(  # noqa: PLR0913
    session: Session,
    paths: Iterable[str],
    stdin: File | None = None,
    *,
    scenarios: Sequence[str] = (),
    load: Mapping[str, int] | None = None,
    counts: Mapping[str, int] | None = None,
    headroom: bool = False,
    spare_tasks: int = 0,
) -> fleet.Fleet:
    """The capacity of the definitions in files and folders.

    Raises the errors of `Session`, and `ValueError` if their configurations have different profiles.
    """
    found = session.discover(paths, stdin)
    ready = session.ready(found.files)
    runs = [run for _, run in ready.runs] or [session.setup().run]
    profiles = sorted({"+".join(each.name for each in run.policy.profiles) for run in runs})
    if len(profiles) > 1:
        raise ValueError(f"the files have different profiles, {' and '.join(profiles)}; --profile names one for all")
    loads = fleet.loads(runs[0].policy.profiles, scenarios, load or {})
    terms = Terms(headroom, spare_tasks)
    return fleet.collect(
        ready.runs, runs[0].policy, loads, counts or {}, failures=(*found.failures, *ready.failures), terms=terms
    )

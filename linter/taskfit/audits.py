"""The inventory of what is deployed, under the configuration of the run itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from taskfit import filters
from taskfit.auditing import audit
from taskfit.preparation import prepare
from taskfit.record import replace
from taskfit.sources.checked import Checked

if TYPE_CHECKING:
    from taskfit.auditing.inventory import Inventory
    from taskfit.engine import engine
    from taskfit.session import Session
    from taskfit.sources.files import File


def inventory(session: Session, answers: Sequence[File], against: Iterable[str] = ()) -> Inventory:
    """The inventory of AWS's answers; `against` are paths of the repository that has the definitions.

    Raises the errors of `Session`.
    """
    run, parts = _audited(session, answers, against)
    whole = audit.merged(parts)
    names = [file.name for file in answers]
    return whole.with_report(filters.without_entries(whole.report, session.configuration, run.rulebook, (), names))


def in_parts(session: Session, answers: Sequence[File], against: Iterable[str] = ()) -> Iterator[Inventory]:
    """The same in parts, so that memory need not hold all of it.

    With suppressions in the configuration there is one part: unused ones are known only for the whole.
    """
    if session.settings.suppressions and not session.settings.no_ignores:
        yield inventory(session, answers, against)
    else:
        yield from _audited(session, answers, against)[1]


def _audited(session: Session, files: Sequence[File], against: Iterable[str]) -> tuple[engine.Run, Iterator[Inventory]]:
    with session.configuration.locating():
        run = prepare(session.configuration, audit=True)
    repository, failures, *_ = session.discover(against)
    run = run._replace(checked=Checked(file.path for file in repository))

    def parts() -> Iterator[Inventory]:
        pending = (*run.failures, *failures)
        for part in audit.audited(files, run, repository, session.settings.jobs):
            yield part.with_report(replace(part.report, failures=(*pending, *part.report.failures)))
            pending = ()

    return run, parts()

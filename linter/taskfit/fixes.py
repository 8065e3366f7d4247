"""Files with their fixes applied, each checked again under its configuration; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from taskfit import checking
from taskfit.engine import fixing
from taskfit.session import place_of
from taskfit.sources import reader

if TYPE_CHECKING:
    from taskfit.finding import Finding
    from taskfit.session import Session
    from taskfit.sources.files import File


def fixed_files(
    session: Session,
    paths: Iterable[str],
    stdin: File | None = None,
    *,
    unsafe: bool = False,
    failed: Callable[[str], object] = lambda _: None,
) -> Iterator[fixing.FixedFile]:
    """The files that fixes change, as they would become. Failed checks are added to `failed`.

    Findings that are suppressed, in the baseline or below the lowest reported severity are not fixed.
    """
    found = session.discover(paths, stdin)
    shown = checking.check_files(session, found.files).at_least(session.settings.min_severity)
    for failure in (*found.failures, *shown.failures):
        failed(failure)
    wanted = {finding.path for finding in shown.findings if fixing.is_wanted(finding, unsafe=unsafe)}
    for file in found.files:
        if file.name in wanted and (fixed := fixed_file(session, file, unsafe=unsafe)) is not None:
            yield fixed


def fixed_file(session: Session, file: File, *, unsafe: bool = False) -> fixing.FixedFile | None:
    """A file with its fixes applied, `None` if they change nothing."""

    def findings(content: bytes) -> tuple[Finding, ...]:
        return checking.check_file(session, file._replace(data=content)).findings

    before = file.content()
    read = partial(reader.read, variables=session.setup(place_of(file)).run.variables, path=file.path)
    fixed = fixing.fix_content(before, findings, read, unsafe=unsafe)
    return fixing.FixedFile(file.name, file.path, before, *fixed) if fixed.content != before else None

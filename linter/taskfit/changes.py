"""What a change does to each task: its size, capacity, sidecars, monthly cost, and the findings on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taskfit import checking, git, revisions
from taskfit.engine import baseline, tasks
from taskfit.finding import Finding, Report
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.session import Session
    from taskfit.sources.files import File

UNDER, OVER = frozenset({"FIT201", "FIT202"}), frozenset({"FIT203", "FIT204"})
"""The rules that say that a task is too small or too big for the capacity it declares."""


class Task(NamedTuple):
    """The values of a definition that are compared."""

    cpu: int | None
    """CPU units; `None` if absent or unknown."""
    memory: int | None
    """MiB."""
    role: str | None
    capacity: int | None
    unit: str
    """What the capacity counts."""
    sidecars: tuple[str, ...]
    """Their kinds."""
    tasks: int | None
    """The number of tasks, by its service; 1 without a service, `None` if unknown."""
    monthly_usd: float | None
    """All of them on Fargate, USD/month."""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {**self._asdict(), "sidecars": list(self.sidecars)}


class TaskChange(NamedTuple):
    """A definition before and after the change; `None` if there is none."""

    name: str
    path: str
    before: Task | None
    after: Task | None
    new: tuple[Finding, ...]
    """Findings that are new or worse."""
    gone: tuple[Finding, ...]
    is_under: bool = False
    """Whether it is now too small for the capacity it declares."""
    is_over: bool = False
    previous_name: str | None = None
    """Its former name, if it was renamed."""

    @property
    def monthly_usd(self) -> float | None:
        """The additional cost, USD/month; `None` if either cost is unknown."""
        costs = [0.0 if task is None else task.monthly_usd for task in (self.before, self.after)]
        return None if None in costs else round((costs[1] or 0) - (costs[0] or 0), 2)


class Changes(NamedTuple):
    """The effect of a change."""

    base: str
    """The commit that was compared against."""
    tasks: tuple[TaskChange, ...]
    new: Report
    """The findings that are new or worse, and what went wrong."""
    gone: tuple[Finding, ...]
    region: str
    """The AWS region whose prices are used."""
    prices_as_of: str
    """The day of the prices, YYYY-MM-DD."""
    policy: tuple[str, ...] = ()
    """The changed files that influence findings (configurations, profiles, rules), relative to the repository's root."""

    @property
    def monthly_usd(self) -> float:
        """The additional cost of all tasks, as far as it is known, USD/month."""
        return round(sum(task.monthly_usd or 0 for task in self.tasks), 2)

    @property
    def unknown(self) -> int:
        """The number of tasks whose cost before or after is unknown."""
        return sum(task.monthly_usd is None for task in self.tasks)


def diff(session: Session, base: str | None = None, head: str | None = None) -> Changes:
    """What changed between two revisions, or between a revision and the working tree.

    The base is the merge base with the upstream branch, or with the main branch, unless one is named. Raises what
    `checking.check` does, and `ValueError` if git fails.
    """
    root = revisions.repository()
    try:
        start = (
            git.commit(root, base)
            if base is not None
            else git.merge_base(root, git.upstream(root), "HEAD" if head is None else head)
        )
        end = git.commit(root, head) if head is not None else None
    except git.GitError as error:
        raise ValueError(str(error)) from None
    with revisions.compared(session, root, start, end) as two:
        then, now = _Side.of(two.before.session, two.old_files), _Side.of(two.after.session, two.new_files)
        pricing = session.setup().run.policy.pricing
        policy = two.policy(session)
    new = baseline.new_or_worse(now.report.findings, then.report.findings, root)
    gone = baseline.gone(then.report.findings, now.report.findings, root)
    report = Report(
        findings=new,
        files=now.report.files,
        definitions=now.report.definitions,
        skipped_files=now.report.skipped_files,
        failures=now.report.failures,
    )
    changes = tuple(_changes(then, now, _by_task(new), _by_task(gone)))
    return Changes(start, changes, report, gone, pricing.region, pricing.prices.as_of, policy)


Key = tuple[str, str]
"""The path and name of a definition."""


class _Side(NamedTuple):
    """One revision: its tasks and their findings."""

    tasks: Mapping[Key, Task]
    report: Report

    @staticmethod
    def of(session: Session, files: Sequence[File]) -> _Side:
        # An unusable file is among the report's failures, and what can't be read among its findings.
        runs = session.ready(files).runs
        found = {(each.path, each.name): _task(each) for each in tasks.definitions(runs, [])}
        return _Side(found, checking.check_files(session, files))


def _task(definition: tasks.Definition) -> Task:
    case = definition.case
    assessment, count = case.assessment, tasks.count_of(case)
    usd = tasks.declared_usd(case)
    capacity = assessment.capacity if assessment else None
    return Task(
        cpu=case.known_cpu,
        memory=case.known_memory,
        role=assessment.role_name if assessment else None,
        capacity=capacity.number if capacity else None,
        unit=assessment.role.unit if assessment else "",
        sidecars=tuple(sorted(set(case.sidecars.values()))),
        tasks=count,
        monthly_usd=None if usd is None or count is None else round(usd * count, 2),
    )


def _by_task(findings: Iterable[Finding]) -> dict[Key, list[Finding]]:
    grouped: dict[Key, list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.path, finding.definition or ""].append(finding)
    return grouped


def _changes(
    then: _Side, now: _Side, new: Mapping[Key, list[Finding]], gone: Mapping[Key, list[Finding]]
) -> Iterator[TaskChange]:
    """The tasks that differ, or whose findings differ."""
    wrong = _by_task(now.report.findings)
    for old, key in _pairs(list(then.tasks), list(now.tasks)):
        before, after = then.tasks.get(old) if old else None, now.tasks.get(key) if key else None
        fresh, past = tuple(new.get(key, ()) if key else ()), tuple(gone.get(old, ()) if old else ())
        if before != after or fresh or past:
            codes = {finding.code for finding in wrong.get(key, ())} if key else set()
            path, name = key or old or ("", "")
            is_under, is_over = bool(codes & UNDER), bool(codes & OVER)
            previous = old[1] if old and old[1] != name else None
            yield TaskChange(name, path, before, after, fresh, past, is_under, is_over, previous)


def _pairs(then: Sequence[Key], now: Sequence[Key]) -> Iterator[tuple[Key | None, Key | None]]:
    """The definitions of two revisions, paired by path and name, by name alone, or as the only one of a file."""
    known = set(then)
    partners = {key: key for key in now if key in known}
    for part in (1, 0):
        taken = set(partners.values())
        rest_then = _by_part((each for each in then if each not in taken), part)
        rest_now = _by_part((each for each in now if each not in partners), part)
        for name, keys in rest_now.items():
            if len(keys) == len(alike := rest_then.get(name, [])) == 1:
                partners[keys[0]] = alike[0]
    taken = set(partners.values())
    yield from ((partners.get(key), key) for key in now)
    yield from ((key, None) for key in then if key not in taken)


def _by_part(keys: Iterable[Key], part: int) -> dict[str, list[Key]]:
    grouped = defaultdict[str, list[Key]](list)
    for key in keys:
        grouped[key[part]].append(key)
    return grouped

"""Shares work on files among processes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from taskfit.sources.files import File

T = TypeVar("T")

FILES_PER_WORKER = 1000
"""Number of files below which starting another process costs more than it saves."""

PARTS_AHEAD = 2
"""Parts per process that may be finished ahead of their use: more would pile up in memory."""

_work: Callable[[Sequence[File]], Any]
"""The function that a process applies to each part; sent once, as it may hold thousands of services."""


def shared(
    work: Callable[[Sequence[File]], T], files: Sequence[File], jobs: int = 0, parts_per_job: int = 1
) -> Iterator[T]:
    """The results of some work on files, part by part in order; `jobs` processes share it, 0 chooses their number.

    Never more processes than the machine has cores: the configuration in a pull request may request any number.
    """
    cores = os.cpu_count() or 1
    jobs = min(jobs, cores) if jobs else min(cores, len(files) // FILES_PER_WORKER)
    if jobs < 2 or len(files) < 2:
        yield work(files)
        return
    from concurrent.futures import Future, ProcessPoolExecutor

    size = -(-len(files) // (jobs * parts_per_job))
    waiting: deque[Future[T]] = deque()
    with _safe_path(), ProcessPoolExecutor(jobs, initializer=_take, initargs=(work,)) as pool:
        try:
            for start in range(0, len(files), size):
                waiting.append(pool.submit(_do, files[start : start + size]))
                if len(waiting) >= jobs * PARTS_AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _take(work: Callable[[Sequence[File]], Any]) -> None:
    import signal

    global _work  # noqa: PLW0603 - set once in each worker process
    _work = work
    # A terminal interrupts all processes; the first one reports it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _do(files: Sequence[File]) -> Any:
    return _work(files)


@contextmanager
def _safe_path() -> Iterator[None]:
    """Keep new Python processes from importing from the working directory, which may contain untrusted code."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before

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
"""Below this, starting another process costs more than it saves."""

PARTS_AHEAD = 2
"""Parts of each process that may be done before they are asked for: more would pile up in memory."""

_work: Callable[[Sequence[File]], Any]
"""What a process does with each part; sent to it once, for it may know of thousands of services."""


def shared(
    work: Callable[[Sequence[File]], T], files: Sequence[File], jobs: int = 0, parts_per_job: int = 1
) -> Iterator[T]:
    """What some work on files yields, part by part in their order; `jobs` processes share it, 0 chooses.

    Never more processes than the machine has cores: a pull request's own configuration may ask for any number.
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

    global _work  # noqa: PLW0603 - a process of its own
    _work = work
    # A terminal interrupts all processes; the first one says what there is to say.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _do(files: Sequence[File]) -> Any:
    return _work(files)


@contextmanager
def _safe_path() -> Iterator[None]:
    """Keep new Python processes from importing what is in the working directory: anybody's code may be there."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before

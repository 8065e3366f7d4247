"""kill -9 at random moments of everything that taskfit writes: each file is the old one or the new one, whole.

    python scripts/kills.py [WRITE ...] [--times 200]

Each run is a fork of this process that is killed with SIGKILL a random while after it first opened a file to write, within
the time that an undisturbed run goes on from there; runs that ended before they were killed don't count.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import io
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from taskfit.auditing import saved, store
from taskfit.cli.commands import cli

ROOT = Path(__file__).parents[1]
ANSWERS = ROOT / "examples" / "audit" / "123456789012"

Files = Mapping[str, bytes]


class Write(NamedTuple):
    """Something that writes into the working directory, and what lies there before."""

    run: Callable[[], object]
    before: Files


def definition(memory: str) -> dict[str, Any]:
    """A definition; `4096` is too much memory for its cpu, which has a fix."""
    containers = [{"name": f"app{number}", "image": f"nginx:{number}", "essential": True} for number in range(5)]
    sizes = {"cpu": "256", "memory": memory, "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
    return {"family": "web", **sizes, "containerDefinitions": containers}


def command(*arguments: str) -> Callable[[], object]:
    """A run of the command line."""
    return lambda: cli.main(list(arguments), standalone_mode=False)


def save() -> None:
    """Store the answers of an account, as `audit --save` does with those that it gets."""
    answers = store.new("saved", {"region": ["us-east-1"]}, "2026-01-01T00:00:00+00:00")
    for file in saved.saved(str(ANSWERS)):
        answers.add(file.name, json.loads(file.content()))


DEFINITIONS = {f"task{number}.json": json.dumps(definition("4096"), indent=2).encode() for number in range(3)}
CHECK = ("check", ".", "--isolated", "--exit-zero", "--jobs", "1", "--quiet")
AUDIT = ("audit", "--isolated", "--from", str(ANSWERS), "--exit-zero", "--jobs", "1", "--quiet")

WRITES = {
    "check --fix": Write(command(*CHECK, "--fix", "--unsafe-fixes"), DEFINITIONS),
    "check --write-baseline": Write(
        command(*CHECK, "--write-baseline"),
        {**DEFINITIONS, "taskfit-baseline.json": b'{"version": 1, "findings": []}'},
    ),
    "check --output-file": Write(
        command(*CHECK, "--output-format", "sarif", "--output-file", "report.sarif"),
        {**DEFINITIONS, "report.sarif": b"{}"},
    ),
    "audit --save": Write(save, {}),
    "audit, tables in NDJSON": Write(command(*AUDIT, "--output-format", "ndjson", "--output-file", "tables"), {}),
    "audit, tables in Parquet": Write(command(*AUDIT, "--output-format", "parquet", "--output-file", "tables"), {}),
    "rule new": Write(command("rule", "new", "ACME001", "--output-file", "rule.yaml"), {}),
}


class Outcome(NamedTuple):
    """How a run ended."""

    was_killed: bool
    seconds: float
    """From the first file that it opened to its end."""
    files: Files


def run(write: Write, delay: float = 0) -> Outcome:
    """Run a write in a folder of its own, and have it killed so many seconds after it began to write; never if 0."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in write.before.items():
            Path(folder, name).write_bytes(content)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            _run_here(write, folder, writing, delay)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            took = pipe.read()
        _, status = os.waitpid(child, 0)
        paths = [path for path in Path(folder).rglob("*") if path.is_file()]
        files = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
        return Outcome(os.WIFSIGNALED(status), float(took or 0), files)


def _run_here(write: Write, folder: str, writing: int, delay: float) -> None:
    began: list[float] = []

    def begin(event: str, arguments: tuple[Any, ...]) -> None:
        opens = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (opens or event == "os.mkdir") and not began:
            began.append(time.monotonic())
            if delay:
                kill_after(delay)

    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.addaudithook(begin)
    try:
        write.run()
    finally:
        os.write(writing, f"{time.monotonic() - began[0]}".encode())
        os._exit(0)


def kill_after(seconds: float) -> None:
    """Have the kernel send SIGKILL to this process, whatever it does then: timer_create(2)."""
    library, timer = ctypes.CDLL(None, use_errno=True), ctypes.c_void_p()
    event = (ctypes.c_int * 16)(0, 0, signal.SIGKILL, 0)  # the value, the signal, and that it is one
    when = (ctypes.c_long * 4)(0, 0, int(seconds), int(seconds % 1 * 1e9))  # no interval, and the time from now
    if library.timer_create(time.CLOCK_MONOTONIC, event, ctypes.byref(timer)):
        raise OSError(ctypes.get_errno(), "no timer")
    library.timer_settime(timer, 0, when, None)


def kill(name: str, write: Write, times: int) -> None:
    """Kill a write so many times, and print what that left.

    Raises `AssertionError` for a file that is neither the old nor the new one.
    """
    warm(write)
    whole = [run(write) for _ in range(5)]
    after, seconds = whole[0].files, statistics.median(each.seconds for each in whole)
    changed = [path for path, content in after.items() if write.before.get(path) != content]
    assert changed, f"{name} writes nothing"
    moments = random.Random(name)
    found: Counter[str] = Counter()
    while found.total() < times:
        outcome = run(write, moments.uniform(0, seconds))
        if not outcome.was_killed:
            continue
        _assert_whole(name, write.before, after, outcome.files)
        done = [path for path in changed if outcome.files.get(path) == after[path]]
        state = "nothing" if not done else "all" if len(done) == len(changed) else "a part"
        found[f"{state} written" + ("" if outcome.files.keys() <= after.keys() else ", a temporary file left")] += 1
    print(
        f"{name}: {times} killed, no file torn:",
        "; ".join(f"{count} {state}" for state, count in sorted(found.items())),
        flush=True,
    )


def warm(write: Write) -> None:
    """Run a write in this process, so that its forks have nothing left to import."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        for name, content in write.before.items():
            Path(name).write_bytes(content)
        with contextlib.suppress(SystemExit):
            write.run()


def _assert_whole(name: str, before: Files, after: Files, files: Files) -> None:
    assert before.keys() <= files.keys(), f"{name}: a file is gone"
    for path, content in files.items():
        if path in after:
            assert content in (before.get(path), after[path]), f"{name}: {path} is neither the old nor the new one"
        else:
            assert Path(path).name.startswith(".") or path.endswith(".part"), f"{name}: {path} is left"


def main() -> None:
    """Kill each write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("writes", nargs="*", metavar="WRITE", help=f"of {', '.join(WRITES)}")
    parser.add_argument("--times", type=int, default=200, metavar="N")
    options = parser.parse_args()
    for name in options.writes or WRITES:
        kill(name, WRITES[name], options.times)


if __name__ == "__main__":
    main()

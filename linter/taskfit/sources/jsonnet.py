"""Jsonnet, as ecspresso accepts it, evaluated by the `jsonnet` library if that is installed.

A program may run forever, so it runs in a separate process with limited time, which may open files beside it.
Values that only a deployment provides (`std.extVar`, ecspresso's own functions) become placeholders.
"""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from taskfit.definition import TaskDefinition
from taskfit.finding import Span
from taskfit.paths import is_gits
from taskfit.sources.beside import real_path, text_at, top_of
from taskfit.sources.document import Document, Input, Reading, note
from taskfit.sources.formats import is_marked
from taskfit.sources.shapes import definitions
from taskfit.syntax.placeholders import normalise
from taskfit.syntax.text import SourceText

SUFFIXES = (".jsonnet", ".libsonnet")

MAX_SECONDS = 10
"""Seconds of processor time for one file; the largest public file takes a few milliseconds."""
MAX_SECONDS_IN_ALL = 60
"""Seconds of processor time for all files of a run."""
PATIENCE = 6
"""The limit of elapsed time as a multiple of processor time: other processes may use the processor, too."""
SECONDS_BACK = 1 / 60
"""Seconds of the allowance restored per elapsed second, for a long-running server in an editor."""
MAX_MEMORY = 1024 * 1024 * 1024
"""Bytes of memory for the process, where the system can limit it."""
MAX_BYTES = 1024 * 1024
"""The maximum number of bytes of an imported file."""
MAX_IMPORTS = 100
"""The maximum number of imported files that are searched for containers."""
MAX_VARIABLES = 100
"""The maximum number of external variables that are found one after the other."""

_MISSING = re.compile(r"undefined external variable: (\S+)", re.IGNORECASE)
_IMPORT = re.compile(r"""\bimport\s+@?(['"])([^'"\n]{1,500})\1""")
_NATIVE = {
    "must_env": 1,
    "env": 2,
    "tfstate": 1,
    "ssm": 1,
    "secretsmanager_arn": 1,
    "cfn_output": 2,
    "cfn_export": 1,
}
"""The functions that ecspresso provides through `std.native`, with their numbers of arguments."""


class _Allowance:
    """The time left for evaluations: a tree of endless programs must not block a job."""

    def __init__(self) -> None:
        self._left, self._last = float(MAX_SECONDS_IN_ALL), time.monotonic()

    def left(self) -> float:
        """The seconds left."""
        now = time.monotonic()
        self._left = min(self._left + (now - self._last) * SECONDS_BACK, MAX_SECONDS_IN_ALL)
        self._last = now
        return self._left

    def spend(self, seconds: float) -> None:
        """Subtract the seconds that an evaluation took."""
        self._left -= seconds


_allowance = _Allowance()

_CHILD = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from taskfit.sources.jsonnet import main; main()"


def _command() -> list[str]:
    """Python in isolated mode, with this process's import paths but without the untrusted working directory."""
    return [sys.executable, "-I", "-c", _CHILD, json.dumps([path for path in sys.path if os.path.isabs(path)])]


def read(given: Input) -> Document | None:
    """The definitions of a Jsonnet file; a note if it can't be evaluated, `None` if it contains no definition."""
    source, path, variables, _ = given
    if not is_marked(source.text) and not _imports_containers(source.text, path or Path()):
        return None
    if find_spec("_jsonnet") is None:
        return _note(
            source, "is Jsonnet, which taskfit reads only if the library `jsonnet` is installed", "pip install jsonnet"
        )
    left = _allowance.left()
    if left < 1:
        return _note(source, f"is Jsonnet, and such files have taken {MAX_SECONDS_IN_ALL} seconds by now", "")
    seconds = min(MAX_SECONDS, left)
    request = {"path": os.fspath(path or ""), "text": source.text, "variables": dict(variables), "seconds": seconds}
    started, used = time.monotonic(), _used()
    try:
        run = subprocess.run(  # noqa: S603 - this module itself
            _command(),
            input=json.dumps(request),
            capture_output=True,
            encoding="utf-8",
            timeout=seconds * PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _endless(source, seconds)
    finally:
        _allowance.spend(max(_used() - used, (time.monotonic() - started) / PATIENCE))
    if sys.platform != "win32" and run.returncode == -signal.SIGXCPU:
        return _endless(source, seconds)
    if run.returncode:
        words = (run.stdout.partition("\n")[0] or "it stopped").removeprefix("RUNTIME ERROR: ")
        return _note(source, f"is Jsonnet that can't be evaluated here: {words}", "`--var NAME=VALUE` gives a value.")
    document = Document()
    for _, data in definitions(json.loads(run.stdout)):
        task = TaskDefinition(normalise(data, variables))
        document.definitions.append((Reading(task, partial(_locate, source)),))
    return document


def _used() -> float:
    """Seconds of processor time used by finished child processes, where the system can measure it."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 0.0
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def _endless(source: SourceText, seconds: float) -> Document:
    return _note(source, f"is Jsonnet that takes longer than {seconds:.0f} seconds", "")


def _imports_containers(text: str, path: Path) -> bool:
    """Whether a program imports, directly or indirectly, a file of the repository that has containers.

    Nothing is evaluated: the files are searched as text.
    """
    top = top_of(os.fspath(path.parent))
    waiting = [(os.path.realpath(path.parent), text)]
    seen: set[str] = set()
    while waiting:
        folder, importing = waiting.pop()
        for match in _IMPORT.finditer(importing):
            place = real_path(os.path.join(folder, match[2]))
            if place is None or place in seen or len(seen) >= MAX_IMPORTS:
                continue
            seen.add(place)
            imported = text_at(place, top) or ""
            if is_marked(imported):
                return True
            waiting.append((os.path.dirname(place), imported))
    return False


def _note(source: SourceText, words: str, advice: str) -> Document:
    found = re.search("containerDefinitions", source.text) or _IMPORT.search(source.text)
    start, end = found.span() if found else (0, 0)
    return note(source, f"contains a task definition, but {words}", advice, start, end)


def _locate(source: SourceText, pointer: str, _on_key: bool) -> Span:
    """The key, or the nearest parent key, that occurs once in the program; its values may come from anywhere."""
    for step in reversed(pointer.split("/")[1:]):
        found = list(re.finditer(rf"""(?<![\w'"])['"]?{re.escape(step)}['"]?\s*\+?:""", source.text))
        if len(found) == 1:
            return source.span(found[0].start(), found[0].start() + len(found[0][0].rstrip(":+ \t\r\n")))
    start = len(source.text) - len(source.text.lstrip())
    return source.span(start, min(start + 1, len(source.text)))


def main() -> None:
    """Evaluate the program on standard input: print JSON, or an error message with exit status 1."""
    import _jsonnet

    request = json.load(sys.stdin)
    try:
        import resource
    except ImportError:  # not on Windows
        pass
    else:
        seconds = math.ceil(request["seconds"])
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the signal that stops it would write a core dump
    given: dict[str, str] = request["variables"]
    folder = os.path.realpath(os.path.dirname(request["path"]) or ".")
    external = dict(given)
    natives = {name: (("a", "b")[:count], partial(_answer, given, name)) for name, count in _NATIVE.items()}
    for _ in range(MAX_VARIABLES):
        try:
            text = _jsonnet.evaluate_snippet(
                request["path"],
                request["text"],
                ext_vars=external,
                native_callbacks=natives,
                import_callback=partial(_imported, folder),
            )
        except RuntimeError as error:
            missing = _MISSING.search(str(error))
            if missing is None or missing[1] in external:
                sys.stdout.write(str(error))
                sys.exit(1)
            external[missing[1]] = f"${{{missing[1]}}}"
        else:
            sys.stdout.write(text)
            return


def _answer(given: Mapping[str, str], function: str, *arguments: Any) -> str:
    if function in ("env", "must_env"):
        name, *default = map(str, arguments)
        return given.get(name) or (default[0] if default and default[0] else f"${{{name}}}")
    return f"${{{function} {' '.join(map(str, arguments))}}}"


def _imported(folder: str, directory: str, name: str) -> tuple[str, bytes]:
    """A file in the folder of the program or below, except in `.git`, which contains credentials in CI."""
    path = os.path.realpath(os.path.join(directory or folder, name))
    is_inside = path.startswith(folder.rstrip(os.sep) + os.sep) and not is_gits(path[len(folder) :])
    if not is_inside or os.path.getsize(path) > MAX_BYTES:
        raise RuntimeError(f"{name} is outside the folder, or is too large")
    return path, Path(path).read_bytes()

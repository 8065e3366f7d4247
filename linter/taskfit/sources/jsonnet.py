"""Jsonnet, as ecspresso takes it, evaluated by the `jsonnet` library where that is installed.

A program may run for ever, so it runs in a process of its own, which has its time and may open what lies beside it.
What only a deployment gives it (`std.extVar`, ecspresso's own functions) becomes a placeholder.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from taskfit.definition import TaskDefinition
from taskfit.finding import Severity, Span
from taskfit.sources.detection import definitions
from taskfit.sources.document import Document, Fault, Reading
from taskfit.syntax.placeholders import normalise
from taskfit.syntax.text import SourceText

SUFFIXES = (".jsonnet", ".libsonnet")

MAX_SECONDS = 10
"""Of one file; the largest in public takes a few milliseconds."""
MAX_MEMORY = 1024 * 1024 * 1024
"""Bytes of the process, where the system can tell."""
MAX_BYTES = 1024 * 1024
"""Of a file that is imported."""
MAX_VARIABLES = 100
"""External variables that are looked for one after the other."""

_MISSING = re.compile(r"undefined external variable: (\S+)", re.IGNORECASE)
_NATIVE = {
    "must_env": 1,
    "env": 2,
    "tfstate": 1,
    "ssm": 1,
    "secretsmanager_arn": 1,
    "cfn_output": 2,
    "cfn_export": 1,
}
"""What ecspresso offers by `std.native`, and how many arguments it takes."""


def read(source: SourceText, path: Path, variables: Mapping[str, str]) -> Document:
    """The definitions of a Jsonnet file; a note where it can't be evaluated."""
    if find_spec("_jsonnet") is None:
        return _note(source, "is Jsonnet, which taskfit reads where the library `jsonnet` is", "pip install jsonnet")
    request = json.dumps({"path": os.fspath(path), "text": source.text, "variables": dict(variables)})
    command = [sys.executable, "-m", __name__]
    try:
        run = subprocess.run(  # noqa: S603 - this module itself
            command, input=request, capture_output=True, encoding="utf-8", timeout=MAX_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return _note(source, f"is Jsonnet that takes longer than {MAX_SECONDS} seconds", "")
    if run.returncode:
        words = (run.stdout.partition("\n")[0] or "it stopped").removeprefix("RUNTIME ERROR: ")
        return _note(source, f"is Jsonnet that can't be evaluated here: {words}", "`--var NAME=VALUE` gives a value.")
    document = Document()
    for _, data in definitions(json.loads(run.stdout)):
        task = TaskDefinition(normalise(data, variables))
        document.definitions.append((Reading(task, partial(_locate, source)),))
    return document


def _note(source: SourceText, words: str, advice: str) -> Document:
    start = max(source.text.find("ontainerDefinitions") - 1, 0)
    place = source.span(start, start + len("containerDefinitions"))
    return Document(faults=[Fault(f"bears a task definition, but {words}", place, Severity.NOTE, advice)])


def _locate(source: SourceText, pointer: str, _on_key: bool) -> Span:
    """The key, or the nearest above it, that the program has once; its values may come from anywhere."""
    for step in reversed(pointer.split("/")[1:]):
        found = list(re.finditer(rf"""(?<![\w'"])['"]?{re.escape(step)}['"]?\s*\+?:""", source.text))
        if len(found) == 1:
            return source.span(found[0].start(), found[0].start() + len(found[0][0].rstrip(":+ \t\r\n")))
    start = len(source.text) - len(source.text.lstrip())
    return source.span(start, min(start + 1, len(source.text)))


def main() -> None:
    """Evaluate what standard input asks for: JSON on standard output, or words and exit status 1."""
    import _jsonnet

    try:
        import resource
    except ImportError:  # not on Windows
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    request = json.load(sys.stdin)
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
    """A file that lies in the folder of the program or below it."""
    path = os.path.realpath(os.path.join(directory or folder, name))
    if not path.startswith(folder.rstrip(os.sep) + os.sep) or os.path.getsize(path) > MAX_BYTES:
        raise RuntimeError(f"{name} lies outside of the folder, or is too large")
    return path, Path(path).read_bytes()


if __name__ == "__main__":
    main()

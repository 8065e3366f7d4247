"""The command line: one module for each command, imported when the command is called."""

from __future__ import annotations

import contextlib
import gc
import os
import sys

from taskfit.cli import brief


def main() -> None:
    """Run the command line. An invalid call or configuration ends it with status 2."""
    # A run is short and leaves hardly any reference cycles; collecting them would take a quarter of its time.
    gc.disable()
    if sys.stdout is None or sys.stderr is None:  # closed by the caller
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the end
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name in a file may contain characters that the terminal's encoding lacks.
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run()
    except KeyboardInterrupt:
        from taskfit.cli.commands import INTERRUPTED

        status = INTERRUPTED
    except BrokenPipeError:  # the reader has closed the pipe
        status = 1
    except OSError as error:  # such as a full disk behind standard output
        status = _unwritable(error)
    except Exception:  # noqa: BLE001 - a crash is not a finding, which status 1 means
        status = _crashed()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # reported by now
            stream.flush()
    # Python would now free every object, one by one; that is a tenth of a short run.
    os._exit(status)


def _run() -> int:
    checked = brief.check(sys.argv[1:])
    if checked is not None and checked.text is not None:
        sys.stdout.write(checked.text)
        return 0
    from taskfit.cli.commands import cli

    try:
        cli(prog_name="taskfit", obj=checked)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    sys.stdout.flush()
    return status


def _unwritable(error: OSError) -> int:
    """Report that the output could not be written; returns the exit status."""
    from taskfit.escaping import inert

    sys.stderr.write(f"error: {inert(str(error.filename or 'standard output'))}: {error.strerror}\n")
    return 2


def _crashed() -> int:
    """Print the current exception for a bug report; returns the exit status."""
    import traceback

    from taskfit.escaping import inert

    sys.stderr.write("error: taskfit crashed; please report this:\n")
    for line in traceback.format_exc().splitlines():
        sys.stderr.write(f"| {inert(line)}\n")
    return 2

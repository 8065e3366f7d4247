"""Prints the words of the variable ARGS, split as a shell does, each with a NUL behind it; nothing is expanded."""

from __future__ import annotations

import os
import shlex
import sys

if __name__ == "__main__":
    try:
        words = shlex.split(os.environ["ARGS"])
    except ValueError as error:
        sys.exit(f"args: {error}")
    sys.stdout.buffer.write(b"".join(os.fsencode(word) + b"\0" for word in words))

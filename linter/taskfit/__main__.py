"""`python -m taskfit`."""

import os
import sys

# Python puts the working directory first, where a pull request's own `click.py` or `_jsonnet.py` may be.
sys.path[:] = [path for path in sys.path if path not in ("", os.getcwd())]

from taskfit.cli import main  # noqa: E402

main()

"""`python -m taskfit`."""

from taskfit.cli import main

main()

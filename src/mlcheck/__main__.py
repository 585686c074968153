"""`python -m mlcheck` is `mlcheck`."""

from mlcheck.cli import main

main()

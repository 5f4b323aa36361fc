"""Run the command line as `python -m kb.cli`."""

from kb.cli import main

main()

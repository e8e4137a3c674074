"""``python -m neuroloom.flows``: the command line."""

from neuroloom.flows.cli import main

main()

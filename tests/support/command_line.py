"""A command, run in this process."""

import sys

import pytest

from neuroloom.flows import cli


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a command."""
    saved, sys.argv = sys.argv, ["neuroloom", *words]
    try:
        cli.main()
        status = 0
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else 0
    finally:
        sys.argv = saved
    text = capsys.readouterr()
    return status, text.out, text.err

"""Entry point of the command and of ``python -m neuroloom.flows``."""

import os
import signal
import sys


def main() -> None:
    """Load the command line, which takes a second, and run it."""
    open_standard_streams()
    for size in ("COLUMNS", "LINES"):
        if not os.environ.get(size, "1").strip("0"):  # no terminal is so small: it is not known
            del os.environ[size]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until it is there, Ctrl-C ends in silence
    from neuroloom.flows import cli

    cli.main()


def open_standard_streams() -> None:
    """Let those of input, output and errors that the caller has closed lead nowhere, so that no
    file takes the place of one and printing is no error.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            stream = open(number, "w" if number else "r", closefd=False)  # noqa: SIM115 - for good
            setattr(sys, name, stream)


if __name__ == "__main__":
    main()

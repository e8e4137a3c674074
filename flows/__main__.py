"""Entry point of the command and of ``python -m neuroloom.flows``."""

import signal


def main() -> None:
    """Load the command line, which takes a second, and run it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until it is there, Ctrl-C ends in silence
    from neuroloom.flows import cli

    cli.main()


if __name__ == "__main__":
    main()
